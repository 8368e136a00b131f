"""Moving: a person is found by another address, once it is proved and nobody has objected.

Both addresses are written to: whoever reads the new one proves it, and whoever reads the old one
can object until it is carried out, which the reminders do.  Killed anywhere, the next look at the
queue goes on.
"""

import dataclasses
from collections.abc import Callable
from contextlib import suppress

from msgspec.structs import replace

from shared.errors import Conflict, Superseded, busy
from shared.model.audit import AuditEvent, Noted
from shared.model.requests import Request, Step
from shared.model.subjects import Subject
from shared.policy import requests as policy
from shared.store import requests as store
from shared.store import subjects
from shared.store.audit import Prepared
from shared.store.subjects import Moved
from shared.wiring import Office
from shared.workflows import answers, auditing, letters, requests, suppressing
from shared.workflows.requests import PERSON, SYSTEM, Effect

Change = Callable[[Request], Request]

PROVED = "the new address was proved by the link sent to it"
OBJECTED = "by the link sent to the address that we use"
UNOPPOSED = "nobody has objected in time"
TAKEN = "somebody else is known by the new address by now"


def propose(
    reference: str, email: str, text: str, effect: Effect, office: Office, *, actor: str
) -> Request:
    """Both addresses are written to; what else the step does, is done now."""

    def change(request: Request) -> Request:
        if request.moves:
            raise requests.changed()
        link = policy.fresh(request.link, office.now(), policy.LINK_LASTS)
        return replace(request, new_email=email, link=link, moves_at=None)

    proposed = dataclasses.replace(effect, change=change, posted=letters.VERIFY)
    return requests.step(reference, Step.PLAN, office, actor=actor, because=text, effect=proposed)


def prove(request: Request, office: Office) -> Request:
    """Its link was used: from now on the move is held for as long as the statement says.

    Again is as once.  Raises Conflict where the request waits for something else.
    """
    if request.moves_at:
        return request
    until = policy.held_until(office.now(), office.statement)

    def change(one: Request) -> Request:
        if one.new_email != request.new_email:
            raise requests.changed()
        return replace(one, moves_at=one.moves_at or until)

    effect = Effect(change=change)
    return requests.step(
        request.reference, Step.PROVE, office, actor=PERSON, because=PROVED, effect=effect
    )


def object_to(request: Request, office: Office) -> Request:
    """Keep the address that is to be moved, for its reader; staff see it in the history.

    Again is as once.  Raises Conflict where it has been moved, or the request is closed.
    """
    if not request.new_email and request.state in policy.OPEN:
        return request

    def change(one: Request) -> Request:
        if not policy.can_be_objected_to(one):
            message = "There is no move to object to any more."
            raise Conflict(message)
        return policy.unmoved(one)

    effect = Effect(change=change)
    return requests.step(
        request.reference, Step.OBJECT, office, actor=PERSON, because=OBJECTED, effect=effect
    )


def carry_out(reference: str, office: Office) -> bool:
    """Move the address of a request whose time to object is over; False if that is not so.

    Raises NotFound, Conflict or Superseded.
    """
    for _ in range(requests.ATTEMPTS):
        request = requests.read(reference)
        if not policy.moves(request, office.now()):
            return False
        person = requests.person_of(request.subject_id)
        if person is None:
            _answer(reference, answers.NOTHING_HELD, policy.unmoved, office)
            return True
        if _is_taken(request, person, office):
            return _keep(reference, office)
        if not request.moves:
            effect = Effect(change=lambda one: replace(one, moves=True))
            requests.step(
                reference, Step.MOVE, office, actor=SYSTEM, because=UNOPPOSED, effect=effect
            )
        elif _move(request, person, office):
            _follow(request, person, office)
            _answer(reference, PROVED, _with_new_address, office)
            return True
    raise busy("The data subject")


def _answer(reference: str, because: str, change: Change, office: Office) -> None:
    effect = Effect(change=change, posted="answered")
    requests.answer(reference, office, actor=SYSTEM, because=because, effect=effect)


def _with_new_address(request: Request) -> Request:
    return replace(request, email=request.new_email, new_email="", moves=False)


def _is_taken(request: Request, person: Subject, office: Office) -> bool:
    found = subjects.find(requests.lookup_of(request.new_email, office))
    return found not in {None, person.subject_id}


def _keep(reference: str, office: Office) -> bool:
    """Staff decide what becomes of two people of one address."""
    effect = Effect(change=policy.unmoved)
    requests.step(reference, Step.PLAN, office, actor=SYSTEM, because=TAKEN, effect=effect)
    return False


def _move(request: Request, person: Subject, office: Office) -> bool:
    """Whether the person is found by the new address, now or by an earlier try."""
    moved = _moved(request, person, office)
    if subjects.find(moved.lookup) == person.subject_id:
        return True
    return subjects.move(person, moved, _noted(person, moved, office))


def _moved(request: Request, person: Subject, office: Office) -> Moved:
    email = requests.address(request.new_email)
    return Moved(
        email_field=office.statement.email_field,
        email=email.value,
        lookup=requests.lookup_of(email.value, office),
        record_key=office.keys.erasure(email),
        suppression=office.keys.suppression(email),
        suppressed=suppressing.of_person(person, request.email, office),
        source_of=request.reference,
        at=office.now(),
    )


def _noted(person: Subject, moved: Moved, office: Office) -> Prepared:
    field = moved.email_field
    before = {one.name: one.value for one in person.values if one.name == field}
    noted = Noted(
        event=AuditEvent.CORRECTED,
        actor=PERSON,
        at=moved.at,
        reference=moved.source_of,
        fields=(field,),
        values={"before": before, "after": {field: moved.email}},
    )
    return auditing.prepare(person.subject_id, noted, office)


def _follow(request: Request, person: Subject, office: Office) -> None:
    """No link or code that went to the old address opens anything of the person any more."""
    held = subjects.read_file(person.subject_id)
    named = {one.reference for one in held.asked} if held else set()
    for reference in {*named, *person.facts.open_requests} - {request.reference}:
        _readdress(reference, request, office)


def _readdress(reference: str, moving: Request, office: Office) -> None:
    for _ in range(requests.ATTEMPTS):
        other = store.read(reference)
        if other is None:
            return
        changed = policy.readdressed(other, moving.email, moving.new_email)
        if changed == other:
            return
        with suppress(Superseded):
            requests.write(changed, office)
            return
    raise busy("The request")
