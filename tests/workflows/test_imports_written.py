"""What an import leaves in the table: the same when repeated, interrupted or raced."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from infra import local
from shared.model.contacts import Visit
from shared.policy import imports
from shared.wiring import Office
from shared.workflows import erasures, events
from shared.workflows.imports import Imported, Rehearsed, take_in
from tests.stand_ins import Aws, Clock, Killed
from tests.workflows.submitting import post

Cells = Mapping[str, str]

EMAIL = "kari.nordmann@example.com"
OSLO = ZoneInfo("Europe/Oslo")
REFERENCE = re.compile(r"[0-9a-f]{8}0{24}|DUE#[0-9]{2}")

LIST: tuple[Mapping[str, str], ...] = (
    {"Email": "a@example.com", "Last Activity Date": "2026-01-10", "First Name": "Anne"},
    {"Email": "b@example.com", "Newsletter": "yes"},
    {"Email": EMAIL, "Company Name": "Nordmann AS", "Unsubscribed Date": "2026-11-01"},
    {"Email": "c@example.com", "Lifecycle Stage": "customer"},
    {"Email": "a@example.com", "Last Activity Date": "2026-02-10", "First Name": "Anna"},
    {"Email": "d@example.com", "Customer Ended Date": "2026-05-05"},
)


def take(office: Office, **cells: str) -> Imported:
    named = {name.replace("_", " "): text for name, text in cells.items()}
    return take_list(office, ({"Email": EMAIL, **named},))[0]


def take_list(
    office: Office, rows: tuple[Cells, ...] = LIST, rehearsed: Rehearsed | None = None
) -> list[Imported]:
    read = (imports.read(row, office.statement, office.now()) for row in rows)
    return [take_in(row, office, rehearsed) for row in read]


def fill_in(office: Office, **fields: object) -> None:
    post(office, visit=Visit(), email=EMAIL, **fields)


def table(aws: Aws) -> list[str]:
    """Every item, without the references that each run makes anew."""
    return sorted(REFERENCE.sub("", json.dumps(item, sort_keys=True)) for item in aws.items())


def empty(aws: Aws) -> None:
    for item in aws.items():
        key = {"pk": item["pk"], "sk": item["sk"]}
        aws.client.delete_item(TableName=local.TABLE, Key=key)


def test_importing_twice_changes_nothing(aws: Aws, office: Office, clock: Clock) -> None:
    fill_in(office, name="Kari Nordmann", choices=["newsletter"])
    take_list(office)
    before = aws.items()
    clock.forward(days=40)
    assert set(take_list(office, LIST[1:])) == {Imported.UNCHANGED}
    assert aws.items() == before


def test_a_dry_run_counts_as_a_run_would_and_writes_nothing(aws: Aws, office: Office) -> None:
    fill_in(office, name="Kari Nordmann")
    rows = (*LIST, *LIST, {"Email": "e@example.com", "Last Activity Date": "2020-01-01"})
    before = aws.items()
    rehearsal = take_list(office, rows, {})
    assert aws.items() == before
    assert rehearsal == take_list(office, rows)


@pytest.mark.parametrize("writes", [1, 2, 3, 5])
def test_a_run_that_was_interrupted_can_be_begun_again(
    aws: Aws, office: Office, writes: int
) -> None:
    rows = tuple(row for row in LIST if row["Email"] != "a@example.com")
    rows += ({"Email": "e@example.com"}, {"Email": "f@example.com", "First Name": "Frida"})
    take_list(office, rows)
    uninterrupted = table(aws)
    empty(aws)
    with aws.killed_after(writes), pytest.raises(Killed):
        take_list(office, rows)
    outcomes = take_list(office, rows)
    assert table(aws) == uninterrupted
    assert outcomes.count(Imported.UNCHANGED) == writes


def test_who_is_being_erased_comes_back_as_somebody_new(
    aws: Aws, office: Office, clock: Clock
) -> None:
    take(office, First_Name="Kari")
    first = events.find(EMAIL, office)
    clock.set(datetime(2028, 12, 1, tzinfo=UTC))
    with aws.killed_after(1), pytest.raises(Killed):
        erasures.sweep(office)
    assert take(office, Last_Activity_Date="2028-11-30") is Imported.IMPORTED
    assert erasures.sweep(office).erased == 1
    assert events.find(EMAIL, office) != first


def midnight(on: date) -> str:
    return str(int(datetime(on.year, on.month, on.day, tzinfo=OSLO).timestamp()))


@pytest.mark.parametrize(
    ("row", "due_on", "expires"),
    [
        pytest.param(
            {"Last Activity Date": "2026-01-10"},
            "2028-01-11",
            date(2028, 1, 25),
            id="two years after the last contact, and the margin",
        ),
        pytest.param({}, "2028-11-23", date(2028, 12, 7), id="two years after the import"),
        pytest.param(
            {"Last Activity Date": "2026-01-10", "Unsubscribed Date": "2026-03-01"},
            "2028-03-02",
            date(2028, 3, 16),
            id="two years after the unsubscription",
        ),
        pytest.param(
            {"Last Activity Date": "2026-01-10", "Customer Ended Date": "2026-05-05"},
            "2028-05-06",
            date(2028, 5, 20),
            id="two years after the customer relationship",
        ),
    ],
)
def test_somebody_imported_is_filed_under_the_day_and_expires_behind_it(
    aws: Aws, office: Office, row: Mapping[str, str], due_on: str, expires: date
) -> None:
    take_list(office, ({"Email": EMAIL, **row},))
    profile = aws.profile()
    assert profile["due_sk"]["S"] == f"{due_on}#{events.find(EMAIL, office)}"
    assert profile["ttl"]["N"] == midnight(expires)


@pytest.mark.parametrize("row", [{"Newsletter": "yes"}, {"Became Customer Date": "2026-01-01"}])
def test_somebody_imported_with_an_open_reason_has_no_day(
    aws: Aws, office: Office, row: Mapping[str, str]
) -> None:
    take_list(office, ({"Email": EMAIL, **row},))
    assert not {"ttl", "due_pk", "due_sk"} & set(aws.profile())


def test_a_relationship_that_begins_takes_the_expiry_away(aws: Aws, office: Office) -> None:
    fill_in(office)
    rev = int(aws.profile()["rev"]["N"])
    take(office, Became_Customer_Date="2026-01-01")
    assert "ttl" not in aws.profile()
    assert int(aws.profile()["rev"]["N"]) == rev + 1


def test_a_relationship_that_ended_files_the_profile_again(aws: Aws, office: Office) -> None:
    take(office, Became_Customer_Date="2026-01-01", Last_Activity_Date="2025-01-01")
    take(office, Customer_Ended_Date="2026-11-01")
    assert aws.profile()["due_sk"]["S"].startswith("2028-11-02#")
    assert aws.profile()["ttl"]["N"] == midnight(date(2028, 11, 16))


def test_a_later_contact_moves_the_expiry(aws: Aws, office: Office) -> None:
    take(office, Last_Activity_Date="2026-01-10")
    take(office, Last_Activity_Date="2026-02-10")
    assert aws.profile()["due_sk"]["S"] <= "2028-02-12"
    assert aws.profile()["ttl"]["N"] == midnight(date(2028, 2, 25))
