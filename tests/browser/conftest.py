"""What only the browser tests need.

stack     a running local stack, whose clock starts on a Sunday morning
page      a page of a browser that runs no scripts, as the site needs none
scripted  a page in which tests may run scripts of their own
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.local.stack import Stack, running

NOW = "2026-11-22T09:00:00Z"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def _running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("stack")) as started:
        yield started


@pytest.fixture
def stack(_running: Stack) -> Stack:
    _running.set_clock(NOW)
    return _running


@pytest.fixture(scope="session")
def _chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def _opened(stack: Stack, _chromium: Browser) -> Callable[..., Any]:
    @contextmanager
    def opened(**how: Any) -> Iterator[Page]:
        context = _chromium.new_context(base_url=stack.url, **how)
        context.set_default_timeout(10_000)
        yield context.new_page()
        context.close()

    return opened


@pytest.fixture
def page(_opened: Callable[..., Any]) -> Iterator[Page]:
    with _opened(java_script_enabled=False) as page:
        yield page


@pytest.fixture
def scripted(_opened: Callable[..., Any]) -> Iterator[Page]:
    with _opened(bypass_csp=True) as page:
        yield page
