"""Submissions: a form arrives, is kept for its reason, and is answered.

The answer is computed from the submission alone: it is the same for a known and an unknown
address, and says nothing about what is held already.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec

from shared.errors import KeyReused, busy
from shared.model.contacts import (
    Address,
    Consent,
    Interaction,
    Sensitive,
    Source,
    SourceKind,
    Submission,
    Value,
    Visit,
)
from shared.model.retention import Facts, Rule
from shared.policy import forms, retention, sensitive
from shared.policy.forms import Accepted
from shared.statement.types import Form
from shared.store import contacts, subjects
from shared.store.contacts import Answered, Entry, Gone, KnownAs, Newcomer, Remembered
from shared.wiring import Office
from shared.workflows import days

REMEMBERED_FOR = timedelta(hours=24)
ATTEMPTS = 8


class Taken(StrEnum):
    """How a submission was taken; the person is not told."""

    ACCEPTED = "accepted"
    REPLAYED = "replayed"
    HONEYPOT = "honeypot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the person is told: reference, first day without the data, and warnings.

    `erased_on` is None when the submission subscribes: no date is known then.  `stored` names the
    fields that were kept.  `taken` is for who counts, and no part of the answer.
    """

    reference: str
    erased_on: date | None
    warnings: tuple[Sensitive, ...]
    stored: tuple[str, ...]
    taken: Taken = field(default=Taken.ACCEPTED, compare=False)


def submit(
    form_name: str, sent: Mapping[str, Any], visit: Visit, key: str | None, office: Office
) -> Answer:
    """Take in one submission.  Raises NotFound, Invalid, KeyReused or Superseded.

    `key` is the client's idempotency key.  A filled honeypot is answered like any submission, and
    nothing is stored.
    """
    form = office.statement.form(form_name)
    at, reference = office.now(), office.new_reference()
    if sent.get(office.statement.website.honeypot):
        subscribes = any(
            choice.subscribes and name in str(sent.get("choices"))
            for name, choice in office.statement.choices.items()
        )
        due_on = None if subscribes else _kept_until(at, office)
        return Answer(
            reference=reference, erased_on=due_on, warnings=(), stored=(), taken=Taken.HONEYPOT
        )
    accepted = forms.read(form_name, sent, office.statement)
    submission = _submission(accepted, form, visit, office, at=at, reference=reference)
    answer = Answer(
        reference=reference,
        erased_on=None if submission.subscribes else _kept_until(at, office),
        warnings=submission.interaction.flags,
        stored=tuple(accepted.values),
    )
    remembered = _remembered(key, accepted, answer, office, at) if key else None
    return _record(accepted.address, submission, answer, remembered, office)


def _kept_until(at: datetime, office: Office) -> date | None:
    return retention.decide(Facts(last_contact=at), office.statement.retention).erased_on


def _submission(
    accepted: Accepted, form: Form, visit: Visit, office: Office, *, at: datetime, reference: str
) -> Submission:
    statement = office.statement
    source = Source(kind=SourceKind.FORM, form=accepted.form, at=at)
    values = tuple(
        Value(name=name, value=value, source=source, purpose=form.purpose)
        for name, value in accepted.values.items()
    )
    texts = forms.free_texts(accepted, statement)
    flags = sensitive.found_in("\n".join(texts), statement.sensitive_words)
    interaction = Interaction(
        reference=reference,
        channel=form.contact,
        at=at,
        form=accepted.form,
        notice=accepted.notice,
        values=values,
        flags=flags,
    )
    ticked = [statement.choices[choice] for choice in accepted.choices]
    return Submission(
        interaction=interaction,
        current=tuple(one for one in values if _is_current(one.name, office)),
        consents=(
            *_consents(accepted, office, at),
            *_objections(accepted, visit, office, at),
        ),
        technical=_technical(accepted, visit, office, at),
        subscribes=any(choice.subscribes for choice in ticked),
        counts=retention.counts(form.contact, statement),
    )


def _is_current(name: str, office: Office) -> bool:
    known = office.statement.fields.get(name)
    return known is not None and known.current


def _consents(accepted: Accepted, office: Office, at: datetime) -> tuple[Consent, ...]:
    """One record for each ticked choice, with the text that was shown (GDPR art. 7(1))."""

    def consent(name: str) -> Consent:
        choice = office.statement.choices[name]
        return Consent(
            purpose=choice.purpose,
            granted=True,
            at=at,
            text_id=choice.text_id(name, accepted.language),
            text_hash=_hash(choice.text[accepted.language]),
            language=accepted.language,
            form=accepted.form,
            method="ticked",
        )

    return tuple(consent(name) for name in accepted.choices)


def _objections(
    accepted: Accepted, visit: Visit, office: Office, at: datetime
) -> tuple[Consent, ...]:
    """Sec-GPC is an objection; it is never a consent, and its absence is nothing."""
    return tuple(
        Consent(
            purpose=purpose,
            granted=False,
            at=at,
            text_id="Sec-GPC",
            text_hash=_hash("Sec-GPC: 1"),
            language=accepted.language,
            form=accepted.form,
            method="Sec-GPC",
        )
        for purpose in (office.statement.gpc_purposes if visit.objects else ())
    )


def _technical(accepted: Accepted, visit: Visit, office: Office, at: datetime) -> tuple[Value, ...]:
    statement = office.statement
    source = Source(kind=SourceKind.BROWSER, form=accepted.form, at=at)
    told = {**visit.technical, "page": accepted.page}
    return tuple(
        Value(name=name, value=value, source=source, purpose=statement.technical_purpose)
        for name, one in statement.technical.items()
        if (value := told.get(one.read_from))
        and (
            not one.cookie_choice
            or (one.cookie_choice in visit.cookie_choices and not visit.objects)
        )
    )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _remembered(
    key: str, accepted: Accepted, answer: Answer, office: Office, at: datetime
) -> Remembered:
    content = msgspec.json.encode(accepted, order="sorted").decode()
    return Remembered(
        key_hash=_hash(key),
        fingerprint=office.keys.fingerprint(content),
        answer=msgspec.to_builtins(answer),
        now=at,
        until=at + REMEMBERED_FOR,
    )


def _record(
    address: Address,
    submission: Submission,
    answer: Answer,
    remembered: Remembered | None,
    office: Office,
) -> Answer:
    entry = entry_of(submission, office, remembered)
    lookup = subjects.lookup_key(address.kind, office.keys.lookup(address))
    subject_id, instead_of = subjects.find(lookup, consistent=False), ""
    for _ in range(ATTEMPTS):
        if subject_id:
            outcome = contacts.add(subject_id, entry)
        else:
            newcomer = Newcomer(
                subject_id=office.new_reference(),
                lookup=lookup,
                record_key=office.keys.erasure(address),
                instead_of=instead_of,
            )
            facts = first_facts(submission)
            filing = days.filing(facts, office)
            outcome = contacts.begin(newcomer, entry, facts, filing)
        match outcome:
            case KnownAs(known):
                subject_id = known
            case Gone():
                subject_id, instead_of = None, subject_id or ""
            case Answered(fingerprint, first):
                if remembered is None or fingerprint != remembered.fingerprint:
                    message = "This Idempotency-Key was used for another submission."
                    raise KeyReused(message)
                return replace(msgspec.convert(first, Answer), taken=Taken.REPLAYED)
            case _:
                return answer
    raise busy("The address")


def first_facts(submission: Submission) -> Facts:
    """The facts of somebody whose first submission this is."""
    at = submission.interaction.at
    facts = Facts(last_contact=at)
    return retention.subscribed(facts, at) if submission.subscribes else facts


def entry_of(submission: Submission, office: Office, remembered: Remembered | None = None) -> Entry:
    """A submission with the days on which it and its technical data are due."""
    law = office.statement.retention
    at = submission.interaction.at
    form = office.statement.forms.get(submission.interaction.form)
    due_on = retention.erased_on(at, law.rules[Rule.DIALOGUE], law)
    today = days.today(office)
    return Entry(
        submission=submission,
        ttl=retention.ttl_of(max(due_on, today), law),
        technical_filing=retention.filing_of_technical(at, law),
        remembered=remembered,
        waits_for=form.purpose if form else "",
    )
