"""The inbox: what arrived through the forms and waits for an answer, for whoever may give it.

A listing names no value of anybody; what somebody wrote is read one at a time, and every reading
is on record before it is shown.
"""

from datetime import datetime
from itertools import islice
from operator import attrgetter

from shared.errors import NotFound
from shared.model.audit import AuditEvent, Noted
from shared.model.contacts import Interaction, Sensitive, Value
from shared.model.noun import Noun
from shared.model.staff import Action, Staff
from shared.policy import access_rights, current, forms
from shared.policy.retention import Verdict
from shared.store import inbox, subjects
from shared.store.audit import Prepared
from shared.store.inbox import Waiting
from shared.wiring import Office
from shared.workflows import auditing, events
from shared.workflows.events import Event

PAGE = 25


class Waits(Noun, frozen=True, kw_only=True):
    """One submission that waits.  `fields` names what may be read of it."""

    reference: str
    at: datetime
    form: str
    purpose: str
    fields: tuple[str, ...]
    flags: tuple[Sensitive, ...]


class Page(Noun, frozen=True, kw_only=True):
    """Newest first.  `before`: where the next page begins; "" after the last."""

    entries: tuple[Waits, ...]
    before: str


def page(staff: Staff, purpose: str, before: str, office: Office) -> Page:
    """What waits, of the purposes that the staff answer for: all of them, or one."""
    asked = [name for name in _purposes(staff, office) if purpose in {"", name}]
    found = [one for name in asked for one in inbox.newest(name, before=before, most=PAGE + 1)]
    newest = sorted(found, key=attrgetter("place"), reverse=True)
    shown = list(islice(newest, PAGE))
    submitted = inbox.submissions(shown)
    return Page(
        entries=tuple(
            _waits(one, submitted[one.reference], staff, office)
            for one in shown
            if one.reference in submitted
        ),
        before=shown[-1].place if len(newest) > PAGE else "",
    )


def _waits(one: Waiting, submitted: Interaction, staff: Staff, office: Office) -> Waits:
    values = _visible(one, submitted.values, staff, office)
    return Waits(
        reference=one.reference,
        at=submitted.at,
        form=submitted.form,
        purpose=one.purpose,
        fields=forms.fields_of(value.name for value in values),
        flags=submitted.flags,
    )


def _visible(
    one: Waiting, values: tuple[Value, ...], staff: Staff, office: Office
) -> tuple[Value, ...]:
    permission = access_rights.permitted(staff.roles, Action.INBOX, office.statement, one.purpose)
    return access_rights.visible(values, (), permission, office.statement)


class Read(Noun, frozen=True, kw_only=True):
    """What somebody has submitted, as far as the role may see it, with the values of now."""

    private = ("values",)

    reference: str
    at: datetime
    form: str
    purpose: str
    values: tuple[Value, ...]
    flags: tuple[Sensitive, ...]


def read(staff: Staff, reference: str, office: Office) -> Read:
    """What waits under a reference; on record before it is shown.  Raises NotFound.

    Of somebody who is restricted nothing is read: what is stored may not be used.
    """
    waiting = _find(staff, reference, office)
    submitted = inbox.submissions([waiting]).get(reference)
    subject = subjects.read(waiting.subject_id)
    if submitted is None or subject is None or subject.facts.restricted_since:
        raise _not_there()
    counts = current.of_submission(subject, submitted, office.statement)
    values = _visible(waiting, counts, staff, office)
    auditing.note(
        waiting.subject_id,
        AuditEvent.READ,
        _actor(staff, waiting, office),
        office,
        because=Action.INBOX,
        purpose=waiting.purpose,
        reference=reference,
        fields=tuple(value.name for value in values),
    )
    return Read(
        reference=reference,
        at=submitted.at,
        form=submitted.form,
        purpose=waiting.purpose,
        values=values,
        flags=submitted.flags,
    )


def answered(staff: Staff, reference: str, office: Office) -> Verdict:
    """It was answered: a contact from us, and it waits no longer.  Raises NotFound."""
    return _close(staff, reference, Event.OUTBOUND, office)


def purpose_ended(staff: Staff, reference: str, office: Office) -> Verdict:
    """What it was sent for is done: without another reason the data goes earlier (C3)."""
    return _close(staff, reference, Event.PURPOSE_ENDED, office)


def _close(staff: Staff, reference: str, event: Event, office: Office) -> Verdict:
    found: list[Waiting] = []

    def waiting() -> Waiting:
        found.append(_find(staff, reference, office))
        return found[-1]

    def record(subject_id: str) -> Prepared:
        noted = Noted(
            event=AuditEvent.NOTED,
            actor=_actor(staff, found[-1], office),
            at=office.now(),
            because=event,
            purpose=found[-1].purpose,
            reference=reference,
        )
        return auditing.prepare(subject_id, noted, office)

    return events.note_answer(waiting, event, office, at=office.now(), record=record)


def _find(staff: Staff, reference: str, office: Office) -> Waiting:
    found = inbox.find(reference, _purposes(staff, office))
    if found is None:
        raise _not_there()
    return found


def _purposes(staff: Staff, office: Office) -> list[str]:
    """Those that the staff answer for, and that anything can arrive for."""
    served = {form.purpose for form in office.statement.forms.values()}
    able = access_rights.purposes(staff.roles, Action.INBOX, office.statement)
    return [name for name in able if name in served]


def _not_there() -> NotFound:
    return NotFound("Nothing waits under this reference.")


def _actor(staff: Staff, one: Waiting, office: Office) -> str:
    permission = access_rights.permitted(staff.roles, Action.INBOX, office.statement, one.purpose)
    return auditing.actor(permission, staff)
