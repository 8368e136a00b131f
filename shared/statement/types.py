"""The shape of a statement file.  One class per table of the file; the file is the reference.

Every text is a mapping from language to sentence and holds all the statement's languages.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from shared.errors import NotFound
from shared.model.contacts import Basis, Contact
from shared.model.retention import Rule
from shared.model.staff import Action
from shared.statement.periods import Period

Text = dict[str, str]


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, dict=True):
    """A table of the file; an unknown key is a mistake, not an extension."""


class Controller(Table, frozen=True, kw_only=True):
    """Statement §1, §3: who answers for the processing."""

    name: str
    organisation_number: str
    address: tuple[str, ...]
    country: str
    email: str
    phone: str
    supervisory_authority: str


class Category(Table, frozen=True, kw_only=True):
    """Statement §4: a category of personal data."""

    clause: str
    text: Text


Term = Literal[
    "", "name", "email", "telephone", "jobTitle", "address", "worksFor", "worksFor.address"
]
"""What a value is of a person, in the words of schema.org; `worksFor` is the business's name."""


class Field(Table, frozen=True, kw_only=True):
    """One field that a form may have.  `kind` decides how it is checked and shown, `export` as
    what it is handed over (GDPR art. 20).
    """

    category: str
    kind: Literal["text", "long", "email", "phone", "list", "answers"]
    label: Text
    autocomplete: str = "off"
    export: Term = ""

    @property
    def current(self) -> bool:
        """Whether its newest value stands on the profile; the others stay where they came in."""
        return self.kind not in {"long", "answers"}


class Technical(Table, frozen=True, kw_only=True):
    """One piece of technical data, and what of a web request it is read from."""

    category: str
    label: Text
    read_from: Literal["page", "ip", "browser", "system", "language", "referrer", "visitor_cookie"]
    cookie_choice: str = ""


class Purpose(Table, frozen=True, kw_only=True):
    """Statement §7: what data may be used for, on which lawful basis."""

    clause: str
    basis: Basis
    text: Text
    customers: Basis | None = None
    interest: str = ""
    objection_by_gpc: bool = False
    direct_marketing: bool = False


class Imports(Table, frozen=True, kw_only=True):
    """Statement §6: contacts from a list.  `columns` says of which columns a field is made, as
    a template such as "{First Name} {Last Name}".
    """

    purpose: str
    columns: dict[str, str]


class Choice(Table, frozen=True, kw_only=True):
    """Statement §8: one separate, unticked choice for one purpose."""

    purpose: str
    version: int
    text: Text
    subscribes: bool = False
    ticked: bool = False

    def text_id(self, name: str, language: str) -> str:
        """The id under which the text shown is recorded, e.g. "newsletter/1/nb"."""
        return f"{name}/{self.version}/{language}"


class Question(Table, frozen=True, kw_only=True):
    """Statement §4: one question of a form, answered in the field of kind "answers"."""

    label: Text


class Form(Table, frozen=True, kw_only=True):
    """Statement §4: one form; `fields` is its allow-list, `questions` that of its answers."""

    purpose: str
    contact: Contact
    title: Text
    fields: tuple[str, ...]
    one_of: tuple[str, ...]
    choices: tuple[str, ...]
    thanks: str
    required: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()


class Notice(Table, frozen=True, kw_only=True):
    """A notice that was or is shown at collection (GDPR art. 13); the last per language counts."""

    id: str
    language: str
    text: str


class RetentionRule(Table, frozen=True, kw_only=True):
    """Statement §9: a period that starts when a reason ends."""

    clause: str
    period: str
    text: str

    @cached_property
    def length(self) -> Period:
        return Period.parse(self.period)


class Retention(Table, frozen=True, kw_only=True):
    """Statement §9.  `rules` has one entry for each period; holds and restriction have none."""

    time_zone: str
    ttl_margin: str
    rules: dict[Rule, RetentionRule]
    technical: RetentionRule
    erasure_record: RetentionRule
    subject_request: RetentionRule
    audit: RetentionRule
    never_in_dialogue: Literal["created"] | None = None

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @cached_property
    def margin(self) -> Period:
        return Period.parse(self.ttl_margin)


class ContactEvent(Table, frozen=True, kw_only=True):
    """Statement §9, C4: whether a kind of contact keeps a dialogue active."""

    inbound: bool
    counts: bool
    clause: str


class Withdrawal(Table, frozen=True, kw_only=True):
    """Statement §5, §9, C2: two events that must not be confused."""

    unsubscribe: Literal["stop"]
    withdraw: Literal["stop-and-erase"]


class Withheld(Table, frozen=True, kw_only=True):
    """Which fields an erasure on request must leave, and why (GDPR art. 17(3), C15, C16).

    `years` after the end of the accounting year; 0 where something else ends it.
    """

    clause: str
    text: Text
    fields: tuple[str, ...]
    years: int = 0


class Role(Table, frozen=True, kw_only=True):
    """Statement §10: who in the business sees what arrived, which of it, and what for.

    `may`: what the role may do; whatever is not named, it may not.
    """

    clause: str
    text: Text
    purposes: tuple[str, ...]
    fields: tuple[str, ...] = ()
    may: tuple[Action, ...] = ()


class Recipient(Table, frozen=True, kw_only=True):
    """Statement §11: who data may be disclosed to, and which fields, as a closed list."""

    clause: str
    text: Text
    condition: str
    fields: tuple[str, ...] = ()


class Processor(Table, frozen=True, kw_only=True):
    """Statement §12: who processes on the controller's behalf; `country` "" if not stated."""

    clause: str
    service: Text
    agreement: bool
    country: str = ""


class Cookie(Table, frozen=True, kw_only=True):
    """Statement §15: one cookie.  `purposes` empty means strictly necessary."""

    clause: str
    text: Text
    life: str
    set_by: str
    choice: str = ""
    purposes: tuple[str, ...] = ()


class Website(Table, frozen=True, kw_only=True):
    """How forms behave on the site; `thanks` is the allow-list of pages to land on.

    `move_held_for`: how long a person can object before another address counts as theirs.
    """

    honeypot: str
    thanks: tuple[str, ...]
    cookie_choices: str
    phone_region: str
    move_held_for: str = "1 day"

    @cached_property
    def held(self) -> Period:
        """`move_held_for`, read."""
        return Period.parse(self.move_held_for)


class Statement(Table, frozen=True, kw_only=True):
    """A whole statement: the only source of what is collected, why, and for how long."""

    title: str
    version: str
    languages: tuple[str, ...]
    controller: Controller
    website: Website
    categories: dict[str, Category]
    fields: dict[str, Field]
    technical: dict[str, Technical]
    purposes: dict[str, Purpose]
    technical_purpose: str
    imports: Imports
    choices: dict[str, Choice]
    forms: dict[str, Form]
    notices: tuple[Notice, ...]
    retention: Retention
    roles: dict[str, Role]
    recipients: dict[str, Recipient]
    processors: dict[str, Processor]
    cookies: dict[str, Cookie]
    sensitive_words: dict[str, tuple[str, ...]]
    contact_events: dict[Contact, ContactEvent]
    withdrawal: Withdrawal | None = None
    withheld: dict[str, Withheld] = {}
    questions: dict[str, Question] = {}

    def form(self, name: str) -> Form:
        """A form of the statement.  Raises NotFound."""
        if name not in self.forms:
            message = "There is no such form."
            raise NotFound(message)
        return self.forms[name]

    @property
    def gpc_purposes(self) -> tuple[str, ...]:
        """The purposes that `Sec-GPC: 1` objects to."""
        return tuple(name for name, one in self.purposes.items() if one.objection_by_gpc)

    @property
    def subscribing(self) -> str:
        """The purpose whose consent opens a subscription."""
        return next(one.purpose for one in self.choices.values() if one.subscribes)

    @property
    def email_field(self) -> str:
        """The field of the e-mail address."""
        return next(name for name, one in self.fields.items() if one.kind == "email")

    def field(self, name: str) -> Field | None:
        """The field of a value; an answer's value is named "<field>.<question>"."""
        return self.fields.get(name) or self.fields.get(name.partition(".")[0])

    def notice_for(self, language: str) -> Notice:
        """The notice in force in a language of the statement."""
        return [one for one in self.notices if one.language == language][-1]

    def notice_shown(self, notice_id: str) -> Notice | None:
        """The notice that was shown under this id, in force or superseded."""
        return next((one for one in self.notices if one.id == notice_id), None)

    def language_for(self, *wanted: str) -> str:
        """The first of the wanted language tags that the statement speaks, or its first.

        Norwegian Nynorsk and unspecified Norwegian are answered in Bokmål where that is spoken.
        """
        for tag in wanted:
            primary = tag.strip().lower().split("-")[0]
            for candidate in (primary, "nb" if primary in {"no", "nn"} else primary):
                if candidate in self.languages:
                    return candidate
        return self.languages[0]


TEXTS = ("text", "label", "title", "service")


def texts(table: Table) -> Mapping[str, Text]:
    """The texts of a table by key."""
    found = ((name, getattr(table, name, None)) for name in TEXTS)
    return {name: text for name, text in found if isinstance(text, dict)}
