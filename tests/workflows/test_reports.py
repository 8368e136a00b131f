"""A person's report, from what is stored to what is handed over."""

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from io import StringIO
from itertools import islice
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from functions import rendering
from infra import local
from shared.errors import NotFound
from shared.model.audit import AuditEvent
from shared.model.contacts import Visit
from shared.model.requests import Right
from shared.policy import exports, forms
from shared.policy.exports import Format
from shared.policy.reports import Report
from shared.statement import loading
from shared.statement.types import Field, Statement
from shared.wiring import Office
from shared.workflows import access, auditing, erasures, events
from shared.workflows.events import Event
from tests.stand_ins import Aws, Clock
from tests.statement.test_statement import KAYAK
from tests.workflows.submitting import KARI, VISIT, post
from tests.workflows.test_erasures import DUE

HOSTILE = "<script>alert(1)</script><b title='\"&amp;"
FIELDS = ("name", "business", "position", "industry", "address", "message")


def document(report: Report, wanted: Format, office: Office, right: Right = Right.ACCESS) -> str:
    return rendering.export(report, office.statement, right, wanted).text


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text, newline="")))


@pytest.fixture
def busy(office: Office, clock: Clock) -> Report:
    """What is told of somebody with whom everything has happened."""
    choices = ["newsletter", "marketing_email"]
    visit = msgspec.structs.replace(VISIT, cookie_choices=frozenset({"statistics"}))
    answers = {"heard": "From a friend."}
    post(office, name="Kari", phone="70310086", answers=answers, choices=choices, visit=visit)
    clock.forward(days=1)
    objecting = msgspec.structs.replace(VISIT, objects=True)
    post(office, "order", name="Kari N.", products=["one", "two"], visit=objecting)
    for event in (Event.PHONE, Event.UNSUBSCRIBE, Event.CUSTOMER_START, Event.HOLD):
        clock.forward(days=1)
        events.note(KARI, event, office, at=clock.now(), because="a claim")
    subject_id = events.find(KARI, office)
    auditing.note(subject_id, AuditEvent.READ, "support:8f3a", office, purpose="reply")
    values = {"name": ["Kari", "Kari N."]}
    auditing.note(subject_id, AuditEvent.CORRECTED, "support:8f3a", office, values=values)
    return access.report(KARI, office)


def test_a_report_reads_the_person_and_the_trail_once(office: Office, aws: Aws) -> None:
    post(office)
    subject_id = events.find(KARI, office)
    with aws.requests() as made:
        access.report_of(subject_id, "nb", office)
    partitions = [asked["ExpressionAttributeValues"][":pk"]["S"] for _, asked in made]
    assert [operation for operation, _ in made] == ["Query", "Query"]
    assert partitions == [f"S#{subject_id}", f"AUD#{subject_id}"]


@pytest.mark.parametrize(("wanted", "told"), [("nb-NO", "Navn"), ("en", "Name"), ("", "Navn")])
def test_a_report_speaks_a_language_of_the_statement(
    office: Office, wanted: str, told: str
) -> None:
    post(office, name="Kari")
    report = access.report_of(events.find(KARI, office), wanted, office)
    assert told in {one.label for one in report.values}


# The description ------------------------------------------------------------------------------


def test_the_schema_is_valid_and_says_which_it_is() -> None:
    schema = exports.schema()
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_a_report_is_what_its_schema_says(office: Office, busy: Report) -> None:
    told = json.loads(document(busy, Format.JSON, office))
    assert all(told[name] for name in ("values", "consents", "contacts", "readings", "audited"))
    Draft202012Validator(exports.schema()).validate(told)


@pytest.mark.parametrize("name", ["values", "controller", "readings", "erased_on"])
def test_a_report_that_lacks_something_is_not(office: Office, busy: Report, name: str) -> None:
    told = json.loads(document(busy, Format.JSON, office))
    del told[name]
    with pytest.raises(ValidationError, match=name):
        Draft202012Validator(exports.schema()).validate(told)


# The data map ---------------------------------------------------------------------------------


def with_a_new_field(statement: Statement) -> Statement:
    """The statement, with one field more in its catalogue and on a form."""
    new = Field(category="identity", kind="text", label={"nb": "Båtens navn", "en": "Boat's name"})
    form = statement.forms["order"]
    form = msgspec.structs.replace(form, fields=(*form.fields, "boat"))
    return msgspec.structs.replace(
        statement,
        fields={**statement.fields, "boat": new},
        forms={**statement.forms, "order": form},
    )


def test_a_field_is_added_in_the_statement_and_nowhere_else(
    office: Office, aws: Aws, clock: Clock
) -> None:
    office = replace(office, statement=with_a_new_field(office.statement))
    form = office.statement.forms["order"]
    assert forms.schema(form, office.statement, "en")["properties"]["boat"]["title"] == (
        "Boat's name"
    )
    page = rendering.form_page("order", office.statement, "nb", "", page="/page/order")
    assert 'name="boat"' in page.body
    post(office, "order", boat="Svanen")
    report = access.report(KARI, office, "en")
    for wanted in exports.FORMATS[Right.ACCESS]:
        assert "Svanen" in document(report, wanted, office)
        assert "Boat" in document(report, wanted, office)
    portable = json.loads(document(report, Format.JSON, office, Right.PORTABILITY))
    assert {
        "@type": "PropertyValue",
        "propertyID": "boat",
        "name": "Boat's name",
        "value": "Svanen",
    } in portable["additionalProperty"]
    clock.set(DUE)
    erasures.sweep(office)
    assert "Svanen" not in json.dumps(aws.items())


def test_every_value_that_is_stored_is_described_by_the_statement(
    office: Office, busy: Report
) -> None:
    assert [
        one.name for one in busy.values if not (one.category and one.in_words and one.basis)
    ] == []
    names = {one.name.partition(".")[0] for one in busy.values}
    assert names <= {*office.statement.fields, *office.statement.technical}
    assert {*office.statement.technical} - names == {"page"}


def test_another_statement_says_by_data_what_its_fields_are(office: Office) -> None:
    kayak = replace(office, statement=loading.load(KAYAK))
    post(kayak, "trip", notice="kayak-3", email=None, mail="kim@example.com", boat="Canoe")
    report = access.report("kim@example.com", kayak)
    card = document(report, Format.VCARD, kayak, Right.PORTABILITY)
    assert "FN:kim@example.com\r\nEMAIL:kim@example.com\r\n" in card
    assert "Kayak Club Ltd" in document(report, Format.HTML, kayak)


# The page -------------------------------------------------------------------------------------


class Tags(HTMLParser):
    """The tags of a page, with the attributes of each."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def named(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.found if tag == name]


@pytest.mark.parametrize("language", ["nb", "en"])
def test_what_people_write_is_never_markup(office: Office, clock: Clock, language: str) -> None:
    answers, products = {"budget": HOSTILE}, [HOSTILE, f"{HOSTILE}2"]
    post(office, **dict.fromkeys(FIELDS, HOSTILE), answers=answers, products=products)
    for event in (Event.PHONE, Event.HOLD):
        clock.forward(days=1)
        events.note(KARI, event, office, at=clock.now(), because=HOSTILE)
    subject_id = events.find(KARI, office)
    values = {HOSTILE: [HOSTILE], "name": HOSTILE}
    auditing.note(subject_id, AuditEvent.CORRECTED, HOSTILE, office, values=values)
    auditing.note(subject_id, AuditEvent.READ, HOSTILE, office, purpose=HOSTILE)
    report = access.report(KARI, office, language)
    page = document(report, Format.HTML, office)
    assert page.count("&lt;script&gt;") >= len(FIELDS) + 8
    assert {tag for tag, _ in Tags(page).found}.isdisjoint({"script", "b"})


@pytest.mark.parametrize("language", ["nb", "en"])
def test_the_page_says_all_that_the_report_does(
    office: Office, busy: Report, language: str
) -> None:
    report = access.report(KARI, office, language)
    page = document(report, Format.HTML, office)
    assert f'<html lang="{language}">' in page
    told: list[Any] = [
        *(one.label for one in report.values if "'" not in one.label),
        *(one.in_words for one in report.purposes),
        *(one.text_id for one in report.consents),
        *(one.reference for one in report.contacts),
        *(one.in_words for one in report.recipients),
        "7Sense AS",
        "Datatilsynet",
        "Kundestøtte" if language == "nb" else "Customer support",
        "a claim",
    ]
    assert [one for one in told if one not in page] == []


def test_the_page_is_told_by_headings_captions_and_scopes(office: Office, busy: Report) -> None:
    tags = Tags(document(busy, Format.HTML, office))
    tables = len(tags.named("table"))
    assert tables == len(tags.named("caption")) == 5
    assert {one["scope"] for one in tags.named("th")} == {"col", "row"}
    assert len(tags.named("h1")) == 1
    labelled = {one["aria-labelledby"] for one in tags.named("div") if one.get("role") == "region"}
    assert labelled == {one["id"] for one in tags.named("caption")}


def test_a_page_that_is_handed_over_stands_alone(office: Office, busy: Report) -> None:
    tags = Tags(document(busy, Format.HTML, office))
    assert (tags.named("link"), len(tags.named("style"))) == ([], 1)
    assert {tag for tag, _ in tags.found}.isdisjoint({"script", "img"})
    assert all("style" not in attributes for _, attributes in tags.found)
    assert {str(one["href"]).partition(":")[0] for one in tags.named("a")} == {
        "#content",
        "mailto",
        "tel",
    }


# A large person -------------------------------------------------------------------------------

CONTACTS = 310


def multiplied(aws: Aws) -> None:
    """Many of the one contact and the one consent there are, three megabytes together."""
    for item in aws.items():
        kind, _, rest = item["sk"]["S"].partition("#")
        if kind in {"I", "C"}:
            copies = _copies(item, rest)
            while batch := [*islice(copies, 25)]:
                aws.client.batch_write_item(RequestItems={local.TABLE: batch})


def _copies(item: dict[str, Any], rest: str) -> Iterator[dict[str, Any]]:
    for number in range(1, CONTACTS):
        content = item["content"]["S"].replace("0000 ", f"{number:04} ")
        sk = {"S": item["sk"]["S"].replace(rest, f"{rest}{number}")}
        yield {"PutRequest": {"Item": {**item, "sk": sk, "content": {"S": content}}}}


def test_a_person_of_six_hundred_items_and_three_megabytes_is_reported_whole(
    office: Office, aws: Aws
) -> None:
    post(office, visit=Visit(), message="0000 " + "x" * 9_990, choices=["marketing_email"])
    multiplied(aws)
    assert len(aws.items_of_people()) > 2 * CONTACTS
    report = access.report(KARI, office)
    messages = {f"{number:04}" for number in range(CONTACTS)}
    assert len(report.contacts) == len(report.consents) == CONTACTS
    assert {str(one.value)[:4] for one in report.values if one.name == "message"} == messages
    told = rows(document(report, Format.CSV, office))
    assert {row["value"][:4] for row in told if row["name"] == "message"} == messages
    as_json = document(report, Format.JSON, office)
    assert len(as_json) > 3_000_000
    assert msgspec.json.decode(as_json, type=Report) == report
    page = document(report, Format.HTML, office)
    assert page.count("<tr>") == len(report.values) + 2 * CONTACTS + 3


def test_nobody_is_reported_who_was_erased(office: Office, clock: Clock) -> None:
    post(office)
    subject_id = events.find(KARI, office)
    clock.set(DUE)
    erasures.sweep(office)
    with pytest.raises(NotFound):
        access.report_of(subject_id, "", office)
