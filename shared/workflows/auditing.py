"""Auditing: what is done with a data subject's data is put on record, and can be verified."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.model.audit import AuditEntry, AuditEvent, Noted
from shared.model.noun import Noun
from shared.model.staff import Staff
from shared.policy import chain, retention
from shared.policy.access_rights import Permission
from shared.policy.chain import Verified
from shared.store import audit
from shared.store.audit import Prepared
from shared.wiring import Office
from shared.workflows import days


def note(
    subject_id: str,
    event: AuditEvent,
    actor: str,
    office: Office,
    *,
    because: str = "",
    purpose: str = "",
    reference: str = "",
    fields: tuple[str, ...] = (),
    values: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Put on record what has just been done, or is about to be.  Raises Superseded.

    `because` outlives an erasure and must name nobody; `values` go with it.
    """
    noted = Noted(
        event=event,
        actor=actor,
        at=office.now(),
        because=because,
        purpose=purpose,
        reference=reference,
        fields=fields,
        values=values or {},
    )
    return audit.append(subject_id, noted, salt=office.new_reference(), ttl=ttl(office))


def prepare(subject_id: str, noted: Noted, office: Office) -> Prepared:
    """The entry to be written in one transaction with what it is about."""
    return audit.prepare(subject_id, noted, salt=office.new_reference(), ttl=ttl(office))


def actor(permission: Permission, staff: Staff) -> str:
    """Who of the staff did it, in which role: "support:8f3a"."""
    return f"{permission.role}:{staff.subject}"


def ttl(office: Office) -> datetime:
    """The end of an entry of today."""
    law = office.statement.retention
    return retention.ttl_of(law.audit.length.after(days.today(office)), law)


def verify(subject_id: str, office: Office) -> Verified:
    """Whether the trail is as it was written; of an erased data subject, the chain alone."""
    return chain.verify(audit.entries(subject_id), audit.opened(subject_id), office.now())


class Trail(Noun, frozen=True, kw_only=True):
    """What is on record about a data subject, in order, and whether it is as it was written."""

    entries: list[AuditEntry]
    whole: bool
    because: str


def read(subject_id: str, office: Office, *, actor: str, purpose: str) -> Trail:
    """Of somebody who is held; on record itself before it is read.  Raises Superseded."""
    note(subject_id, AuditEvent.READ, actor, office, because="audit", purpose=purpose)
    found = trail(subject_id)
    verified = chain.verify(found, audit.opened(subject_id), office.now())
    return Trail(entries=found, whole=verified.whole, because=verified.because)


def trail(subject_id: str) -> list[AuditEntry]:
    """What is on record about a data subject, in order; empty where nothing is."""
    return audit.entries(subject_id)
