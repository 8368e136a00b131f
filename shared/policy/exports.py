"""Exports: a report as the text that a data subject is handed (GDPR art. 15(3), 20).

Pure.  Access is the whole report; portability a part of it.

What is portable (art. 20(1), WP 242 rev.01)
    provided      what the person filled in or had corrected, and what was observed of the browser,
                  which counts as provided; not what an import brought, nor what the controller
                  noted.
    by consent or contract
                  the basis of the value's purpose, for a customer the customers' basis; and of
                  what stands on the profile also a consent that was given with it and still
                  stands: an address given with a question serves the newsletter ticked below it.
    one value     of a field the current one; the report of access has what came before it.

So Avara's technical data is not portable, because it rests on 6(1)(f), and not for its source.

Sources
    RFC 4180         CSV; UTF-8, a line for each value, cells that a spreadsheet would calculate
                     begin with an apostrophe
    RFC 6350         vCard 4.0: the card has what has a term there, JSON and CSV have everything
    schema.org       Person, Organization, PropertyValue
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC
from enum import StrEnum
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec

from shared.errors import Malformed
from shared.model.contacts import Basis, SourceKind
from shared.model.requests import Right
from shared.policy import reports, retention
from shared.policy.imports import harmless
from shared.policy.reports import Held, Report
from shared.statement.types import Field, Statement


class Format(StrEnum):
    """How a report is handed over; the value is what is asked for."""

    HTML = "html"
    JSON = "json"
    CSV = "csv"
    VCARD = "vcard"


class Document(NamedTuple):
    """What is handed over; `file_name` has nothing of the person."""

    media_type: str
    file_name: str
    text: str


FORMATS: Mapping[Right, tuple[Format, ...]] = {
    Right.ACCESS: (Format.HTML, Format.JSON, Format.CSV),
    Right.PORTABILITY: (Format.JSON, Format.CSV, Format.VCARD),
}
"""What a right is answered in; the page is written by functions/rendering.py."""

TYPES: Mapping[Format, tuple[str, str]] = {
    Format.HTML: ("text/html; charset=utf-8", "html"),
    Format.JSON: ("application/json", "json"),
    Format.CSV: ("text/csv; charset=utf-8", "csv"),
    Format.VCARD: ("text/vcard; charset=utf-8", "vcf"),
}
"""Media type and ending of the file's name."""

PROVIDED = {
    SourceKind.FORM,
    SourceKind.CONFIRMED,
    SourceKind.BROWSER,
    SourceKind.CORRECTION,
}
PORTABLE = {Basis.CONSENT, Basis.CONTRACT}
COLUMNS = (
    "name",
    "label",
    "value",
    "category",
    "purpose",
    "basis",
    "source",
    "collected_at",
    "erased_on",
    "current",
)
MOST_OCTETS = 75
CALLED = ("name", "email", "telephone", "worksFor")
"""What a card is filed under: the first of these that is known."""

ESCAPED = str.maketrans({"\\": r"\\", ",": r"\,", ";": r"\;", "\n": r"\n"})
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")

Values = tuple[Held, ...]


def render(
    wanted: Format, report: Report, statement: Statement, right: Right = Right.ACCESS
) -> Document:
    """A report in any format but HTML.  Raises Malformed: not a format of this right."""
    write = WRITERS.get((right, wanted))
    if write is None:
        message = f"{wanted} is not a format for {right}"
        raise Malformed(message)
    return document(wanted, report, statement, right, write(report, statement))


def document(
    wanted: Format, report: Report, statement: Statement, right: Right, text: str
) -> Document:
    """A text with its media type, and a name that tells right and day only."""
    media_type, ending = TYPES[wanted]
    day = retention.local_day(report.at, statement.retention)
    return Document(media_type, f"{right}-{day.isoformat()}.{ending}", text)


def schema() -> dict[str, Any]:
    """What a report is as JSON: a JSON Schema (2020-12), made of the types that are encoded."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **msgspec.json.schema(Report),
    }


# What is portable ----------------------------------------------------------------------------


def portable(report: Report, statement: Statement) -> Values:
    """The values that the person provided, by consent or contract, oldest first."""
    consented = _consented(report)

    def given_with(value: Held) -> tuple[str, Any]:
        return (value.source.form, value.source.at)

    agreed = {value.name for value in report.values if given_with(value) in consented}

    def is_portable(value: Held) -> bool:
        if value.source.kind not in PROVIDED or not value.current:
            return False
        known = reports.described(value.name, value.source.kind, statement)
        on_profile = isinstance(known, Field) and known.current
        is_corrected = value.source.kind is SourceKind.CORRECTION and value.name in agreed
        with_consent = given_with(value) in consented or is_corrected
        return value.basis in PORTABLE or (on_profile and with_consent)

    return tuple(filter(is_portable, report.values))


def _consented(report: Report) -> set[tuple[str, Any]]:
    """The submissions, by form and time, that gave a consent which still stands."""
    stands = {consent.purpose: consent.granted for consent in report.consents}
    bases = {use.purpose: use.basis for use in report.purposes}
    return {
        (one.form, one.at)
        for one in report.consents
        if one.granted and stands[one.purpose] and bases.get(one.purpose) in PORTABLE
    }


def _newest(values: Values, statement: Statement) -> dict[str, Held]:
    """The newest value of each term that a field of the statement is exported as."""
    found: dict[str, Held] = {}
    for value in values:
        known = reports.described(value.name, value.source.kind, statement)
        if isinstance(known, Field) and known.export:
            found[known.export] = value
    return found


# JSON ----------------------------------------------------------------------------------------


def _report_as_json(report: Report, _: Statement) -> str:
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode()


def _person_as_json(report: Report, statement: Statement) -> str:
    person = _person(portable(report, statement), statement)
    return msgspec.json.format(msgspec.json.encode(person), indent=2).decode()


def _person(values: Values, statement: Statement) -> dict[str, Any]:
    """A schema.org Person: terms have the newest value, all else is an additional property."""
    newest = _newest(values, statement)
    told: dict[str, Any] = {term: value.value for term, value in newest.items()}
    business = {"name": told.pop("worksFor", None), "address": told.pop("worksFor.address", None)}
    stated = {name: one for name, one in business.items() if one is not None}
    if stated:
        told["worksFor"] = {"@type": "Organization", **stated}
    in_terms = {(value.name, value.value) for value in newest.values()}
    others = dict.fromkeys((one.name, one.label, one.value) for one in values)
    further = [
        {"@type": "PropertyValue", "propertyID": name, "name": label, "value": value}
        for name, label, value in others
        if (name, value) not in in_terms
    ]
    return {
        "@context": "https://schema.org",
        "@type": "Person",
        **told,
        **({"additionalProperty": further} if further else {}),
    }


# CSV -----------------------------------------------------------------------------------------


def _report_as_csv(report: Report, _: Statement) -> str:
    return csv_of(map(_row, report.values))


def _portable_as_csv(report: Report, statement: Statement) -> str:
    return csv_of(map(_row, portable(report, statement)))


def csv_of(rows: Iterable[Iterable[str]]) -> str:
    """RFC 4180, every cell quoted and harmless to a spreadsheet; the columns first."""
    return "".join(_line(row) for row in (COLUMNS, *rows))


def _line(row: Iterable[str]) -> str:
    doubled = (harmless(cell).replace('"', '""') for cell in row)
    return ",".join(f'"{cell}"' for cell in doubled) + "\r\n"


def _row(value: Held) -> tuple[str, ...]:
    source = value.source
    return (
        value.name,
        value.label,
        _text(value),
        value.category,
        value.in_words or value.purpose,
        value.basis or "",
        " ".join(filter(None, (source.kind, source.form or source.record))),
        source.at.astimezone(UTC).isoformat(timespec="seconds"),
        value.erased_on.isoformat() if value.erased_on else "",
        "true" if value.current else "false",
    )


def _text(value: Held) -> str:
    return value.value if isinstance(value.value, str) else "; ".join(value.value)


# vCard ---------------------------------------------------------------------------------------


def _card(report: Report, statement: Statement) -> str:
    newest = _newest(portable(report, statement), statement)
    texts = {term: _text(value) for term, value in newest.items()}
    return card_of(texts, f"{report.at.astimezone(UTC):%Y%m%dT%H%M%SZ}")


def card_of(texts: Mapping[str, str], revised: str) -> str:
    """One vCard of what is known by term; it must be called something, if only a dash."""
    called = next((texts[term] for term in CALLED if term in texts), "–")
    lines = ["BEGIN:VCARD", "VERSION:4.0", f"FN:{escaped(called)}"]
    lines += [f"{name}:{value}" for name, value in _properties(texts)]
    return "".join(f"{folded(line)}\r\n" for line in (*lines, f"REV:{revised}", "END:VCARD"))


def _properties(texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """A postal address has seven components; what is written on one line is its street."""
    for term, name, form in (
        ("email", "EMAIL", "{}"),
        ("telephone", "TEL;VALUE=uri", "tel:{}"),
        ("jobTitle", "TITLE", "{}"),
        ("worksFor", "ORG", "{}"),
        ("address", "ADR;TYPE=home", ";;{};;;;"),
        ("worksFor.address", "ADR;TYPE=work", ";;{};;;;"),
    ):
        if term in texts:
            is_uri = term == "telephone"
            yield (
                name,
                form.format(quote(texts[term], safe="+") if is_uri else escaped(texts[term])),
            )


def escaped(text: str) -> str:
    """A text as the value of a property (RFC 6350 §3.4); a card holds no control characters."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return CONTROL.sub(" ", lines).translate(ESCAPED)


def folded(line: str) -> str:
    """A line in pieces of at most 75 octets, never within a character (RFC 6350 §3.2)."""
    pieces, room = [""], MOST_OCTETS
    for letter in line:
        size = len(letter.encode())
        if size > room:
            pieces.append("")
            room = MOST_OCTETS - 1
        pieces[-1] += letter
        room -= size
    return "\r\n ".join(pieces)


WRITERS: Mapping[tuple[Right, Format], Callable[[Report, Statement], str]] = {
    (Right.ACCESS, Format.JSON): _report_as_json,
    (Right.ACCESS, Format.CSV): _report_as_csv,
    (Right.PORTABILITY, Format.JSON): _person_as_json,
    (Right.PORTABILITY, Format.CSV): _portable_as_csv,
    (Right.PORTABILITY, Format.VCARD): _card,
}
