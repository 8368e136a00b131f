"""Receiving: a subject request comes in, and may be taken back.

What can be stopped without proof, is stopped in the write that takes the request in.  The answer
to whoever sends one is the same for a known and an unknown address.
"""

import hashlib
from datetime import date, datetime

from msgspec.structs import replace

from shared.errors import Conflict, Superseded
from shared.model.contacts import Consent
from shared.model.requests import Asked, Channel, Letter, Request, RequestState, Right, Step
from shared.model.subjects import Subject
from shared.policy import requests as policy
from shared.store import requests as store
from shared.store import subjects
from shared.store.requests import OfPerson, Written
from shared.wiring import Office
from shared.workflows import days, letters, requests
from shared.workflows.requests import PERSON, Effect


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
    at, lookup = office.now(), requests.lookup_of(email, office)
    reference = office.new_reference()
    for _ in range(requests.ATTEMPTS):
        person = requests.person_of(subjects.find(lookup) or "")
        bare = Request(
            reference=reference,
            right=right,
            channel=channel,
            language=language,
            received_at=at,
            received_on=received_on or days.today(office),
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
            letters=(first_letter(request),),
            queued=requests.queued(request, office),
            person=_stopping(request, person, asked, office) if person else None,
            asked=asked if details and not person else None,
            suppress=office.keys.suppression(requests.address(email))
            if right in policy.STOPS
            else "",
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


def first_letter(request: Request) -> Letter:
    known = "stopped" if request.right in policy.STOPS else "confirm"
    name = known if request.subject_id else "unknown"
    return letters.letter(name, request, number="1")


def _stopping(request: Request, person: Subject, asked: Asked, office: Office) -> OfPerson:
    facts = person.facts
    if request.right in policy.STOPS:
        facts = policy.without_subscription(facts, request.received_at)
    return OfPerson(
        before=person,
        after=facts,
        filing=days.filing(facts, office),
        consents=refusals(request, request.received_at, office),
        asked=asked,
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
            method="request",
        )
        for purpose in policy.stopped(request, office.statement)
    )


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
    request = requests.read(reference)
    if request.right not in policy.STOPS or request.state not in policy.OPEN:
        effect = Effect(posted="withdrawn")
        return requests.step(reference, Step.WITHDRAW, office, actor=PERSON, effect=effect)
    if request.state in policy.PROVED:
        message = "It is confirmed, and what it stopped cannot go on; ask anew for what you want."
        raise Conflict(message)
    now, person = office.now(), requests.person_of(request.subject_id)
    others = _other_stops(request, person) if person else ()
    stands = any(policy.still_stops(one) for one in others)
    suppression = office.keys.suppression(requests.address_of(request))
    reason = store.suppressed_by(suppression)
    ours = not stands and reason in {one.reference for one in (request, *others)}
    moved, happened = policy.moved(request, Step.WITHDRAW, at=now, actor=PERSON)
    written = Written(
        request=policy.ended(moved, now),
        history=(happened,),
        letters=(letters.letter("withdrawn", moved),),
        queued=requests.queued(moved, office),
        ttl=requests.ttl(moved, office),
        person=_going_on(request, others, person, office, resumes=ours) if person else None,
        unsuppress=(suppression, reason) if ours else None,
        at=now,
    )
    if not store.write(written):
        raise requests.changed()
    return replace(moved, rev=request.rev + 1)


def _other_stops(request: Request, person: Subject) -> tuple[Request, ...]:
    """The person's other requests that stop a use, or have stopped one and were taken back."""
    held = subjects.read_file(person.subject_id)
    named = [one.reference for one in held.asked if one.right in policy.STOPS] if held else []
    known = (store.read(one) for one in named if one != request.reference)
    return tuple(one for one in known if one)


def _going_on(
    request: Request,
    others: tuple[Request, ...],
    person: Subject,
    office: Office,
    *,
    resumes: bool,
) -> OfPerson:
    """As if it had never been sent: nobody had proved that it was the person's.

    Unless another request stops the use too: then that, when it is taken back, `resumes` it, and
    what was written with this one stays until then.
    """
    facts = person.facts
    stopped = next((one for one in (request, *others) if one.stopped_since), None)
    if resumes and stopped and not facts.subscribed_since:
        facts = replace(
            facts,
            subscribed_since=stopped.stopped_since,
            subscription_ended=stopped.ended_before,
        )
    return OfPerson(
        before=person,
        after=facts,
        filing=days.filing(facts, office),
        unsaid=refusals(request, request.received_at, office),
        forgets=not any(policy.still_stops(one) for one in others),
    )
