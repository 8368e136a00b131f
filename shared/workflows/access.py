"""Access: what is held about a data subject, why, and until when."""

from collections.abc import Iterator
from datetime import date, datetime

from shared.errors import NotFound
from shared.model import Consent, File, Noun, Source, State, Value
from shared.policy import retention
from shared.store import subjects
from shared.wiring import Office
from shared.workflows import events


class Held(Noun, frozen=True, kw_only=True):
    """One value that is held, with the purpose's clause of the statement."""

    name: str
    value: str | tuple[str, ...]
    source: Source
    purpose: str
    clause: str


class ContactMade(Noun, frozen=True, kw_only=True):
    """One contact, import or noted event, without its values."""

    channel: str
    at: datetime
    form: str
    reference: str
    flags: tuple[str, ...]
    note: str


class Report(Noun, frozen=True, kw_only=True):
    """Everything about one data subject, oldest first."""

    subject: str
    erased_on: date | None
    because: str
    values: tuple[Held, ...]
    consents: tuple[Consent, ...]
    contacts: tuple[ContactMade, ...]


def report(email: str, office: Office) -> Report:
    """What is held about the data subject of an address.  Raises NotFound."""
    subject_id = events.find(email, office)
    held = subjects.read_file(subject_id)
    if held is None or held.subject.state is not State.ACTIVE:
        message = "Nobody is known by this address."
        raise NotFound(message)
    verdict = retention.decide(held.subject.facts, office.statement.retention)
    return Report(
        subject=subject_id,
        erased_on=verdict.erased_on,
        because=verdict.because,
        values=tuple(_values(held, office)),
        consents=tuple(sorted(held.consents, key=lambda consent: consent.at)),
        contacts=tuple(
            ContactMade(
                channel=one.channel,
                at=one.at,
                form=one.form,
                reference=one.reference,
                flags=tuple(one.flags),
                note=one.note,
            )
            for one in held.interactions
        ),
    )


def _values(held: File, office: Office) -> Iterator[Held]:
    """Current and superseded values, each once, and the technical data."""
    purposes = office.statement.purposes
    submitted = [value for one in held.interactions for value in one.values]
    every: list[Value] = [*submitted, *held.subject.values, *held.technical]
    for value in sorted(dict.fromkeys(every), key=lambda value: value.source.at):
        purpose = purposes.get(value.purpose)
        yield Held(
            name=value.name,
            value=value.value,
            source=value.source,
            purpose=value.purpose,
            clause=purpose.clause if purpose else "",
        )
