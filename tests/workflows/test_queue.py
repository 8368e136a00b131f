"""The queues: what waits for staff, what waits for its link, and what one look at them does."""

from collections.abc import Callable
from email.message import EmailMessage
from itertools import count
from typing import Any

import pytest

from shared.errors import NotFound
from shared.model.requests import Channel, Queue, RequestState, Right, Step
from shared.store import requests as store
from shared.wiring import Office
from shared.workflows import casework, letters, proving, queue, receiving, requests
from tests.stand_ins import Aws, Clock
from tests.workflows.submitting import KARI, post
from tests.workflows.test_requests import ask, delivered

REFILED = ("UNCONFIRMED", "CLOSED")


def confirm(reference: str, office: Office) -> None:
    proving.confirm(reference, letters.link_token(reference, 1, office), office)


def by_phone(office: Office) -> str:
    return receiving.receive(
        Right.RECTIFICATION, KARI, office, language="en", channel=Channel.PHONE, actor="privacy:1"
    ).reference


def listed(office: Office, where: Queue = Queue.OPEN) -> list[str]:
    return [one["reference"] for one in casework.waiting(office, queue=where)["requests"]]


def seconds(duties: int) -> Callable[[], float]:
    """Time for so many things, and then none."""
    asked = count()
    return lambda: 300.0 if next(asked) <= duties else 0.0


def test_what_nobody_has_confirmed_waits_apart_until_it_is(office: Office) -> None:
    opened = by_phone(office)
    strange, own = ask(office, Right.RECTIFICATION), ask(office, Right.RECTIFICATION)
    assert (listed(office), listed(office, Queue.UNCONFIRMED)) == ([opened], [strange, own])
    assert casework.waiting(office)["unconfirmed"] == 2
    confirm(own, office)
    assert (set(listed(office)), listed(office, Queue.UNCONFIRMED)) == ({opened, own}, [strange])
    requests.ask(strange, "who?", office, actor="privacy:1")
    assert casework.waiting(office)["unconfirmed"] == 0


def test_the_month_of_what_is_confirmed_late_has_run_since_it_came_in(
    office: Office, clock: Clock
) -> None:
    reference = ask(office, Right.RECTIFICATION)
    due = requests.deadline_of(requests.read(reference), office).due
    clock.forward(days=29)
    proving.new_link(requests.read(reference), office)
    proving.confirm(reference, letters.link_token(reference, 2, office), office)
    assert requests.deadline_of(requests.read(reference), office).due == due
    assert queue.watch(office).nearest_days == 1


def test_only_what_staff_can_act_on_is_open_overdue_or_near(office: Office, clock: Clock) -> None:
    ask(office)
    clock.forward(days=29)
    watched = queue.watch(office)
    assert (watched.open, watched.overdue, watched.nearest_days) == (0, 0, queue.FAR)
    assert (watched.unconfirmed, watched.reminded) == (1, 0)
    by_phone(office)
    assert queue.watch(office).open == 1


def test_of_what_nobody_has_confirmed_only_what_is_forgotten_is_read(
    office: Office, aws: Aws, clock: Clock, outbox: list[EmailMessage]
) -> None:
    first = ask(office)
    clock.forward(seconds=1)
    for _ in range(3):
        ask(office)
    delivered(office, outbox)
    clock.forward(days=30, seconds=-1)
    with aws.requests() as made:
        assert queue.watch(office).forgotten == 1
    read = {told["Key"]["pk"]["S"] for name, told in made if name == "GetItem"}
    assert {one for one in read if one.startswith("REQ#")} == {f"REQ#{first}"}
    assert "BatchGetItem" not in {name for name, _ in made}


def file_as_before(aws: Aws, sk: str) -> None:
    """As an earlier release did: everything under one name, by its day."""
    for item in aws.items():
        if item["sk"]["S"] == "REQUEST" and item.get("due_pk", {}).get("S") in REFILED:
            filed: dict[str, Any] = {**item, "due_pk": {"S": "REQ"}, "due_sk": {"S": sk}}
            aws.client.put_item(TableName=aws.table, Item=filed)


def places(aws: Aws) -> list[str]:
    return [
        item["due_pk"]["S"]
        for item in aws.items()
        if item["sk"]["S"] == "REQUEST" and "due_pk" in item
    ]


def test_what_an_earlier_release_has_filed_among_the_rest_files_itself_anew(
    office: Office, aws: Aws, clock: Clock
) -> None:
    post(office)
    ask(office)
    confirmed = ask(office, Right.ACCESS)
    confirm(confirmed, office)
    queue.watch(office)
    assert requests.read(confirmed).state is RequestState.ANSWERED
    file_as_before(aws, f"2026-12-22#{confirmed}")
    assert places(aws) == ["REQ", "REQ"]
    assert listed(office) == []
    watched = queue.watch(office)
    assert (watched.open, watched.nearest_days, watched.failed) == (0, queue.FAR, 0)
    assert sorted(places(aws)) == ["CLOSED", "UNCONFIRMED"]
    clock.forward(days=30)
    assert queue.watch(office).forgotten == 2


def test_letters_and_answers_come_before_reminders_and_what_has_no_time_waits(
    office: Office, clock: Clock
) -> None:
    post(office)
    slow = by_phone(office)
    requests.identify(slow, office, actor="privacy:1", because="by phone")
    clock.forward(days=30)
    confirm(ask(office), office)
    clock.forward(minutes=6)
    done = []
    for _ in range(4):
        watched = queue.watch(office, seconds(1))
        done.append((watched.sent, watched.answered, watched.reminded, watched.unfinished))
    assert done == [(1, 0, 0, 1), (1, 0, 0, 1), (0, 1, 0, 1), (0, 0, 1, 1)]
    assert queue.watch(office).unfinished == 0
    assert store.history(slow)[-1].step is Step.REMIND


def test_many_letters_leave_half_of_the_time_to_everything_else(
    office: Office, clock: Clock
) -> None:
    post(office)
    confirm(ask(office), office)
    for _ in range(3):
        ask(office, email="nobody@example.com")
    clock.forward(minutes=6)
    passed = count()
    watched = queue.watch(office, lambda: 300.0 - 80 * next(passed))
    assert (watched.sent, watched.answered, watched.unfinished) == (1, 1, 1)


@pytest.mark.parametrize("where", [Queue.OPEN, Queue.UNCONFIRMED])
def test_the_queue_is_paged_and_nothing_is_left_out_or_shown_twice(
    office: Office, clock: Clock, where: Queue
) -> None:
    take_in = by_phone if where is Queue.OPEN else ask
    taken = []
    for _ in range(5):
        taken.append(take_in(office))
        clock.forward(days=1)
    shown, after = [], ""
    for _ in range(3):
        found = casework.waiting(office, queue=where, after=after, most=2)
        shown.append([one["reference"] for one in found["requests"]])
        after = found["after"]
    assert (list(map(len, shown)), after) == ([2, 2, 1], "")
    assert sorted(one for page in shown for one in page) == sorted(taken)


@pytest.mark.parametrize("after", ["x", "2026-12-22", "2026-12-22#", "~" * 3000])
def test_where_no_page_ends_none_begins(office: Office, after: str) -> None:
    with pytest.raises(NotFound):
        casework.waiting(office, after=after)


def test_what_is_closed_with_a_download_waits_by_itself_and_is_forgotten(
    office: Office, aws: Aws, clock: Clock
) -> None:
    post(office)
    confirm(ask(office), office)
    queue.watch(office)
    assert (places(aws), listed(office)) == (["CLOSED"], [])
    clock.forward(days=7)
    assert (queue.watch(office).forgotten, places(aws)) == (1, [])
