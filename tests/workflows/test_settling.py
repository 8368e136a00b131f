"""A form is recorded alike for everybody, and what follows from it is settled behind the answer."""

from collections.abc import Callable
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from functions.workers import work
from shared.errors import TooMany
from shared.model.requests import Right
from shared.policy import forms
from shared.store import settling as store
from shared.wiring import Office
from shared.workflows import access, erasures, events, queue, settling
from shared.workflows.events import Event
from tests.stand_ins import Aws, Clock, Killed
from tests.workflows.submitting import KARI, LATEST, post, send, settle
from tests.workflows.test_erasures import DUE
from tests.workflows.test_imports import take_list
from tests.workflows.test_requests import ask, confirm

Given = Callable[[Office, Clock], object]


def unsettled(aws: Aws) -> list[dict[str, Any]]:
    return [item for item in aws.items() if item["sk"]["S"].startswith("J#")]


def current(aws: Aws) -> dict[str, Any]:
    """The current values of the only profile."""
    values = aws.profile().get("values", {}).get("M", {})
    return {
        name: one["M"]["value"]["S"] for name, one in values.items() if "S" in one["M"]["value"]
    }


def agreed(office: Office) -> set[tuple[str, bool]]:
    return {(one.purpose, one.granted) for one in access.report(KARI, office).consents}


# The same calls for everybody ------------------------------------------------------------------


def unknown(_office: Office, _clock: Clock) -> None:
    """Nobody is known."""


def known(office: Office, _clock: Clock) -> None:
    post(office)


def subscribed(office: Office, _clock: Clock) -> None:
    post(office, "newsletter", choices=["newsletter"])


def customer(office: Office, clock: Clock) -> None:
    post(office)
    events.note(KARI, Event.CUSTOMER_START, office, at=clock.now())


def held(office: Office, clock: Clock) -> None:
    post(office)
    events.note(KARI, Event.HOLD, office, at=clock.now(), because="a claim")


def stopped(office: Office, _clock: Clock) -> None:
    post(office, "newsletter", choices=["newsletter"])
    confirm(ask(office, Right.OBJECTION), office)


EVERYBODY: dict[str, Given] = {
    "unknown": unknown,
    "known": known,
    "subscribed": subscribed,
    "customer": customer,
    "held": held,
    "stopped": stopped,
}


def shape(request: tuple[str, dict[str, Any]]) -> tuple[str, tuple[tuple[str, str], ...]]:
    """An operation, and of each of its items what is done with which kind of key."""
    operation, asked = request
    done = []
    for action in asked.get("TransactItems", [{operation: asked}]):
        ((name, told),) = action.items()
        key = told.get("Key", told.get("Item"))
        done.append((name, "".join(key[part]["S"].partition("#")[0] for part in ("pk", "sk"))))
    return operation, tuple(done)


@pytest.mark.parametrize("whose", EVERYBODY)
@pytest.mark.parametrize("ticked", [[], ["newsletter"]], ids=["no choice", "a choice"])
def test_a_form_is_the_same_calls_with_the_same_items_for_everybody(
    office: Office, aws: Aws, clock: Clock, whose: str, ticked: list[str]
) -> None:
    EVERYBODY[whose](office, clock)
    clock.forward(days=1)
    with aws.requests() as made:
        send(office, name="Kari", choices=ticked, key="k")
    assert [shape(one) for one in made] == [
        ("GetItem", (("GetItem", "E-"),)),
        (
            "TransactWriteItems",
            (
                ("Put", "IDEM-"),
                ("Put", "SI"),
                ("Put", "SJ"),
                ("Put", "SV"),
                ("Update", "SENT-"),
                ("Update", "E-"),
                ("Update", "SPROFILE"),
            ),
        ),
    ]


# Settled once, by whoever comes first ----------------------------------------------------------


def test_what_was_sent_is_recorded_before_anything_follows_from_it(
    office: Office, aws: Aws
) -> None:
    send(office, name="Kari", choices=["newsletter"])
    assert (current(aws), agreed(office)) == ({}, set())
    assert [one.value for one in access.report(KARI, office).values if one.name == "name"] == [
        "Kari"
    ]
    settle(office)
    assert current(aws) == {"name": "Kari", "email": KARI}
    assert agreed(office) == {("newsletter", True)}
    assert "subscribed_since" in aws.profile()
    assert unsettled(aws) == []


def test_the_stream_has_a_form_settled(office: Office, aws: Aws) -> None:
    send(office, name="Kari")
    (item,) = unsettled(aws)
    keys = {"pk": item["pk"], "sk": item["sk"]}
    told = {"eventName": "INSERT", "dynamodb": {"Keys": keys, "SequenceNumber": "1"}}
    for _ in range(2):
        assert work({"Records": [told]}, None) == {"batchItemFailures": []}
    assert (current(aws)["name"], unsettled(aws)) == ("Kari", [])


def test_the_reminders_settle_what_the_stream_has_missed(
    office: Office, aws: Aws, clock: Clock
) -> None:
    send(office, name="Kari")
    assert queue.watch(office).settled == 0
    clock.forward(minutes=6)
    assert queue.watch(office).settled == 1
    assert (current(aws)["name"], unsettled(aws)) == ("Kari", [])


def test_a_settling_that_was_killed_is_settled_by_the_next(office: Office, aws: Aws) -> None:
    send(office, name="Kari", choices=["newsletter"])
    with pytest.raises(Killed), aws.killed_after(1):
        settle(office)
    settle(office)
    assert (current(aws)["name"], agreed(office)) == ("Kari", {("newsletter", True)})


def test_a_contact_that_comes_in_between_is_not_lost(
    office: Office, aws: Aws, clock: Clock
) -> None:
    send(office, name="Kari")
    clock.forward(days=1)
    with aws.between("TransactWriteItems", lambda: send(office, name="Kari Nordmann")):
        settle(office)
    settle(office)
    assert current(aws)["name"] == "Kari Nordmann"
    assert aws.profile()["last_contact"]["S"].startswith("2026-11-23")


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_in_whichever_order_forms_are_settled_it_is_the_same(
    office: Office, aws: Aws, clock: Clock, order: tuple[int, ...]
) -> None:
    for number in range(3):
        send(office, name=f"Kari {number}", choices=["newsletter"] if number else [])
        clock.forward(hours=1)
    places = list(store.late(LATEST))
    for number in order:
        settling.settle(places[number].subject_id, places[number].sk, office)
    assert current(aws)["name"] == "Kari 2"
    assert aws.profile()["subscribed_since"]["S"].startswith("2026-11-22T10:00")


def test_what_a_person_gave_replaces_what_a_list_said_before_it_was_settled(
    office: Office, aws: Aws, clock: Clock
) -> None:
    send(office, name="Kari")
    clock.forward(minutes=1)
    take_list(office, ({"Email": KARI, "First Name": "Karianne"},))
    settle(office)
    assert current(aws)["name"] == "Kari"


def test_a_choice_opens_no_subscription_that_was_ended_after_it(
    office: Office, aws: Aws, clock: Clock
) -> None:
    post(office, choices=["newsletter"])
    clock.forward(hours=1)
    send(office, choices=["newsletter"])
    clock.forward(hours=1)
    events.note(KARI, Event.UNSUBSCRIBE, office, at=clock.now())
    settle(office)
    assert "subscribed_since" not in aws.profile()


def test_a_sweep_settles_a_form_before_it_decides(office: Office, aws: Aws, clock: Clock) -> None:
    send(office, choices=["newsletter"])
    clock.set(DUE)
    result = erasures.sweep(office)
    assert (result.erased, result.kept, unsettled(aws)) == (0, 1, [])
    assert "subscribed_since" in aws.profile()


def test_what_is_to_be_settled_goes_with_the_person(office: Office, aws: Aws, clock: Clock) -> None:
    post(office)
    reference = ask(office, Right.ERASURE)
    clock.forward(hours=1)
    send(office, name="Kari", choices=["newsletter"])
    confirm(reference, office)
    assert (
        [one for one in aws.items() if one["pk"]["S"].startswith("S#")],
        list(store.late(LATEST)),
    ) == ([], [])


# So much a day ---------------------------------------------------------------------------------


@pytest.mark.parametrize("whose", EVERYBODY)
def test_only_so_many_forms_a_day_are_taken_for_one_address(
    office: Office, aws: Aws, clock: Clock, whose: str
) -> None:
    EVERYBODY[whose](office, clock)
    clock.forward(days=1)
    for _ in range(forms.MOST_FORMS_A_DAY):
        send(office)
    before = aws.items()
    with pytest.raises(TooMany):
        send(office)
    assert aws.items() == before
    send(office, email="per@example.com")
    clock.forward(days=1)
    send(office)


def taken(office: Office, **sent: object) -> int:
    """How many such forms are taken before it is too much."""
    for number in range(forms.MOST_FORMS_A_DAY):
        try:
            send(office, **sent)
        except TooMany:
            return number
    return forms.MOST_FORMS_A_DAY


def test_only_so_much_a_day_is_taken_for_one_address(office: Office) -> None:
    large = {"message": "x" * 10_000, "interests": [f"{number:0200}" for number in range(50)]}
    assert 8 < taken(office, **large) < 16
    assert taken(office, message="Hello")


def test_what_was_answered_once_is_answered_again_when_no_more_is_taken(office: Office) -> None:
    first = send(office, key="k")
    for _ in range(forms.MOST_FORMS_A_DAY - 1):
        send(office)
    with pytest.raises(TooMany):
        send(office)
    assert send(office, key="k") == first


def test_what_is_counted_of_a_day_says_nothing_of_the_person(
    office: Office, aws: Aws, clock: Clock
) -> None:
    send(office)
    (today,) = (one for one in aws.items() if one["pk"]["S"].startswith("SENT#"))
    assert today.keys() == {"pk", "sk", "forms", "octets", "ttl"}
    assert int(today["ttl"]["N"]) == int((clock.now() + timedelta(days=2)).timestamp())
    clock.forward(days=1)
    send(office)
    assert len({one["pk"]["S"] for one in aws.items() if one["pk"]["S"].startswith("SENT#")}) == 2
