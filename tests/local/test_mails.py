"""A mail that comes back, end to end: what an engineer sees who lets it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.local.stack import Stack, operate, running
from tests.local.walking import JSON, in_mail, path_of, waited_for


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("stack")) as started:
        yield started


def ask(stack: Stack, email: str) -> str:
    """The path of the status of a request."""
    sent = {"right": "access", "email": email, "language": "en"}
    return path_of(stack.post("/requests", json=sent).json()["status_url"])


def undelivered(stack: Stack, path: str) -> dict[str, Any] | None:
    """What is told of a request, once a mail about it has not arrived."""
    told: dict[str, Any] = stack.get(path, headers=JSON).json()
    return told if told["undelivered"] else None


def test_a_mail_that_comes_back_is_told_and_no_other_is_sent_for_thirty_days(stack: Stack) -> None:
    first = ask(stack, "kari@example.com")
    in_mail(stack, "kari@example.com", "/confirm/")
    assert stack.post("/_local/bounce", json={"to": "kari@example.com"}).json() == {"bounced": 1}
    told = undelivered(stack, first)
    assert told
    assert [one["step"] for one in told["history"]] == ["receive", "undelivered"]
    page = stack.get(first, headers={"Accept": "text/html", "Accept-Language": "en"}).text
    assert "A mail that we sent you did not arrive." in page

    second = ask(stack, "kari@example.com")
    waited_for(lambda: undelivered(stack, second))
    assert len(stack.get("/_local/outbox").json()) == 1

    token = stack.get("/_local/token?role=privacy").json()["access_token"]
    queue = {"Authorization": f"Bearer {token}"}
    waiting = stack.get("/staff/requests?unconfirmed=1", headers=queue).json()["requests"]
    assert [one["undelivered"] for one in waiting] == [True, True]
    page = stack.get("/staff/requests?unconfirmed=1", headers={**queue, "Accept": "text/html"}).text
    assert page.count("en e-post kom ikke fram") == 2
    reference = first.split("/")[2]
    page = stack.get(f"/staff/requests/{reference}", headers={**queue, "Accept": "text/html"}).text
    assert "Den kom i retur: adressen tar ikke imot e-post." in page


def test_an_operator_lets_mail_be_tried_again(stack: Stack) -> None:
    ask(stack, "ola@example.com")
    in_mail(stack, "ola@example.com", "/confirm/")
    stack.post("/_local/bounce", json={"to": "ola@example.com"})
    assert stack.ask("reachable", "ola@example.com") == {"reachable": True}
    path = ask(stack, "ola@example.com")
    waited_for(lambda: path.split("/")[2] in in_mail(stack, "ola@example.com", r"/confirm/\S+"))
    assert undelivered(stack, path) is None
    again = operate("--local", stack.url, "reachable", "ola@example.com")
    assert (again.returncode, len(again.stderr.splitlines())) == (1, 1)


@pytest.mark.parametrize(
    ("sent", "status"),
    [({"to": "nobody@example.com"}, 404), ({}, 404), ({"to": "x@x.no", "kind": "Open"}, 422)],
)
def test_only_a_mail_that_was_sent_comes_back(
    stack: Stack, sent: dict[str, str], status: int
) -> None:
    assert stack.post("/_local/bounce", json=sent).status_code == status
