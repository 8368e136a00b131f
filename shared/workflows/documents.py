"""Documents: asked for, judged, and deleted; what is left of one is a sentence in the history."""

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from hashlib import sha256

from msgspec.structs import replace

from shared.errors import NotFound, Unavailable, kind_of
from shared.gateways import signatures
from shared.gateways.documents import Bucket, Upload
from shared.model.noun import Noun
from shared.model.requests import Request, Step
from shared.policy import documents as policy
from shared.policy import requests as requests_policy
from shared.policy.documents import MediaType, Signature
from shared.store import requests as store
from shared.wiring import Office
from shared.workflows import letters, requests
from shared.workflows.requests import SYSTEM, Effect

LOST_AFTER = timedelta(minutes=15)
"""S3 has told of it by then, and Lambda tried three times."""

AT_LEAST = 30.0
"""Seconds that have to be left for one more document."""

_log = logging.getLogger(__name__)


class _OnRecord(Exception):
    """A document is on record with its outcome already."""


class Caught(Noun, frozen=True, kw_only=True):
    """What came of the documents that no event has told of, None for each that was not wanted.

    `left`: those that lie there still, one for all that time was too short for.
    """

    outcomes: tuple[Signature | None, ...]
    left: int


def welcome(request: Request, office: Office) -> tuple[MediaType, ...]:
    """What kinds of document may be sent for a request now; none where there is no bucket."""
    is_open = policy.is_welcome(request) and request.invited < policy.MOST_DOCUMENTS
    return tuple(MediaType) if office.documents and is_open else ()


def invite(request: Request, media_type: MediaType, office: Office, back: str = "") -> Upload:
    """A form by which one document can be sent, for ten minutes.

    Raises NotFound, Conflict or Superseded.
    """
    policy.demand_welcome(request)
    return form(request, media_type, office, back)


def hand_out(reference: str, office: Office, *, actor: str) -> str:
    """The address of a page on which a document can be sent, for a week; one before it is over.

    For somebody who cannot read the mails of their address.  Raises NotFound or Conflict.
    """
    _bucket(office)

    def change(request: Request) -> Request:
        policy.demand_use(request)
        policy.demand_room(request)
        link = requests_policy.fresh(request.upload, office.now(), policy.LINK_LASTS)
        return replace(request, upload=link)

    effect = Effect(change=change)
    request = requests.step(reference, Step.INVITE, office, actor=actor, effect=effect)
    return link_of(request, office)


def link_of(request: Request, office: Office) -> str:
    """The link for a document that staff have handed out; "" if none is good."""
    if request.upload is None or not policy.is_linked(request, office.now()):
        return ""
    return letters.upload_url(request.reference, request.upload.number, office)


def linked(reference: str, token: str, office: Office) -> Request:
    """A request, to whoever was handed its newest link.  Raises NotFound: it may be over."""
    request = store.read(reference)
    link = request.upload if request else None
    known = link and letters.is_upload_token(token, reference, link.number, office)
    if request is None or not known or not policy.is_linked(request, office.now()):
        message = "This link is not good, or is so no longer; ask us for another."
        raise NotFound(message)
    return request


def form(request: Request, media_type: MediaType, office: Office, back: str) -> Upload:
    """A form as of `invite`, for whoever came by a link; counted before it is given out."""
    bucket = _bucket(office)
    policy.demand_room(request)
    requests.write(replace(request, invited=request.invited + 1), office)
    return bucket.invite(
        request.reference,
        media_type,
        most=policy.MOST_BYTES,
        lasts=policy.UPLOAD_LASTS,
        back=back,
    )


def examine(reference: str, office: Office) -> Signature | None:
    """Judge the document of a request, put that on record, and delete it.

    None if there is none, or if it is not wanted: then it is deleted unread.  Can be repeated: the
    same document with the same outcome is put on record once.  Raises Misconfigured or Superseded.
    """
    bucket = _bucket(office)
    if not _is_wanted(reference, office):
        bucket.discard(reference)
        return None
    found = bucket.read(reference, policy.MOST_BYTES)
    if found is None:
        return None
    outcome = _judge(found.content, office)
    _put_on_record(reference, outcome, found.content, office)
    bucket.delete(reference, found.version)
    return outcome


def catch_up(office: Office, left: Callable[[], float]) -> Caught:
    """Judge what S3's event has not told of, one after the other, while there are seconds `left`.

    As `examine` each, so that an event that comes late after all finds nothing to do.
    """
    outcomes: list[Signature | None] = []
    remaining = 0
    for reference in _bucket(office).lying(office.now() - LOST_AFTER):
        if left() < AT_LEAST:
            remaining += 1
            break
        try:
            outcomes.append(examine(reference, office))
        except Exception as fault:  # the boundary: one document must not hold up the others
            name = kind_of(fault)
            _log.error("document failed: %s", name, extra={"fault": name})
            remaining += 1
    return Caught(outcomes=tuple(outcomes), left=remaining)


def self_test() -> Signature:
    """Judge a document of our own, signed by nobody whom anybody knows, as any other is.

    Raises Unavailable unless it is seen to be intact: documents are not judged as they must be.
    """
    outcome = policy.judge(signatures.findings(signatures.SELF_TEST.read_bytes(), None))
    if outcome is not Signature.SIGNER_UNKNOWN:
        message = f"a document that is signed is judged as: {outcome}"
        raise Unavailable(message)
    return outcome


def _is_wanted(reference: str, office: Office) -> bool:
    request = store.read(reference)
    if request is None or not policy.could_tell(request):
        return False
    before = [one for one in store.history(reference) if one.step is Step.DOCUMENT]
    return policy.is_wanted(request, len(before), office.now())


def _bucket(office: Office) -> Bucket:
    if office.documents is None:
        message = "Documents are not taken in here."
        raise NotFound(message)
    return office.documents


def _judge(content: bytes, office: Office) -> Signature:
    kind = policy.media_type(content)
    if kind is None or len(content) > policy.MOST_BYTES:
        return Signature.UNREADABLE
    if kind is not MediaType.PDF:
        return Signature.UNSIGNED
    return policy.judge(signatures.findings(content, office.trust_roots))


def _put_on_record(reference: str, outcome: Signature, content: bytes, office: Office) -> None:
    """With a keyed name for the document, which nobody can guess it by.

    Whether it is on record already is asked anew for each try: two may judge it at once.
    """
    name = office.keys.fingerprint(f"document:{sha256(content).hexdigest()}").rpartition(".")[2]
    because = f"document {name[:12]}: {policy.BECAUSE[outcome]}"

    def change(request: Request) -> Request:
        if any(one.because == because for one in store.history(reference)):
            raise _OnRecord
        return replace(request, document=outcome)

    with suppress(_OnRecord):
        requests.step(
            reference,
            Step.DOCUMENT,
            office,
            actor=SYSTEM,
            because=because,
            effect=Effect(change=change),
        )
