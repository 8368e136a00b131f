"""A document, from the status page to the history, on the local stack and by its own forms."""

import re
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import boto3
import pytest
import requests

from infra import local
from tests.documents import papers
from tests.documents.asking import asked
from tests.local.stack import Stack, running

HTML = {"Accept": "text/html"}
ISSUER = papers.issuer("good")
SIGNED = papers.signed(ISSUER)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("stack")
    with running(folder, TRUST_ROOTS=str(ISSUER.pem(folder))) as started:
        yield started


class Forms(HTMLParser):
    """The forms of a page: action and fields."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: one or "" for name, one in attrs}
        if tag == "form":
            self.found.append((told["action"], {}))
        elif tag == "input" and self.found:
            self.found[-1][1][told["name"]] = told.get("value", "")


def ask(stack: Stack) -> str:
    """The status address of a new request."""
    stack.fill_in("contact", email="kari@example.com", message="Hi")
    return asked(stack, "kari@example.com")


def judged(url: str) -> dict[str, Any]:
    for _ in range(120):
        told: dict[str, Any] = requests.get(url, timeout=60).json()
        if told["document"]:
            return told
        time.sleep(0.25)
    raise TimeoutError


def left(stack: Stack) -> list[Any]:
    told = stack.get("/_local/aws").json()
    client = boto3.client("s3", endpoint_url=told["endpoint_url"], region_name=told["region"])
    found: list[Any] = client.list_objects_v2(Bucket=local.DOCUMENTS).get("Contents", [])
    return found


def test_a_browser_sends_a_signed_document_without_a_script(stack: Stack) -> None:
    url = ask(stack)
    status = requests.get(url, headers=HTML, timeout=60)
    assert re.search("form-action 'self';", status.headers["Content-Security-Policy"])
    (action,) = (one for one, _ in Forms(status.text).found if "/documents" in one)
    page = requests.post(
        urljoin(url, action), data={"content_type": "application/pdf"}, headers=HTML, timeout=60
    )
    ((target, fields),) = Forms(page.text).found
    assert f"{target.rpartition('/')[0]};" in page.headers["Content-Security-Policy"]
    assert list(fields)[-1] == "file"
    del fields["file"]
    file = {"file": ("kari-nordmann.pdf", SIGNED, "application/pdf")}
    answer = requests.post(target, data=fields, files=file, timeout=60, allow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(f"{url}?")
    back = requests.get(answer.headers["Location"], headers=HTML, timeout=60)
    assert back.status_code == 200
    told = judged(url)
    assert (told["document"], told["state"]) == ("trusted", "paused")
    assert [one["step"] for one in told["history"]] == ["receive", "ask", "document"]
    assert left(stack) == []


def test_a_program_sends_a_scan(stack: Stack) -> None:
    url = ask(stack)
    invited = requests.post(f"{url}/documents", json={"content_type": "image/png"}, timeout=60)
    assert invited.status_code == 201
    told = invited.json()
    file = {"file": ("scan.png", papers.PNG, "image/png")}
    sent = requests.post(told["url"], data=told["fields"], files=file, timeout=60)
    assert sent.status_code == 204
    assert judged(url)["document"] == "unsigned"
    assert left(stack) == []


def test_nothing_of_a_document_is_written_by_the_stack(stack: Stack) -> None:
    assert not re.search("kari|nordmann|traceback", stack.output(), re.IGNORECASE)
