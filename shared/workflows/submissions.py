"""Submissions: a form arrives, is kept for its reason, and is answered.

The answer is computed from the submission alone, and what is written has one shape: neither what
it says nor how long it takes tells a known address from an unknown one.  What follows from the
submission is settled behind the answer (settling.py).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec

from shared.errors import KeyReused, TooMany, busy
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
from shared.model.retention import Facts
from shared.policy import forms, retention
from shared.policy.forms import Accepted
from shared.statement.types import Form
from shared.store import intake, subjects
from shared.store.contacts import Newcomer
from shared.store.intake import Answered, Day, Full, Gone, KnownAs, Remembered, Sent
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
    statement's fields that were kept.  `taken` is for who counts, and no part of the answer.
    """

    reference: str
    erased_on: date | None
    warnings: tuple[Sensitive, ...]
    stored: tuple[str, ...]
    taken: Taken = field(default=Taken.ACCEPTED, compare=False)


def submit(
    form_name: str, sent: Mapping[str, Any], visit: Visit, key: str | None, office: Office
) -> Answer:
    """Take in one submission.  Raises NotFound, Invalid, KeyReused, TooMany
    or Superseded.

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
        stored=forms.fields_of(accepted.values),
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
    interaction = Interaction(
        reference=reference,
        channel=form.contact,
        at=at,
        form=accepted.form,
        notice=accepted.notice,
        values=values,
        flags=forms.sensitive_in(accepted.values, statement),
    )
    ticked = [statement.choices[choice] for choice in accepted.choices]
    return Submission(
        interaction=interaction,
        consents=(
            *_consents(accepted, office, at),
            *_objections(accepted, visit, office, at),
        ),
        technical=_technical(accepted, visit, office, at),
        subscribes=any(choice.subscribes for choice in ticked),
        counts=retention.counts(form.contact, statement),
    )


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
        key_hash=office.keys.idempotency(key),
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
    sent = _sent(address, submission, remembered, office)
    lookup = subjects.lookup_key(address.kind, office.keys.lookup(address))
    found = subjects.find(lookup, consistent=False)
    known, instead_of = KnownAs(found) if found else None, ""
    for _ in range(ATTEMPTS):
        if known:
            outcome = intake.add(known, lookup, sent)
        else:
            newcomer = Newcomer(
                subject_id=office.new_reference(),
                lookup=lookup,
                record_key=office.keys.erasure(address),
                instead_of=instead_of,
            )
            facts = Facts(last_contact=submission.interaction.at)
            outcome = intake.begin(newcomer, sent, days.filing(facts, office))
        match outcome:
            case KnownAs():
                known = outcome
            case Gone():
                known, instead_of = None, known.subject_id if known else ""
            case Full():
                message = "No more is taken in for one address on a day. Try again tomorrow."
                raise TooMany(message, days.seconds_left(office))
            case Answered(fingerprint, first):
                if remembered is None or fingerprint != remembered.fingerprint:
                    message = "This Idempotency-Key was used for another submission."
                    raise KeyReused(message)
                return replace(msgspec.convert(first, Answer), taken=Taken.REPLAYED)
            case _:
                return answer
    raise busy("The address")


def _sent(
    address: Address, submission: Submission, remembered: Remembered | None, office: Office
) -> Sent:
    statement, interaction = office.statement, submission.interaction
    day = Day(
        keyed_hash=office.keys.sent(address, days.today(office)),
        octets=len(msgspec.json.encode(submission)),
        most_forms=forms.MOST_FORMS_A_DAY,
        most_octets=forms.MOST_OCTETS_A_DAY,
    )
    return Sent(
        submission=submission,
        day=day,
        waits_for=statement.forms[interaction.form].purpose,
        technical_filing=retention.filing_of_technical(interaction.at, statement.retention),
        remembered=remembered,
    )
