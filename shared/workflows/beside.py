"""Beside: a form that anybody can have sent is confirmed, or not, by its person.

By the link in a letter the person confirms or rejects all of it; staff, who have asked them, its
values.
"""

from datetime import date

from msgspec.structs import replace

from shared.errors import NotFound, busy
from shared.model.audit import AuditEvent, Noted
from shared.model.contacts import Consent, Value
from shared.model.noun import Noun
from shared.model.staff import Staff
from shared.policy import retention
from shared.policy import settling as policy
from shared.policy.access_rights import Permission
from shared.policy.notes import Decision
from shared.store import settling as store
from shared.store.settling import Open, Place
from shared.wiring import Office
from shared.workflows import auditing, days, events, letters

ATTEMPTS = 8
CONFIRMED, DROPPED = "form-confirmed", "form-dropped"
"""Words of the trail for what staff did with the values of a form."""


class Asked(Noun, frozen=True, kw_only=True):
    """The content of a link's page: the values, and the choices that were ticked, on which day."""

    private = ("values",)

    language: str
    on: date
    values: tuple[Value, ...]
    choices: tuple[Consent, ...]


def seen(reference: str, token: str, office: Office) -> Asked:
    """Show what was sent to whoever was sent the link; nothing is written.  Raises NotFound."""
    one = _by_link(reference, token, office)
    shown = office.statement.notice_shown(one.interaction.notice)
    return Asked(
        language=shown.language if shown else office.statement.languages[0],
        on=retention.local_day(one.unsettled.at, office.statement.retention),
        values=policy.beside(one.subject, one.interaction, one.unsettled),
        choices=one.unsettled.consents,
    )


def answer(reference: str, token: str, office: Office, *, confirms: bool) -> None:
    """Confirmed or rejected by whoever was sent the link; settled behind the answer.

    Raises NotFound.
    """
    one = _by_link(reference, token, office)
    answered = replace(one.unsettled, answered_at=office.now(), confirmed=confirms)
    if not store.answer(one, answered):
        raise _used()


def _by_link(reference: str, token: str, office: Office) -> Open:
    place = None
    if letters.is_form_token(token, reference, office):
        place = store.asked(reference, office.now())
    one = _read(place) if place else None
    if one is None:
        raise _used()
    return one


def _used() -> NotFound:
    return NotFound("There is no such link, or it has been used.")


def _read(place: Place) -> Open | None:
    one = store.read(place.subject_id, place.sk)
    return one if one and one.unsettled.waits else None


def decide(staff: Staff, permission: Permission, told: Decision, office: Office) -> None:
    """Staff confirm or drop the values of a form, on record.  Raises NotFound or Superseded."""
    for _ in range(ATTEMPTS):
        subject_id = events.find(told.email, office)
        place = store.find(subject_id, told.reference)
        one = _read(place) if place else None
        if one is None or not policy.beside(one.subject, one.interaction, one.unsettled):
            message = "Nothing stands beside under this reference."
            raise NotFound(message)
        settled = policy.decided(
            one.subject, one.interaction, one.unsettled, confirms=told.confirms
        )
        noted = Noted(
            event=AuditEvent.CORRECTED if told.confirms else AuditEvent.NOTED,
            actor=auditing.actor(permission, staff),
            at=office.now(),
            because=CONFIRMED if told.confirms else DROPPED,
            fields=one.unsettled.beside,
        )
        audited = auditing.prepare(subject_id, noted, office)
        filing = days.filing(settled.facts, office)
        if store.write(one, settled, filing, audited=audited) or audited.is_there():
            return
    raise busy("The data subject")
