"""Reports: everything that a data subject is told about the data that is held (GDPR art. 15).

Pure.  Nothing here knows a field by name: what is told about a value stands in the statement, and
a value that it no longer describes is told all the same, without category and basis.

Sources
    art. 15(1)(a)     purposes              `Held.purpose`, `Report.purposes`
    art. 15(1)(b)     categories            `Held.category`
    art. 15(1)(c)     recipients            `Report.disclosures`, `recipients`, `processors`
    art. 15(1)(d)     period                `Held.erased_on`, `Report.erased_on`, `because`
    art. 15(1)(e)     rights                `Report.rights`, used at `controller.email`
    art. 15(1)(f)     complaint             `controller.supervisory_authority`
    art. 15(1)(g)     source                `Held.source`
    art. 15(1)(h)     automated decisions   `Report.automated_decisions`
    art. 15(2)        transfers             `ProcessedBy.country`
    art. 15(3)        a copy                `Report.values`, `consents`, `contacts`, `facts`,
                                            `audited`
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from shared.model.audit import AuditEntry, AuditEvent
from shared.model.contacts import Basis, Consent, Sensitive, Source, SourceKind, Value
from shared.model.noun import Noun
from shared.model.requests import Asked, Right
from shared.model.retention import Facts, Rule
from shared.model.subjects import File
from shared.policy import current, retention, settling
from shared.policy.retention import Verdict
from shared.statement.types import Controller, Field, Statement, Technical


class Use(Noun, frozen=True, kw_only=True):
    """A purpose in words, and the lawful basis on which this person's data serves it."""

    purpose: str
    in_words: str
    clause: str
    basis: Basis


class Held(Noun, frozen=True, kw_only=True):
    """One value that is held.  `current` is False once a newer one has taken its place.

    `unconfirmed`: it was received with a form, and is not used before the person confirms it.
    `category`, `label` and `in_words` are the statement's words in the report's language.
    `erased_on`: the first day without it; None while a reason without an end keeps it.
    """

    private = ("label", "name", "value")

    name: str
    label: str
    value: str | tuple[str, ...]
    category: str
    purpose: str
    in_words: str
    clause: str
    basis: Basis | None
    source: Source
    current: bool
    erased_on: date | None
    unconfirmed: bool = False


class ContactMade(Noun, frozen=True, kw_only=True):
    """One contact, import or noted event, without its values."""

    private = ("note",)

    channel: str
    at: datetime
    form: str
    notice: str
    reference: str
    flags: tuple[Sensitive, ...]
    note: str


class PossibleRecipient(Noun, frozen=True, kw_only=True):
    """To whom the statement allows a disclosure, and of which fields."""

    in_words: str
    clause: str
    fields: tuple[str, ...]


class Disclosure(Noun, frozen=True, kw_only=True):
    """To whom data was in fact disclosed, by name (CJEU C-154/21)."""

    recipient: str
    at: datetime
    fields: tuple[str, ...]


class ProcessedBy(Noun, frozen=True, kw_only=True):
    """A processor; `country` is "" where the statement does not state it."""

    name: str
    service: str
    country: str


class Reading(Noun, frozen=True, kw_only=True):
    """That somebody read the data: in which role, and never who (CJEU C-579/21)."""

    role: str
    purpose: str
    at: datetime


class Audited(Noun, frozen=True, kw_only=True):
    """What was done besides reading: in which role, and never who (CJEU C-579/21).

    `because`: an event, or the step of the request `reference`.  `values` are those that the entry
    of the audit trail is about, kept to prove it; {} for none.
    """

    private = ("because", "values")

    event: AuditEvent
    role: str
    because: str
    reference: str
    at: datetime
    values: Mapping[str, Any]


class Report(Noun, frozen=True, kw_only=True):
    """Everything about one data subject, oldest first.

    `statement` is the version in force.  `automated_decisions` (art. 22): there are none.
    """

    subject: str
    at: datetime
    language: str
    statement: str
    controller: Controller
    erased_on: date | None
    rule: Rule
    because: str
    values: tuple[Held, ...]
    purposes: tuple[Use, ...]
    consents: tuple[Consent, ...]
    contacts: tuple[ContactMade, ...]
    facts: Facts
    recipients: tuple[PossibleRecipient, ...]
    disclosures: tuple[Disclosure, ...]
    processors: tuple[ProcessedBy, ...]
    readings: tuple[Reading, ...]
    audited: tuple[Audited, ...]
    asked: tuple[Asked, ...] = ()
    rights: tuple[Right, ...] = tuple(Right)
    automated_decisions: bool = False


def report(
    file: File,
    verdict: Verdict,
    statement: Statement,
    *,
    language: str,
    at: datetime,
    entries: Sequence[AuditEntry] = (),
    disclosures: Sequence[Disclosure] = (),
) -> Report:
    """Tell a data subject, in a language of the statement, all that was read at one moment."""
    uses = _uses(file.subject.facts, statement, language)
    values = tuple(_values(file, verdict, statement, uses, language))
    consents = tuple(sorted(file.consents, key=lambda consent: consent.at))
    readings = tuple(_readings(entries))
    served = {one.purpose for told in (values, consents, readings) for one in told}
    return Report(
        subject=file.subject.subject_id,
        at=at,
        language=language,
        statement=statement.version,
        controller=statement.controller,
        erased_on=verdict.erased_on,
        rule=verdict.rule,
        because=verdict.because,
        values=values,
        purposes=tuple(use for name, use in uses.items() if name in served),
        consents=consents,
        contacts=tuple(_contacts(file)),
        facts=file.subject.facts,
        recipients=tuple(_recipients(statement, language)),
        disclosures=tuple(disclosures),
        processors=tuple(_processors(statement, language)),
        readings=readings,
        asked=tuple(sorted(file.asked, key=lambda one: one.at)),
        audited=tuple(_audited(entries, file)),
    )


def _uses(facts: Facts, statement: Statement, language: str) -> Mapping[str, Use]:
    """Every purpose by name; a customer's basis may be another (C1)."""
    is_customer = facts.customer_since is not None
    return {
        name: Use(
            purpose=name,
            in_words=one.text[language],
            clause=one.clause,
            basis=(one.customers if is_customer else None) or one.basis,
        )
        for name, one in statement.purposes.items()
    }


def _values(
    file: File, verdict: Verdict, statement: Statement, uses: Mapping[str, Use], language: str
) -> Iterator[Held]:
    """Current and superseded values, each once, and the technical data."""
    submitted = [value for one in file.interactions for value in one.values]
    profile = set(file.subject.values)
    beside = {
        value for _, value in settling.all_beside(file.subject, file.interactions, file.unsettled)
    }
    every: list[Value] = [*submitted, *file.subject.values, *file.technical]
    for value in sorted(dict.fromkeys(every), key=lambda value: value.source.at):
        known, use = described(value.name, value.source.kind, statement), uses.get(value.purpose)
        category = statement.categories[known.category].text[language] if known else ""
        yield Held(
            name=value.name,
            label=_label(value.name, known, language, statement),
            value=value.value,
            category=category,
            purpose=value.purpose,
            in_words=use.in_words if use else "",
            clause=use.clause if use else "",
            basis=use.basis if use else None,
            source=value.source,
            current=value in profile or not current.is_replaceable(value, statement),
            erased_on=_erased_on(value, verdict, statement),
            unconfirmed=value in beside,
        )


def described(name: str, kind: SourceKind, statement: Statement) -> Field | Technical | None:
    """What the statement says of a value of this name and source."""
    if kind is SourceKind.BROWSER:
        return statement.technical.get(name)
    return statement.field(name)


def _label(name: str, known: Field | Technical | None, language: str, statement: Statement) -> str:
    """The statement's label; of an answer the question besides.

    A question that the statement no longer has, or that somebody made up when that could be done,
    stands as it is.
    """
    if known is None:
        return name
    is_answer = isinstance(known, Field) and known.kind == "answers"
    asked = name.partition(".")[2] if is_answer else ""
    question = statement.questions[asked].label[language] if asked in statement.questions else asked
    return ": ".join(filter(None, (known.label[language], question)))


def _erased_on(value: Value, verdict: Verdict, statement: Statement) -> date | None:
    """Technical data has a short life of its own, whatever keeps the data subject."""
    if value.source.kind is SourceKind.BROWSER:
        law = statement.retention
        return retention.erased_on(value.source.at, law.technical, law)
    return verdict.erased_on


def _contacts(file: File) -> Iterator[ContactMade]:
    for one in sorted(file.interactions, key=lambda interaction: interaction.at):
        yield ContactMade(
            channel=one.channel,
            at=one.at,
            form=one.form,
            notice=one.notice,
            reference=one.reference,
            flags=one.flags,
            note=one.note,
        )


def _recipients(statement: Statement, language: str) -> Iterator[PossibleRecipient]:
    for one in statement.recipients.values():
        labels = tuple(statement.fields[name].label[language] for name in one.fields)
        yield PossibleRecipient(in_words=one.text[language], clause=one.clause, fields=labels)


def _processors(statement: Statement, language: str) -> Iterator[ProcessedBy]:
    for name, one in statement.processors.items():
        yield ProcessedBy(name=name, service=one.service[language], country=one.country)


def _readings(entries: Sequence[AuditEntry]) -> Iterator[Reading]:
    for one in entries:
        if one.event is AuditEvent.READ:
            yield Reading(role=one.actor.partition(":")[0], purpose=one.purpose, at=one.at)


def _audited(entries: Sequence[AuditEntry], file: File) -> Iterator[Audited]:
    for one in entries:
        if one.event is not AuditEvent.READ:
            yield Audited(
                event=one.event,
                role=one.actor.partition(":")[0],
                because=one.because,
                reference=one.reference,
                at=one.at,
                values=file.audited.get(one.number, {}),
            )
