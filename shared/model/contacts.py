"""What people send, and where it comes from: addresses, values, consents, contacts."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from shared.model.noun import Noun


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
    CONFIRMED = "confirmed"


class Sensitive(StrEnum):
    """What a free text should not have contained (statement §16)."""

    NATIONAL_ID = "national_id"
    SPECIAL_CATEGORY = "special_category"


class AddressKind(StrEnum):
    """What identifies a data subject: an e-mail address, or for a chat without one a number."""

    EMAIL = "email"
    PHONE = "phone"


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

    `technical` is kept apart.  `counts`: whether the contact moves the date of the last contact.
    """

    interaction: Interaction
    consents: tuple[Consent, ...] = ()
    technical: tuple[Value, ...] = ()
    subscribes: bool = False
    counts: bool = True


class Unsettled(Noun, frozen=True, kw_only=True):
    """A form that was recorded and from which not everything has followed yet.

    Its values lie in the interaction of the same instant and reference; here are the answers to
    its choices, which are on record once it is settled.  `asked`: it is settled but for what stands
    beside, until the person confirms it: the values of these fields, and these answers.
    `answered_at`: when they said whether it is theirs; what follows from that is settled again.
    """

    reference: str
    at: datetime
    consents: tuple[Consent, ...] = ()
    subscribes: bool = False
    beside: tuple[str, ...] = ()
    asked: bool = False
    answered_at: datetime | None = None
    confirmed: bool = False

    @property
    def waits(self) -> bool:
        """Whether nothing more follows without the person's word."""
        return self.asked and self.answered_at is None
