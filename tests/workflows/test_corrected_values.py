"""A correction is not undone by what is older than it, in whichever order it arrives."""

from datetime import timedelta

import pytest

from shared.model.requests import Right
from shared.store import subjects
from shared.wiring import Office
from shared.workflows import changes, events
from shared.workflows.imports import Imported
from tests.stand_ins import Clock
from tests.workflows import submitting
from tests.workflows.submitting import KARI, post
from tests.workflows.test_beside import say
from tests.workflows.test_requests import ask, confirm
from tests.workflows.test_requests_attacked import import_row


def held(office: Office) -> dict[str, object]:
    person = subjects.read(events.find(KARI, office))
    assert person
    return {one.name: one.value for one in person.values}


def correct(office: Office, **sent: object) -> None:
    reference = ask(office, Right.RECTIFICATION)
    confirm(reference, office)
    changes.rectify(reference, sent, "as asked", office, actor="privacy:1")


@pytest.mark.parametrize(("corrected", "left"), [("Kari Nordmann", "Kari Nordmann"), (None, None)])
def test_a_form_that_was_sent_before_a_correction_and_is_settled_after_it_changes_nothing(
    office: Office, clock: Clock, corrected: str | None, left: str | None
) -> None:
    post(office, name="Kari")
    clock.forward(days=1)
    submitting.send(office, name="Kari Hansen")
    clock.forward(minutes=1)
    correct(office, name=corrected)
    submitting.settle(office)
    assert held(office).get("name") == left


@pytest.mark.parametrize("confirms", [True, False])
def test_what_is_sent_after_it_was_removed_is_held_again_once_the_person_confirms_it(
    office: Office, clock: Clock, confirms: bool
) -> None:
    post(office, industry="Fish")
    correct(office, industry=None)
    assert "industry" not in held(office)
    clock.forward(days=1)
    sent = post(office, industry="Boats", choices=["newsletter"]).reference
    assert "industry" not in held(office)
    assert not is_subscribed(office)
    say(sent, office, confirms=confirms)
    assert held(office).get("industry") == ("Boats" if confirms else None)
    assert is_subscribed(office) is confirms


def is_subscribed(office: Office) -> bool:
    person = subjects.read(events.find(KARI, office))
    return person is not None and person.facts.subscribed_since is not None


def test_a_list_brings_nothing_back_that_was_removed_or_corrected(
    office: Office, clock: Clock
) -> None:
    assert import_row(office) is Imported.IMPORTED
    clock.forward(days=1)
    correct(office, name=None)
    clock.forward(days=1)
    import_row(office)
    assert "name" not in held(office)
    correct(office, name="Eva")
    clock.set(clock.now() + timedelta(days=1))
    import_row(office)
    assert held(office)["name"] == "Eva"
