"""Subject requests: read, and brought a step further.

Each step is one conditional write, with what it changes about the person and, where staff take it,
the entry in their trail; a step that the request no longer allows is refused.
"""

import dataclasses
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from shared.errors import Conflict, NotFound, Superseded, busy
from shared.model.audit import AuditEvent, Noted
from shared.model.contacts import Address, AddressKind, Consent, Value
from shared.model.requests import (
    Asked,
    Happened,
    Letter,
    Queue,
    Queued,
    Refusal,
    Request,
    Step,
)
from shared.model.retention import Facts
from shared.model.subjects import State, Subject
from shared.policy import addresses, deadlines, retention
from shared.policy import requests as policy
from shared.policy.deadlines import Deadline
from shared.store import requests as store
from shared.store import subjects
from shared.store.requests import OfPerson, Written
from shared.store.suppression import Freed
from shared.wiring import Office
from shared.workflows import auditing, days, letters

ATTEMPTS = 8
PERSON, SYSTEM = "data subject", "system"


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What a step does besides being taken: to the request, and to the person it is about.

    `facts`, `values` and `removed` need a person.  `noted`: what the person's trail says of it;
    `posted`: the letter that tells of it; `asked`: what was written with it, and `forgets`: that
    is deleted; `suppresses`: the address must not come back by import.
    """

    change: Callable[[Request], Request] = lambda request: request
    facts: Callable[[Facts], Facts] | None = None
    values: tuple[Value, ...] = ()
    removed: tuple[str, ...] = ()
    consents: tuple[Consent, ...] = ()
    noted: Noted | None = None
    asked: Asked | None = None
    forgets: bool = False
    suppresses: bool = False
    posted: str = ""


NOTHING = Effect()


def read(reference: str) -> Request:
    """A request.  Raises NotFound."""
    found = store.read(reference)
    if found is None:
        message = "There is no such request."
        raise NotFound(message)
    return found


def deadline_of(request: Request, office: Office) -> Deadline:
    """By when it must be answered, and why."""
    return deadlines.deadline(
        request.received_on,
        country=office.statement.controller.country,
        extended=request.extended,
        pauses=request.pauses,
    )


def person_of(subject_id: str) -> Subject | None:
    subject = subjects.read(subject_id) if subject_id else None
    return subject if subject and subject.state is State.ACTIVE else None


def address(email: str) -> Address:
    """An address of a request, which an earlier release may have spelt otherwise."""
    return Address(AddressKind.EMAIL, addresses.current(email))


def lookup_of(email: str, office: Office) -> str:
    """Under which an address is found."""
    one = address(email)
    return subjects.lookup_key(one.kind, office.keys.lookup(one))


def bare(request: Request) -> Asked:
    """The note that lies with the person's data of a request with which nothing was written."""
    return Asked(
        reference=request.reference,
        right=request.right,
        channel=request.channel,
        at=request.received_at,
    )


def address_of(request: Request) -> Address:
    """Whose request it is, as long as that is known."""
    return address(request.email)


def write(
    request: Request,
    office: Office,
    history: tuple[Happened, ...] = (),
    posted: tuple[Letter, ...] = (),
    person: OfPerson | None = None,
    *,
    asked: Asked | None = None,
    suppress: tuple[str, str] | None = None,
    frees: tuple[Freed, ...] = (),
    unsent: str = "",
) -> None:
    """Write a request with what belongs to it, all or nothing: `Written`.  Raises Superseded."""
    written = Written(
        request=request,
        history=history,
        letters=posted,
        queued=queued(request, office),
        ttl=ttl(request, office),
        person=person,
        asked=asked,
        suppress=suppress,
        frees=frees,
        unsent=unsent,
        at=office.now(),
    )
    if not store.write(written):
        raise changed()


def suppression(request: Request, office: Office) -> tuple[str, str]:
    """The key under which its address is suppressed, and the tag that names it as a reason."""
    keys = office.keys
    return keys.suppression(address_of(request)), keys.reason(request.reference)


def changed() -> Superseded:
    return Superseded("The request was changed meanwhile; read it again.")


def queued(request: Request, office: Office) -> Queued | None:
    """The queue it waits in: by the day that it is due, or for being forgotten.

    What nobody has confirmed waits apart from what staff can do something about.
    """
    if request.pending:
        return Queued(Queue.PENDING, office.now())
    if policy.is_unconfirmed(request):
        return Queued(Queue.UNCONFIRMED, request.received_at + policy.UNCONFIRMED_LASTS)
    if request.state in policy.OPEN:
        return Queued(Queue.OPEN, deadline_of(request, office).due or days.today(office))
    law = office.statement.retention
    until = request.result_until if request.email else None
    return Queued(Queue.CLOSED, retention.local_day(until, law)) if until else None


def ttl(request: Request, office: Office) -> datetime | None:
    """When its file is removed; None while it is needed."""
    law = office.statement.retention
    due_on = policy.file_removed_on(request, law)
    return retention.ttl_of(due_on, law) if due_on else None


def lifted(reference: str, office: Office) -> None:
    """The restriction is lifted, and its file's period begins; again is as once.

    Raises Superseded.
    """
    for _ in range(ATTEMPTS):
        request = store.read(reference)
        if request is None or not policy.restricts(request):
            return
        with suppress(Superseded):
            write(replace(request, lifted_at=office.now()), office)
            return
    raise busy("The request")


def step(
    reference: str,
    taken: Step,
    office: Office,
    *,
    actor: str,
    because: str = "",
    effect: Effect = NOTHING,
) -> Request:
    """Take a step.  Raises NotFound, Conflict or Superseded."""
    for _ in range(ATTEMPTS):
        before, now = read(reference), office.now()
        policy.after(before.state, taken)
        policy.demand_taken_up(before)
        if actor != SYSTEM:
            policy.demand_not_moving(before, taken)
        changed = effect.change(before)
        moved, happened = policy.moved(changed, taken, at=now, actor=actor, because=because)
        whose = _whose(moved, taken, office)
        moved = replace(moved, subject_id=whose.subject_id if whose else "")
        posted = _telling(effect.posted, moved, office) if effect.posted and moved.email else ()
        if whose and not before.subject_id and whose.state is State.ACTIVE:
            effect = dataclasses.replace(effect, asked=store.asked(before) or bare(before))
        ended = policy.ended(moved, now)
        person = _of_person(moved, whose, happened, effect, office)
        asked = effect.asked if person is None else None
        suppress = suppression(moved, office) if effect.suppresses and moved.email else None
        try:
            write(ended, office, (happened,), posted, person, asked=asked, suppress=suppress)
        except Superseded:
            continue
        return replace(ended, rev=before.rev + 1)
    raise busy("The request")


def _whose(request: Request, taken: Step, office: Office) -> Subject | None:
    """Whom it is about: nobody once they are erased.

    The link shows who reads the mails of an address, and so it identifies whoever is known by that
    address now: who has come since the request was sent, and not who has given the address up.
    """
    whose = request.subject_id
    if taken is Step.IDENTIFY and request.email:
        whose = subjects.find(lookup_of(request.email, office)) or ""
    return subjects.read(whose) if whose else None


def _telling(name: str, request: Request, office: Office) -> tuple[Letter, ...]:
    """The letter of a step; of a new address also that to the one before it."""
    until = request.result_until or office.now()
    day = retention.local_day(until, office.statement.retention)
    number = str(request.link.number) if request.link and request.new_email else ""
    told = letters.letter(name, request, until=day.isoformat(), number=number)
    if name != letters.VERIFY:
        return (told,)
    return letters.letter(letters.MOVING, request), told


def _of_person(
    request: Request, person: Subject | None, happened: Happened, effect: Effect, office: Office
) -> OfPerson | None:
    """An identified request keeps the person from being swept; a closed one does no longer."""
    if person is None or person.state is not State.ACTIVE:
        if effect.values or effect.removed or effect.facts:
            message = "Nothing is held about this person."
            raise Conflict(message)
        return None
    is_proved = request.state in policy.PROVED
    opened_or_closed = policy.opened if is_proved else policy.closed
    changed = effect.facts(person.facts) if effect.facts else person.facts
    facts = opened_or_closed(changed, request.reference)
    noted = effect.noted or _noted(request.reference, happened)
    audited = auditing.prepare(person.subject_id, noted, office) if noted else None
    changes_more = effect.values or effect.removed or effect.consents or effect.asked
    touched = changes_more or effect.forgets or audited
    if facts == person.facts and not touched:
        return None
    return OfPerson(
        before=person,
        after=facts,
        filing=days.filing(facts, office),
        consents=effect.consents,
        values=effect.values,
        removed=effect.removed,
        asked=effect.asked,
        forgets=effect.forgets,
        audited=audited,
    )


def note(
    request: Request,
    office: Office,
    taken: Step,
    *,
    actor: str,
    because: str,
    posted: Letter | None,
) -> None:
    """Take a step that changes nothing but the request, and send a letter about it.

    Raises Conflict or Superseded.
    """
    now = office.now()
    moved, happened = policy.moved(request, taken, at=now, actor=actor, because=because)
    write(policy.ended(moved, now), office, (happened,), (posted,) if posted else ())


def _noted(reference: str, happened: Happened) -> Noted | None:
    """What staff do is in the person's trail too; why, in the history of the request."""
    if happened.actor in {PERSON, SYSTEM}:
        return None
    return Noted(
        event=AuditEvent.NOTED,
        actor=happened.actor,
        at=happened.at,
        because=happened.step,
        reference=reference,
    )


def identify(reference: str, office: Office, *, actor: str, because: str) -> Request:
    """Identified: from now on nothing is swept away before it is answered."""
    return step(reference, Step.IDENTIFY, office, actor=actor, because=because)


def ask(reference: str, question: str, office: Office, *, actor: str) -> Request:
    """Ask more about identity, for a doubt that is put on record (art. 12(6)).

    Possible after the link too, which shows only who reads the mails of an address.  The clock
    stands until the answer, if the question is a prompt one; the letter says which.
    """
    asked_on = days.today(office)
    pauses = deadlines.does_pause(asked_on, read(reference).received_on)
    effect = Effect(
        change=lambda request: policy.asked(request, asked_on),
        posted="question" if pauses else "late_question",
    )
    return step(reference, Step.ASK, office, actor=actor, because=question, effect=effect)


def reply(reference: str, answer: str, office: Office) -> Request:
    """The person's answer to that: the clock goes on, and staff decide.

    What they wrote lies with their data, and goes with it; where nothing is held, with the request.
    """
    request = read(reference)
    policy.after(request.state, Step.REPLY)
    asked = store.asked(request) or bare(request)
    asked = replace(asked, details=f"{asked.details}\n\n{answer}".strip())
    effect = Effect(change=lambda request: policy.replied(request, days.today(office)), asked=asked)
    return step(reference, Step.REPLY, office, actor=PERSON, effect=effect)


def extend(reference: str, reasons: str, office: Office, *, actor: str) -> Request:
    """Two further months, with reasons, before the first has passed (art. 12(3))."""

    def change(request: Request) -> Request:
        deadlines.extend(
            request.received_on,
            today=days.today(office),
            reasons=reasons,
            country=office.statement.controller.country,
            pauses=request.pauses,
        )
        return replace(request, extended=True)

    effect = Effect(change=change, posted="extended")
    return step(reference, Step.EXTEND, office, actor=actor, because=reasons, effect=effect)


def refuse(
    reference: str,
    reason: Refusal,
    text: str,
    office: Office,
    *,
    actor: str,
    told: bool = True,
    provided: Callable[[Request], bool] = lambda _: True,
) -> Request:
    """Refuse, with the reason that the person is told, besides authority and court (art. 12(4)).

    `provided` it is so: else it has been changed meanwhile.  Raises as `step` does.
    """

    def change(request: Request) -> Request:
        if not provided(request):
            raise changed()
        return replace(request, refusal=reason)

    effect = Effect(
        change=change,
        posted="refused" if told else "",
        forgets=not told,
    )
    because = f"{reason}: {text}" if text else ""
    return step(reference, Step.REFUSE, office, actor=actor, because=because, effect=effect)


def put_away(request: Request, office: Office) -> None:
    """What is over keeps nothing of the person, and waits for the end of its period."""
    write(policy.ended(request, office.now()), office)


ANSWERED = Effect(posted="answered")


def answer(
    reference: str, office: Office, *, actor: str, because: str, effect: Effect = ANSWERED
) -> Request:
    """Answered: from now on the result can be had, for a week."""
    until = office.now() + policy.RESULT_LASTS

    def change(request: Request) -> Request:
        return effect.change(replace(request, result_until=until))

    answered = dataclasses.replace(effect, change=change)
    return step(reference, Step.ANSWER, office, actor=actor, because=because, effect=answered)
