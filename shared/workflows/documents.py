"""Documents: asked for, judged, and deleted; what is left of one is a sentence in the history."""

from hashlib import sha256

from msgspec.structs import replace

from shared.errors import NotFound
from shared.gateways import signatures
from shared.gateways.documents import Bucket, Upload
from shared.model.requests import Request, Step
from shared.policy import documents as policy
from shared.policy.documents import MediaType, Signature
from shared.store import requests as store
from shared.wiring import Office
from shared.workflows import requests
from shared.workflows.requests import SYSTEM, Effect


def welcome(request: Request, office: Office) -> tuple[MediaType, ...]:
    """What kinds of document may be sent for a request now; none where there is no bucket."""
    return tuple(MediaType) if office.documents and policy.is_welcome(request) else ()


def invite(request: Request, media_type: MediaType, office: Office, back: str = "") -> Upload:
    """A form by which one document can be sent, for ten minutes.  Raises NotFound or Conflict."""
    bucket = _bucket(office)
    policy.demand_welcome(request)
    return bucket.invite(
        request.reference,
        media_type,
        most=policy.MOST_BYTES,
        lasts=policy.UPLOAD_LASTS,
        back=back,
    )


def examine(reference: str, office: Office) -> Signature | None:
    """Judge the document of a request, put that on record, and delete it.

    None if there is none, or nobody needs it any more.  Can be repeated: the same document with the
    same outcome is put on record once.  Raises Misconfigured or Superseded.
    """
    bucket = _bucket(office)
    found = bucket.read(reference, policy.MOST_BYTES)
    if found is None:
        return None
    request = store.read(reference)
    outcome = None
    if request and policy.is_welcome(request):
        outcome = _judge(found.content, office)
        _put_on_record(reference, outcome, found.content, office)
    bucket.delete(reference, found.version)
    return outcome


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
    """With a keyed name for the document, which nobody can guess it by."""
    name = office.keys.fingerprint(f"document:{sha256(content).hexdigest()}").rpartition(".")[2]
    because = f"document {name[:12]}: {policy.BECAUSE[outcome]}"
    if any(one.because == because for one in store.history(reference)):
        return
    requests.step(
        reference,
        Step.DOCUMENT,
        office,
        actor=SYSTEM,
        because=because,
        effect=Effect(change=lambda request: replace(request, document=outcome)),
    )
