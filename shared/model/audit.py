"""What is kept on record about the handling of a person's data (GDPR art. 5(2))."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from shared.model.noun import Noun


class AuditEvent(StrEnum):
    """What is kept on record about the handling of a data subject's data (GDPR art. 5(2))."""

    READ = "read"
    EXPORTED = "exported"
    CORRECTED = "corrected"
    STOPPED = "stopped"
    RESTRICTED = "restricted"
    LIFTED = "lifted"
    NOTED = "noted"
    ERASED = "erased"


class Noted(Noun, frozen=True, kw_only=True):
    """What is put on record: who did what, why, and with which fields.

    `actor`: "data subject", "system", or a role and the staff's opaque id, "support:8f3a".
    `values` are committed to, and not kept in the entry: an erasure takes them and their salt.
    """

    private = ("because", "values")

    event: AuditEvent
    actor: str
    at: datetime
    because: str = ""
    purpose: str = ""
    reference: str = ""
    fields: tuple[str, ...] = ()
    values: Mapping[str, Any] = {}


class AuditEntry(Noun, frozen=True, kw_only=True):
    """One link of a data subject's chain; it holds no value of the person.

    `previous` is the digest of the entry before it, "" for the first (number 1); `commitment` the
    salted digest of the values that the entry is about, "" where there are none; `previous_until`
    until when the entry before is kept.  `because` outlives an erasure: it must name nobody.
    """

    private = ("because",)

    number: int
    previous: str
    previous_until: datetime | None = None
    event: AuditEvent
    actor: str
    at: datetime
    because: str = ""
    purpose: str = ""
    reference: str = ""
    fields: tuple[str, ...] = ()
    commitment: str = ""
