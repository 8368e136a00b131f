"""Changes on request: data is corrected, or restricted, and a restriction is lifted.

What was and what is go on the person's own record, with their data and as long as it.
"""

import dataclasses
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
from shared.store import requests as store
from shared.store import subjects
from shared.store.audit import Prepared
from shared.store.subjects import Moved
from shared.wiring import Office
from shared.workflows import auditing, days, letters, requests
from shared.workflows.requests import PERSON, SYSTEM, Effect


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
        return _prove_address(reference, done.email, text, effect, office, actor=actor)
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


def _prove_address(
    reference: str, email: str, text: str, effect: Effect, office: Office, *, actor: str
) -> Request:
    """Everything else is corrected now; the address when its link is used."""

    def change(request: Request) -> Request:
        link = policy.fresh(request.link, office.now(), policy.LINK_LASTS)
        return replace(request, new_email=email, link=link)

    proving = dataclasses.replace(effect, change=change, posted=letters.VERIFY)
    return requests.step(reference, Step.PLAN, office, actor=actor, because=text, effect=proving)


def move_address(reference: str, office: Office) -> Request:
    """The link sent to the new address was used: from now on the person is found by it."""
    for _ in range(requests.ATTEMPTS):
        request = requests.read(reference)
        if not request.new_email:
            return request
        person = _person(request)
        email = request.new_email
        moved = Moved(
            email_field=_email_field(office),
            email=email,
            lookup=requests.lookup_of(email, office),
            record_key=office.keys.erasure(requests.address(email)),
            suppression=office.keys.suppression(requests.address(email)),
            suppressed_by=store.suppressed_by(
                office.keys.suppression(requests.address_of(request))
            ),
            source_of=reference,
            at=office.now(),
        )
        if subjects.find(moved.lookup) != person.subject_id:  # or else it was moved before
            _refuse_taken(email, person, office)
            if not subjects.move(person, moved, _moved(person, moved, office)):
                continue
        because = "the new address was proved by the link sent to it"
        return requests.answer(
            reference,
            office,
            actor=PERSON,
            because=because,
            effect=Effect(change=_with_new_address, posted="answered"),
        )
    raise busy("The data subject")


def _moved(person: Subject, moved: Moved, office: Office) -> Prepared:
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


def _with_new_address(request: Request) -> Request:
    return replace(request, email=request.new_email, new_email="")


def _email_field(office: Office) -> str:
    return next(name for name, one in office.statement.fields.items() if one.kind == "email")


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
    email = next((str(one.value) for one in person.values if one.name == _email_field(office)), "")
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
    """With its entry of the trail, in one.  Raises NotFound or Superseded."""
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
