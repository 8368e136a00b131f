"""Casework: what staff do with subject requests, each step put on record with who and why."""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any

import msgspec

from shared.errors import Conflict, NotFound
from shared.model.audit import AuditEvent
from shared.model.contacts import Value
from shared.model.requests import Queue, Request, RequestState, Right, Step
from shared.model.retention import Facts
from shared.model.staff import Action
from shared.model.subjects import Subject
from shared.policy import access_rights, erasing, retention
from shared.policy import requests as policy
from shared.policy.access_rights import Permission
from shared.policy.documents import could_tell
from shared.store import queues
from shared.store import requests as store
from shared.wiring import Office
from shared.workflows import answers, auditing, changes, days, documents, requests
from shared.workflows.requests import Effect
from shared.workflows.status import status

PAGE = 50
PLACE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]{15}Z)?#[0-9a-f]{32}")


def waiting(
    office: Office, *, after: str = "", queue: Queue = Queue.OPEN, most: int = PAGE
) -> dict[str, Any]:
    """A page of the open requests by the day that they are due, and nobody's name.

    Those that nobody has confirmed are apart, by the day that they are forgotten; `unconfirmed`
    says how many they are.  `after`: the place where the page before ended, and of the next one in
    the answer.  Raises NotFound where there can be no such place.
    """
    if after and not PLACE.fullmatch(after):
        message = "There is no such page."
        raise NotFound(message)
    today = days.today(office)
    found, more = queues.page(queue, after, most)
    return {
        "requests": [_line(one, today, office) for one in found if _is_in(queue, one, office)],
        "after": more,
        "unconfirmed": queues.number_in(Queue.UNCONFIRMED),
    }


def _is_in(queue: Queue, request: Request, office: Office) -> bool:
    """Whether it still belongs where it was found: it may have been confirmed meanwhile."""
    queued = requests.queued(request, office)
    return queued is not None and queued.queue is queue


def _line(request: Request, today: date, office: Office) -> dict[str, Any]:
    deadline = requests.deadline_of(request, office)
    told: dict[str, Any] = msgspec.to_builtins(
        {
            "reference": request.reference,
            "right": request.right,
            "channel": request.channel,
            "state": request.state,
            "received_on": request.received_on,
            "due_on": deadline.due,
            "target": deadline.target,
            "left": (deadline.due - today).days if deadline.due else None,
            "for_staff": is_for_staff(request),
            "undelivered": request.undelivered,
        }
    )
    return told


def is_for_staff(request: Request) -> bool:
    """Whether nothing goes on without staff."""
    if request.state is RequestState.RECEIVED:
        return not policy.waits_for_link(request)
    kept = request.scheme is not None and not request.scheme.whole
    return request.state in policy.PROVED and (not policy.is_automatic(request) or kept)


def show(reference: str, office: Office, *, permission: Permission, actor: str) -> dict[str, Any]:
    """One request with what was written and how its dates come about; the reading is recorded.

    `values`: the person's current ones, as far as the role sees them (statement §10).  Where
    nothing is held, the reading is on a trail of the request's own.
    """
    request, statement = answers.completed(requests.read(reference), office), office.statement
    person, asked = requests.person_of(request.subject_id), store.asked(request)
    values = _visible(person, permission, office) if person else ()
    fields = statement.roles[permission.role].fields
    sees_email = any(statement.fields[name].kind == "email" for name in fields)
    auditing.note(
        request.subject_id or reference,
        AuditEvent.READ,
        actor,
        office,
        purpose=next(
            iter(access_rights.purposes([permission.role], Action.REQUESTS, statement)), ""
        ),
        reference=reference,
        fields=tuple(value.name for value in values),
    )
    deadline = requests.deadline_of(request, office)
    more: dict[str, Any] = msgspec.to_builtins(
        {
            "channel": request.channel,
            "email": request.email if sees_email else "",
            "details": asked.details if asked else "",
            "values": {value.name: value.value for value in values},
            "document": request.document,
            "upload": documents.link_of(request, office),
            "takes_document": office.documents is not None and could_tell(request),
            "held": bool(request.subject_id),
            "nominal": deadline.nominal,
            "target": deadline.target,
            "scheme": request.scheme,
            "for_staff": is_for_staff(request),
            "restricts": policy.restricts(request),
        }
    )
    return {**status(request, office), **more}


def _visible(person: Subject, permission: Permission, office: Office) -> tuple[Value, ...]:
    """What the role sees by its own purposes: who answers a request asks for no consent."""
    restricted = person.facts.restricted_since is not None
    return access_rights.visible(
        person.values, (), permission, office.statement, restricted=restricted
    )


def answer(
    reference: str,
    text: str,
    corrections: Mapping[str, object],
    office: Office,
    *,
    actor: str,
) -> Request:
    """Do what was asked for and say so.  Raises Invalid, NotFound, Conflict or Superseded."""
    request = requests.read(reference)
    policy.after(request.state, Step.ANSWER)
    if requests.person_of(request.subject_id) is None:
        return answers.nothing_held(request, office, actor=actor, because=text)
    match request.right:
        case Right.RECTIFICATION:
            return changes.rectify(reference, corrections, text, office, actor=actor)
        case Right.RESTRICTION:
            return changes.restrict(reference, text, office, actor=actor)
        case Right.ERASURE | Right.WITHDRAWAL:
            return _erase(request, text, office, actor=actor)
    answers.carry_out(reference, office, actor=actor, because=text)
    return requests.read(reference)


def _erase(request: Request, text: str, office: Office, *, actor: str) -> Request:
    if request.scheme is None and answers.plan(request.reference, office) is None:
        return answers.nothing_held(request, office, actor=actor, because=text)
    return answers.erase(request.reference, office, actor=actor, because=text)


def sent_again(reference: str, steps: Collection[Step], because: str, actor: str) -> bool:
    """Whether a step of the staff is the last that anybody took: its answer may have been lost."""
    taken = [one for one in store.history(reference) if one.actor != requests.SYSTEM]
    last = taken[-1] if taken else None
    return (
        last is not None and last.step in steps and (last.because, last.actor) == (because, actor)
    )


def hold(reference: str, because: str, ground: str, office: Office, *, actor: str) -> Request:
    """Hold what an erasure would take: the fields of a ground, or everything (art. 17(3)).

    An erasure that is asked for is planned anew.  Raises NotFound, Conflict or Superseded.
    """
    now, until = office.now(), None
    if ground:
        rule = office.statement.withheld.get(ground)
        if rule is None or not rule.years:
            message = "There is no such ground to hold on."
            raise Conflict(message)
        until = erasing.hold_until(days.today(office), rule.years)

    def held(facts: Facts) -> Facts:
        return retention.held(facts, now, because, ground, until)

    request = requests.read(reference)
    person = requests.person_of(request.subject_id)
    if person and held(person.facts) == person.facts:
        return request  # it stands
    return _changed(reference, Step.HOLD, held, because, office, actor=actor)


def release(reference: str, text: str, office: Office, *, actor: str, ground: str = "") -> Request:
    """Release the holds on a ground, or every hold.

    Without a ground a restriction is lifted, once the person is told (art. 18(3)).  Raises
    NotFound, Conflict or Superseded.
    """
    request = requests.read(reference)
    if request.right is Right.RESTRICTION and not ground:
        changes.announce_lifting(reference, text, office, actor=actor)
        return requests.read(reference)

    def released(facts: Facts) -> Facts:
        left = retention.released(facts, ground)
        if left == facts:
            message = "There is no such hold."
            raise Conflict(message)
        return left

    return _changed(reference, Step.RELEASE, released, text, office, actor=actor)


def _changed(
    reference: str,
    taken: Step,
    change: Callable[[Facts], Facts],
    because: str,
    office: Office,
    *,
    actor: str,
) -> Request:
    effect = Effect(facts=change)
    request = requests.step(reference, taken, office, actor=actor, because=because, effect=effect)
    if request.right in policy.ERASES and request.state in policy.PROVED:
        answers.plan(reference, office)
    return requests.read(reference)
