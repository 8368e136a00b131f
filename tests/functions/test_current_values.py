"""There is one current value of a field, and what was corrected or removed is shown to no staff."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from chalice.test import TestHTTPClient as Http

from shared.model.requests import Right
from shared.policy import exports
from shared.policy.exports import Format
from shared.wiring import Office
from shared.workflows import access, changes
from tests.functions.signing_in import Desk, signing_in, told
from tests.stand_ins import Clock
from tests.workflows.submitting import KARI, post
from tests.workflows.test_requests import ask, confirm

OLD = ("Kari Hansen", "+4722222222", "Fisk AS", "boats")
NEW = {"name": "Kari Nordmann", "phone": "+4733333333", "interests": ["sails"]}


@pytest.fixture
def desk(http: Http, office: Office) -> Iterator[Desk]:
    with signing_in(http, office) as one:
        yield one


@pytest.fixture
def reference(office: Office, clock: Clock) -> str:
    """Of a form that was sent before its values were corrected, and the business removed."""
    sent = {"name": OLD[0], "phone": OLD[1], "business": OLD[2], "interests": [OLD[3]]}
    submitted = post(office, **sent, message="Hello", answers={"budget": "So."})  # type: ignore[arg-type]
    clock.forward(days=1)
    correction = ask(office, Right.RECTIFICATION)
    confirm(correction, office)
    changes.rectify(correction, NEW | {"business": None}, "as asked", office, actor="privacy:1")
    return submitted.reference


def read(desk: Desk, role: str = "sales", purpose: str = "reply") -> list[tuple[str, Any]]:
    shown = told(desk.post("/staff/people", role, email=KARI, purpose=purpose))
    return [(one["name"], one["value"]) for one in shown["values"]]


def test_staff_read_of_each_field_what_it_is_now(
    desk: Desk, office: Office, reference: str
) -> None:
    values = read(desk)
    assert sorted(values) == [
        ("answers.budget", "So."),
        ("email", KARI),
        ("interests", ["sails"]),
        ("message", "Hello"),
        ("name", "Kari Nordmann"),
        ("phone", "+4733333333"),
    ]


def test_what_waits_is_shown_as_it_was_written_with_the_values_of_now(
    desk: Desk, office: Office, reference: str
) -> None:
    shown = told(desk.post(f"/staff/inbox/{reference}/read", "sales"))
    assert sorted((one["name"], one["value"]) for one in shown["values"]) == sorted(read(desk))


@pytest.mark.parametrize("role", ["sales", "support", "marketing", "privacy"])
def test_nothing_that_was_corrected_is_told_to_any_staff(
    desk: Desk, office: Office, reference: str, role: str
) -> None:
    bodies = [
        desk.post("/staff/people", role, email=KARI, purpose=purpose).body
        for purpose in office.statement.roles[role].purposes
    ]
    bodies += [
        desk.get("/staff/inbox", role).body,
        desk.post(f"/staff/inbox/{reference}/read", role).body,
        desk.post("/staff/people/trail", role, email=KARI).body,
        desk.get("/staff/requests", role).body,
    ]
    another = ask(office, Right.RECTIFICATION)
    bodies.append(desk.get(f"/staff/requests/{another}", role).body)
    assert not [word for word in OLD for body in bodies if word.encode() in body]


def test_a_later_form_is_what_is_read_and_each_message_stays(
    desk: Desk, office: Office, clock: Clock
) -> None:
    first = post(office, name="Old", message="First").reference
    clock.forward(days=1)
    post(office, name="New", message="Second")
    assert sorted(read(desk)) == [
        ("email", KARI),
        ("message", "First"),
        ("message", "Second"),
        ("name", "New"),
    ]
    shown = told(desk.post(f"/staff/inbox/{first}/read", "sales"))
    assert {one["name"]: one["value"] for one in shown["values"]} == {
        "email": KARI,
        "message": "First",
        "name": "New",
    }


def test_a_value_is_shown_with_a_submission_whatever_it_is_held_for_since(
    desk: Desk, office: Office, clock: Clock
) -> None:
    submitted = post(office, name=OLD[0], position="Skipper").reference
    clock.forward(days=1)
    correction = ask(office, Right.RECTIFICATION)
    confirm(correction, office)
    changes.rectify(correction, {"name": "Eva"}, "as asked", office, actor="privacy:1")
    shown = told(desk.post(f"/staff/inbox/{submitted}/read", "support"))
    assert ("name", "Eva") in [(one["name"], one["value"]) for one in shown["values"]]


def test_the_person_is_told_what_is_current_and_what_was_before(
    office: Office, reference: str
) -> None:
    report = access.report(KARI, office)
    current = {one.name: one.value for one in report.values if one.current}
    assert current["name"] == "Kari Nordmann"
    assert "business" not in current
    earlier = {one.value for one in report.values if not one.current}
    assert {OLD[0], OLD[1], OLD[2]} <= earlier
    names = [one.name for one in report.values if one.current and one.name in NEW]
    assert len(names) == len(set(names))


def test_what_is_taken_along_is_what_is_current_also_where_it_was_corrected(
    office: Office, clock: Clock
) -> None:
    post(office, "download", name=OLD[0], phone=OLD[1], business=OLD[2], industry="Fish")
    clock.forward(days=1)
    correction = ask(office, Right.RECTIFICATION)
    confirm(correction, office)
    sent = {"name": "Kari Nordmann", "phone": None, "industry": "Sails"}
    changes.rectify(correction, sent, "as asked", office, actor="privacy:1")
    report = access.report(KARI, office)

    def made(wanted: Format) -> str:
        return exports.render(wanted, report, office.statement, Right.PORTABILITY).text

    person = json.loads(made(Format.JSON))
    assert person["name"] == "Kari Nordmann"
    assert person["worksFor"]["name"] == OLD[2]
    assert "telephone" not in person
    assert [one["value"] for one in person["additionalProperty"]] == ["Sails"]
    for wanted in (Format.JSON, Format.CSV, Format.VCARD):
        assert not [word for word in (OLD[0], OLD[1], '"Fish"') if word in made(wanted)]
    assert "FN:Kari Nordmann" in made(Format.VCARD)
