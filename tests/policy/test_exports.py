"""The texts that a data subject is handed, and which values are portable (GDPR art. 20)."""

import csv
import json
from io import StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Malformed
from shared.model.contacts import Consent, SourceKind, Value
from shared.model.requests import Right
from shared.policy import exports
from shared.policy.exports import COLUMNS, Format
from shared.policy.imports import FORMULA, harmless
from shared.policy.reports import Report
from shared.statement.types import Statement
from tests.policy.reporting import AT, LATER, consent, file_of, report_of, value

PORTABILITY = Right.PORTABILITY
TEXTS = st.text(st.characters(codec="utf-8"))
WEIRD = st.text(st.sampled_from("=+-@\t\r\n\",;\\:'åΩ😀 a\x00\x0b\x7f")) | TEXTS


def unfolded(card: str) -> list[str]:
    """The lines of a vCard as a reader sees them (RFC 6350 §3.2)."""
    return card.replace("\r\n ", "").split("\r\n")


def read_back(escaped: str) -> str:
    """The text of an escaped value."""
    plain, letters = "", iter(escaped)
    for letter in letters:
        escape = next(letters) if letter == "\\" else ""
        plain += {"n": "\n"}.get(escape, escape) or letter
    return plain


# CSV -----------------------------------------------------------------------------------------


@given(st.lists(st.lists(WEIRD, min_size=9, max_size=9)))
def test_a_csv_reads_back_as_it_was_written(rows: list[list[str]]) -> None:
    text = exports.csv_of(rows)
    header, *read = csv.reader(StringIO(text, newline=""), strict=True)
    assert header == [*COLUMNS]
    assert read == [[harmless(cell) for cell in row] for row in rows]


@given(WEIRD)
def test_no_cell_of_a_csv_is_calculated_by_a_spreadsheet(text: str) -> None:
    _, row = csv.reader(StringIO(exports.csv_of([[text]]), newline=""), strict=True)
    assert not row[0].startswith(FORMULA)
    assert row[0].removeprefix("'") == text.removeprefix("'")


def test_a_csv_has_a_row_for_each_value_and_ends_its_lines_with_crlf(statement: Statement) -> None:
    file = file_of(value("phone", "+4770310086"), value("interests", ("a", "b"), at=LATER))
    made = exports.render(Format.CSV, report_of(file, statement), statement)
    assert made.media_type == "text/csv; charset=utf-8"
    assert made.text.replace("\r\n", "").isprintable()
    _, first, second = csv.reader(StringIO(made.text, newline=""))
    assert first == [
        "phone",
        "Phone number",
        "'+4770310086",
        "Contact details",
        "Deliver what you asked for",
        "6(1)(b)",
        "form contact",
        "2026-11-22T09:00:00+00:00",
        "2028-11-23",
        "true",
    ]
    assert second[2] == "a; b"


# vCard ---------------------------------------------------------------------------------------


@given(TEXTS)
def test_a_folded_line_is_short_in_octets_and_unfolds_to_itself(text: str) -> None:
    line = f"NOTE:{exports.escaped(text)}"
    pieces = exports.folded(line).split("\r\n")
    assert all(len(piece.encode()) <= 75 for piece in pieces)
    assert all(piece.startswith(" ") for piece in pieces[1:])
    assert pieces[0] + "".join(piece[1:] for piece in pieces[1:]) == line


@pytest.mark.parametrize(
    ("line", "lengths"),
    [
        ("x" * 75, [75]),
        ("x" * 76, [75, 2]),
        ("x" * 149, [75, 75]),
        ("x" * 150, [75, 75, 2]),
        ("x" * 74 + "å", [74, 3]),
        ("x" * 72 + "😀", [72, 5]),
    ],
)
def test_a_line_is_folded_before_the_octet_too_many(line: str, lengths: list[int]) -> None:
    assert [len(piece.encode()) for piece in exports.folded(line).split("\r\n")] == lengths


@given(WEIRD)
def test_an_escaped_text_is_one_line_and_reads_back(text: str) -> None:
    escaped = exports.escaped(text)
    assert not set(escaped) & set("\r\n\x00\x0b\x7f")
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    assert read_back(escaped) == exports.CONTROL.sub(" ", lines)


@given(st.dictionaries(st.sampled_from(["name", "worksFor", "address", "jobTitle"]), WEIRD))
def test_nothing_that_is_written_adds_a_line_to_a_card(texts: dict[str, str]) -> None:
    lines = unfolded(exports.card_of(texts, "20261122T090000Z"))
    expected = {"jobTitle": "TITLE", "worksFor": "ORG", "address": "ADR;TYPE=home"}
    assert [line.partition(":")[0] for line in lines if line] == [
        "BEGIN",
        "VERSION",
        "FN",
        *(name for term, name in expected.items() if term in texts),
        "REV",
        "END",
    ]


def test_a_card_says_what_a_card_has_a_place_for(statement: Statement) -> None:
    file = file_of(
        value("name", "Kari; Nordmann"),
        value("email", "kari@example.com"),
        value("phone", "+4770310086"),
        value("business", "Fjord, Fisk"),
        value("position", "Head"),
        value("address", "Kaia 1, 3239 Sandefjord"),
        value("message", "Hello"),
    )
    report = report_of(file, statement)
    made = exports.render(Format.VCARD, report, statement, PORTABILITY)
    assert made.text.split("\r\n") == [
        "BEGIN:VCARD",
        "VERSION:4.0",
        r"FN:Kari\; Nordmann",
        "EMAIL:kari@example.com",
        "TEL;VALUE=uri:tel:+4770310086",
        "TITLE:Head",
        r"ORG:Fjord\, Fisk",
        r"ADR;TYPE=work:;;Kaia 1\, 3239 Sandefjord;;;;",
        "REV:20261123T090000Z",
        "END:VCARD",
        "",
    ]


@pytest.mark.parametrize(
    ("texts", "called"),
    [
        ({"name": "Kari", "email": "k@example.com"}, "Kari"),
        ({"email": "k@example.com", "telephone": "+47"}, "k@example.com"),
        ({"telephone": "+4770310086"}, "+4770310086"),
        ({"jobTitle": "Head"}, "–"),
        ({}, "–"),
    ],
)
def test_a_card_of_somebody_without_a_name_is_called_something(
    texts: dict[str, str], called: str
) -> None:
    assert f"FN:{called}" in unfolded(exports.card_of(texts, ""))


# What is portable ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "facts", "consents", "portable"),
    [
        pytest.param(value("name", "K"), {}, (), True, id="given for a contract"),
        pytest.param(value("name", "K", "newsletter"), {}, (), True, id="given by consent"),
        pytest.param(value("name", "K", "reply"), {}, (), False, id="used by legitimate interest"),
        pytest.param(
            value("name", "K", "marketing_email"),
            {"customer_since": AT},
            (),
            False,
            id="a customer's, used by legitimate interest",
        ),
        pytest.param(
            value("name", "K", kind=SourceKind.IMPORT), {}, (), False, id="brought by an import"
        ),
        pytest.param(value("name", "K", "shoes"), {}, (), False, id="of no purpose that is known"),
        pytest.param(
            value("email", "k", "reply"),
            {},
            (consent("newsletter"),),
            True,
            id="serves the consent given with it",
        ),
        pytest.param(
            value("message", "Hi", "reply"),
            {},
            (consent("newsletter"),),
            False,
            id="a message serves no consent",
        ),
        pytest.param(
            value("email", "k", "reply"),
            {},
            (consent("newsletter", at=LATER),),
            False,
            id="nor one given at another time",
        ),
        pytest.param(
            value("email", "k", "reply"),
            {},
            (consent("newsletter"), consent("newsletter", at=LATER, granted=False)),
            False,
            id="nor one that was withdrawn",
        ),
        pytest.param(
            value("email", "k", "reply"),
            {"customer_since": AT},
            (consent("marketing_email"),),
            False,
            id="nor one that a customer's use does not need",
        ),
    ],
)
def test_portable_is_what_was_provided_by_consent_or_contract(
    statement: Statement,
    one: Value,
    facts: dict[str, Any],
    consents: tuple[Consent, ...],
    portable: bool,
) -> None:
    report = report_of(file_of(one, consents=consents, **facts), statement)
    assert bool(exports.portable(report, statement)) == portable


@pytest.mark.parametrize(("purpose", "portable"), [("website", False), ("statistics", True)])
def test_what_was_observed_counts_as_provided_and_its_basis_decides(
    statement: Statement, purpose: str, portable: bool
) -> None:
    one = value("page", "https://www.avara.no/", purpose, kind=SourceKind.BROWSER)
    report = report_of(file_of(technical=(one,)), statement)
    assert bool(exports.portable(report, statement)) == portable


def test_a_person_is_told_in_the_terms_of_schema_org(statement: Statement) -> None:
    old, new = value("name", "Old"), value("name", "New", at=LATER)
    others = (
        value("business", "Fjord"),
        value("address", "Kaia 1"),
        value("industry", "Fish"),
        value("interests", ("a", "b")),
    )
    messages = value("message", "Hello"), value("message", "Hello again", at=LATER)
    file = file_of(old, new, *others, *messages, current=(new, *others))
    made = exports.render(Format.JSON, report_of(file, statement), statement, PORTABILITY)
    told = json.loads(made.text)
    further = [(one["propertyID"], one["value"]) for one in told.pop("additionalProperty")]
    assert told == {
        "@context": "https://schema.org",
        "@type": "Person",
        "name": "New",
        "worksFor": {"@type": "Organization", "name": "Fjord", "address": "Kaia 1"},
    }
    assert further == [
        ("industry", "Fish"),
        ("interests", ["a", "b"]),
        ("message", "Hello"),
        ("message", "Hello again"),
    ]


# Documents -----------------------------------------------------------------------------------


@pytest.fixture
def kari(statement: Statement) -> Report:
    return report_of(file_of(value("name", "Kari"), value("email", "k@example.com")), statement)


@pytest.mark.parametrize(
    ("right", "wanted", "media_type", "file_name"),
    [
        (Right.ACCESS, Format.JSON, "application/json", "access-2026-11-23.json"),
        (Right.ACCESS, Format.CSV, "text/csv; charset=utf-8", "access-2026-11-23.csv"),
        (PORTABILITY, Format.JSON, "application/json", "portability-2026-11-23.json"),
        (PORTABILITY, Format.CSV, "text/csv; charset=utf-8", "portability-2026-11-23.csv"),
        (PORTABILITY, Format.VCARD, "text/vcard; charset=utf-8", "portability-2026-11-23.vcf"),
    ],
)
def test_a_document_has_its_type_and_a_name_that_names_nobody(
    statement: Statement,
    kari: Report,
    right: Right,
    wanted: Format,
    media_type: str,
    file_name: str,
) -> None:
    made = exports.render(wanted, kari, statement, right)
    assert (made.media_type, made.file_name) == (media_type, file_name)
    assert "k@example.com" in made.text


@pytest.mark.parametrize(
    ("right", "wanted"),
    [
        (Right.ACCESS, Format.VCARD),
        (Right.ACCESS, Format.HTML),
        (PORTABILITY, Format.HTML),
        (Right.ERASURE, Format.JSON),
    ],
)
def test_what_is_not_a_format_of_a_right_is_refused(
    statement: Statement, kari: Report, right: Right, wanted: Format
) -> None:
    with pytest.raises(Malformed, match=f"{wanted} is not a format for {right}"):
        exports.render(wanted, kari, statement, right)
