"""A person uses rights over HTTP, with the links and codes of the mails that really come."""

import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from tests.local.stack import PATIENCE, Stack

JSON = {"Accept": "application/json"}


def waited_for(found: Callable[[], Any]) -> Any:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if told := found():
            return told
        time.sleep(0.1)
    message = "it did not come"
    raise TimeoutError(message)


def in_mail(stack: Stack, to: str, pattern: str) -> str:
    """What the newest mail to somebody has, once it comes."""

    def found() -> str | None:
        mails = [one for one in stack.get("/_local/outbox").json() if to in one["to"]]
        hit = re.search(pattern, mails[-1]["text"]) if mails else None
        return hit[0] if hit else None

    return str(waited_for(found))


def path_of(url: str) -> str:
    return urlsplit(url).path


def answered(stack: Stack, right: str, email: str) -> str:
    """The path of the status of a request that was sent, confirmed and answered."""
    taken = stack.post("/requests", json={"right": right, "email": email, "language": "en"})
    assert taken.status_code == 202, taken.text
    path = path_of(taken.json()["status_url"])
    confirmed = stack.post(path_of(in_mail(stack, email, r"http\S+/confirm/\S+")))
    assert confirmed.json()["state"] == "identified"
    waited_for(lambda: stack.get(path, headers=JSON).json()["state"] == "answered")
    return path


def access(stack: Stack, email: str) -> dict[str, Any]:
    """The report that somebody gets."""
    path = answered(stack, "access", email)
    in_mail(stack, email, "at most five times")
    assert stack.post(f"{path}/code").status_code == 202
    code = in_mail(stack, email, r"\b\d{8}\b")
    told: dict[str, Any] = stack.post(
        f"{path}/result", json={"code": code, "format": "json"}
    ).json()
    return told


def erasure(stack: Stack, email: str) -> str:
    """The certificate that somebody gets."""
    path = answered(stack, "erasure", email)
    return stack.post(f"{path}/result", json={"format": "certificate"}).text
