"""An erasure: its plan, what it leaves for now, and what remains of it."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum

from shared.model.contacts import Evidence
from shared.model.noun import Noun
from shared.model.retention import Rule


class Trigger(StrEnum):
    """What began an erasure."""

    SWEEP = "sweep"
    TTL = "ttl"
    REQUEST = "request"


class Kind(StrEnum):
    """The kinds of items that a data subject's partition holds."""

    PROFILE = "profile"
    INTERACTION = "interaction"
    TECHNICAL = "technical"
    CONSENT = "consent"
    REQUEST = "request"
    AUDIT = "audit"
    UNSETTLED = "unsettled"
    OTHER = "other"


class ErasurePlan(Noun, frozen=True, kw_only=True):
    """Why and how one data subject is erased; lies on the profile until it is carried out.

    `files`: how many files of their requests the address is taken from.
    """

    erasure_id: str
    trigger: Trigger
    rule: Rule
    clause: str
    because: str
    counts: Mapping[Kind, int]
    consents: tuple[Evidence, ...] = ()
    files: int = 0


class ErasureRecord(Noun, frozen=True, kw_only=True):
    """What remains of an erased data subject: nothing readable of the person.

    `consents`: the evidence that is kept of them (GDPR art. 7(1), 17(3)(e)).
    `verified_at`: a consistent read found no item left but the profile, which the same
    transaction that wrote this record deleted.  `files`: how many files of other requests the
    address was taken from; None where that was not done yet.
    """

    erasure_id: str
    erased_at: datetime
    trigger: Trigger
    rule: Rule
    clause: str
    because: str
    counts: Mapping[Kind, int]
    consents: tuple[Evidence, ...]
    verified_at: datetime
    files: int | None = None


class Remnant(StrEnum):
    """Something held of somebody of whom nothing else is, none of it readable."""

    SUPPRESSION = "suppression"
    RECORD = "record"
    TRAIL = "trail"
    REQUESTS = "requests"
    BACKUPS = "backups"


class Remains(Noun, frozen=True, kw_only=True):
    """Something still held, and until which day; None: until the person says otherwise."""

    kind: Remnant
    until: date | None = None


class Kept(Noun, frozen=True, kw_only=True):
    """Fields that an erasure must leave for now: on which ground, and until when if it is known."""

    fields: tuple[str, ...]
    ground: str
    clause: str
    until: date | None = None


class ErasureScheme(Noun, frozen=True, kw_only=True):
    """What an erasure on request will do: decided once, shown, stored, and carried out as it is.

    `upto`: what came in later is not touched.  `tell`: the recipients to be told (art. 19).
    """

    at: datetime
    upto: datetime
    counts: Mapping[Kind, int]
    consents: tuple[Evidence, ...] = ()
    kept: tuple[Kept, ...] = ()
    tell: tuple[str, ...] = ()
    record_key: str = ""
    because: str = ""

    @property
    def whole(self) -> bool:
        return not self.kept
