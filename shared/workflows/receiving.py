"""Receiving: a subject request comes in, and may be taken back.

Whoever sends one gets the same answer in the same time for a known and an unknown address: it is
taken in, or taken back, by writes that look nobody up.  What that changes about the person follows
behind the answer, when the table's stream tells of it, or the hourly look at what that has missed.
"""

import hashlib
from contextlib import suppress
from datetime import date, datetime

from msgspec.structs import replace

from shared.errors import Conflict, Superseded, busy
from shared.model.contacts import Consent
from shared.model.requests import Asked, Channel, Letter, Queue, Request, RequestState, Right, Step
from shared.model.subjects import File, State, Subject
from shared.policy import requests as policy
from shared.store import queues, subjects
from shared.store import requests as store
from shared.store.requests import OfPerson
from shared.store.suppression import NOT
from shared.wiring import Office
from shared.workflows import days, letters, requests, settling, suppressing
from shared.workflows.requests import PERSON

BY_REQUEST = "request"
"""The method of a refusal that a request has brought."""


def take_in(
    right: Right,
    email: str,
    office: Office,
    *,
    language: str,
    details: str = "",
    channel: Channel = Channel.WEB,
    received_on: date | None = None,
    actor: str = PERSON,
    because: str = "",
) -> Request:
    """Take in a request, to be taken up; `email` is normalised.  Nobody is looked up.

    `received_on`: the day it came in by another channel; the legal clock starts there.
    """
    at = office.now()
    bare = Request(
        reference=office.new_reference(),
        right=right,
        channel=channel,
        language=language,
        received_at=at,
        received_on=received_on or days.today(office),
        state=RequestState.RECEIVED,
        number=0,
        head="",
        pending=True,
        email=email,
        found_by=office.keys.lookup(requests.address(email)),
    )
    request, happened = policy.begun(bare, at=at, actor=actor, because=because)
    asked = replace(requests.bare(request), details=details) if details else None
    requests.write(request, office, (happened,), asked=asked)
    return replace(request, rev=1)


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
    because: str = "",
) -> Request:
    """Take in a request and take it up at once: who of the staff opens it may know whom it is of.

    As `take_in`.  Raises Superseded.
    """
    taken = take_in(
        right,
        email,
        office,
        language=language,
        details=details,
        channel=channel,
        received_on=received_on,
        actor=actor,
        because=because,
    )
    take_up(taken.reference, office)
    return requests.read(taken.reference)


def take_up(reference: str, office: Office) -> bool:
    """Do what the latest step of a request changes about the person; False if that is done.

    Of one that has come in: what can be stopped without proof, is stopped from the moment that it
    came in (art. 7(3), 21(3)), what was written lies with their data, and the first letter is
    written.  Raises Superseded.
    """
    for _ in range(requests.ATTEMPTS):
        request = requests.read(reference)
        if not request.pending:
            return False
        follow = _begin if request.state in policy.OPEN else _take_back
        with suppress(Superseded):
            follow(replace(request, pending=False), office)
            return True
    raise busy("The request")


def late(office: Office) -> list[str]:
    """The references of what the stream has not taken up."""
    return queues.due(Queue.PENDING, days.missed(office))


# Coming in ---------------------------------------------------------------------------------------


def _begin(request: Request, office: Office) -> None:
    subject_id = subjects.find(requests.lookup_of(request.email, office))
    if subject_id and request.right in policy.STOPS:
        settling.settle_all(subject_id, office)  # what they have ticked by now
    held = subjects.read_file(subject_id) if subject_id else None
    if held and held.subject.state is not State.ACTIVE:
        held = None
    link = policy.fresh(None, office.now(), policy.LINK_LASTS)
    begun = replace(request, link=link)
    if held:
        begun = replace(_remembering(begun, held.subject), subject_id=held.subject.subject_id)
    requests.write(
        begun,
        office,
        posted=(first_letter(begun),),
        person=_stopping(begun, held, store.asked(request), office) if held else None,
        suppress=requests.suppression(request, office) if request.right in policy.STOPS else None,
    )


def _remembering(request: Request, person: Subject) -> Request:
    """With what an undoing needs to know."""
    facts = person.facts
    if request.right not in policy.STOPS or not policy.is_older(facts, request.received_at):
        return request
    since, ended = facts.subscribed_since, facts.subscription_ended
    return replace(request, stopped_since=since, ended_before=ended)


def first_letter(request: Request) -> Letter:
    known = "stopped" if request.right in policy.STOPS else "confirm"
    name = known if request.subject_id else "unknown"
    return letters.letter(name, request, number="1")


def _stopping(request: Request, held: File, asked: Asked | None, office: Office) -> OfPerson:
    facts = held.subject.facts
    if request.right in policy.STOPS:
        purpose = office.statement.subscribing
        again = [one.at for one in held.consents if one.purpose == purpose and one.granted]
        facts = policy.stopped_then(facts, request.received_at, again)
    return OfPerson(
        before=held.subject,
        after=facts,
        filing=days.filing(facts, office),
        consents=refusals(request, request.received_at, office),
        asked=asked or requests.bare(request),
    )


def refusals(request: Request, at: datetime, office: Office) -> tuple[Consent, ...]:
    """One record for each purpose that is stopped; the same ones whenever they are made."""
    text = f"{request.right}:{request.channel}"
    return tuple(
        Consent(
            purpose=purpose,
            granted=False,
            at=at,
            text_id=text,
            text_hash=hashlib.sha256(text.encode()).hexdigest(),
            language=request.language,
            form="",
            method=BY_REQUEST,
        )
        for purpose in policy.stopped(request, office.statement)
    )


# Being taken back --------------------------------------------------------------------------------


def undo(request: Request, office: Office) -> Request:
    """Taken back by whoever was sent the link; again is as once.  Raises Conflict if confirmed."""
    if request.state is RequestState.WITHDRAWN:
        return request
    if request.state not in policy.UNPROVED or request.new_email:
        message = "It is confirmed already, and can be followed where it stands."
        raise Conflict(message)
    return withdraw(request.reference, office)


def withdraw(reference: str, office: Office) -> Request:
    """Taken back by the person; what it had stopped goes on as before once that is taken up."""
    for _ in range(requests.ATTEMPTS):
        request, now = requests.read(reference), office.now()
        if request.right in policy.STOPS and request.state in policy.PROVED:
            message = "It is confirmed, and what it stopped stays so; ask anew for what you want."
            raise Conflict(message)
        policy.demand_not_moving(request, Step.WITHDRAW)
        moved, happened = policy.moved(request, Step.WITHDRAW, at=now, actor=PERSON)
        pending = replace(moved, pending=True, new_email="", code=None)
        with suppress(Superseded):
            requests.write(pending, office, (happened,))
            return replace(pending, rev=request.rev + 1)
    raise busy("The request")


def _take_back(request: Request, office: Office) -> None:
    """Make it as if it had never been sent: nobody had proved that it was the person's.

    What it has stopped goes on once nothing else stops it, and what was written with it stays
    until then.
    """
    person = requests.person_of(request.subject_id)
    held = subjects.read_file(person.subject_id) if person else None
    others = stops_of(held, request.reference) if held else ()
    suppresses = request.right in policy.SUPPRESSES
    frees = suppressing.freed_by(request, others, person, office) if suppresses else ()
    stands = any(map(policy.still_stops, others)) or any(one.after != NOT for one in frees)
    back = replace(request, subject_id=held.subject.subject_id if held else "")
    requests.write(
        policy.ended(back, office.now()),
        office,
        posted=(letters.letter("withdrawn", back),),
        person=_going_on(request, others, held, office, stands=stands) if held else None,
        frees=tuple(one for one in frees if one.after != one.before),
    )


def stops_of(held: File, besides: str = "") -> tuple[Request, ...]:
    """The requests of a person that stop a use, or have stopped one and were taken back."""
    named = [one.reference for one in held.asked if one.right in policy.STOPS]
    known = (store.read(one) for one in named if one != besides)
    return tuple(one for one in known if one)


def _going_on(
    request: Request, others: tuple[Request, ...], held: File, office: Office, *, stands: bool
) -> OfPerson:
    facts = policy.closed(held.subject.facts, request.reference)
    is_stop = request.right in policy.STOPS
    if is_stop and not stands:
        facts = policy.resumed(facts, (request, *others), _refused(held, office))
    return OfPerson(
        before=held.subject,
        after=facts,
        filing=days.filing(facts, office),
        unsaid=refusals(request, request.received_at, office),
        forgets=is_stop and not any(map(policy.still_stops, others)),
    )


def _refused(held: File, office: Office) -> list[datetime]:
    """When the person has ended the subscription, otherwise than by a request."""
    purpose = office.statement.subscribing
    return [
        one.at
        for one in held.consents
        if one.purpose == purpose and not one.granted and one.method != BY_REQUEST
    ]
