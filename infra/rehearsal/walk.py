"""What people and staff do over HTTP, with links made from the stage's keys as its mails have them.

Nobody reads a mailbox here: that the mail arrives is for somebody to look at.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from shared.gateways import references
from shared.model.requests import Request, Right
from shared.store import requests as store
from shared.wiring import Office
from shared.workflows import letters

PATIENCE = 180.0
TIMEOUT = 60
NOTICE = "avara-2026-11-en"
JSON = {"Accept": "application/json"}
PROVED = ("identified", "answered", "extended")
"""The states of a request whose sender is known; staff answer what is not answered by itself."""


class Wrong(Exception):
    """A step did not end as it has to."""


@dataclass(frozen=True, slots=True)
class Site:
    """A running stage: where its pages are, its office, and a token of somebody of the staff."""

    url: str
    office: Office
    token: str

    def get(self, path: str, wanted: int = 200) -> Any:
        return self._answer(requests.get(self.url + path, headers=JSON, timeout=TIMEOUT), wanted)

    def post(self, path: str, wanted: int, body: Any = None, *, staff: bool = False) -> Any:
        headers = {**JSON, **({"Authorization": f"Bearer {self.token}"} if staff else {})}
        sent = requests.post(self.url + path, json=body, headers=headers, timeout=TIMEOUT)
        return self._answer(sent, wanted)

    @staticmethod
    def _answer(answer: requests.Response, wanted: int) -> Any:
        if answer.status_code != wanted:
            route = urlsplit(answer.url).path.split("/")[1]
            message = f"/{route}: {answer.status_code} instead of {wanted}"
            raise Wrong(message)
        return answer.json() if answer.content else {}


def anybody() -> str:
    """The address of somebody new, at a domain that takes no mail (RFC 2606)."""
    return f"{references.new_reference()}@example.com"


def waited_for(found: Callable[[], Any], what: str) -> Any:
    """What is found in the end.  Raises Wrong."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if told := found():
            return told
        time.sleep(0.2)
    message = f"{what}: not within {PATIENCE:.0f} seconds"
    raise Wrong(message)


def write(site: Site, email: str) -> None:
    """A message by the contact form."""
    sent = {"notice": NOTICE, "email": email, "name": "Kari", "message": "Hi"}
    site.post("/forms/contact", 202, sent)


def use(site: Site, right: Right, email: str) -> str:
    """Use a right by the pages, and confirm it; the request's reference."""
    body = {"right": right, "email": email, "language": "en", "details": "as it is"}
    reference = str(site.post("/requests", 202, body)["reference"])
    confirmed(site, reference)
    return reference


def confirmed(site: Site, reference: str) -> None:
    """Follow the link of the mail, once the request is taken up."""
    number = waited_for(lambda: _link(reference), "a link")
    token = letters.link_token(reference, number, site.office)
    site.post(f"/confirm/{reference}/{token}", 200)


def _link(reference: str) -> int:
    found: Request | None = store.read(reference)
    return found.link.number if found and found.link else 0


def by_letter(site: Site, right: Right, email: str) -> str:
    """A letter that staff enter, from somebody whom they know; the request's reference."""
    body = {"right": right, "email": email, "channel": "letter", "details": "as it is"}
    reference = str(site.post("/staff/requests", 202, body, staff=True)["reference"])
    known = {"text": "known by sight"}
    site.post(f"/staff/requests/{reference}/identify", 200, known, staff=True)
    return reference


def proved(site: Site, reference: str) -> str:
    """The state of a request once it is known who asks."""

    def state() -> str:
        found = store.read(reference)
        return str(found.state) if found and found.state in PROVED else ""

    return str(waited_for(state, "a request that is proved"))


def answered(site: Site, reference: str) -> None:
    """Wait until a request that needs nobody has been answered."""

    def is_answered() -> bool:
        found = store.read(reference)
        return found is not None and found.state == "answered"

    waited_for(is_answered, "an answer")


def status_path(site: Site, reference: str) -> str:
    return urlsplit(letters.status_url(reference, site.office)).path


def send_document(site: Site, reference: str, document: Path) -> str:
    """Have staff ask who it is, send a signed document, and wait for what is said of it."""
    asked = {"text": "Which Kari?"}
    site.post(f"/staff/requests/{reference}/ask", 200, asked, staff=True)
    path = status_path(site, reference)
    form = site.post(f"{path}/documents", 201, {"content_type": "application/pdf"})
    file = {"file": ("document.pdf", document.read_bytes(), "application/pdf")}
    sent = requests.post(form["url"], data=form["fields"], files=file, timeout=TIMEOUT)
    if not sent.ok and not sent.is_redirect:
        message = f"the bucket: {sent.status_code}"
        raise Wrong(message)
    return str(waited_for(lambda: site.get(path)["document"], "a verdict"))


def undelivered(site: Site, reference: str) -> None:
    """Wait until a request says that a mail did not arrive."""
    path = status_path(site, reference)
    waited_for(lambda: site.get(path)["undelivered"], "word of a mail that came back")
