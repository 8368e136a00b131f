"""Forms: what may be submitted, and is what was submitted acceptable?

Pure.  A form is an allow-list of the statement's fields (§4): anything else is refused, never
stored.  All faults are found at once, and none of them repeats what was sent.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from shared.errors import Fault, FaultCode, Invalid
from shared.model.contacts import Address, AddressKind, Sensitive
from shared.model.noun import Noun
from shared.policy import addresses, sensitive, texts
from shared.statement.types import Form, Statement

MOST_CHARACTERS = {"text": 200, "email": 254, "phone": 40, "list": 200, "long": 10_000}
MOST_ITEMS = 50
MOST_CHARACTERS_OF_ANSWER = 2_000
MOST_CHARACTERS_OF_URL = 2_000
MOST_CHARACTERS_OF_BODY = 64 * 1024
MOST_FORMS_A_DAY = 20
MOST_OCTETS_A_DAY = 256 * 1024
"""Taken in for one address on a day: nobody has proved that it is theirs."""
ENVELOPE = ("notice", "choices", "page")
"""What every form has besides its fields."""
NOTHING = (None, "")
"""What is as good as not sent."""
UNNAMED = ""
"""The place of an unknown field: the whole.  Its name is the sender's own words, or a body that
came with the wrong media type, and is not repeated."""


class Accepted(Noun, frozen=True, kw_only=True):
    """A submission that breaks no rule, normalised.

    `values` by field; an answer's name is "answers.<question's id>".  `page` is the URL without
    query, fragment and user, "" if there is none.  `choices` are the ticked ones, in the order of
    the form.
    """

    private = ("values", "page")

    form: str
    address: Address
    values: Mapping[str, str | tuple[str, ...]]
    choices: tuple[str, ...]
    notice: str
    language: str
    page: str = ""


def read(form_name: str, sent: Mapping[str, Any], statement: Statement) -> Accepted:
    """Check and normalise what was sent to a form of the statement.  Raises Invalid."""
    form = statement.forms[form_name]
    reading = _Reading(form, statement)
    reading.faults += unknown_fields(sent, (*form.fields, *ENVELOPE, statement.website.honeypot))
    for name, content in sent.items():
        if name in form.fields and content not in NOTHING:
            reading.field(name, content)
    reading.required(form.required)
    notice = reading.notice(sent.get("notice"))
    choices = reading.choices(sent.get("choices"))
    address = reading.address()
    if reading.faults or address is None or notice is None:
        raise Invalid(tuple(reading.faults))
    return Accepted(
        form=form_name,
        address=address,
        values=reading.values,
        choices=choices,
        notice=notice.id,
        language=notice.language,
        page=page_of(sent.get("page")),
    )


def pointer(*path: str | int) -> str:
    """The JSON pointer (RFC 6901) of a part that the statement names."""
    escaped = (str(part).replace("~", "~0").replace("/", "~1") for part in path)
    return "".join(f"/{part}" for part in escaped)


def unknown_fields(sent: Iterable[str], known: Iterable[str]) -> list[Fault]:
    """One fault if anything was sent that is not known, however much."""
    return [Fault(UNNAMED, FaultCode.UNKNOWN_FIELD)] if {*sent} - {*known} else []


def value_of(
    name: str, content: object, statement: Statement
) -> tuple[str | tuple[str, ...], tuple[Fault, ...]]:
    """One field as every form takes it, "" where there is nothing; and what is wrong with it."""
    reading = _Fields(statement)
    if content not in NOTHING:
        reading.field(name, content)
    return reading.values.get(name, ""), tuple(reading.faults)


class _Fields:
    """Reads fields one by one, collecting values and faults."""

    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        self.values: dict[str, str | tuple[str, ...]] = {}
        self.faults: list[Fault] = []

    def fault(self, code: FaultCode, *path: str | int) -> None:
        self.faults.append(Fault(pointer(*path), code))

    def text(self, content: object, most: int, *path: str | int) -> str:
        """The text as it is kept, or "" after noting a fault."""
        text, code = texts.read(content, most)
        if code:
            self.fault(code, *path)
        return text

    def field(self, name: str, content: object) -> None:
        kind = self.statement.fields[name].kind
        if kind == "list":
            self.list_field(name, content)
        elif kind != "answers":
            self.scalar(name, kind, self.text(content, MOST_CHARACTERS[kind], name))

    def scalar(self, name: str, kind: str, text: str) -> None:
        if not text:
            return
        try:
            if kind == "email":
                text = addresses.email(text)
            elif kind == "phone":
                text = addresses.phone(text, self.statement.website.phone_region)
        except addresses.NotAnAddress as fault:
            self.fault(fault.code, name)
            return
        self.values[name] = text

    def list_field(self, name: str, content: object) -> None:
        items = self.items(name, content)
        lines = (self.text(one, MOST_CHARACTERS["list"], name, i) for i, one in enumerate(items))
        kept = tuple(dict.fromkeys(filter(None, lines)))
        if kept:
            self.values[name] = kept

    def items(self, name: str, content: object) -> list[object]:
        if not isinstance(content, list):
            self.fault(FaultCode.NOT_A_LIST, name)
            return []
        if len(content) > MOST_ITEMS:
            self.fault(FaultCode.TOO_MANY, name)
            return []
        return content


class _Reading(_Fields):
    """One pass over what was sent to a form."""

    def __init__(self, form: Form, statement: Statement) -> None:
        super().__init__(statement)
        self.form = form

    def field(self, name: str, content: object) -> None:
        if self.statement.fields[name].kind == "answers":
            self.answers(name, content)
        else:
            super().field(name, content)

    def answers(self, name: str, content: object) -> None:
        """The form's own questions, by their ids; others are not asked."""
        if not isinstance(content, dict):
            self.fault(FaultCode.NOT_AN_OBJECT, name)
            return
        if unknown_fields(content, self.form.questions):
            self.fault(FaultCode.UNKNOWN_FIELD, name)
        for question in self.form.questions:
            if content.get(question) not in NOTHING:
                said = self.text(content[question], MOST_CHARACTERS_OF_ANSWER, name, question)
                if said:
                    self.values[f"{name}.{question}"] = said

    def required(self, names: tuple[str, ...]) -> None:
        for name in names:
            if name not in self.values and not self.faulty(name):
                self.fault(FaultCode.REQUIRED, name)

    def faulty(self, name: str) -> bool:
        return any(fault.pointer == f"/{name}" for fault in self.faults)

    def notice(self, content: object) -> Any:
        if content in NOTHING:
            self.fault(FaultCode.REQUIRED, "notice")
            return None
        shown = self.statement.notice_shown(content) if isinstance(content, str) else None
        if shown is None:
            self.fault(FaultCode.UNKNOWN_NOTICE, "notice")
        return shown

    def choices(self, content: object) -> tuple[str, ...]:
        items = self.items("choices", content) if content not in NOTHING else []
        for index, choice in enumerate(items):
            if choice not in self.form.choices:
                self.fault(FaultCode.UNKNOWN_CHOICE, "choices", index)
        return tuple(choice for choice in self.form.choices if choice in items)

    def address(self) -> Address | None:
        """The e-mail address if there is one; the number only where there is none."""
        by_kind: dict[str, str] = {
            self.statement.fields[name].kind: name for name in self.form.one_of
        }
        for kind in AddressKind:
            value = self.values.get(by_kind.get(kind, ""))
            if isinstance(value, str):
                return Address(kind, value)
        if not any(self.faulty(name) for name in self.form.one_of):
            several = len(self.form.one_of) > 1
            self.fault(
                FaultCode.EMAIL_OR_PHONE if several else FaultCode.REQUIRED, by_kind["email"]
            )
        return None


def page_of(content: object) -> str:
    """The URL of the page without query, fragment and user; "" where that is no page of a website.

    Whoever writes has not typed it, and may stand in an app, a frame or an archive: it is never a
    reason to refuse what they wrote.
    """
    text, wrong = texts.read(content, MOST_CHARACTERS_OF_BODY)
    if wrong:
        return ""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    url = urlunsplit((parts.scheme, f"{host}:{port}" if port else host, parts.path, "", ""))
    return url if len(url) <= MOST_CHARACTERS_OF_URL else ""


def fields_of(names: Iterable[str]) -> tuple[str, ...]:
    """The statement's fields of values by name: a question of `answers` is none of its own."""
    return tuple(dict.fromkeys(name.partition(".")[0] for name in names))


def sensitive_in(
    values: Mapping[str, str | tuple[str, ...]], statement: Statement
) -> tuple[Sensitive, ...]:
    """The kinds of sensitive data that the values, by field, seem to contain.

    Numbers are looked for in everything that is worded freely; words only where people tell
    something, and not in names of people, businesses, positions and places: of those, many sound
    like a faith or an illness.
    """
    told: dict[bool, list[str]] = {True: [], False: []}
    for name, value in values.items():
        kind = statement.fields[name.partition(".")[0]].kind
        if kind not in {"email", "phone"}:
            told[kind == "text"] += [value] if isinstance(value, str) else value
    found = sensitive.found_in("\n".join(told[False]), statement.sensitive_words)
    named = sensitive.found_in("\n".join(told[True]), {})
    return tuple(one for one in Sensitive if one in {*found, *named})


def schema(form: Form, statement: Statement, language: str) -> dict[str, Any]:
    """The form's fields as a JSON Schema (2020-12), titled in a language of the statement."""
    said = {"type": "string", "minLength": 1}
    alternatives = [{"required": [name], "properties": {name: said}} for name in form.one_of]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            name: {"title": statement.fields[name].label[language]}
            | _shape(name, form, statement, language)
            | ({"pattern": texts.TAKEN_AND_SOMETHING} if name in form.required else {})
            for name in form.fields
        },
        "required": [*form.required, *(form.one_of if len(alternatives) == 1 else ())],
        **({"anyOf": alternatives} if len(alternatives) > 1 else {}),
        "additionalProperties": False,
    }


def _shape(name: str, form: Form, statement: Statement, language: str) -> dict[str, Any]:
    kind = statement.fields[name].kind
    if kind == "answers":
        answer = {"type": "string", "maxLength": MOST_CHARACTERS_OF_ANSWER, "pattern": texts.TAKEN}
        asked = {one: statement.questions[one].label[language] for one in form.questions}
        return {
            "type": "object",
            "properties": {one: {"title": label, **answer} for one, label in asked.items()},
            "additionalProperties": False,
        }
    text: dict[str, Any] = {"type": "string", "maxLength": MOST_CHARACTERS[kind]}
    if kind == "email":
        text["format"] = "email"
    elif kind != "phone":
        text["pattern"] = texts.TAKEN
    return {"type": "array", "items": text, "maxItems": MOST_ITEMS} if kind == "list" else text
