"""Proving: whoever reads the mail at an address says that a request is theirs.

Links and codes are made from the keys and never stored.  A code has five tries, and a try is
counted before anybody looks whether it is right: of many at once no more than five are looked at.
A link has 128 random bits, which nobody guesses: counting would only let whoever sent a request
use up the link of the person.
"""

import hmac

from msgspec.structs import replace

from shared.errors import Conflict, NotFound, Superseded
from shared.model.audit import AuditEvent, Noted
from shared.model.requests import Letter, Proof, Request, Step
from shared.policy import requests as policy
from shared.store import requests as store
from shared.store import subjects
from shared.wiring import Office
from shared.workflows import letters, receiving, requests
from shared.workflows.requests import PERSON, Effect


def opened_by(reference: str, secret: str, office: Office) -> Request:
    """A request, to whoever has its status address.  Raises NotFound."""
    if not letters.is_status_secret(secret, reference, office):
        message = "There is no such request."
        raise NotFound(message)
    return requests.read(reference)


def by_link(reference: str, token: str, office: Office) -> Request:
    """A request, to whoever was sent its newest link, which is good while it waits for that.

    The link by which a move is objected to is good for as long as the request is.  Raises NotFound:
    the same, whatever is wrong.
    """
    request = _of(reference)
    if letters.is_objection_token(token, reference, office):
        return request
    if request.link is None or not _is_token(token, request, request.link, office):
        raise _refused()
    waits = policy.waits_for_link(request) or (request.new_email and not request.moves_at)
    if waits and not policy.is_good(request.link, office.now()):
        raise _refused()
    return request


def _of(reference: str) -> Request:
    request = store.read(reference)
    if request is None:
        raise _refused()
    return request


def _refused() -> NotFound:
    return NotFound("This link or code is not good, or is so no longer; ask for a new one.")


def _counted(request: Request, office: Office) -> Request:
    """The request with one try less of its code.  Raises NotFound where none is left.

    Who is overtaken counts anew, on what is there then.
    """
    for _ in range(requests.ATTEMPTS):
        code = request.code
        if code is None or not policy.is_good(code, office.now()):
            raise _refused()
        counted = replace(request, code=replace(code, tries=code.tries - 1))
        try:
            _quietly(counted, office)
        except Superseded:
            request = _of(request.reference)
        else:
            return replace(counted, rev=request.rev + 1)
    raise _refused()


def seen_by_link(reference: str, token: str, office: Office) -> Request:
    """A request as by `by_link` for who only looks: nothing is written.  Raises NotFound."""
    request = _of(reference)
    if letters.is_objection_token(token, reference, office):
        return request
    if request.link is None or not _is_token(token, request, request.link, office):
        raise _refused()
    return request


def written_with(request: Request) -> str:
    """The words that were sent with a request: for whoever reads the mails of its address only."""
    asked = store.asked(request)
    return asked.details if asked else ""


def _is_token(token: str, request: Request, link: Proof, office: Office) -> bool:
    return letters.is_link_token(token, request.reference, link.number, office)


def confirm(reference: str, token: str, office: Office) -> Request:
    """Confirm a request for whoever was sent the link.  Raises NotFound or Conflict."""
    return confirmed(by_link(reference, token, office), office)


def confirmed(request: Request, office: Office) -> Request:
    """Confirmed by the link; again is as once.  Raises Conflict.

    Nothing changes once staff have asked more: the link has not removed their doubt.
    """
    if not policy.waits_for_link(request):
        return request
    because = "by the link sent to the address"
    return requests.identify(request.reference, office, actor=PERSON, because=because)


def new_link(request: Request, office: Office) -> None:
    """Send another link; the one before it is no longer good.  Raises Conflict.

    Of a request that is to be taken up the first is on its way.
    """
    if not policy.waits_for_link(request):
        message = "The request needs no link, or is closed."
        raise Conflict(message)
    if request.pending:
        return
    _refuse_many(request.link)
    link = policy.fresh(request.link, office.now(), policy.LINK_LASTS)
    changed = replace(request, link=link)
    name = receiving.first_letter(request).name
    _quietly(changed, office, letters.letter(name, changed, number=str(link.number)))


def new_code(request: Request, office: Office) -> None:
    """Send a one-time code for the download.  Raises Conflict where there is nothing to get.

    Nor is there anything for an address that the person has given up since.
    """
    if not policy.has_export(request, office.now()) or not _is_known_by_its_address(
        request, office
    ):
        message = "There is nothing to download."
        raise Conflict(message)
    _refuse_many(request.code)
    code = policy.fresh(request.code, office.now(), policy.CODE_LASTS)
    changed = replace(request, code=code)
    _quietly(changed, office, letters.letter("code", changed, number=str(code.number)))


def _is_known_by_its_address(request: Request, office: Office) -> bool:
    if not request.email:
        return False
    return subjects.find(requests.lookup_of(request.email, office)) == request.subject_id


def _refuse_many(proof: Proof | None) -> None:
    """Nobody's mailbox is filled from here."""
    if proof and proof.number >= policy.MOST_MAILS:
        message = "Enough mails were sent for this request; send a new one."
        raise Conflict(message)


def try_code(request: Request, code: str, office: Office) -> Request:
    """The request with one try less, if that is the code that was sent.

    Raises NotFound, the same whatever is wrong, and Conflict where there is nothing to get.
    """
    if not policy.has_export(request, office.now()) or not _is_known_by_its_address(
        request, office
    ):
        message = "There is nothing to download."
        raise Conflict(message)
    tried = _counted(request, office)
    number = tried.code.number if tried.code else 0
    expected = letters.code_of(request.reference, number, office)
    if not hmac.compare_digest(code.encode(), expected.encode()):
        raise _refused()
    return tried


def use_code(request: Request, office: Office) -> None:
    """One download, for a code that was tried: it is good no more, and the export on record.

    Raises Superseded for a code that was used meanwhile.
    """
    tried = request.code

    def used(one: Request) -> Request:
        if tried is None or one.code != tried:
            message = "The code was used meanwhile."
            raise Superseded(message)
        return replace(one, code=replace(tried, tries=0), downloads=one.downloads + 1)

    noted = Noted(
        event=AuditEvent.EXPORTED,
        actor=PERSON,
        at=office.now(),
        purpose=request.right,
        reference=request.reference,
    )
    effect = Effect(change=used, noted=noted)
    requests.step(request.reference, Step.DOWNLOAD, office, actor=PERSON, effect=effect)


def _quietly(request: Request, office: Office, *posted: Letter) -> None:
    """Write what is no step.  Raises Superseded."""
    requests.write(request, office, posted=posted)
