"""The nouns: what is known of a data subject, in the words of the field.

Plain values, no behaviour beyond what follows from their own fields.  Every instant (`_at`,
`_since`, `_ended`) is aware and in UTC; every `_on` is a calendar day in the controller's time
zone.  Personal data does not print itself.
"""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

import msgspec


class Noun(msgspec.Struct, frozen=True):
    """A plain value.  What `private` names is no part of how it prints."""

    private: ClassVar[tuple[str, ...]] = ()

    def __repr__(self) -> str:
        shown: dict[str, Any] = {
            name: getattr(self, name) for name in self.__struct_fields__ if name not in self.private
        }
        told = ", ".join(f"{name}={value!r}" for name, value in shown.items())
        return f"{type(self).__name__}({told})"


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
    CORRECTION = "correction"


class Rule(StrEnum):
    """The rule of the statement's §9 that decides about a data subject."""

    DIALOGUE = "dialogue"
    SUBSCRIPTION = "subscription"
    CUSTOMER = "customer"
    PURPOSE_ENDED = "purpose_ended"
    HOLD = "hold"
    RESTRICTION = "restriction"
    REQUEST_OPEN = "request_open"
    ERASURE_REQUESTED = "erasure_requested"


class State(StrEnum):
    """Of a profile: in use, or claimed by an erasure that is under way."""

    ACTIVE = "ACTIVE"
    ERASING = "ERASING"


class Right(StrEnum):
    """A right of the data subject (GDPR chapter III; withdrawal: art. 7(3))."""

    ACCESS = "access"
    RECTIFICATION = "rectification"
    ERASURE = "erasure"
    RESTRICTION = "restriction"
    PORTABILITY = "portability"
    OBJECTION = "objection"
    WITHDRAWAL = "withdrawal"


class Channel(StrEnum):
    """How a subject request came in."""

    WEB = "web"
    EMAIL = "email"
    PHONE = "phone"
    LETTER = "letter"


class RequestState(StrEnum):
    """Where a subject request stands."""

    RECEIVED = "received"
    PAUSED = "paused"
    IDENTIFIED = "identified"
    EXTENDED = "extended"
    ANSWERED = "answered"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Step(StrEnum):
    """What is done with a subject request; those from PLAN on leave it where it stands."""

    RECEIVE = "receive"
    IDENTIFY = "identify"
    ASK = "ask"
    REPLY = "reply"
    EXTEND = "extend"
    ANSWER = "answer"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    PLAN = "plan"
    REMIND = "remind"
    DOCUMENT = "document"
    DOWNLOAD = "download"
    LIFT = "lift"


class Refusal(StrEnum):
    """Why a subject request is refused (GDPR art. 11(2), 12(4)-(6), 15(4), 17(3))."""

    NOT_CONFIRMED = "not_confirmed"
    NOT_IDENTIFIED = "not_identified"
    UNFOUNDED = "unfounded"
    EXCESSIVE = "excessive"
    RIGHTS_OF_OTHERS = "rights_of_others"
    LEGAL_DUTY = "legal_duty"
    LEGAL_CLAIMS = "legal_claims"
    NOT_APPLICABLE = "not_applicable"


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


class Sensitive(StrEnum):
    """What a free text should not have contained (statement §16)."""

    NATIONAL_ID = "national_id"
    SPECIAL_CATEGORY = "special_category"


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
    OTHER = "other"


class Action(StrEnum):
    """What a role of the staff may do (statement §10); which role may what, it says itself.

    `inbox`: see and close what arrived through forms; `note`: contacts, unsubscriptions;
    `relationship`: its beginning and end; `hold`: legal holds, set and released.
    """

    INBOX = "inbox"
    READ = "read"
    NOTE = "note"
    RELATIONSHIP = "relationship"
    HOLD = "hold"
    REQUESTS = "requests"
    AUDIT = "audit"


class AddressKind(StrEnum):
    """What identifies a data subject: an e-mail address, or for a chat without one a number."""

    EMAIL = "email"
    PHONE = "phone"


class Staff(Noun, frozen=True, kw_only=True):
    """Who of the staff asks: an id that is opaque to us, and the roles the issuer gave."""

    subject: str
    roles: frozenset[str]


class Address(Noun, frozen=True):
    """A normalised address: the same address is the same data subject."""

    private = ("value",)

    kind: AddressKind
    value: str


class Source(Noun, frozen=True, kw_only=True):
    """Where a value comes from: which kind, which form, or which record of an import, and when."""

    kind: SourceKind
    at: datetime
    form: str = ""
    record: str = ""


class Value(Noun, frozen=True, kw_only=True):
    """One value about a data subject, with its source and the purpose it is kept for."""

    private = ("value",)

    name: str
    value: str | tuple[str, ...]
    source: Source
    purpose: str


class Consent(Noun, frozen=True, kw_only=True):
    """One choice that was made, with the evidence for it (GDPR art. 7(1))."""

    purpose: str
    granted: bool
    at: datetime
    text_id: str
    text_hash: str
    language: str
    form: str
    method: str


class Evidence(Noun, frozen=True, kw_only=True):
    """What is kept of consents after an erasure: how often, first and last; nothing readable."""

    purpose: str
    granted: bool
    text_id: str
    times: int
    first_at: datetime
    last_at: datetime


class Interaction(Noun, frozen=True, kw_only=True):
    """One contact, import or noted event, as it happened; never changed afterwards."""

    private = ("note",)

    reference: str
    channel: str
    at: datetime
    form: str = ""
    notice: str = ""
    values: tuple[Value, ...] = ()
    flags: tuple[Sensitive, ...] = ()
    note: str = ""


class Visit(Noun, frozen=True, kw_only=True):
    """What a web request tells besides its body.

    `technical` by the statement's `read_from`; `cookie_choices`: the categories of cookies the
    visitor has chosen; `objects`: the browser sent `Sec-GPC: 1`.
    """

    private = ("technical",)

    technical: Mapping[str, str] = {}
    cookie_choices: frozenset[str] = frozenset()
    objects: bool = False


class Submission(Noun, frozen=True, kw_only=True):
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


class Hold(Noun, frozen=True, kw_only=True):
    """A legal hold (GDPR art. 17(3)): erasure waits until it is released, or `until` is over.

    `ground` names what the statement withholds on it: the fields that are needed.  Without one,
    everything is held.
    """

    private = ("because",)

    since: datetime
    because: str
    ground: str = ""
    until: date | None = None


class Facts(Noun, frozen=True, kw_only=True):
    """The facts that retention decides on.

    A subscription or customer relationship is open while its `_since` is set; `_ended` is the
    end of the latest one that ended.  `erasure_requested`: what could be erased then, was.
    `open_requests` are the references of identified subject requests.
    """

    last_contact: datetime
    purpose_ended: datetime | None = None
    subscribed_since: datetime | None = None
    subscription_ended: datetime | None = None
    customer_since: datetime | None = None
    customer_ended: datetime | None = None
    holds: tuple[Hold, ...] = ()
    restricted_since: datetime | None = None
    erasure_requested: datetime | None = None
    open_requests: tuple[str, ...] = ()


class Filing(Noun, frozen=True, kw_only=True):
    """Where a profile lies: its day in the due index, and the instant of its TTL behind it."""

    due_on: date
    ttl: datetime


class ErasurePlan(Noun, frozen=True, kw_only=True):
    """Why and how one data subject is erased; lies on the profile until it is carried out."""

    erasure_id: str
    trigger: Trigger
    rule: Rule
    clause: str
    because: str
    counts: Mapping[Kind, int]
    consents: tuple[Evidence, ...] = ()


class Subject(Noun, frozen=True, kw_only=True):
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


class Asked(Noun, frozen=True, kw_only=True):
    """What the person wrote with a subject request: lies with their data, and goes with it."""

    private = ("details",)

    reference: str
    right: Right
    channel: Channel
    at: datetime
    details: str = ""


class File(Noun, frozen=True, kw_only=True):
    """All that is held about one data subject, read at one moment.

    `audited`: the values that entries of the audit trail are about, by the number of the entry.
    """

    private = ("audited",)

    subject: Subject
    interactions: tuple[Interaction, ...]
    technical: tuple[Value, ...]
    consents: tuple[Consent, ...]
    asked: tuple[Asked, ...] = ()
    audited: Mapping[int, Mapping[str, Any]] = {}


class ErasureRecord(Noun, frozen=True, kw_only=True):
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


class Pause(Noun, frozen=True):
    """The legal clock stands from the question about identity until its answer; None: none yet."""

    asked_on: date
    answered_on: date | None = None


class Proof(Noun, frozen=True, kw_only=True):
    """The newest of a request's links or codes: its number, until when it is good, tries left."""

    number: int
    until: datetime
    tries: int


class Happened(Noun, frozen=True, kw_only=True):
    """One step of a subject request; `previous` is the digest of the one before it."""

    private = ("because",)

    number: int
    previous: str
    step: Step
    state: RequestState
    at: datetime
    actor: str
    because: str = ""


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


class Request(Noun, frozen=True, kw_only=True):
    """A subject request; its history lies beside it.

    `number` and `head` are those of the latest step; every write raises `rev`.  `subject_id` is
    "" where nothing is held.  `email` is there only as long as there is somebody to write to.
    `new_email`: a correction of it that is not proved yet.  `stopped_since`: the subscription
    that stopping use has ended, to be opened again if the person undoes it; `ended_before`: the
    end of one before that.
    """

    private = ("email", "new_email")

    reference: str
    right: Right
    channel: Channel
    language: str
    received_at: datetime
    received_on: date
    state: RequestState
    number: int
    head: str
    rev: int = 0
    subject_id: str = ""
    email: str = ""
    new_email: str = ""
    extended: bool = False
    pauses: tuple[Pause, ...] = ()
    link: Proof | None = None
    code: Proof | None = None
    stopped_since: datetime | None = None
    ended_before: datetime | None = None
    scheme: ErasureScheme | None = None
    refusal: Refusal | None = None
    document: str = ""
    closed_at: datetime | None = None
    result_until: datetime | None = None
    downloads: int = 0
    certificate: str = ""


class Letter(Noun, frozen=True, kw_only=True):
    """A mail on its way: which one, to whom, in which language; composed when it is sent."""

    private = ("to",)

    name: str
    to: str
    language: str
    reference: str
    facts: Mapping[str, str] = {}
