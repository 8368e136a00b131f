"""Documents: what does a document prove that came with a subject request?

Pure.  A signed document raises confidence and is never needed; no outcome loses the request.  What
a file is, its first bytes say, and never who sends it.

Sources
    Statement §13    C7: a signed document is one step of a ladder, and no precondition
    GDPR art. 12(6)  no more is asked about identity than reasonable doubt demands
    ETSI EN 319 142  PAdES: what may be added after signing is validation data, nothing else
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from shared.errors import Conflict
from shared.model.noun import Noun
from shared.model.requests import Request
from shared.policy.requests import OPEN, STOPS, is_good, waits_for_link

MOST_BYTES = 10 * 1024 * 1024
UPLOAD_LASTS = timedelta(minutes=10)
LINK_LASTS = timedelta(days=7)
MOST_DOCUMENTS = 5
"""Forms that are given out for one request, and documents that are looked at."""


class MediaType(StrEnum):
    """What may be sent."""

    PDF = "application/pdf"
    PNG = "image/png"
    JPEG = "image/jpeg"


FIRST_BYTES = {
    MediaType.PDF: b"%PDF-",
    MediaType.PNG: b"\x89PNG\r\n\x1a\n",
    MediaType.JPEG: b"\xff\xd8\xff",
}


class Signature(StrEnum):
    """What is known of a document's signature."""

    TRUSTED = "trusted"
    SIGNER_UNKNOWN = "signer_unknown"
    CHANGED = "changed"
    UNSIGNED = "unsigned"
    UNREADABLE = "unreadable"


BECAUSE = {
    Signature.TRUSTED: "signed, unchanged since, and the signer is vouched for by a trusted issuer",
    Signature.SIGNER_UNKNOWN: "signed and unchanged since; who signed is not confirmed",
    Signature.CHANGED: "signed, and changed afterwards or not signed as a whole",
    Signature.UNSIGNED: "it bears no signature that can be checked",
    Signature.UNREADABLE: "it cannot be read as PDF, PNG or JPEG",
}
"""In words, for the request's history."""


class Finding(Noun, frozen=True, kw_only=True):
    """What the check of one signature has found, in the order in which they were made.

    `intact`: the bytes that it covers are those that were signed.  `whole`: it covers the entire
    file, or nothing but validation data follows it.  `allowed`: what follows is no more than the
    signer permitted.  `trusted`: its chain ends at a trust root.  `sound`: the bottom line.
    """

    intact: bool
    whole: bool
    allowed: bool
    trusted: bool
    sound: bool


def media_type(content: bytes) -> MediaType | None:
    """What a file is by its first bytes; None for anything that may not be sent."""
    return next((one for one, first in FIRST_BYTES.items() if content.startswith(first)), None)


def judge(findings: Sequence[Finding] | None) -> Signature:
    """What the signatures of a PDF amount to; `findings` is None where it could not be read.

    The last one must cover the whole file, and with several, the weakest counts.
    """
    if findings is None:
        return Signature.UNREADABLE
    if not findings:
        return Signature.UNSIGNED
    if not findings[-1].whole or not all(one.intact and one.allowed for one in findings):
        return Signature.CHANGED
    if all(one.trusted and one.sound for one in findings):
        return Signature.TRUSTED
    return Signature.SIGNER_UNKNOWN


def is_welcome(request: Request) -> bool:
    """Whether a document can still tell something, and comes from somebody who may send one.

    Who stops a use needs no proof (art. 7(3), 21).  Others may send one once their link has shown
    who reads the mails, or once they were asked: not whoever knows an address.
    """
    return could_tell(request) and not waits_for_link(request)


def could_tell(request: Request) -> bool:
    """Whether it is open, and proof of identity is of use to it."""
    return request.state in OPEN and request.right not in STOPS


def is_linked(request: Request, at: datetime) -> bool:
    """Whether a link that staff have handed out is good: the mailbox may be lost (C7)."""
    return could_tell(request) and is_good(request.upload, at)


def is_wanted(request: Request, number: int, at: datetime) -> bool:
    """Whether a document that has come is looked at; `number` others were before it.

    By a link it may have been sent in its last moment.
    """
    linked = is_linked(request, at - UPLOAD_LASTS)
    return number < MOST_DOCUMENTS and (is_welcome(request) or linked)


def demand_room(request: Request) -> None:
    """Raises Conflict where as many were sent as are ever needed."""
    if request.invited >= MOST_DOCUMENTS:
        message = "Enough documents were sent for this request."
        raise Conflict(message)


def demand_use(request: Request) -> None:
    """Raises Conflict where a document could tell nothing."""
    if not could_tell(request):
        message = "This request is closed, or needs no document."
        raise Conflict(message)


def demand_welcome(request: Request) -> None:
    """Raises Conflict where a request takes no document."""
    demand_use(request)
    if not is_welcome(request):
        message = "First confirm the request by the link that was sent."
        raise Conflict(message)
