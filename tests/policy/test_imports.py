"""How one row of a contact list is read."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from shared.model.retention import Facts
from shared.policy import imports
from shared.policy.imports import Rejected, Row
from shared.statement.types import Statement

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
EARLIER = datetime(2025, 3, 1, tzinfo=UTC)
EMAIL = "kari.nordmann@example.com"


def read(statement: Statement, now: datetime = NOW, **cells: str) -> Row:
    """A row with an e-mail address and these cells; `Last_Activity_Date` is the column's name."""
    named = {name.replace("_", " "): text for name, text in cells.items()}
    return imports.read({"Email": EMAIL, **named}, statement, now)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        pytest.param({"Email": ""}, "Email: is missing", id="without an address"),
        pytest.param({"Email": "   "}, "Email: is missing", id="with a blank address"),
        pytest.param(
            {"Email": "kari(at)example.com"},
            "Email: is not an e-mail address",
            id="with something else for an address",
        ),
        pytest.param(
            {"Email": "kari@example.com, ola@example.com"},
            "Email: is not an e-mail address",
            id="with two addresses",
        ),
        pytest.param(
            {"Phone Number": "ask Kari"},
            "Phone Number: is not a phone number",
            id="with words for a number",
        ),
        pytest.param(
            {"Phone Number": "12"}, "Phone Number: is not a phone number", id="with half a number"
        ),
        pytest.param(
            {"Newsletter": "perhaps"},
            "Newsletter: is neither yes nor no",
            id="undecided about the newsletter",
        ),
        pytest.param(
            {"First Name": "K" * 201},
            "First Name, Last Name: is too long",
            id="with a name nobody could have",
        ),
        *(
            pytest.param(
                {column: text}, f"{column}: is not a date such as 2026-05-31", id=f"{column} {why}"
            )
            for column in (
                "Last Activity Date",
                "Unsubscribed Date",
                "Became Customer Date",
                "Customer Ended Date",
            )
            for text, why in [
                ("31.05.2026", "in another order"),
                ("05/31/2026", "in the American order"),
                ("2026-02-30", "on a day that no calendar has"),
                ("2026-W22-7", "as a week"),
                ("20260531", "without separators"),
                ("2026-05-31 at noon", "with words"),
                ("2026-05-31 25:00", "at an hour that no clock has"),
                ("1899-12-30", "before anybody had e-mail"),
                ("46173", "as a spreadsheet's number"),
            ]
        ),
        *(
            pytest.param(
                {column: "2026-11-23"}, f"{column}: lies in the future", id=f"{column} tomorrow"
            )
            for column in (
                "Last Activity Date",
                "Unsubscribed Date",
                "Became Customer Date",
                "Customer Ended Date",
            )
        ),
    ],
)
def test_a_row_is_rejected_for_a_reason_that_names_the_column_and_not_the_value(
    statement: Statement, cells: Mapping[str, str], reason: str
) -> None:
    with pytest.raises(Rejected) as refusal:
        imports.read({"Email": EMAIL, **cells}, statement, NOW)
    assert str(refusal.value) == reason


@pytest.mark.parametrize(
    ("text", "at"),
    [
        pytest.param("", None, id="blank is no date"),
        pytest.param("   ", None, id="blanks are no date"),
        pytest.param(
            "2026-05-31", datetime(2026, 5, 30, 22, tzinfo=UTC), id="a summer's day begins in Oslo"
        ),
        pytest.param(
            "2026-01-31", datetime(2026, 1, 30, 23, tzinfo=UTC), id="a winter's day begins in Oslo"
        ),
        pytest.param(
            " 2026-01-31 ", datetime(2026, 1, 30, 23, tzinfo=UTC), id="blanks do not matter"
        ),
        pytest.param(
            "2026-05-31 14:30", datetime(2026, 5, 31, 12, 30, tzinfo=UTC), id="a time is Oslo's"
        ),
        pytest.param(
            "2026-05-31T14:30:15",
            datetime(2026, 5, 31, 12, 30, 15, tzinfo=UTC),
            id="a time may have a T and seconds",
        ),
        pytest.param(
            "2026-05-31T14:30:00+05:00",
            datetime(2026, 5, 31, 9, 30, tzinfo=UTC),
            id="a time may bring its own offset",
        ),
        pytest.param(
            "2026-05-31T14:30:00Z",
            datetime(2026, 5, 31, 14, 30, tzinfo=UTC),
            id="a time may be universal",
        ),
        pytest.param("2026-03-29", datetime(2026, 3, 28, 23, tzinfo=UTC), id="the day of 23 hours"),
        pytest.param(
            "2026-10-25", datetime(2026, 10, 24, 22, tzinfo=UTC), id="the day of 25 hours"
        ),
        pytest.param("2024-02-29", datetime(2024, 2, 28, 23, tzinfo=UTC), id="a leap day"),
        pytest.param(
            "2026-11-22", datetime(2026, 11, 21, 23, tzinfo=UTC), id="today is not the future"
        ),
        pytest.param("2026-11-22 10:00", NOW, id="this minute is not the future"),
    ],
)
def test_a_date_is_where_the_controller_is(
    statement: Statement, text: str, at: datetime | None
) -> None:
    assert read(statement, Last_Activity_Date=text).active_at == at


def test_the_next_minute_is_the_future(statement: Statement) -> None:
    with pytest.raises(Rejected, match="lies in the future"):
        read(statement, Last_Activity_Date="2026-11-22 10:01")


@pytest.mark.parametrize("word", ["yes", "Yes", "TRUE", "1", "x", "ja", " Ja "])
def test_these_words_subscribe_somebody_new(statement: Statement, word: str) -> None:
    row = read(statement, Newsletter=word)
    assert imports.facts(row, None, NOW).subscribed_since == NOW


@pytest.mark.parametrize("word", ["", "no", "No", "FALSE", "0", "nei"])
def test_these_words_do_not_subscribe(statement: Statement, word: str) -> None:
    row = read(statement, Newsletter=word)
    assert imports.facts(row, None, NOW).subscribed_since is None


def test_an_unsubscription_beats_the_newsletter(statement: Statement) -> None:
    row = read(statement, Newsletter="yes", Unsubscribed_Date="2025-03-01")
    facts = imports.facts(row, None, NOW)
    assert facts.subscribed_since is None
    assert facts.subscription_ended == datetime(2025, 2, 28, 23, tzinfo=UTC)


def test_the_newsletter_does_not_subscribe_somebody_known(statement: Statement) -> None:
    row = read(statement, Newsletter="yes")
    assert imports.facts(row, Facts(last_contact=EARLIER), NOW).subscribed_since is None


@pytest.mark.parametrize(
    ("cells", "began", "ended"),
    [
        pytest.param({}, False, False, id="nothing said"),
        pytest.param({"Lifecycle Stage": "lead"}, False, False, id="another stage"),
        pytest.param({"Lifecycle Stage": "customer"}, True, False, id="the stage alone"),
        pytest.param({"Lifecycle Stage": " Customer "}, True, False, id="the stage in capitals"),
        pytest.param({"Became Customer Date": "2025-01-01"}, True, False, id="a beginning"),
        pytest.param({"Customer Ended Date": "2025-01-01"}, False, True, id="an end"),
        pytest.param(
            {"Became Customer Date": "2024-01-01", "Customer Ended Date": "2025-01-01"},
            False,
            True,
            id="a beginning and then an end",
        ),
        pytest.param(
            {"Became Customer Date": "2025-01-01", "Customer Ended Date": "2025-01-01"},
            False,
            True,
            id="a beginning and an end on one day",
        ),
        pytest.param(
            {"Became Customer Date": "2025-01-01", "Customer Ended Date": "2024-01-01"},
            True,
            True,
            id="an end and then a new beginning",
        ),
        pytest.param(
            {"Lifecycle Stage": "customer", "Customer Ended Date": "2025-01-01"},
            False,
            True,
            id="an end outweighs the stage",
        ),
        pytest.param(
            {"Lifecycle Stage": "lead", "Became Customer Date": "2025-01-01"},
            True,
            False,
            id="a beginning outweighs the stage",
        ),
    ],
)
def test_the_dates_say_who_is_a_customer_and_the_stage_only_without_them(
    statement: Statement, cells: Mapping[str, str], *, began: bool, ended: bool
) -> None:
    row = imports.read({"Email": EMAIL, **cells}, statement, NOW)
    facts = imports.facts(row, None, NOW)
    assert (facts.customer_since is not None, facts.customer_ended is not None) == (began, ended)


def test_the_day_of_the_import_is_the_last_contact_of_somebody_new_without_one(
    statement: Statement,
) -> None:
    assert imports.facts(read(statement), None, NOW).last_contact == NOW


def test_a_row_without_a_last_contact_leaves_that_of_somebody_known(statement: Statement) -> None:
    known = Facts(last_contact=EARLIER)
    assert imports.facts(read(statement), known, NOW).last_contact == EARLIER


def test_values_are_normalised_and_named_as_the_statement_names_them(statement: Statement) -> None:
    row = read(
        statement,
        Email=" Kari.NORDMANN@Example.com ",
        First_Name="Kari",
        Last_Name=" Nordmann ",
        Phone_Number="70 31 00 86",
        Company_Name="Nordmann AS",
        Job_Title="Daglig leder",
        Industry="Skog",
        Street_Address="Raveien 1",
        Postal_Code="3239",
        City="Sandefjord",
        Record_ID="  77 ",
    )
    assert row.values == {
        "email": EMAIL,
        "name": "Kari Nordmann",
        "phone": "+4770310086",
        "business": "Nordmann AS",
        "position": "Daglig leder",
        "industry": "Skog",
        "address": "Raveien 1, 3239 Sandefjord",
    }
    assert (row.record, row.email) == ("77", EMAIL)


def test_a_blank_cell_is_no_value(statement: Statement) -> None:
    assert set(read(statement, First_Name=" ", City="", Phone_Number="").values) == {"email"}


@pytest.mark.parametrize("cell", ["=1+1", "+4770310086", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_cell_that_would_be_calculated_is_quoted_and_can_be_read_back(cell: str) -> None:
    assert imports.harmless(cell) == f"'{cell}"
    assert imports.as_typed(imports.harmless(cell)) == cell


@pytest.mark.parametrize("cell", ["", "Kari", "1=1", "'twas", "'", "O'Hara", "kari@example.com"])
def test_a_harmless_cell_stays_as_it_is(cell: str) -> None:
    assert imports.harmless(cell) == cell
    assert imports.as_typed(cell) == cell


def test_a_formula_is_text_like_any_other(statement: Statement) -> None:
    formula = '=HYPERLINK("https://example.org";"Kari")'
    assert read(statement, Company_Name=formula).values["business"] == formula


def test_a_row_does_not_print_the_person(statement: Statement) -> None:
    printed = repr(read(statement, First_Name="Kari", Phone_Number="70310086"))
    assert "kari" not in printed.casefold()
    assert "70310086" not in printed
