"""Subject requests: received, proved, and brought to an end.

Everything is one conditional write; a step that the request no longer allows is refused.  The
answer to whoever sends a request is the same for a known and an unknown address.
"""

import hashlib
import hmac
from collections.abc import Callable
from datetime import date, datetime

from msgspec.structs import replace

from shared.errors import Conflict, NotFound, Superseded
from shared.model import (
    Address,
    AddressKind,
    Asked,
    Channel,
    Consent,
    Facts,
    Filing,
    Happened,
    Letter,
    Proof,
    Refusal,
    Request,
    RequestState,
    Right,
    State,
    Step,
    Subject,
    Value,
)
from shared.policy import deadlines, retention
from shared.policy import requests as policy
from shared.policy.deadlines import Deadline
from shared.store import requests as store
from shared.store import subjects
from shared.store.requests import OfPerson, Written
from shared.wiring import Office
from shared.workflows import letters

ATTEMPTS = 8
PERSON, SYSTEM = "data subject", "system"

Change = Callable[[Request], Request]


# What a request is about -------------------------------------------------------------------------


def read(reference: str) -> Request:
    """A request.  Raises NotFound."""
    found = store.read(reference)
    if found is None:
        message = "There is no such request."
        raise NotFound(message)
    return found


def opened_by(reference: str, secret: str, office: Office) -> Request:
    """A request, to whoever has its status address.  Raises NotFound."""
    if not hmac.compare_digest(secret.encode(), letters.status_secret(reference, office).encode()):
        message = "There is no such request."
        raise NotFound(message)
    return read(reference)


def deadline_of(request: Request, office: Office) -> Deadline:
    """By when it must be answered, and why."""
    return deadlines.deadline(
        request.received_on,
        country=office.statement.controller.country,
        extended=request.extended,
        pauses=request.pauses,
    )


def _today(office: Office) -> date:
    return retention.local_day(office.now(), office.statement.retention)


def _person(subject_id: str) -> Subject | None:
    subject = subjects.read(subject_id) if subject_id else None
    return subject if subject and subject.state is State.ACTIVE else None


def address(email: str) -> Address:
    return Address(AddressKind.EMAIL, email)


def lookup_of(email: str, office: Office) -> str:
    """Under which an address is found."""
    one = address(email)
    return subjects.lookup_key(one.kind, office.keys.lookup(one))


def address_of(request: Request) -> Address:
    """Whose request it is, as long as that is known."""
    return address(request.email)


# Receiving ---------------------------------------------------------------------------------------


def receive(
    right: Right,
    email: str,
    office: Office,
    *,
    language: str,
    details: str = "",
    channel: Channel = Channel.WEB,
    received_on: date | None = None,
    actor: str = PERSON,
) -> Request:
    """Take in a request; `email` is normalised.  Raises Superseded.

    What can be stopped without proof, is stopped in the same write (art. 7(3), 21(3)).
    `received_on`: the day it came in by another channel; the legal clock starts there.
    """
    at, lookup = office.now(), lookup_of(email, office)
    reference = office.new_reference()
    for _ in range(ATTEMPTS):
        person = _person(subjects.find(lookup) or "")
        bare = Request(
            reference=reference,
            right=right,
            channel=channel,
            language=language,
            received_at=at,
            received_on=received_on or _today(office),
            state=RequestState.RECEIVED,
            number=0,
            head="",
            subject_id=person.subject_id if person else "",
            email=email,
            link=policy.fresh(None, at, policy.LINK_LASTS),
        )
        bare = _remembering(bare, person) if person else bare
        request, happened = policy.begun(bare, at=at, actor=actor)
        asked = Asked(reference=reference, right=right, channel=channel, at=at, details=details)
        written = Written(
            request=request,
            history=(happened,),
            letters=(_first_letter(request),),
            due_on=deadline_of(request, office).due,
            person=_stopping(request, person, asked, office) if person else None,
            suppress=office.keys.suppression(address(email)) if right in policy.STOPS else "",
            at=at,
        )
        if store.write(written):
            return replace(request, rev=1)
    message = "The request cannot be taken in just now; try again later."
    raise Superseded(message)


def _remembering(request: Request, person: Subject) -> Request:
    """With what an undoing needs to know."""
    since, ended = person.facts.subscribed_since, person.facts.subscription_ended
    if request.right not in policy.STOPS or since is None:
        return request
    return replace(request, stopped_since=since, ended_before=ended)


def _first_letter(request: Request) -> Letter:
    known = "stopped" if request.right in policy.STOPS else "confirm"
    name = known if request.subject_id else "unknown"
    return letters.letter(name, request, number="1")


def _stopping(request: Request, person: Subject, asked: Asked, office: Office) -> OfPerson:
    facts = person.facts
    if request.right in policy.STOPS:
        facts = unsubscribed(facts, request.received_at)
    return OfPerson(
        before=person,
        after=facts,
        filing=filing(facts, office),
        consents=_refusals(request, office),
        asked=asked,
    )


def unsubscribed(facts: Facts, at: datetime) -> Facts:
    """Without the subscription, if there is one."""
    since = facts.subscribed_since
    return retention.unsubscribed(facts, max(at, since)) if since else facts


def _refusals(request: Request, office: Office) -> tuple[Consent, ...]:
    """One record for each purpose that is stopped; the same ones whenever they are made."""
    text = f"{request.right}:{request.channel}"
    return tuple(
        Consent(
            purpose=purpose,
            granted=False,
            at=request.received_at,
            text_id=text,
            text_hash=hashlib.sha256(text.encode()).hexdigest(),
            language=request.language,
            form="",
            method="request",
        )
        for purpose in policy.stopped(request, office.statement)
    )


def filing(facts: Facts, office: Office) -> Filing | None:
    law = office.statement.retention
    return retention.filing(retention.decide(facts, law), _today(office), law)


# Proving -----------------------------------------------------------------------------------------


def by_link(reference: str, token: str, office: Office) -> Request:
    """A request, to whoever was sent its newest link; a wrong guess uses up one of five tries.

    Raises NotFound, and Conflict for a link that is no longer good.
    """
    request = read(reference)
    link = request.link
    if link is None:
        message = "There is no such link."
        raise NotFound(message)
    if not _is_token(token, request, link, office):
        if policy.is_good(link, office.now()):
            _quietly(replace(request, link=replace(link, tries=link.tries - 1)), office)
        message = "There is no such link."
        raise NotFound(message)
    waits = request.state is RequestState.RECEIVED or request.new_email
    if waits and not policy.is_good(link, office.now()):
        message = "The link is no longer good. Ask for a new one where you follow the request."
        raise Conflict(message)
    return request


def seen_by_link(reference: str, token: str, office: Office) -> Request:
    """As `by_link` for who only looks: nothing is written.  Raises NotFound or Conflict."""
    request = read(reference)
    if request.link is None or not _is_token(token, request, request.link, office):
        message = "There is no such link."
        raise NotFound(message)
    return request


def _is_token(token: str, request: Request, link: Proof, office: Office) -> bool:
    expected = letters.link_token(request.reference, link.number, office)
    return hmac.compare_digest(token.encode(), expected.encode())


def confirm(reference: str, token: str, office: Office) -> Request:
    """Whoever was sent the link confirms the request; again is as once.

    Raises NotFound or Conflict.
    """
    request = by_link(reference, token, office)
    if request.state is not RequestState.RECEIVED:
        return request
    return identify(reference, office, actor=PERSON, because="by the link sent to the address")


def identify(reference: str, office: Office, *, actor: str, because: str) -> Request:
    """Identified: from now on nothing is swept away before it is answered."""
    return step(reference, Step.IDENTIFY, office, actor=actor, because=because)


def new_link(request: Request, office: Office) -> None:
    """Send another link; the one before it is no longer good.  Raises Conflict."""
    if request.state is not RequestState.RECEIVED:
        message = "The request is confirmed already, or closed."
        raise Conflict(message)
    link = policy.fresh(request.link, office.now(), policy.LINK_LASTS)
    changed = replace(request, link=link)
    name = _first_letter(request).name
    _quietly(changed, office, letters.letter(name, changed, number=str(link.number)))


def new_code(request: Request, office: Office) -> None:
    """Send a one-time code for the download.  Raises Conflict where there is nothing to get."""
    if not policy.has_export(request, office.now()) or not request.email:
        message = "There is nothing to download."
        raise Conflict(message)
    code = policy.fresh(request.code, office.now(), policy.CODE_LASTS)
    changed = replace(request, code=code)
    _quietly(changed, office, letters.letter("code", changed, number=str(code.number)))


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
    """One download, for a code that was tried: it is good no more.  Raises Superseded."""
    code = replace(request.code, tries=0) if request.code else None
    used = replace(request, code=code, downloads=request.downloads + 1)
    moved, happened = policy.moved(used, Step.DOWNLOAD, at=office.now(), actor=PERSON)
    _write(moved, office, history=(happened,))


def _quietly(request: Request, office: Office, *posted: Letter) -> None:
    """Write what is no step.  Raises Superseded."""
    _write(request, office, posted=posted)


def _write(
    request: Request,
    office: Office,
    history: tuple[Happened, ...] = (),
    posted: tuple[Letter, ...] = (),
    person: OfPerson | None = None,
) -> None:
    written = Written(
        request=request,
        history=history,
        letters=posted,
        due_on=_queued(request, office),
        ttl=_ttl(request, office),
        person=person,
        at=office.now(),
    )
    if not store.write(written):
        message = "The request was changed meanwhile; read it again."
        raise Superseded(message)


def _queued(request: Request, office: Office) -> date | None:
    """Its day in the queue: the day that it is due, or on which the address is forgotten."""
    if request.state in policy.OPEN:
        return deadline_of(request, office).due or _today(office)
    law = office.statement.retention
    until = request.result_until if request.email else None
    return retention.local_day(until, law) if until else None


def _ttl(request: Request, office: Office) -> datetime | None:
    """When its file is removed: the statement's period after it was closed."""
    if request.closed_at is None:
        return None
    law = office.statement.retention
    closed_on = retention.local_day(request.closed_at, law)
    return retention.ttl_of(law.subject_request.length.after(closed_on), law)


# Steps -------------------------------------------------------------------------------------------


def step(
    reference: str,
    taken: Step,
    office: Office,
    *,
    actor: str,
    because: str = "",
    change: Change = lambda request: request,
    posted: str = "",
    facts: Callable[[Facts], Facts] = lambda facts: facts,
    values: tuple[Value, ...] = (),
    removed: tuple[str, ...] = (),
) -> Request:
    """Take a step: with what it changes, the letter that tells of it, and what of the person.

    Raises NotFound, Conflict or Superseded.
    """
    for _ in range(ATTEMPTS):
        before = read(reference)
        now = office.now()
        policy.after(before.state, taken)
        moved, happened = policy.moved(change(before), taken, at=now, actor=actor, because=because)
        moved = replace(moved, subject_id=_whose(moved, taken, office))
        person = _person(moved.subject_id)
        letter = (_telling(posted, moved, office),) if posted and moved.email else ()
        ended = policy.ended(moved, now)
        changed = _of_person(moved, person, facts, office)
        if values or removed:
            changed = _with_values(changed, person, values, removed, office)
        try:
            _write(ended, office, (happened,), letter, changed)
        except Superseded:
            continue
        return replace(ended, rev=before.rev + 1)
    message = "The request is being changed; try again later."
    raise Superseded(message)


def _whose(request: Request, taken: Step, office: Office) -> str:
    """Whom it is about: "" once they are erased; who has come since it was sent, is found."""
    if request.subject_id and subjects.read(request.subject_id):
        return request.subject_id
    if taken is not Step.IDENTIFY or not request.email:
        return ""
    return subjects.find(lookup_of(request.email, office)) or ""


def _telling(name: str, request: Request, office: Office) -> Letter:
    until = request.result_until or office.now()
    day = retention.local_day(until, office.statement.retention)
    return letters.letter(name, request, until=day.isoformat())


def _of_person(
    request: Request,
    person: Subject | None,
    change: Callable[[Facts], Facts],
    office: Office,
) -> OfPerson | None:
    """An identified request keeps the person from being swept; a closed one does no longer."""
    if person is None:
        return None
    facts = change(person.facts)
    if request.state in policy.PROVED:
        facts = policy.opened(facts, request.reference)
    else:
        facts = policy.closed(facts, request.reference)
    if facts == person.facts:
        return None
    return OfPerson(before=person, after=facts, filing=filing(facts, office))


def _with_values(
    changed: OfPerson | None,
    person: Subject | None,
    values: tuple[Value, ...],
    removed: tuple[str, ...],
    office: Office,
) -> OfPerson:
    if person is None:
        message = "Nothing is held about this person."
        raise NotFound(message)
    unchanged = OfPerson(before=person, after=person.facts, filing=filing(person.facts, office))
    return replace(changed or unchanged, values=values, removed=removed)


def note(
    request: Request, office: Office, taken: Step, *, actor: str, because: str, posted: Letter
) -> None:
    """Take a step of a request that is closed, and send a letter about it.

    Raises Conflict or Superseded.
    """
    now = office.now()
    moved, happened = policy.moved(request, taken, at=now, actor=actor, because=because)
    _write(policy.ended(moved, now), office, (happened,), (posted,))


def ask(reference: str, question: str, office: Office, *, actor: str) -> Request:
    """Ask more about identity, for a doubt that is put on record (art. 12(6)); the clock stands."""
    return step(
        reference,
        Step.ASK,
        office,
        actor=actor,
        because=question,
        change=lambda request: policy.asked(request, _today(office)),
        posted="question",
    )


def reply(reference: str, answer: str, office: Office) -> Request:
    """The person's answer to that: the clock goes on, and staff decide."""
    return step(
        reference,
        Step.REPLY,
        office,
        actor=PERSON,
        because=answer,
        change=lambda request: policy.replied(request, _today(office)),
    )


def extend(reference: str, reasons: str, office: Office, *, actor: str) -> Request:
    """Two further months, with reasons, before the first has passed (art. 12(3))."""

    def change(request: Request) -> Request:
        deadlines.extend(
            request.received_on,
            today=_today(office),
            reasons=reasons,
            country=office.statement.controller.country,
            pauses=request.pauses,
        )
        return replace(request, extended=True)

    return step(
        reference,
        Step.EXTEND,
        office,
        actor=actor,
        because=reasons,
        change=change,
        posted="extended",
    )


def refuse(
    reference: str, reason: Refusal, text: str, office: Office, *, actor: str, told: bool = True
) -> Request:
    """Refuse, with the reason that the person is told, besides authority and court (art. 12(4))."""
    return step(
        reference,
        Step.REFUSE,
        office,
        actor=actor,
        because=f"{reason}: {text}" if text else "",
        change=lambda request: policy.refused(request, reason, text),
        posted="refused" if told else "",
    )


def put_away(request: Request, office: Office) -> None:
    """What is over keeps nothing of the person, and waits for the end of its period."""
    _write(policy.ended(request, office.now()), office)


def undo(request: Request, office: Office) -> Request:
    """Taken back by whoever was sent the link; again is as once.  Raises Conflict if confirmed."""
    if request.state is RequestState.WITHDRAWN:
        return request
    if request.state not in policy.UNPROVED:
        message = "It is confirmed already, and can be followed where it stands."
        raise Conflict(message)
    return withdraw(request.reference, office)


def withdraw(reference: str, office: Office) -> Request:
    """Taken back by the person; what it had stopped goes on as before."""
    request = read(reference)
    if request.right not in policy.STOPS or request.state not in policy.OPEN:
        return step(reference, Step.WITHDRAW, office, actor=PERSON, posted="withdrawn")
    if request.state in policy.PROVED:
        message = "It is confirmed, and what it stopped cannot go on; ask anew for what you want."
        raise Conflict(message)
    now, person = office.now(), _person(request.subject_id)
    moved, happened = policy.moved(request, Step.WITHDRAW, at=now, actor=PERSON)
    written = Written(
        request=policy.ended(moved, now),
        history=(happened,),
        letters=(letters.letter("withdrawn", moved),),
        due_on=_queued(moved, office),
        ttl=_ttl(moved, office),
        person=_going_on(request, person, office) if person else None,
        unsuppress=_own_suppression(request, office),
        at=now,
    )
    if not store.write(written):
        message = "The request was changed meanwhile; read it again."
        raise Superseded(message)
    return replace(moved, rev=request.rev + 1)


def _own_suppression(request: Request, office: Office) -> str:
    """The suppression, if it is this request's: one that was there before, stays."""
    suppression = office.keys.suppression(address_of(request))
    return suppression if store.suppressed_by(suppression) == request.reference else ""


def _going_on(request: Request, person: Subject, office: Office) -> OfPerson:
    """As if it had never been sent: nobody had proved that it was the person's."""
    facts = person.facts
    if request.stopped_since and not facts.subscribed_since:
        facts = replace(
            facts,
            subscribed_since=request.stopped_since,
            subscription_ended=request.ended_before,
        )
    return OfPerson(
        before=person,
        after=facts,
        filing=filing(facts, office),
        unsaid=_refusals(request, office),
    )


def answer(
    reference: str,
    office: Office,
    *,
    actor: str,
    because: str,
    posted: str = "answered",
    change: Change = lambda request: request,
    facts: Callable[[Facts], Facts] = lambda facts: facts,
    values: tuple[Value, ...] = (),
    removed: tuple[str, ...] = (),
) -> Request:
    """Answered: from now on the result can be had, for a week."""
    until = office.now() + policy.RESULT_LASTS
    return step(
        reference,
        Step.ANSWER,
        office,
        actor=actor,
        because=because,
        change=lambda request: change(replace(request, result_until=until)),
        posted=posted,
        facts=facts,
        values=values,
        removed=removed,
    )
