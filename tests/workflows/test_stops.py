"""What a request stops: for as long as it stands, from when it came in, and nobody else's doing."""

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from itertools import permutations
from typing import Any

import pytest

from shared.errors import Conflict
from shared.model.requests import Channel, Right
from shared.policy import requests as policy
from shared.policy.access_rights import agreed_to
from shared.store import requests as store
from shared.wiring import Office
from shared.workflows import (
    access,
    casework,
    events,
    proving,
    queue,
    receiving,
    requests,
)
from shared.workflows.events import Event
from shared.workflows.imports import Imported
from tests.stand_ins import Aws, Clock, Killed
from tests.workflows import moving_people
from tests.workflows.submitting import KARI, post, send, settle
from tests.workflows.test_requests import ask, confirm, delivered, take_back
from tests.workflows.test_requests_attacked import import_row

STOPS = pytest.mark.parametrize("right", [Right.OBJECTION, Right.WITHDRAWAL])


def suppressed(aws: Aws) -> list[dict[str, Any]]:
    return [one for one in aws.items() if one["pk"]["S"].startswith("SUPP#")]


def subscribed(office: Office) -> bool:
    return access.report(KARI, office).facts.subscribed_since is not None


def taken_in(office: Office, right: Right = Right.OBJECTION, email: str = KARI) -> str:
    return receiving.take_in(right, email, office, language="en", details="no more").reference


# Reasons -----------------------------------------------------------------------------------------


@STOPS
def test_a_stop_that_was_proved_holds_whoever_takes_an_older_one_back(
    office: Office, right: Right
) -> None:
    """Nothing is held of who has proved it."""
    forged, proved = ask(office, Right.OBJECTION), ask(office, right)
    confirm(proved, office)
    take_back(forged, office)
    assert import_row(office) is Imported.SUPPRESSED


def test_a_stop_proved_by_who_came_later_keeps_a_subscription_from_going_on(
    office: Office, clock: Clock
) -> None:
    proved = ask(office, Right.OBJECTION)
    clock.forward(hours=1)
    post(office, choices=["newsletter"])
    clock.forward(hours=1)
    forged = ask(office, Right.OBJECTION)
    confirm(proved, office)
    take_back(forged, office)
    assert not subscribed(office)
    assert import_row(office) is Imported.SUPPRESSED


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_each_request_takes_away_its_own_reason_and_with_the_last_nothing_is_left(
    office: Office, aws: Aws, order: tuple[int, ...]
) -> None:
    asked = [ask(office, Right.OBJECTION) for _ in range(3)]
    for left, one in zip((2, 1, 0), order, strict=True):
        take_back(asked[one], office)
        assert [len(item["reasons"]["SS"]) for item in suppressed(aws)] == [left] * (left > 0)


def test_a_reason_leads_to_no_request(office: Office, aws: Aws) -> None:
    post(office)
    confirm(ask(office, Right.OBJECTION), office)
    confirm(ask(office, Right.ERASURE), office)
    ask(office, Right.WITHDRAWAL)
    references = {one["pk"]["S"].partition("#")[2] for one in aws.items()}
    assert suppressed(aws)
    for one in suppressed(aws):
        others = references - {one["pk"]["S"].partition("#")[2]}
        assert not [reference for reference in others if reference in str(one)]


@pytest.mark.parametrize("by_staff", [False, True])
@pytest.mark.parametrize("right", sorted(policy.ERASES))
def test_who_is_told_that_nothing_is_held_is_not_imported_either(
    office: Office, right: Right, by_staff: bool
) -> None:
    reference = ask(office, right)
    if by_staff:
        requests.identify(reference, office, actor="privacy:1", because="by phone")
        casework.answer(reference, "nothing", {}, office, actor="privacy:1")
    else:
        confirm(reference, office)
    assert import_row(office) is Imported.SUPPRESSED


@pytest.mark.parametrize("right", [Right.ACCESS, Right.RECTIFICATION])
def test_a_right_that_stops_nothing_suppresses_nothing(
    office: Office, aws: Aws, right: Right
) -> None:
    confirm(ask(office, right), office)
    assert suppressed(aws) == []


def named(reference: str, office: Office, aws: Aws) -> None:
    """As an earlier release has left it: the first request is named, and no other."""
    key = {"pk": {"S": f"SUPP#{office.keys.suppression(requests.address(KARI))}"}}
    item = {**key, "sk": {"S": "-"}, "reason": {"S": reference}}
    aws.client.put_item(TableName=aws.table, Item=item)


def test_what_an_earlier_release_has_named_counts_until_that_is_taken_back(
    office: Office, aws: Aws
) -> None:
    post(office)
    first = ask(office, Right.OBJECTION)
    named(first, office, aws)
    later = ask(office, Right.OBJECTION)
    take_back(later, office)
    assert import_row(office) is Imported.SUPPRESSED
    take_back(first, office)
    assert (suppressed(aws), import_row(office)) == ([], Imported.IMPORTED)


def test_of_two_that_an_earlier_release_has_taken_in_both_must_be_taken_back(
    office: Office, aws: Aws
) -> None:
    post(office)
    first, second = ask(office, Right.OBJECTION), ask(office, Right.OBJECTION)
    named(first, office, aws)
    take_back(first, office)
    assert import_row(office) is Imported.SUPPRESSED
    take_back(second, office)
    assert suppressed(aws) == []


def test_a_reason_that_comes_while_another_goes_is_not_lost(office: Office, aws: Aws) -> None:
    first = ask(office, Right.OBJECTION)
    receiving.withdraw(first, office)

    def meanwhile() -> None:
        ask(office, Right.OBJECTION)

    with aws.between("TransactWriteItems", meanwhile):
        receiving.take_up(first, office)
    (left,) = suppressed(aws)
    assert len(left["reasons"]["SS"]) == 1


# Moving ------------------------------------------------------------------------------------------


def move(office: Office, clock: Clock) -> None:
    moving = ask(office, Right.RECTIFICATION)
    confirm(moving, office)
    moving_people.move(moving, office, clock)


def test_who_moves_is_suppressed_under_both_addresses_for_every_reason(
    office: Office, aws: Aws, clock: Clock
) -> None:
    post(office)
    ask(office, Right.OBJECTION)
    confirm(ask(office, Right.OBJECTION), office)
    move(office, clock)
    first, second = suppressed(aws)
    assert set(first["reasons"]["SS"]) == set(second["reasons"]["SS"])
    assert len(first["reasons"]["SS"]) == 2
    assert {import_row(office), import_row(office, moving_people.NEW)} == {Imported.SUPPRESSED}


def test_a_stop_that_is_taken_back_after_a_move_is_so_under_both_addresses(
    office: Office, aws: Aws, clock: Clock
) -> None:
    post(office)
    forged = ask(office, Right.OBJECTION)
    move(office, clock)
    take_back(forged, office)
    assert suppressed(aws) == []


# What is younger than a request ------------------------------------------------------------------


def by_phone(office: Office) -> None:
    events.note(KARI, Event.UNSUBSCRIBE, office, at=office.now())


def told_late(office: Office) -> None:
    """Before the stop came in; staff note it only now."""
    events.note(KARI, Event.UNSUBSCRIBE, office, at=office.now() - timedelta(minutes=90))


@STOPS
@pytest.mark.parametrize("end", [by_phone, told_late])
@pytest.mark.parametrize("stops", [1, 2])
def test_an_unsubscription_is_recorded_while_stopped_and_never_undone(
    office: Office, clock: Clock, right: Right, end: Callable[[Office], None], stops: int
) -> None:
    post(office, "newsletter", choices=["newsletter"])
    clock.forward(hours=1)
    asked = []
    for _ in range(stops):
        clock.forward(hours=1)
        asked.append(ask(office, right))
    clock.forward(hours=1)
    if stops == 2:
        take_back(asked.pop(0), office)
    end(office)
    take_back(asked.pop(), office)
    held = access.report(KARI, office)
    assert (subscribed(office), agreed_to(held.consents)) == (False, ())
    assert "unsubscribe" in {one.channel for one in held.contacts}


def test_without_a_subscription_that_may_go_on_nothing_is_unsubscribed_from(
    office: Office,
) -> None:
    post(office)
    ask(office, Right.OBJECTION)
    with pytest.raises(Conflict):
        by_phone(office)


def test_a_subscription_is_ended_once(office: Office, clock: Clock) -> None:
    post(office, "newsletter", choices=["newsletter"])
    clock.forward(hours=1)
    by_phone(office)
    clock.forward(hours=1)
    with pytest.raises(Conflict):
        by_phone(office)


def test_a_subscription_that_began_and_ended_since_is_not_opened_by_an_undoing(
    office: Office, clock: Clock
) -> None:
    post(office, "newsletter", choices=["newsletter"])
    clock.forward(hours=1)
    reference = ask(office, Right.OBJECTION)
    clock.forward(hours=1)
    post(office, "newsletter", choices=["newsletter"])
    clock.forward(hours=1)
    by_phone(office)
    take_back(reference, office)
    assert not subscribed(office)


# Taken in, and taken up --------------------------------------------------------------------------


@STOPS
def test_a_request_that_is_taken_up_late_stops_from_when_it_came_in(
    office: Office, clock: Clock, right: Right
) -> None:
    post(office, "newsletter", choices=["newsletter"])
    clock.forward(hours=1)
    received = clock.now()
    reference = taken_in(office, right)
    clock.forward(hours=1)
    assert receiving.take_up(reference, office)
    held = access.report(KARI, office)
    assert {one.at for one in held.consents if not one.granted} == {received}
    assert held.facts.subscription_ended == received
    assert not subscribed(office)


@STOPS
@pytest.mark.parametrize("subscribed_before", [False, True])
def test_a_tick_between_coming_in_and_being_taken_up_is_younger_and_stands(
    office: Office, clock: Clock, right: Right, subscribed_before: bool
) -> None:
    post(office, "newsletter", choices=["newsletter"] if subscribed_before else [])
    clock.forward(hours=1)
    reference = taken_in(office, right)
    clock.forward(hours=1)
    ticked = clock.now()
    post(office, "newsletter", choices=["newsletter"])
    clock.forward(hours=1)
    receiving.take_up(reference, office)
    held = access.report(KARI, office)
    assert held.facts.subscribed_since == ticked
    assert set(agreed_to(held.consents)) == {"newsletter"}


@pytest.mark.parametrize("proved", [False, True])
def test_a_tick_that_is_not_settled_yet_is_older_than_a_stop_that_comes_after_it(
    office: Office, clock: Clock, proved: bool
) -> None:
    post(office)
    clock.forward(hours=1)
    if proved:
        reference = ask(office, Right.OBJECTION)
        clock.forward(hours=1)
    send(office, "newsletter", choices=["newsletter"])
    clock.forward(hours=1)
    if proved:
        confirm(reference, office)
    else:
        take_back(ask(office, Right.OBJECTION), office)
        assert subscribed(office)
        ask(office, Right.OBJECTION)
    settle(office)
    assert not subscribed(office)


def test_what_the_stream_has_missed_is_taken_up_by_the_hourly_look(
    office: Office, clock: Clock, outbox: list[EmailMessage]
) -> None:
    post(office, "newsletter", choices=["newsletter"])
    taken_in(office)
    clock.forward(minutes=4)
    assert queue.watch(office).taken_up == 0
    clock.forward(minutes=2)
    assert [queue.watch(office).taken_up for _ in range(2)] == [1, 0]
    assert not subscribed(office)
    assert delivered(office, outbox) == ["We have stopped using your data"]


@pytest.mark.parametrize("email", [KARI, "nobody@example.com"])
def test_a_request_is_taken_up_once_however_often_it_is_told_of(
    office: Office, aws: Aws, email: str
) -> None:
    post(office, "newsletter", choices=["newsletter"])
    reference = taken_in(office, email=email)

    def other() -> None:
        assert receiving.take_up(reference, office)

    with aws.between("TransactWriteItems", other):
        assert not receiving.take_up(reference, office)
    assert not receiving.take_up(reference, office)
    assert len([one for one in aws.items() if one["sk"]["S"].startswith("MAIL#")]) == 1
    asked = store.asked(requests.read(reference))
    assert asked
    assert asked.details == "no more"
    assert len([one for one in aws.items() if "no more" in str(one)]) == 1


@pytest.mark.parametrize("takes_back", [False, True])
@pytest.mark.parametrize("writes", [1, 2])
def test_who_is_killed_while_taking_up_is_followed_by_another(
    office: Office, aws: Aws, takes_back: bool, writes: int
) -> None:
    def run() -> None:
        receiving.receive(Right.OBJECTION, KARI, office, language="en")

    post(office, "newsletter", choices=["newsletter"])
    with pytest.raises(Killed), aws.killed_after(writes):
        run()
    (reference,) = (
        one["pk"]["S"].removeprefix("REQ#") for one in aws.items() if one["sk"]["S"] == "REQUEST"
    )
    receiving.take_up(reference, office)
    assert not subscribed(office)
    if takes_back:
        with pytest.raises(Killed), aws.killed_after(writes):
            take_back(reference, office)
        receiving.take_up(reference, office)
        assert subscribed(office)
        assert suppressed(aws) == []


@STOPS
def test_what_is_taken_back_before_it_is_taken_up_stops_nothing(
    office: Office, aws: Aws, outbox: list[EmailMessage], right: Right
) -> None:
    post(office, "newsletter", choices=["newsletter"])
    before = access.report(KARI, office)
    reference = taken_in(office, right)
    receiving.withdraw(reference, office)
    assert receiving.take_up(reference, office)
    assert access.report(KARI, office) == before
    assert delivered(office, outbox) == ["Your request is taken back"]
    assert (suppressed(aws), "no more" in str(aws.items())) == ([], False)
    assert requests.read(reference).email == ""


def test_nothing_is_done_with_a_request_before_it_is_taken_up(
    office: Office, outbox: list[EmailMessage]
) -> None:
    post(office)
    reference = taken_in(office, Right.ACCESS)
    with pytest.raises(Conflict):
        requests.identify(reference, office, actor="privacy:1", because="by phone")
    proving.new_link(requests.read(reference), office)
    assert delivered(office, outbox) == []
    assert casework.is_for_staff(requests.read(reference)) is False
    receiving.take_up(reference, office)
    assert delivered(office, outbox) == ["Confirm your request"]


def test_what_staff_take_in_is_taken_up_at_once(office: Office) -> None:
    post(office)
    taken = receiving.receive(
        Right.ACCESS, KARI, office, language="en", channel=Channel.PHONE, actor="privacy:1"
    )
    assert (taken.pending, bool(taken.subject_id)) == (False, True)
