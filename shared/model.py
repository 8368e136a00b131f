"""The nouns: what is known of a data subject, in the words of the field.

Plain values, no behaviour beyond what follows from their own fields.  Every instant (`_at`,
`_since`, `_ended`) is aware and in UTC; every `_on` is a calendar day in the controller's time
zone.  Personal data does not print itself (`repr=False`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class Basis(StrEnum):
    """A lawful basis (GDPR art. 6(1))."""

    CONSENT = "6(1)(a)"
    CONTRACT = "6(1)(b)"
    LEGAL_OBLIGATION = "6(1)(c)"
    LEGITIMATE_INTERESTS = "6(1)(f)"


class Contact(StrEnum):
    """Something that passed between the data subject and the controller.

    Which of these move the retention clock is said by the statement (§9, C4).
    """

    FORM = "form"
    DOWNLOAD = "download"
    REPLY = "reply"
    PHONE = "phone"
    OPEN = "open"
    CLICK = "click"
    OUTBOUND = "outbound"
    EDIT = "edit"


class SourceKind(StrEnum):
    """Where a value comes from (GDPR art. 15(1)(g))."""

    FORM = "form"
    BROWSER = "browser"
    IMPORT = "import"


class Rule(StrEnum):
    """The rule of the statement's §9 that decides about a data subject."""

    DIALOGUE = "dialogue"
    SUBSCRIPTION = "subscription"
    CUSTOMER = "customer"
    PURPOSE_ENDED = "purpose_ended"
    HOLD = "hold"
    RESTRICTION = "restriction"


class State(StrEnum):
    """Of a profile: in use, or claimed by an erasure that is under way."""

    ACTIVE = "ACTIVE"
    ERASING = "ERASING"


class Sensitive(StrEnum):
    """What a free text should not have contained (statement §16)."""

    NATIONAL_ID = "national_id"
    SPECIAL_CATEGORY = "special_category"


class Trigger(StrEnum):
    """What began an erasure."""

    SWEEP = "sweep"
    TTL = "ttl"


class Kind(StrEnum):
    """The kinds of items that a data subject's partition holds."""

    PROFILE = "profile"
    INTERACTION = "interaction"
    TECHNICAL = "technical"
    CONSENT = "consent"
    OTHER = "other"


class AddressKind(StrEnum):
    """What identifies a data subject: an e-mail address, or for a chat without one a number."""

    EMAIL = "email"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Address:
    """A normalised address: the same address is the same data subject."""

    kind: AddressKind
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a value comes from: which kind, which form, or which record of an import, and when."""

    kind: SourceKind
    at: datetime
    form: str = ""
    record: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value about a data subject, with its source and the purpose it is kept for."""

    name: str
    value: str | tuple[str, ...] = field(repr=False)
    source: Source
    purpose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One choice that was made, with the evidence for it (GDPR art. 7(1))."""

    purpose: str
    granted: bool
    at: datetime
    text_id: str
    text_hash: str
    language: str
    form: str
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is kept of consents after an erasure: how often, first and last; nothing readable."""

    purpose: str
    granted: bool
    text_id: str
    times: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """One contact, import or noted event, as it happened; never changed afterwards."""

    reference: str
    channel: str
    at: datetime
    form: str = ""
    notice: str = ""
    values: tuple[Value, ...] = ()
    flags: tuple[Sensitive, ...] = ()
    note: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What a web request tells besides its body.

    `technical` by the statement's `read_from`; `cookie_choices`: the categories of cookies the
    visitor has chosen; `objects`: the browser sent `Sec-GPC: 1`.
    """

    technical: Mapping[str, str] = field(default_factory=dict, repr=False)
    cookie_choices: frozenset[str] = frozenset()
    objects: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What one contact adds to a data subject: written together or not at all.

    `current` are the values that become the profile's; `technical` is kept apart.  `counts`:
    whether the contact moves the date of the last contact.
    """

    interaction: Interaction
    current: tuple[Value, ...] = ()
    consents: tuple[Consent, ...] = ()
    technical: tuple[Value, ...] = ()
    subscribes: bool = False
    counts: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A legal hold (GDPR art. 17(3)): erasure waits until it is released."""

    since: datetime
    because: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The facts that retention decides on.

    A subscription or customer relationship is open while its `_since` is set; `_ended` is the
    end of the latest one that ended.
    """

    last_contact: datetime
    purpose_ended: datetime | None = None
    subscribed_since: datetime | None = None
    subscription_ended: datetime | None = None
    customer_since: datetime | None = None
    customer_ended: datetime | None = None
    holds: tuple[Hold, ...] = ()
    restricted_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """Where a profile lies: its day in the due index, and the instant of its TTL behind it."""

    due_on: date
    ttl: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasurePlan:
    """Why and how one data subject is erased; lies on the profile until it is carried out."""

    erasure_id: str
    trigger: Trigger
    rule: Rule
    clause: str
    because: str
    counts: Mapping[Kind, int]
    consents: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The profile: current values, facts, the addresses' lookup keys, and where it is filed."""

    subject_id: str
    state: State
    rev: int
    facts: Facts
    values: tuple[Value, ...]
    lookups: tuple[str, ...]
    record_key: str
    filing: Filing | None = None
    erasure: ErasurePlan | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """All that is held about one data subject, read at one moment."""

    subject: Subject
    interactions: tuple[Interaction, ...]
    technical: tuple[Value, ...]
    consents: tuple[Consent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureRecord:
    """What remains of an erased data subject: nothing readable of the person.

    `consents`: the evidence that is kept of them (GDPR art. 7(1), 17(3)(e)).
    `verified_at`: a consistent read found no item left but the profile, which the same
    transaction that wrote this record deleted.
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
