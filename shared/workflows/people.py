"""People: what the staff may see of somebody, and note about them."""

from collections.abc import Iterable
from datetime import date

from shared.errors import NotFound
from shared.model.audit import AuditEvent, Noted
from shared.model.contacts import Value
from shared.model.noun import Noun
from shared.model.staff import Action, Staff
from shared.model.subjects import File, State
from shared.policy import access_rights, current, retention, settling
from shared.policy.access_rights import Permission
from shared.policy.notes import Note, Reading
from shared.policy.retention import Verdict
from shared.store import subjects
from shared.store.audit import Prepared
from shared.wiring import Office
from shared.workflows import auditing, events
from shared.workflows.auditing import Trail
from shared.workflows.events import Event

NEEDED: dict[Event, Action] = {
    Event.PHONE: Action.NOTE,
    Event.REPLY: Action.NOTE,
    Event.OUTBOUND: Action.NOTE,
    Event.UNSUBSCRIBE: Action.NOTE,
    Event.CUSTOMER_START: Action.RELATIONSHIP,
    Event.CUSTOMER_END: Action.RELATIONSHIP,
    Event.PURPOSE_ENDED: Action.RELATIONSHIP,
    Event.HOLD: Action.HOLD,
    Event.RELEASE: Action.HOLD,
}
RIGHTS = "rights"
"""The purpose for which a trail is read."""
EXPLAINED = frozenset({Event.HOLD})


class Beside(Noun, frozen=True, kw_only=True):
    """A value that came with a form and stands beside until the person or staff confirm it."""

    private = ("value",)

    reference: str
    value: Value


class Person(Noun, frozen=True, kw_only=True):
    """Somebody as a role may see them, oldest value first.

    `agreed_to`: the purposes of that role to which they agree now.
    """

    private = ("values", "beside")

    values: tuple[Value, ...]
    beside: tuple[Beside, ...]
    agreed_to: tuple[str, ...]
    erased_on: date | None
    because: str


def read(staff: Staff, permission: Permission, asked: Reading, office: Office) -> Person:
    """Somebody, for a purpose; on record before they are shown.  Raises NotFound.

    Who has nothing that is held for the role is as good as unknown.
    """
    subject_id = events.find(asked.email, office)
    held = subjects.read_file(subject_id)
    if held is None or held.subject.state is not State.ACTIVE:
        raise _unknown()
    values = _visible(held, asked.purpose, permission, office)
    if not values:
        raise _unknown()
    auditing.note(
        subject_id,
        AuditEvent.READ,
        auditing.actor(permission, staff),
        office,
        purpose=asked.purpose,
        fields=tuple(dict.fromkeys(value.name for value in values)),
    )
    verdict = retention.decide(held.subject.facts, office.statement.retention)
    role = office.statement.roles[permission.role]
    agreed = access_rights.agreed_to(held.consents)
    return Person(
        values=values,
        beside=_beside(held, asked.purpose, permission, office),
        agreed_to=tuple(name for name in agreed if name in role.purposes),
        erased_on=verdict.erased_on,
        because=verdict.because,
    )


def _beside(held: File, purpose: str, permission: Permission, office: Office) -> tuple[Beside, ...]:
    found = settling.all_beside(held.subject, held.interactions, held.unsettled)
    shown = _shown((value for _, value in found), held, purpose, permission, office)
    return tuple(
        Beside(reference=reference, value=value) for reference, value in found if value in shown
    )


def read_trail(staff: Staff, permission: Permission, email: str, office: Office) -> Trail:
    """What was done with somebody's data, and by whom (art. 5(2)).  Raises NotFound, Superseded."""
    found = subjects.read(events.find(email, office))
    if found is None or found.state is not State.ACTIVE:
        raise _unknown()
    by = auditing.actor(permission, staff)
    return auditing.read(found.subject_id, office, actor=by, purpose=RIGHTS)


def _visible(held: File, purpose: str, permission: Permission, office: Office) -> tuple[Value, ...]:
    counts = current.of_person(held.subject, held.interactions, office.statement)
    return _shown(counts, held, purpose, permission, office)


def _shown(
    values: Iterable[Value], held: File, purpose: str, permission: Permission, office: Office
) -> tuple[Value, ...]:
    return access_rights.visible(
        values,
        held.consents,
        permission,
        office.statement,
        purpose=purpose,
        restricted=held.subject.facts.restricted_since is not None,
    )


def note(told: Note, office: Office, *, actor: str) -> tuple[str, Verdict]:
    """Note what happened; the data subject and until when they are kept now.

    Raises NotFound, Conflict or Superseded.
    """
    event = Event(told.event)

    def record(subject_id: str) -> Prepared:
        noted = Noted(
            event=AuditEvent.NOTED,
            actor=actor,
            at=office.now(),
            because=event,
            values={"because": told.because} if told.because else {},
        )
        return auditing.prepare(subject_id, noted, office)

    return events.note(
        told.email,
        event,
        office,
        at=told.at,
        because=told.because,
        flags=told.flags,
        record=record,
    )


def _unknown() -> NotFound:
    return NotFound("Nobody is known by this address.")
