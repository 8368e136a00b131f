"""Changes on request: data is corrected, or restricted, and a restriction is lifted.

What was and what is go on the person's own record, with their data and as long as it.
"""

from collections.abc import Mapping
from contextlib import suppress

from msgspec.structs import replace

from shared.errors import Conflict, NotFound, Superseded, busy
from shared.model.audit import AuditEvent, Noted
from shared.model.requests import Request, Right, Step
from shared.model.subjects import Subject
from shared.policy import corrections
from shared.policy import requests as policy
from shared.policy.corrections import Correction
from shared.store import subjects
from shared.wiring import Office
from shared.workflows import auditing, days, letters, moving, requests
from shared.workflows.requests import SYSTEM, Effect


def _person(request: Request) -> Subject:
    subject = requests.person_of(request.subject_id)
    if subject is None:
        message = "Nothing is held about this person."
        raise NotFound(message)
    return subject


def rectify(
    reference: str, sent: Mapping[str, object], text: str, office: Office, *, actor: str
) -> Request:
    """Correct values (art. 16); another e-mail address is proved by a link sent there first.

    Raises Invalid, NotFound, Conflict or Superseded.
    """
    request = requests.read(reference)
    policy.after(request.state, Step.ANSWER)
    person = _person(request)
    done = corrections.correction(
        sent, person, office.statement, reference=reference, at=office.now()
    )
    if done.email:
        _refuse_taken(done.email, person, office)
    if request.new_email and not done.email:
        message = "A new address waits for its link; correct it again, or wait until it is used."
        raise Conflict(message)
    effect = Effect(
        values=done.values,
        removed=done.removed,
        noted=_corrected(reference, done, actor, office),
        posted="answered",
    )
    if done.email:
        return moving.propose(reference, done.email, text, effect, office, actor=actor)
    return requests.answer(reference, office, actor=actor, because=text, effect=effect)


def _corrected(reference: str, done: Correction, actor: str, office: Office) -> Noted | None:
    """What the trail says of it; nothing yet where the address alone is corrected."""
    fields = tuple(sorted({*done.after, *done.removed}))
    if not fields:
        return None
    return Noted(
        event=AuditEvent.CORRECTED,
        actor=actor,
        at=office.now(),
        reference=reference,
        fields=fields,
        values={"before": done.before, "after": done.after},
    )


def _refuse_taken(email: str, person: Subject, office: Office) -> None:
    found = subjects.find(requests.lookup_of(email, office))
    if found and found != person.subject_id:
        message = "Somebody is known by that address already; this cannot be corrected here."
        raise Conflict(message)


def restrict(reference: str, text: str, office: Office, *, actor: str) -> Request:
    """From now on the data is stored and nothing else (art. 18)."""
    request = requests.read(reference)
    policy.after(request.state, Step.ANSWER)
    _person(request)
    at = office.now()
    effect = Effect(
        facts=lambda facts: policy.restricted(facts, reference, at),
        noted=Noted(event=AuditEvent.RESTRICTED, actor=actor, at=at, reference=reference),
        posted="answered",
    )
    return requests.answer(reference, office, actor=actor, because=text, effect=effect)


def announce_lifting(reference: str, text: str, office: Office, *, actor: str) -> None:
    """Tell the person that the restriction is about to be lifted (art. 18(3)).

    It is lifted once the letter is on its way: see `lift`.  Raises Conflict, NotFound or
    Superseded.
    """
    request = requests.read(reference)
    person = _person(request)
    if request.right is not Right.RESTRICTION or not person.facts.restricted_since:
        message = "There is no restriction to lift."
        raise Conflict(message)
    field = office.statement.email_field
    email = next((str(one.value) for one in person.values if one.name == field), "")
    if not email:
        message = "There is no address left to tell the person at."
        raise Conflict(message)
    effect = Effect(change=lambda one: replace(one, email=email), posted=letters.LIFTING)
    requests.step(reference, Step.LIFT, office, actor=actor, because=text, effect=effect)


def lift(reference: str, office: Office) -> None:
    """The person was told: the data may be used again.  Again is as once.

    The files of all requests that restricted it have had their use; they end first, so that
    who is killed in between finds them again.
    """
    person = requests.person_of(requests.read(reference).subject_id)
    for one in person.facts.restricted_by if person else ():
        requests.lifted(one, office)
    _lift(reference, office)


def _lift(reference: str, office: Office) -> None:
    """Lift it with its entry of the trail, in one.  Raises NotFound or Superseded."""
    noted = Noted(event=AuditEvent.LIFTED, actor=SYSTEM, at=office.now(), reference=reference)
    for _ in range(requests.ATTEMPTS):
        person = requests.person_of(requests.read(reference).subject_id)
        facts = policy.unrestricted(person.facts) if person else None
        if person is None or facts is None:
            return
        audited = auditing.prepare(person.subject_id, noted, office)
        with suppress(Superseded):
            subjects.replace(person, facts, days.filing(facts, office), audited=audited)
            return
    raise busy("The data subject")
