"""What holds for every page of the website in every language."""

from collections.abc import Callable

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from shared.statement import loading
from tests.browser.following import follow
from tests.local.stack import Stack

STATEMENT = loading.load()
EVERY_RULE = {"rules": {"target-size": {"enabled": True}}}

Visit = Callable[[Page, str], None]


def opened(path: str) -> Visit:
    def visit(page: Page, language: str) -> None:
        page.goto(f"{path}?language={language}")

    return visit


def sent(*ticked: str, **typed: str) -> Visit:
    def visit(page: Page, language: str) -> None:
        page.goto(f"/page/contact?language={language}")
        for name, text in typed.items():
            page.locator(f"#{name}").fill(text)
        for choice in ticked:
            page.locator(f"#choice-{choice}").check()
        follow(page.get_by_role("button"))

    return visit


HOME = opened("/")
FAULTS = sent(name="K" * 201, email="kari@nowhere", phone="12")
WARNED = sent(email="warned@example.com", message="25926900059 er sykmeldt")
PAGES = [
    pytest.param(HOME, id="home"),
    *(pytest.param(opened(f"/page/{form}"), id=form) for form in STATEMENT.forms),
    pytest.param(FAULTS, id="faults"),
    pytest.param(WARNED, id="thanks with a date and warnings"),
    pytest.param(sent("newsletter", email="open@example.com"), id="thanks without a date"),
]


@pytest.mark.parametrize("visit", PAGES)
@pytest.mark.parametrize("language", STATEMENT.languages)
def test_a_page_breaks_no_rule_of_accessibility_and_fits_a_screen_of_320_pixels(
    scripted: Page, visit: Visit, language: str
) -> None:
    visit(scripted, language)
    scripted.evaluate(AXE_SCRIPT)
    found = scripted.evaluate("rules => axe.run(rules)", EVERY_RULE)["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
    scripted.set_viewport_size({"width": 320, "height": 640})
    assert scripted.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize(
    "visit",
    [
        pytest.param(HOME, id="home"),
        pytest.param(FAULTS, id="a form and its faults"),
        pytest.param(WARNED, id="a form and thanks"),
    ],
)
def test_a_page_asks_nobody_else_for_anything_and_keeps_its_own_security_policy(
    page: Page, visit: Visit, stack: Stack
) -> None:
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    visit(page, "nb")
    assert {url for url in asked if not url.startswith(stack.url)} == set()
    assert [text for text in complaints if "Content Security Policy" in text] == []
