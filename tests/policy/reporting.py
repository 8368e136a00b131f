"""A person's file and what is told of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from shared.model.audit import AuditEntry, AuditEvent
from shared.model.contacts import Consent, Interaction, Source, SourceKind, Value
from shared.model.retention import Facts
from shared.model.subjects import File, State, Subject
from shared.policy import reports, retention
from shared.policy.reports import Report
from shared.statement.types import Statement

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
LATER = AT + timedelta(days=1)


def value(
    name: str,
    told: str | tuple[str, ...],
    purpose: str = "material",
    *,
    at: datetime = AT,
    kind: SourceKind = SourceKind.FORM,
) -> Value:
    form = "" if kind is SourceKind.IMPORT else "contact"
    record = "17" if kind is SourceKind.IMPORT else ""
    source = Source(kind=kind, at=at, form=form, record=record)
    return Value(name=name, value=told, source=source, purpose=purpose)


def consent(purpose: str, *, at: datetime = AT, granted: bool = True) -> Consent:
    return Consent(
        purpose=purpose,
        granted=granted,
        at=at,
        text_id=f"{purpose}/1/en",
        text_hash="0" * 64,
        language="en",
        form="contact",
        method="ticked" if granted else "staff",
    )


def entry(number: int, event: AuditEvent, actor: str = "support:8f3a") -> AuditEntry:
    return AuditEntry(
        number=number, previous="", event=event, actor=actor, at=LATER, purpose="reply"
    )


def file_of(
    *values: Value,
    current: tuple[Value, ...] | None = None,
    technical: tuple[Value, ...] = (),
    consents: tuple[Consent, ...] = (),
    note: str = "",
    **facts: Any,
) -> File:
    """Somebody who sent these values at once; all of them stand on the profile unless told."""
    subject = Subject(
        subject_id="0" * 32,
        state=State.ACTIVE,
        rev=1,
        facts=Facts(last_contact=AT, **facts),
        values=values if current is None else current,
        lookups=(),
        record_key="",
    )
    contact = Interaction(
        reference="1" * 32, channel="form", at=AT, form="contact", values=values, note=note
    )
    return File(subject=subject, interactions=(contact,), technical=technical, consents=consents)


def report_of(file: File, statement: Statement, language: str = "en", **more: Any) -> Report:
    verdict = retention.decide(file.subject.facts, statement.retention)
    return reports.report(file, verdict, statement, language=language, at=LATER, **more)
