"""Contacts from a list are merged with what is known."""

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from infra import local
from shared.model.contacts import Address, AddressKind, Visit
from shared.model.retention import Facts
from shared.model.subjects import Subject
from shared.policy import imports
from shared.store import subjects
from shared.wiring import Office
from shared.workflows import access, erasures, events
from shared.workflows.events import Event
from shared.workflows.imports import Imported, Rehearsed, take_in
from tests.stand_ins import Aws, Clock
from tests.workflows.submitting import post

EMAIL = "kari.nordmann@example.com"
OSLO = ZoneInfo("Europe/Oslo")


def take(office: Office, rehearsed: Rehearsed | None = None, **cells: str) -> Imported:
    """Import Kari's row with these cells; `Last_Activity_Date` is the column's name."""
    named = {name.replace("_", " "): text for name, text in cells.items()}
    return take_list(office, ({"Email": EMAIL, **named},), rehearsed)[0]


def take_list(
    office: Office, rows: tuple[Mapping[str, str], ...], rehearsed: Rehearsed | None = None
) -> list[Imported]:
    read = (imports.read(row, office.statement, office.now()) for row in rows)
    return [take_in(row, office, rehearsed) for row in read]


def fill_in(office: Office, **fields: object) -> None:
    post(office, visit=Visit(), email=EMAIL, **fields)


def kari(office: Office) -> Subject:
    found = subjects.read(events.find(EMAIL, office))
    assert found is not None
    return found


def values(office: Office) -> dict[str, object]:
    return {value.name: value.value for value in kari(office).values}


def erased_on(office: Office) -> date | None:
    return access.report(EMAIL, office).erased_on


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=OSLO)


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        pytest.param("2026-02-10", "2026-02-10", id="a later date replaces"),
        pytest.param("2026-01-10", "2026-01-10", id="the same date stays"),
        pytest.param("2025-12-10", "2026-01-10", id="an earlier date is ignored"),
        pytest.param("", "2026-01-10", id="no date changes nothing"),
    ],
)
def test_the_later_date_of_the_last_contact_wins(office: Office, told: str, kept: str) -> None:
    take(office, Last_Activity_Date="2026-01-10")
    take(office, Last_Activity_Date=told)
    assert kari(office).facts == Facts(last_contact=day(kept))


def test_a_form_after_the_last_activity_of_the_list_stays_the_last_contact(office: Office) -> None:
    fill_in(office)
    assert take(office, Last_Activity_Date="2026-11-21") is Imported.UNCHANGED
    assert kari(office).facts.last_contact == office.now()


def test_imported_values_never_replace_what_the_person_gave(office: Office) -> None:
    fill_in(office, name="Kari Nordmann", phone="70310086")
    outcome = take(office, First_Name="Kåre", Phone_Number="22222222", Company_Name="Nordmann AS")
    assert outcome is Imported.IMPORTED
    assert values(office) == {
        "email": EMAIL,
        "name": "Kari Nordmann",
        "phone": "+4770310086",
        "business": "Nordmann AS",
    }


def test_what_the_person_gives_replaces_imported_values_for_good(
    office: Office, clock: Clock
) -> None:
    take(office, First_Name="Kåre")
    clock.forward(days=1)
    fill_in(office, name="Kari Nordmann")
    assert take(office, First_Name="Kåre") is Imported.UNCHANGED
    assert values(office)["name"] == "Kari Nordmann"


def test_a_newer_list_replaces_what_an_older_list_said(office: Office) -> None:
    take(office, Company_Name="Nordmann AS")
    assert take(office, Company_Name="Nordmann og Sønn AS") is Imported.IMPORTED
    assert values(office)["business"] == "Nordmann og Sønn AS"


def test_a_blank_cell_removes_nothing(office: Office) -> None:
    take(office, Company_Name="Nordmann AS")
    assert take(office, Company_Name="") is Imported.UNCHANGED
    assert values(office)["business"] == "Nordmann AS"


def test_an_imported_value_says_where_it_comes_from_and_what_for(office: Office) -> None:
    take(office, Record_ID="77", First_Name="Kari")
    name = next(one for one in access.report(EMAIL, office).values if one.name == "name")
    assert (name.source.kind, name.source.record, name.source.at) == ("import", "77", office.now())
    assert (name.purpose, name.clause) == ("dialogue", "7.7")


@pytest.mark.parametrize(
    ("cells", "kept_until"),
    [
        pytest.param({"Newsletter": "yes"}, None, id="a subscriber is kept"),
        pytest.param(
            {"Newsletter": "yes", "Unsubscribed Date": "2026-03-01"},
            date(2028, 3, 2),
            id="an unsubscription beats the newsletter",
        ),
        pytest.param(
            {"Unsubscribed Date": "2025-03-01"},
            date(2028, 1, 11),
            id="a contact after the unsubscription keeps longer",
        ),
        pytest.param({"Became Customer Date": "2020-01-01"}, None, id="a customer is kept"),
        pytest.param(
            {"Became Customer Date": "2020-01-01", "Customer Ended Date": "2026-05-05"},
            date(2028, 5, 6),
            id="a customer no more is kept from the end",
        ),
        pytest.param(
            {"Lifecycle Stage": "customer", "Customer Ended Date": "2026-05-05"},
            date(2028, 5, 6),
            id="the end outweighs the stage",
        ),
        pytest.param({"Lifecycle Stage": "customer"}, None, id="the stage alone decides"),
        pytest.param({"Lifecycle Stage": "lead"}, date(2028, 1, 11), id="another stage does not"),
    ],
)
def test_somebody_new_is_kept_for_the_reasons_of_the_row(
    office: Office, cells: Mapping[str, str], kept_until: date | None
) -> None:
    row = {"Email": EMAIL, "Last Activity Date": "2026-01-10", **cells}
    take_list(office, (row,))
    assert erased_on(office) == kept_until


def test_the_newsletter_column_subscribes_nobody_who_is_known(office: Office) -> None:
    fill_in(office)
    assert take(office, Newsletter="yes") is Imported.UNCHANGED
    assert kari(office).facts.subscribed_since is None


def test_a_list_does_not_subscribe_again_who_has_unsubscribed(office: Office) -> None:
    take(office, Newsletter="yes")
    events.note(EMAIL, Event.UNSUBSCRIBE, office, at=office.now())
    assert take(office, Newsletter="yes") is Imported.UNCHANGED
    assert kari(office).facts.subscribed_since is None


@pytest.mark.parametrize(
    ("unsubscribed", "subscribed"),
    [
        pytest.param("2026-11-21", True, id="before she subscribed: it is of an older one"),
        pytest.param("2026-11-23", False, id="after she subscribed: it ends"),
    ],
)
def test_an_unsubscription_ends_the_subscription_before_it(
    office: Office, clock: Clock, unsubscribed: str, *, subscribed: bool
) -> None:
    fill_in(office, choices=["newsletter"])
    clock.forward(days=2)
    take(office, Unsubscribed_Date=unsubscribed)
    assert (kari(office).facts.subscribed_since is not None) == subscribed


@pytest.mark.parametrize(
    ("cells", "customer"),
    [
        pytest.param({"Customer Ended Date": "2026-06-01"}, False, id="an end after it ends it"),
        pytest.param({"Customer Ended Date": "2025-01-01"}, True, id="an older end does not"),
        pytest.param({"Lifecycle Stage": "lead"}, True, id="another stage does not"),
    ],
)
def test_a_customer_who_is_known_stays_one_until_an_end_is_told(
    office: Office, cells: Mapping[str, str], *, customer: bool
) -> None:
    take(office, Became_Customer_Date="2026-01-01")
    take_list(office, ({"Email": EMAIL, **cells},))
    assert (kari(office).facts.customer_since is not None) == customer


@pytest.mark.parametrize(
    ("cells", "customer"),
    [
        pytest.param({"Became Customer Date": "2026-05-01"}, False, id="an older beginning"),
        pytest.param({"Became Customer Date": "2026-07-01"}, True, id="a newer beginning"),
        pytest.param({"Lifecycle Stage": "customer"}, False, id="a stage without a date"),
    ],
)
def test_only_a_newer_beginning_opens_a_relationship_that_has_ended(
    office: Office, cells: Mapping[str, str], *, customer: bool
) -> None:
    take(office, Customer_Ended_Date="2026-06-01", Last_Activity_Date="2026-09-01")
    take_list(office, ({"Email": EMAIL, **cells},))
    assert (kari(office).facts.customer_since is not None) == customer


@pytest.mark.parametrize(
    ("last_activity", "outcome"),
    [
        pytest.param("2024-11-20", Imported.ALREADY_DUE, id="due since yesterday"),
        pytest.param("2024-11-21", Imported.ALREADY_DUE, id="due today"),
        pytest.param("2024-11-21 23:59", Imported.ALREADY_DUE, id="due today, to the last minute"),
        pytest.param("2024-11-22", Imported.IMPORTED, id="due tomorrow"),
    ],
)
def test_who_is_already_due_is_not_imported(
    aws: Aws, office: Office, last_activity: str, outcome: Imported
) -> None:
    assert take(office, Last_Activity_Date=last_activity) is outcome
    assert bool(aws.items()) == (outcome is Imported.IMPORTED)


@pytest.mark.parametrize(
    "reason",
    [
        pytest.param({"Newsletter": "yes"}, id="a subscription"),
        pytest.param({"Became Customer Date": "2019-01-01"}, id="a customer relationship"),
        pytest.param({"Customer Ended Date": "2025-01-01"}, id="a customer relationship of late"),
        pytest.param({"Unsubscribed Date": "2025-01-01"}, id="a subscription of late"),
    ],
)
def test_an_old_contact_with_another_reason_is_imported(
    office: Office, reason: Mapping[str, str]
) -> None:
    row = {"Email": EMAIL, "Last Activity Date": "2018-01-01", **reason}
    assert take_list(office, (row,)) == [Imported.IMPORTED]


def test_an_old_row_about_somebody_known_is_judged_by_the_merged_facts(office: Office) -> None:
    fill_in(office)
    row = take(office, Last_Activity_Date="2018-01-01", Company_Name="Nordmann AS")
    assert row is Imported.IMPORTED
    assert erased_on(office) == date(2028, 11, 23)


def test_who_asked_to_be_left_alone_is_not_imported(aws: Aws, office: Office) -> None:
    kept = office.keys.suppression(Address(AddressKind.EMAIL, EMAIL))
    item = {"pk": {"S": f"SUPP#{kept}"}, "sk": {"S": "-"}, "reason": {"S": "objection"}}
    aws.client.put_item(TableName=local.TABLE, Item=item)
    assert take(office, Email="Kari.Nordmann@Example.com") is Imported.SUPPRESSED
    assert take(office, {}) is Imported.SUPPRESSED
    assert aws.items() == [item]


def test_a_form_that_arrives_during_the_import_is_not_overwritten(aws: Aws, office: Office) -> None:
    take(office, First_Name="Kåre", Last_Activity_Date="2026-01-10")

    def arrive() -> None:
        fill_in(office, name="Kari Nordmann")

    with aws.between("TransactWriteItems", arrive):
        take(office, First_Name="Karl", Company_Name="Nordmann AS", Last_Activity_Date="2026-02-10")
    assert (values(office)["name"], values(office)["business"]) == ("Kari Nordmann", "Nordmann AS")
    assert kari(office).facts.last_contact == office.now()


def test_somebody_known_whose_relationship_ended_long_ago_is_noted_for_the_sweep(
    office: Office, aws: Aws
) -> None:
    then = {"Last_Activity_Date": "2020-01-01", "Became_Customer_Date": "2020-01-01"}
    take(office, **then)
    assert take(office, **then, Customer_Ended_Date="2022-01-01") is Imported.ALREADY_DUE
    assert erasures.sweep(office).erased == 1
    assert aws.items_of_people() == []
