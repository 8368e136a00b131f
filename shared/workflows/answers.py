"""Answers: what a subject request asks for is done, and the result handed over.

Each step can be repeated: a worker that was killed anywhere is followed by another, and what is
done is not done again.
"""

from typing import Any

import msgspec
from msgspec.structs import replace

from shared.errors import Conflict, Superseded, busy
from shared.gateways import certificates
from shared.model.audit import AuditEvent, Noted
from shared.model.erasures import ErasureScheme, Kind, Remains
from shared.model.requests import Request, Step
from shared.model.subjects import State, Subject
from shared.policy import erasing
from shared.policy import requests as policy
from shared.policy.certifying import certificate
from shared.store import addressed, erasure, subjects, suppression
from shared.store import requests as store
from shared.wiring import Office
from shared.workflows import (
    auditing,
    days,
    erasures,
    forgetting,
    receiving,
    remains,
    requests,
    settling,
)
from shared.workflows.requests import SYSTEM, Effect

READY = Effect(posted="ready")
NOTHING_HELD = "nothing is held about this person"


def carry_out(reference: str, office: Office, *, actor: str = SYSTEM, because: str = "") -> bool:
    """Answer an identified request; False if that is done, or for staff.  Raises Superseded.

    `because`: what staff say, who were faster than the system.
    """
    request = requests.read(reference)
    if request.state not in policy.PROVED or not policy.is_automatic(request):
        return False
    try:
        return _carry_out(request, office, actor=actor, because=because)
    except Conflict:
        if requests.read(reference).state in policy.OPEN:
            raise
        return False  # another worker has answered it meanwhile


def _carry_out(request: Request, office: Office, *, actor: str, because: str) -> bool:
    reference = request.reference
    if request.right in policy.ERASES:
        return _erase_if_whole(request, office)
    if requests.person_of(request.subject_id) is None:
        nothing_held(request, office, actor=actor, because=because or NOTHING_HELD)
    elif request.right in policy.EXPORTS:
        told = because or "GDPR art. 12(3): ready to be downloaded"
        requests.answer(reference, office, actor=actor, because=told, effect=READY)
    else:
        told = because or "GDPR art. 21(3): the use was stopped when the request came in"
        _stop_again(request, office, actor=actor, because=told)
    return True


def _stop_again(request: Request, office: Office, *, actor: str, because: str) -> None:
    """Once proved, it holds: whoever took another request back meanwhile, or ticked a choice."""
    now, reference = office.now(), request.reference
    settling.settle_all(request.subject_id, office)
    effect = Effect(
        facts=lambda facts: policy.without_subscription(facts, now),
        consents=receiving.refusals(request, now, office),
        noted=Noted(event=AuditEvent.STOPPED, actor=actor, at=now, reference=reference),
        suppresses=True,
        posted="answered",
    )
    requests.answer(reference, office, actor=actor, because=because, effect=effect)


def nothing_held(request: Request, office: Office, *, actor: str, because: str) -> Request:
    """Answer where nothing is held: what remains all the same, and until when.

    What is not to be used or kept must not come back either.
    """
    suppresses = request.right in policy.SUPPRESSES
    left = remains.of_request(request, office, suppresses=suppresses)
    effect = Effect(
        change=lambda one: replace(one, remains=left), suppresses=suppresses, posted="answered"
    )
    return requests.answer(request.reference, office, actor=actor, because=because, effect=effect)


# Erasing -----------------------------------------------------------------------------------------


def _erase_if_whole(request: Request, office: Office) -> bool:
    scheme = request.scheme or plan(request.reference, office)
    if scheme is None:
        nothing_held(request, office, actor=SYSTEM, because=NOTHING_HELD)
    elif scheme.whole:
        erase(request.reference, office, actor=SYSTEM)
    return scheme is None or scheme.whole


def plan(reference: str, office: Office) -> ErasureScheme | None:
    """Decide what an erasure does, and put it on record; None where nothing is held."""
    request = requests.read(reference)
    subject = requests.person_of(request.subject_id)
    if subject is None:
        return None
    scheme = _scheme(subject, subjects.partition_of(subject.subject_id), office)
    requests.step(
        reference,
        Step.PLAN,
        office,
        actor=SYSTEM,
        because=scheme.because,
        effect=Effect(change=lambda one: replace(one, scheme=scheme)),
    )
    return scheme


def _scheme(subject: Subject, raws: list[dict[str, Any]], office: Office) -> ErasureScheme:
    return erasing.scheme(
        subject,
        subjects.counts_of(raws),
        subjects.evidence_in(raws),
        office.statement,
        at=office.now(),
        today=days.today(office),
    )


def erase(reference: str, office: Office, *, actor: str, because: str = "") -> Request:
    """Carry out the plan of a request just as it stands, and certify it.

    Raises Superseded when what has to be kept has changed since: it is planned anew then.
    """
    request = requests.read(reference)
    scheme = request.scheme
    if scheme is None:
        message = "Nothing is planned yet."
        raise Superseded(message)
    certificates.public_key(office.keys.signing_key)  # nothing is erased that cannot be certified
    if request.email:
        suppression.put(*requests.suppression(request, office), office.now())
    done = (_wholly if scheme.whole else _partly)(request, scheme, office)
    if request.subject_id and done:
        auditing.note(request.subject_id, AuditEvent.ERASED, actor, office, reference=reference)

    def certified(one: Request) -> Request:
        signed = certificates.sign(done, office.keys.signing_key) if done else ""
        if not scheme.whole:
            return replace(one, certificate=signed)
        unlinked = replace(scheme, record_key="")
        return replace(one, certificate=signed, subject_id="", scheme=unlinked, remains=left)

    left: tuple[Remains, ...] = ()
    if scheme.whole:
        addressed.recall(reference)
        left = remains.of_request(request, office)
    return requests.answer(
        reference,
        office,
        actor=actor,
        because=because or scheme.because,
        effect=Effect(change=certified, posted="erased" if scheme.whole else "answered"),
    )


def completed(request: Request, office: Office) -> Request:
    """A request to be shown: what an erasure had to leave, and has gone since, is certified too.

    Nothing is stored: the erasure record says it all, and the same is signed whenever it is asked
    for.  What was certified before stands in it as it was signed.
    """
    scheme, closed_at = request.scheme, request.closed_at
    if scheme is None or closed_at is None or not erasing.was_partial(request):
        return request
    if subjects.read(request.subject_id):
        return request
    record = erasure.first_record(scheme.record_key, closed_at)
    if record is None:
        return request
    gone = replace(scheme, kept=(), because=record.because)
    found = msgspec.to_builtins(record.counts)
    told = certificate(
        request,
        gone,
        office.statement,
        found=found,
        consents=record.consents,
        files=record.files,
        at=record.verified_at,
    )
    if request.certificate:
        told["earlier"] = msgspec.json.decode(request.certificate)
    signed = certificates.sign(told, office.keys.signing_key)
    return replace(request, scheme=gone, certificate=signed)


def _wholly(request: Request, scheme: ErasureScheme, office: Office) -> dict[str, Any]:
    for _ in range(requests.ATTEMPTS):
        subject = subjects.read(request.subject_id)
        if subject is None:
            record = erasure.latest_record(scheme.record_key)
        else:
            _as_planned(request, subject, scheme, office)
            record = erasures.on_request(subject, scheme, request.reference, office)
        if record:
            found = msgspec.to_builtins(record.counts)
            return certificate(
                request,
                scheme,
                office.statement,
                found=found,
                consents=record.consents,
                files=record.files,
                at=office.now(),
            )
    raise busy("The data subject")


def _as_planned(request: Request, subject: Subject, scheme: ErasureScheme, office: Office) -> None:
    """What has to be kept, what is there to be erased wholly, and of whom, is what was planned."""
    if subject.state is not State.ACTIVE:
        return
    later = scheme.whole and subject.facts.last_contact > scheme.upto
    moved = subject.record_key != scheme.record_key
    if later or moved or _scheme(subject, [], office).kept != scheme.kept:
        plan(request.reference, office)
        message = "Something has changed since it was planned; planned anew."
        raise Superseded(message)


def _partly(request: Request, scheme: ErasureScheme, office: Office) -> dict[str, Any]:
    """All but what is kept; the profile first, so that nothing is used that is to go.

    Where everything is kept there is nothing to certify: {}.
    """
    for _ in range(requests.ATTEMPTS):
        subject = requests.person_of(request.subject_id)
        if subject is None:
            return _wholly(request, scheme, office)
        _as_planned(request, subject, scheme, office)
        if not take_away(request, subject, scheme, office):
            continue
        if erasing.keeps_everything(scheme):
            return {}
        left = len(_of_scheme(request, subject, scheme))
        children = {kind: n for kind, n in scheme.counts.items() if kind is not Kind.PROFILE}
        found = msgspec.to_builtins(children)
        return certificate(
            request,
            scheme,
            office.statement,
            found=found,
            consents=scheme.consents,
            left=left,
            at=office.now(),
        )
    raise busy("The data subject")


def take_away(request: Request, subject: Subject, scheme: ErasureScheme, office: Office) -> bool:
    """Take from somebody all that a scheme does not keep; False if they have changed."""
    kept = frozenset(one.name for one in erasing.values_kept(subject.values, scheme))
    facts = erasing.carried_out(subject.facts, scheme)
    if not erasure.reduce(subject, facts, days.filing(facts, office), kept):
        return False
    taken = _of_scheme(request, subject, scheme)
    for reference in subjects.requests_in(taken):
        if reference != request.reference:
            forgetting.forget(reference, subject.subject_id, office)
    erasure.delete_children(taken)
    return True


def _of_scheme(request: Request, subject: Subject, scheme: ErasureScheme) -> list[dict[str, Any]]:
    """The items that a scheme takes; what leads to an open request stays, to find it later."""
    if erasing.keeps_everything(scheme):
        return []
    raws = subjects.partition_of(subject.subject_id)
    others = (store.read(one) for one in subjects.requests_in(raws) if one != request.reference)
    still_open = tuple(one.reference for one in others if one and one.state in policy.OPEN)
    return erasure.of_scheme(raws, scheme.upto, still_open)
