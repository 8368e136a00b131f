"""Forms: what may be submitted, and is what was submitted acceptable?

Pure.  A form is an allow-list of the statement's fields (§4): anything else is refused, never
stored.  All faults are found at once, and none of them repeats what was sent.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from shared.errors import Fault, FaultCode, Invalid
from shared.model.contacts import Address, AddressKind
from shared.model.noun import Noun
from shared.policy import addresses
from shared.statement.types import Form, Statement

MOST_CHARACTERS = {"text": 200, "email": 254, "phone": 40, "list": 200, "long": 10_000}
MOST_ITEMS = 50
MOST_CHARACTERS_OF_ANSWER = 2_000
MOST_CHARACTERS_OF_URL = 2_000
MOST_CHARACTERS_OF_NAME = 100
MOST_FORMS_A_DAY = 20
MOST_OCTETS_A_DAY = 256 * 1024
"""What is taken in for one address on a day: nobody has proved that it is theirs."""
ENVELOPE = ("notice", "choices", "page")
"""What every form has besides its fields."""
NOTHING = (None, "")
"""What is as good as not sent."""


class Accepted(Noun, frozen=True, kw_only=True):
    """A submission that breaks no rule, normalised.

    `values` by field; an answer's name is "answers.<question>".  `page` is the URL without
    query, fragment and user.  `choices` are the ticked ones, in the order of the form.
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
    for name, content in sent.items():
        if name not in (*form.fields, *ENVELOPE, statement.website.honeypot):
            reading.fault(FaultCode.UNKNOWN_FIELD, name)
        elif name in form.fields and content not in NOTHING:
            reading.field(name, content)
    reading.required(form.required)
    notice = reading.notice(sent.get("notice"))
    choices = reading.choices(sent.get("choices"))
    page = reading.page(sent.get("page"))
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
        page=page,
    )


def pointer(*path: str | int) -> str:
    """The JSON pointer (RFC 6901) of a part; a name that was made up is cut short."""
    named = (str(part)[:MOST_CHARACTERS_OF_NAME] for part in path)
    escaped = (part.replace("~", "~0").replace("/", "~1") for part in named)
    return "".join(f"/{part}" for part in escaped)


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
        """The trimmed text, or "" after noting a fault."""
        if not isinstance(content, str) or not _encodable(content):
            self.fault(FaultCode.NOT_TEXT, *path)
            return ""
        if len(content.strip()) > most:
            self.fault(FaultCode.TOO_LONG, *path)
            return ""
        return content.strip()

    def field(self, name: str, content: object) -> None:
        kind = self.statement.fields[name].kind
        if kind == "list":
            self.list_field(name, content)
        elif kind == "answers":
            self.answers(name, content)
        else:
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
        texts = (self.text(one, MOST_CHARACTERS["list"], name, i) for i, one in enumerate(items))
        kept = tuple(dict.fromkeys(filter(None, texts)))
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

    def answers(self, name: str, content: object) -> None:
        if not isinstance(content, dict):
            self.fault(FaultCode.NOT_AN_OBJECT, name)
            return
        if len(content) > MOST_ITEMS:
            self.fault(FaultCode.TOO_MANY, name)
            return
        for question, answer in content.items():
            if not question.strip():
                self.fault(FaultCode.REQUIRED, name, question)
                continue
            asked = self.text(question, MOST_CHARACTERS["text"], name, question)
            said = self.text(answer, MOST_CHARACTERS_OF_ANSWER, name, question)
            if asked and said:
                self.values[f"{name}.{asked}"] = said


class _Reading(_Fields):
    """One pass over what was sent to a form."""

    def __init__(self, form: Form, statement: Statement) -> None:
        super().__init__(statement)
        self.form = form

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

    def page(self, content: object) -> str:
        if content in NOTHING:
            return ""
        text = self.text(content, MOST_CHARACTERS_OF_URL, "page")
        if not text:
            return ""
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError:
            parts, port = urlsplit(""), None
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            self.fault(FaultCode.NOT_A_URL, "page")
            return ""
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        return urlunsplit((parts.scheme, f"{host}:{port}" if port else host, parts.path, "", ""))

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


def _encodable(text: str) -> bool:
    """False for half a surrogate pair, which no store can keep."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def free_texts(accepted: Accepted, statement: Statement) -> Iterator[str]:
    """Every text that the person worded freely, the questions of answers too."""
    for name, value in accepted.values.items():
        known = statement.fields.get(name)
        if known is None:
            yield name
        if known is None or known.kind in {"text", "long", "list"}:
            yield from [value] if isinstance(value, str) else value


def schema(form: Form, statement: Statement, language: str) -> dict[str, Any]:
    """The form's fields as a JSON Schema (2020-12), titled in a language of the statement."""
    said = {"type": "string", "minLength": 1}
    alternatives = [{"required": [name], "properties": {name: said}} for name in form.one_of]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            name: {"title": statement.fields[name].label[language]}
            | _shape(name, statement)
            | ({"pattern": r"\S"} if name in form.required else {})
            for name in form.fields
        },
        "required": [*form.required, *(form.one_of if len(alternatives) == 1 else ())],
        **({"anyOf": alternatives} if len(alternatives) > 1 else {}),
        "additionalProperties": False,
    }


def _shape(name: str, statement: Statement) -> dict[str, Any]:
    kind = statement.fields[name].kind
    if kind == "answers":
        answer = {"type": "string", "maxLength": MOST_CHARACTERS_OF_ANSWER}
        return {
            "type": "object",
            "additionalProperties": answer,
            "maxProperties": MOST_ITEMS,
            "propertyNames": {"maxLength": MOST_CHARACTERS["text"], "pattern": r"\S"},
        }
    text: dict[str, Any] = {"type": "string", "maxLength": MOST_CHARACTERS[kind]}
    if kind == "email":
        text["format"] = "email"
    return {"type": "array", "items": text, "maxItems": MOST_ITEMS} if kind == "list" else text
