"""Imports: contacts from a list are merged with what is known.

The later date wins, what the person gave is never replaced, and nobody comes back who asked to
be left alone.  Importing a row twice is importing it once.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum

from shared.errors import Superseded, busy
from shared.model.contacts import (
    Address,
    AddressKind,
    Consent,
    Interaction,
    Source,
    SourceKind,
    Value,
)
from shared.model.retention import Facts
from shared.model.subjects import State, Subject
from shared.policy import forms, imports, retention
from shared.policy.imports import Row
from shared.store import contacts, subjects
from shared.store.contacts import Newcomer
from shared.wiring import Office
from shared.workflows import days
from shared.workflows.events import unsubscription

ATTEMPTS = 8
CHANNEL = "import"


class Imported(StrEnum):
    """What became of a row."""

    IMPORTED = "imported"
    UNCHANGED = "unchanged"
    ALREADY_DUE = "already_due"
    SUPPRESSED = "suppressed"


Known = tuple[Facts, tuple[Value, ...]]
Rehearsed = dict[str, Known]
"""What a dry run would have written, by subject's address, so that it counts as a run would."""


def take_in(row: Row, office: Office, rehearsed: Rehearsed | None = None) -> Imported:
    """Import one row; with `rehearsed`, only decide.  Raises Superseded."""
    address = Address(AddressKind.EMAIL, row.email)
    lookup = subjects.lookup_key(address.kind, office.keys.lookup(address))
    for _ in range(ATTEMPTS):
        subject_id, suppressed = subjects.find_or_suppressed(
            lookup, office.keys.suppression(address)
        )
        if suppressed:
            return Imported.SUPPRESSED
        subject = _in_use(subject_id)
        known = (subject.facts, subject.values) if subject else None
        if rehearsed is not None:
            known = rehearsed.get(lookup, known)
        after = _merged(row, known, office, removed=subject.removed if subject else {})
        outcome = _decided(known, after, office)
        if rehearsed is not None:
            if outcome is Imported.IMPORTED:
                rehearsed[lookup] = after[0], (*(known[1] if known else ()), *after[1])
            return outcome
        newcomer = Newcomer(
            subject_id=office.new_reference(),
            lookup=lookup,
            record_key=office.keys.erasure(address),
            instead_of=subject_id or "",
        )
        if _done(outcome, subject, newcomer, after, office):
            return outcome
    raise busy("The address")


def _done(
    outcome: Imported, subject: Subject | None, newcomer: Newcomer, after: Known, office: Office
) -> bool:
    """Write what an outcome asks for; False if something has changed meanwhile.

    Of somebody known who is due by what the list says, only that is noted: the sweep erases.
    """
    facts, values = after
    if outcome is Imported.IMPORTED:
        return _written(subject, newcomer, facts, values, office)
    if outcome is Imported.ALREADY_DUE and subject and subject.facts != facts:
        return _written(subject, newcomer, facts, (), office)
    return True


def _in_use(subject_id: str | None) -> Subject | None:
    subject = subjects.read(subject_id) if subject_id else None
    return subject if subject and subject.state is State.ACTIVE else None


def _merged(row: Row, known: Known | None, office: Office, *, removed: Collection[str]) -> Known:
    """The facts after the row, and the values that are new or changed by it.

    A list brings nothing back that was `removed` by a correction.
    """
    now = office.now()
    told = imports.facts(row, known[0] if known else None, now)
    held = {value.name: value for value in known[1]} if known else {}
    values = tuple(one for one in _values(row, held, now, office) if one.name not in removed)
    return retention.merged(known[0], told) if known else told, values


def _decided(known: Known | None, after: Known, office: Office) -> Imported:
    law = office.statement.retention
    facts, values = after
    if known and facts == known[0] and not values:
        return Imported.UNCHANGED
    if retention.decide(facts, law).is_due(days.today(office)):
        return Imported.ALREADY_DUE
    return Imported.IMPORTED


def _written(
    subject: Subject | None,
    newcomer: Newcomer,
    facts: Facts,
    values: tuple[Value, ...],
    office: Office,
) -> bool:
    filing = days.filing(facts, office)
    interaction = _interaction(values, office)
    if subject is None:
        return contacts.begin(newcomer, interaction, values, facts, filing)
    try:
        subjects.replace(
            subject,
            facts,
            filing,
            values=values,
            interaction=interaction if values else None,
            consent=_unsubscription(subject.facts, facts, office),
            reference=interaction.reference,
        )
    except Superseded:
        return False
    return True


def _unsubscription(before: Facts, after: Facts, office: Office) -> Consent | None:
    ended = before.subscribed_since and not after.subscribed_since and after.subscription_ended
    return unsubscription(office, ended, CHANNEL) if ended else None


def _values(
    row: Row, known: Mapping[str, Value], now: datetime, office: Office
) -> tuple[Value, ...]:
    source = Source(kind=SourceKind.IMPORT, record=row.record, at=now)
    return tuple(
        Value(name=name, value=value, source=source, purpose=office.statement.imports.purpose)
        for name, value in row.values.items()
        if name not in known
        or (known[name].source.kind is SourceKind.IMPORT and known[name].value != value)
    )


def _interaction(values: tuple[Value, ...], office: Office) -> Interaction:
    taken = {one.name: one.value for one in values}
    return Interaction(
        reference=office.new_reference(),
        channel=CHANNEL,
        at=office.now(),
        values=values,
        flags=forms.sensitive_in(taken, office.statement),
    )
