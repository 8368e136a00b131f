"""Proving: whoever reads the mail at an address says that a request is theirs.

Links and codes are made from the keys and never stored; a wrong guess uses up one of five tries.
"""

import hmac

from msgspec.structs import replace

from shared.errors import Conflict, NotFound, Superseded
from shared.model.audit import AuditEvent, Noted
from shared.model.requests import Letter, Proof, Request, Step
from shared.policy import requests as policy
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
    """A request, to whoever was sent its newest link; a wrong guess uses up one of five tries.

    Raises NotFound, and Conflict for a link that is no longer good.
    """
    request = requests.read(reference)
    link = request.link
    if link is None:
        message = "There is no such link."
        raise NotFound(message)
    if not _is_token(token, request, link, office):
        if policy.is_good(link, office.now()):
            _quietly(replace(request, link=replace(link, tries=link.tries - 1)), office)
        message = "There is no such link."
        raise NotFound(message)
    waits = policy.waits_for_link(request) or request.new_email
    if waits and not policy.is_good(link, office.now()):
        message = "The link is no longer good. Ask for a new one where you follow the request."
        raise Conflict(message)
    return request


def seen_by_link(reference: str, token: str, office: Office) -> Request:
    """As `by_link` for who only looks: nothing is written.  Raises NotFound or Conflict."""
    request = requests.read(reference)
    if request.link is None or not _is_token(token, request, request.link, office):
        message = "There is no such link."
        raise NotFound(message)
    return request


def _is_token(token: str, request: Request, link: Proof, office: Office) -> bool:
    return letters.is_link_token(token, request.reference, link.number, office)


def confirm(reference: str, token: str, office: Office) -> Request:
    """Whoever was sent the link confirms the request; again is as once.

    Nothing changes once staff have asked more: the link has not removed their doubt.  Raises
    NotFound or Conflict.
    """
    request = by_link(reference, token, office)
    if not policy.waits_for_link(request):
        return request
    return requests.identify(
        reference, office, actor=PERSON, because="by the link sent to the address"
    )


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


def try_code(request: Request, code: str, office: Office) -> None:
    """Whether it is the code that was sent.  Raises NotFound (wrong code) or Conflict."""
    if not policy.has_export(request, office.now()):
        message = "There is nothing to download."
        raise Conflict(message)
    proof = request.code
    if proof is None or not policy.is_good(proof, office.now()):
        message = "The code is no longer good. Ask for a new one."
        raise Conflict(message)
    expected = letters.code_of(request.reference, proof.number, office)
    if not hmac.compare_digest(code.encode(), expected.encode()):
        _quietly(replace(request, code=replace(proof, tries=proof.tries - 1)), office)
        message = "That is not the code."
        raise NotFound(message)


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
