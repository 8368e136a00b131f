"""Subject requests in bad company: the sweep, other requests, lost answers, and who kills us."""

import dataclasses
import json
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from email.message import EmailMessage
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from shared.errors import Conflict, Malformed, NotFound, Superseded
from shared.gateways import certificates
from shared.model.contacts import Visit
from shared.model.requests import Refusal, Right, Step
from shared.model.retention import Rule
from shared.policy import imports, retention
from shared.policy import requests as policy
from shared.store import requests as store
from shared.store import subjects
from shared.wiring import Office
from shared.workflows import (
    access,
    answers,
    erasures,
    events,
    letters,
    posting,
    proving,
    queue,
    receiving,
    requests,
    verifying,
)
from shared.workflows.events import Event
from shared.workflows.imports import Imported, take_in
from tests.conformance.auditing import oddities
from tests.stand_ins import WRITES, Aws, Clock, Killed
from tests.workflows.moving_people import move
from tests.workflows.submitting import KARI, post
from tests.workflows.test_erasures import DUE
from tests.workflows.test_requests import ask, confirm, delivered, take_back

KEY = b"c" * 32
KEYS = [certificates.public_key(KEY)]


# Every right -------------------------------------------------------------------------------------


def state(reference: str) -> str:
    return requests.read(reference).state


@pytest.mark.parametrize(
    ("right", "subjects"),
    [
        (Right.ACCESS, ["Confirm your request", "Your request is answered"]),
        (Right.PORTABILITY, ["Confirm your request", "Your request is answered"]),
        (Right.ERASURE, ["Confirm your request", "Your data is erased"]),
        (Right.OBJECTION, ["We have stopped using your data", "Your request is answered"]),
        (Right.WITHDRAWAL, ["We have stopped using your data", "Your data is erased"]),
    ],
)
def test_a_right_that_needs_no_staff_is_answered_by_itself(
    office: Office, outbox: list[EmailMessage], right: Right, subjects: list[str]
) -> None:
    post(office)
    reference = ask(office, right)
    delivered(office, outbox)
    confirm(reference, office)
    assert state(reference) == "answered"
    assert delivered(office, outbox) == subjects
    assert verifying.request(reference, office).whole


@pytest.mark.parametrize("right", [Right.RECTIFICATION, Right.RESTRICTION])
def test_a_right_that_needs_staff_waits_for_them(office: Office, right: Right) -> None:
    post(office)
    reference = ask(office, right)
    confirm(reference, office)
    assert state(reference) == "identified"


@pytest.mark.parametrize("right", [Right.ACCESS, Right.ERASURE, Right.OBJECTION, Right.WITHDRAWAL])
def test_of_whom_nothing_is_known_nothing_is_held(
    office: Office, outbox: list[EmailMessage], right: Right
) -> None:
    reference = ask(office, right)
    confirm(reference, office)
    stops = right in policy.STOPS
    told = "We will not use your address for marketing" if stops else "We hold nothing about you"
    assert told in delivered(office, outbox)
    assert state(reference) == "answered"
    if right is not Right.OBJECTION:
        assert store.history(reference)[-1].because == answers.NOTHING_HELD
    assert requests.read(reference).email == ""


def test_who_comes_between_asking_and_confirming_is_found(office: Office) -> None:
    reference = ask(office)
    post(office)
    confirm(reference, office)
    assert policy.formats(requests.read(reference), office.now())


@pytest.mark.parametrize("right", [Right.ACCESS, Right.ERASURE, Right.OBJECTION])
@pytest.mark.parametrize("taken_by_another", [True, False])
def test_who_has_given_an_address_up_is_not_identified_by_it(
    office: Office, clock: Clock, right: Right, taken_by_another: bool
) -> None:
    """Whoever reads the old mailbox had asked before the person changed address."""
    post(office, name="Kari")
    reference, moving = ask(office, right), ask(office, Right.RECTIFICATION)
    confirm(moving, office)
    move(moving, office, clock)
    with pytest.raises(NotFound):
        confirm(reference, office)
    if taken_by_another:
        post(office, name="Karianne")
    proving.new_link(requests.read(reference), office)
    link = requests.read(reference).link
    assert link
    proving.confirm(reference, letters.link_token(reference, link.number, office), office)
    answers.carry_out(reference, office)
    known = requests.read(reference)
    assert (known.state, bool(known.subject_id)) == (
        "answered",
        taken_by_another and right is not Right.ERASURE,
    )
    assert known.subject_id != events.find("kari@example.org", office)
    held = access.report("kari@example.org", office)
    assert "Kari" in {one.value for one in held.values}
    assert held.facts.open_requests == ()


def test_no_code_is_sent_to_an_address_that_was_given_up(office: Office, clock: Clock) -> None:
    post(office, name="Kari")
    reading, moving = ask(office), ask(office, Right.RECTIFICATION)
    for one in (reading, moving):
        confirm(one, office)
    move(moving, office, clock)
    with pytest.raises(Conflict):
        proving.new_code(requests.read(reading), office)


def test_a_step_out_of_turn_is_a_conflict(office: Office) -> None:
    reference = ask(office)
    with pytest.raises(Conflict):
        requests.reply(reference, "It is me", office)


# What is stopped at once -------------------------------------------------------------------------

STOPS = pytest.mark.parametrize("right", [Right.OBJECTION, Right.WITHDRAWAL])


def stored(aws: Aws) -> dict[tuple[str, str], dict[str, Any]]:
    """What there is besides requests, without what every write changes and the sweep mends."""
    passing = {"rev", "due_pk", "due_sk"}
    return {
        (one["pk"]["S"], one["sk"]["S"]): {name: one[name] for name in one.keys() - passing}
        for one in aws.items()
        if not one["pk"]["S"].startswith("REQ#") and not one["sk"]["S"].startswith("R#")
    }


def import_row(office: Office, email: str = KARI) -> Imported:
    row = {"Email": email, "First Name": "Kari", "Last Activity Date": "2026-11-20"}
    read = imports.read(row, office.statement, office.now())
    assert isinstance(read, imports.Row)
    return take_in(read, office)


@STOPS
def test_what_can_be_stopped_is_stopped_before_any_proof(
    office: Office, aws: Aws, right: Right
) -> None:
    post(office, "newsletter", choices=["newsletter", "marketing_phone"])
    with aws.calls() as made:
        reference = ask(office, right)
    assert [one for one in made if one in WRITES] == ["TransactWriteItems"] * 2
    held = access.report(KARI, office)
    refused = {one.purpose for one in held.consents if not one.granted}
    assert refused == set(policy.stopped(requests.read(reference), office.statement))
    assert held.rule is not Rule.SUBSCRIPTION
    assert import_row(office) is Imported.SUPPRESSED


def test_what_must_not_come_back_must_not_under_the_next_address(
    office: Office, clock: Clock
) -> None:
    post(office)
    confirm(ask(office, Right.OBJECTION), office)
    moving = ask(office, Right.RECTIFICATION)
    confirm(moving, office)
    assert import_row(office, "ola@example.org") is Imported.IMPORTED
    move(moving, office, clock)
    assert import_row(office, "kari@example.org") is Imported.SUPPRESSED
    assert import_row(office) is Imported.SUPPRESSED


@STOPS
def test_an_address_of_nobody_is_suppressed_too(office: Office, right: Right) -> None:
    ask(office, right)
    assert import_row(office) is Imported.SUPPRESSED


@STOPS
@pytest.mark.parametrize("ended_before", [False, True])
def test_an_undo_restores_just_what_was(
    office: Office, aws: Aws, clock: Clock, right: Right, ended_before: bool
) -> None:
    post(office, "newsletter", choices=["newsletter"])
    if ended_before:
        clock.forward(days=1)
        events.note(KARI, Event.UNSUBSCRIBE, office, at=clock.now())
        clock.forward(days=1)
        post(office, "newsletter", choices=["newsletter"])
    before = stored(aws)
    clock.forward(hours=1)
    reference = ask(office, right)
    assert stored(aws) != before
    receiving.undo(requests.read(reference), office)
    assert receiving.take_up(reference, office)
    assert stored(aws) == before
    assert receiving.undo(requests.read(reference), office).state == "withdrawn"


def test_an_undo_leaves_what_an_earlier_request_stopped(office: Office) -> None:
    post(office)
    confirm(ask(office, Right.OBJECTION), office)
    later = ask(office, Right.OBJECTION)
    take_back(later, office)
    assert state(later) == "withdrawn"
    assert import_row(office) is Imported.SUPPRESSED


def test_what_is_proved_holds_though_another_request_was_taken_back(office: Office) -> None:
    post(office, "newsletter", choices=["newsletter"])
    first, second = ask(office, Right.OBJECTION), ask(office, Right.OBJECTION)
    take_back(first, office)
    confirm(second, office)
    assert access.report(KARI, office).rule is not Rule.SUBSCRIPTION
    assert import_row(office) is Imported.SUPPRESSED


@STOPS
@pytest.mark.parametrize("first_back", [0, 1])
def test_what_two_requests_stop_goes_on_when_both_are_taken_back_and_not_before(
    office: Office, aws: Aws, clock: Clock, right: Right, first_back: int
) -> None:
    post(office, "newsletter", choices=["newsletter"])
    before = access.report(KARI, office)
    clock.forward(hours=1)
    both = [ask(office, right), ask(office, right)]
    take_back(both.pop(first_back), office)
    stopped = access.report(KARI, office)
    assert stopped.rule is not Rule.SUBSCRIPTION
    assert import_row(office) is Imported.SUPPRESSED
    take_back(both.pop(), office)
    assert access.report(KARI, office).facts == before.facts
    assert import_row(office) is not Imported.SUPPRESSED


@STOPS
def test_after_the_confirmation_nothing_is_undone(office: Office, right: Right) -> None:
    post(office)
    reference = ask(office, right)
    proving.confirm(reference, letters.link_token(reference, 1, office), office)
    for act in (
        lambda: receiving.undo(requests.read(reference), office),
        lambda: receiving.withdraw(reference, office),
    ):
        with pytest.raises(Conflict):
            act()
    answers.carry_out(reference, office)
    assert import_row(office) is Imported.SUPPRESSED


# Beside the sweep and everybody else -------------------------------------------------------------


def test_a_sweep_takes_whose_request_nobody_confirmed_and_not_whose_is_identified(
    office: Office, clock: Clock
) -> None:
    post(office)
    unconfirmed = ask(office, Right.RECTIFICATION)
    post(office, email="ola@example.com")
    identified = ask(office, Right.RECTIFICATION, "ola@example.com")
    confirm(identified, office)
    clock.set(DUE)
    assert erasures.sweep(office).erased == 1
    assert access.report("ola@example.com", office).rule is Rule.REQUEST_OPEN
    with pytest.raises(NotFound):
        access.report(KARI, office)
    assert requests.read(unconfirmed).refusal is Refusal.ERASED
    requests.refuse(identified, Refusal.UNFOUNDED, "no", office, actor="privacy:1")
    assert erasures.sweep(office).erased == 1


def customer(office: Office) -> None:
    events.note(KARI, Event.CUSTOMER_START, office, at=office.now())


def hold(office: Office, ground: str = "") -> None:
    subject = subjects.read(events.find(KARI, office))
    assert subject
    until = date(2031, 12, 31) if ground else None
    facts = retention.held(subject.facts, office.now(), "a claim", ground, until)
    subjects.replace(subject, facts, None)


def restrict(office: Office) -> None:
    subject = subjects.read(events.find(KARI, office))
    assert subject
    subjects.replace(subject, replace(subject.facts, restricted_since=office.now()), None)


@pytest.mark.parametrize("arriving", [customer, hold, restrict])
@pytest.mark.parametrize("call", range(4))
def test_what_has_to_be_kept_since_the_plan_is_kept(
    office: Office, aws: Aws, arriving: Callable[[Office], None], call: int
) -> None:
    """`call`: before which call of the erasure it arrives."""
    post(office, name="Kari", message="Hello")
    reference = ask(office, Right.ERASURE)
    proving.confirm(reference, letters.link_token(reference, 1, office), office)
    answers.plan(reference, office)
    with aws.at_call(call, lambda: arriving(office)), suppress(Superseded):
        answers.carry_out(reference, office)
    answers.carry_out(reference, office)
    assert state(reference) == "identified"
    assert not (requests.read(reference).scheme or pytest.fail("no plan")).whole
    assert "Kari" in {one.value for one in access.report(KARI, office).values}


def test_what_is_held_wholly_loses_nothing(office: Office) -> None:
    post(office, name="Kari", message="Hello")
    hold(office)
    before = access.report(KARI, office)
    reference = ask(office, Right.ERASURE)
    confirm(reference, office)
    answers.erase(reference, office, actor="privacy:1")
    after = access.report(KARI, office)
    assert (after.values, after.contacts) == (before.values, before.contacts)


def test_a_ground_that_comes_after_a_partial_plan_is_respected(office: Office) -> None:
    post(office, name="Kari", business="Bakery", position="Baker")
    hold(office, "accounting")
    reference = ask(office, Right.ERASURE)
    confirm(reference, office)
    hold(office)
    with pytest.raises(Superseded):
        answers.erase(reference, office, actor="privacy:1")
    assert "position" in {one.name for one in access.report(KARI, office).values}


@pytest.mark.parametrize("whole", [True, False])
def test_a_contact_after_the_plan_is_planned_for_or_left(
    office: Office, clock: Clock, whole: bool
) -> None:
    post(office, name="Kari", message="First")
    if not whole:
        customer(office)
    reference = ask(office, Right.ERASURE)
    proving.confirm(reference, letters.link_token(reference, 1, office), office)
    answers.plan(reference, office)
    clock.forward(hours=1)
    post(office, message="Second")
    if whole:
        with pytest.raises(Superseded):
            answers.carry_out(reference, office)
        answers.carry_out(reference, office)
        told = certificates.verify(requests.read(reference).certificate, KEYS)
        assert told["stores"][0]["found"]["interaction"] == 2
    else:
        answers.erase(reference, office, actor="privacy:1")
        messages = [one.value for one in access.report(KARI, office).values]
        assert ("Second" in messages, "First" in messages) == (True, False)


def test_two_workers_on_one_request_erase_once_and_certify_once(office: Office, aws: Aws) -> None:
    for call in range(9):
        email = f"kari{call}@example.com"
        post(office, email=email)
        reference = ask(office, Right.ERASURE, email)
        proving.confirm(reference, letters.link_token(reference, 1, office), office)
        with (
            aws.at_call(call, lambda reference=reference: answers.carry_out(reference, office)),
            suppress(Superseded),
        ):
            answers.carry_out(reference, office)
        steps = [one.step for one in store.history(reference)]
        assert (steps.count(Step.ANSWER), state(reference)) == (1, "answered")
    records = [one for one in aws.items() if one["pk"]["S"].startswith("TOMB#")]
    assert len(records) == 9


def test_an_erasure_is_planned_anew_where_the_address_was_corrected_since(
    office: Office, clock: Clock
) -> None:
    post(office)
    erasure, correction = ask(office, Right.ERASURE), ask(office, Right.RECTIFICATION)
    for reference in (erasure, correction):
        requests.identify(reference, office, actor="privacy:1", because="by phone")
    answers.plan(erasure, office)
    move(correction, office, clock)
    with pytest.raises(Superseded):
        answers.erase(erasure, office, actor="privacy:1")
    answers.erase(erasure, office, actor="privacy:1")
    assert state(erasure) == "answered"
    assert requests.read(erasure).certificate


# Killed anywhere ---------------------------------------------------------------------------------


def whole_erasure(office: Office) -> str:
    return ask(office, Right.ERASURE)


def partial_erasure(office: Office) -> str:
    customer(office)
    return ask(office, Right.ERASURE)


def withdrawal(office: Office) -> str:
    return ask(office, Right.WITHDRAWAL)


def an_access(office: Office) -> str:
    return ask(office)


def finish(reference: str, office: Office) -> None:
    proving.confirm(reference, letters.link_token(reference, 1, office), office)
    queue.watch(office)
    if state(reference) == "identified":
        answers.erase(reference, office, actor="privacy:1")


@pytest.mark.parametrize("begin", [whole_erasure, partial_erasure, withdrawal, an_access])
def test_killed_after_any_write_it_is_finished_by_the_next_look(
    office: Office,
    aws: Aws,
    clock: Clock,
    outbox: list[EmailMessage],
    begin: Callable[[Office], str],
) -> None:
    for writes in count(1):
        post(office, name="Kari", message="Hello", choices=["newsletter"])
        reference, killed = begin(office), False
        try:
            with aws.killed_after(writes):
                finish(reference, office)
        except Killed:
            killed = True
            clock.forward(minutes=6)
            finish(reference, office) if state(reference) in policy.OPEN else queue.watch(office)
        assert (state(reference), verifying.request(reference, office).whole) == ("answered", True)
        delivered(office, outbox)
        odd = [one for one in oddities(aws, office) if "address" not in one]
        assert odd == []
        if begin in {whole_erasure, withdrawal}:
            assert not [one for one in aws.items() if one["pk"]["S"].startswith(("S#", "E#"))]
        if not killed:
            break
    assert writes > (2 if begin is an_access else 4)


@pytest.mark.parametrize("seed", range(2))
def test_through_lost_answers_and_conflicts_every_request_is_answered(
    office: Office, aws: Aws, clock: Clock, outbox: list[EmailMessage], seed: int
) -> None:
    rights = [Right.ACCESS, Right.ERASURE, Right.WITHDRAWAL, Right.OBJECTION]
    references = []
    for number, right in enumerate(rights):
        email = f"kari{number}@example.com"
        post(office, email=email, choices=["newsletter"])
        reference = ask(office, right, email)
        proving.confirm(reference, letters.link_token(reference, 1, office), office)
        references.append(reference)
    with aws.faulty(seed, conflict=4, unanswered=4):
        for _ in range(8):
            clock.forward(minutes=6)
            queue.watch(office)
    clock.forward(minutes=6)
    queue.watch(office)
    assert {state(one) for one in references} == {"answered"}
    assert {str(one["To"]) for one in outbox} >= {f"kari{one}@example.com" for one in range(4)}
    assert oddities(aws, office) == []


def test_taken_back_half_way_an_erasure_is_finished_by_the_sweep(office: Office, aws: Aws) -> None:
    post(office)
    reference = ask(office, Right.ERASURE)
    proving.confirm(reference, letters.link_token(reference, 1, office), office)
    erasures.sweep(office)
    with suppress(Killed), aws.killed_after(3):
        answers.carry_out(reference, office)
    take_back(reference, office)
    assert erasures.sweep(office).erased == 1
    assert oddities(aws, office) == []


def test_a_mail_that_cannot_be_sent_keeps_no_other_back_and_is_given_up(
    office: Office, aws: Aws, clock: Clock
) -> None:
    sent: list[str] = []

    def send(message: EmailMessage) -> None:
        if "kari" in str(message["To"]):
            raise OSError
        sent.append(str(message["To"]))

    choosy = dataclasses.replace(office, send=send)
    for number in range(3):
        ask(choosy, email=f"ola{number}@example.com")
        ask(choosy, email=f"kari{number}@example.com")
    clock.forward(minutes=6)
    watched = queue.watch(choosy)
    assert (watched.sent, watched.failed, len(sent)) == (3, 3, 3)
    letters_left = [one for one in aws.items() if one["sk"]["S"].startswith("MAIL#")]
    assert len(letters_left) == 3
    latest = (clock.now() + timedelta(days=30)).timestamp()
    assert all(int(one["ttl"]["N"]) <= latest for one in letters_left)


def test_a_letter_is_sent_once_if_nothing_is_killed_and_twice_at_most(
    office: Office, aws: Aws, outbox: list[EmailMessage]
) -> None:
    ask(office)
    (posted,) = store.unsent(office.now() + timedelta(seconds=1))
    with aws.between("DeleteItem", lambda: None), suppress(Killed):
        posting.deliver(posted.letter.reference, posted.sk, office)
    assert not posting.deliver(posted.letter.reference, posted.sk, office)
    assert len(outbox) == 1


# The queue ---------------------------------------------------------------------------------------


def test_staff_are_reminded_fourteen_seven_and_two_days_before_and_then_every_day(
    office: Office, clock: Clock
) -> None:
    post(office)
    reference = ask(office, Right.RECTIFICATION)
    confirm(reference, office)
    due = requests.deadline_of(requests.read(reference), office).due
    assert due
    told = []
    for _ in range(40):
        left = (due - retention.local_day(clock.now(), office.statement.retention)).days
        reminded = [queue.watch(office).reminded for _ in range(2)]
        assert reminded[1] == 0
        if reminded[0]:
            told.append(left)
        clock.forward(days=1)
    assert told[:4] == [14, 7, 2, 0]
    assert told[3:] == list(range(0, told[-1] - 1, -1))
    assert queue.watch(office).overdue == 1


def test_who_is_answered_on_a_day_of_reminders_counts_as_no_failure(
    office: Office, clock: Clock
) -> None:
    post(office)
    reference = ask(office)
    proving.confirm(reference, letters.link_token(reference, 1, office), office)
    due = requests.deadline_of(requests.read(reference), office).due
    assert due
    clock.forward(days=(due - date(2026, 11, 22)).days - 2)
    watched = queue.watch(office)
    assert (watched.answered, watched.reminded, watched.failed) == (1, 0, 0)


def addressed(aws: Aws) -> list[dict[str, Any]]:
    """Requests and letters that hold an address."""
    return [
        one
        for one in aws.items()
        if one["pk"]["S"].startswith("REQ#") and "example.com" in str(one)
    ]


@pytest.mark.parametrize("asks", [True, False])
@pytest.mark.parametrize("call", range(4))
def test_what_is_confirmed_or_answered_at_the_last_moment_is_not_forgotten(
    office: Office, aws: Aws, clock: Clock, asks: bool, call: int
) -> None:
    """`call`: before which call of the look it comes."""
    post(office)
    reference = ask(office, Right.RECTIFICATION)
    if asks:
        requests.ask(reference, "who?", office, actor="privacy:1")

    def act() -> None:
        if asks:
            requests.reply(reference, "me", office)
        else:
            requests.identify(reference, office, actor="data subject", because="by the link")

    clock.forward(days=30, hours=1)
    with aws.at_call(call, act):
        watched = queue.watch(office)
    assert state(reference) == ("received" if asks else "identified")
    assert (watched.forgotten, watched.failed) == (0, 0)


def test_an_answer_about_identity_is_kept_while_its_request_is_open(
    office: Office, aws: Aws
) -> None:
    reference = ask(office)
    requests.ask(reference, "Which Kari?", office, actor="privacy:1")
    requests.reply(reference, "Kari of Oslo", office)
    asked = store.asked(requests.read(reference))
    assert asked
    assert asked.details == "Kari of Oslo"
    requests.refuse(reference, Refusal.NOT_IDENTIFIED, "no", office, actor="privacy:1")
    assert "Oslo" not in str(aws.items())


@pytest.mark.parametrize("call", range(5))
def test_an_answer_that_comes_too_late_is_kept_nowhere(office: Office, aws: Aws, call: int) -> None:
    """`call`: before which call of the answer the request is refused."""
    reference = receiving.receive(
        Right.ACCESS, KARI, office, language="en", details="I am Kari"
    ).reference
    requests.ask(reference, "Which Kari?", office, actor="privacy:1")

    def refuse() -> None:
        reason = Refusal.NOT_IDENTIFIED
        requests.refuse(reference, reason, "no", office, actor="privacy:1")

    with aws.at_call(call, refuse), suppress(Conflict):
        requests.reply(reference, "Kari of Oslo", office)
    if state(reference) == "received":
        refuse()
    assert "Oslo" not in str(aws.items())


def test_what_nobody_confirms_is_forgotten_with_its_address(
    office: Office, aws: Aws, clock: Clock, outbox: list[EmailMessage]
) -> None:
    reference = ask(office)
    delivered(office, outbox)
    clock.forward(days=30, seconds=-1)
    assert queue.watch(office).forgotten == 0
    assert addressed(aws)
    clock.forward(seconds=1)
    assert queue.watch(office).forgotten == 1
    assert (state(reference), addressed(aws), len(outbox)) == ("refused", [], 1)


def test_after_the_week_of_the_download_the_address_is_gone(
    office: Office, aws: Aws, clock: Clock, outbox: list[EmailMessage]
) -> None:
    post(office)
    reference = ask(office)
    confirm(reference, office)
    delivered(office, outbox)
    clock.forward(days=7, seconds=-1)
    queue.watch(office)
    assert addressed(aws)
    clock.forward(seconds=1)
    assert queue.watch(office).forgotten == 1
    assert (state(reference), addressed(aws), queue.watch(office).forgotten) == ("answered", [], 0)


def test_once_erased_no_item_holds_address_or_name_whatever_else_was_asked(
    office: Office, aws: Aws, outbox: list[EmailMessage]
) -> None:
    post(office, name="Kari Nordmann", message="I am Kari Nordmann")
    confirm(ask(office), office)
    confirm(ask(office, Right.ERASURE), office)
    queue.watch(office)
    delivered(office, outbox)
    assert not [one for one in aws.items() if "kari" in str(one).lower()]


def test_the_file_of_a_request_goes_whole_three_years_after_it_was_closed(
    office: Office, aws: Aws, clock: Clock, outbox: list[EmailMessage]
) -> None:
    post(office)
    reference = ask(office, Right.RECTIFICATION)
    confirm(reference, office)
    for _ in range(3):
        clock.forward(days=10)
        queue.watch(office)
    delivered(office, outbox)
    assert not [one for one in aws.items() if one["pk"]["S"] == f"REQ#{reference}" and "ttl" in one]
    requests.answer(reference, office, actor="privacy:1", because="corrected")
    delivered(office, outbox)
    found = {one["ttl"]["N"] for one in aws.items() if one["pk"]["S"] == f"REQ#{reference}"}
    closed_on = retention.local_day(clock.now(), office.statement.retention)
    law = office.statement.retention
    expected = retention.ttl_of(closed_on.replace(year=closed_on.year + 3), law)
    assert found == {str(int(expected.timestamp()))}


# Certificates ------------------------------------------------------------------------------------

WORDS = st.text(st.characters(categories=["L", "N"]), min_size=6, max_size=12).map("Ø{}".format)


def certificate_of(office: Office, **sent: Any) -> str:
    post(office, **sent)
    reference = ask(office, Right.ERASURE)
    confirm(reference, office)
    return requests.read(reference).certificate


@settings(
    max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.fixed_dictionaries({"name": WORDS, "message": WORDS, "business": WORDS}))
def test_a_certificate_holds_nothing_of_the_person(office: Office, sent: dict[str, str]) -> None:
    file = certificate_of(office, **sent)
    assert not [one for one in (*sent.values(), KARI, "192.0.2.7") if one in file]


@settings(
    max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.data())
def test_a_changed_certificate_does_not_verify(office: Office, data: st.DataObject) -> None:
    signed = certificates.sign({"whole": True, "kept": [], "left": 0, "at": "2026"}, b"c" * 32)
    assert certificates.verify(signed, KEYS)["whole"]
    content = json.loads(signed)
    name = data.draw(st.sampled_from(sorted(content["certificate"])))
    other = data.draw(st.integers() | st.text() | st.booleans() | st.lists(st.integers()))
    before = content["certificate"][name]
    content["certificate"][name] = other
    if json.dumps(other) != json.dumps(before):
        with pytest.raises(Malformed):
            certificates.verify(json.dumps(content), KEYS)
    with pytest.raises(Malformed):
        certificates.verify(signed, [certificates.public_key(b"d" * 32)])


# What it costs -----------------------------------------------------------------------------------


def fifty_items(office: Office) -> None:
    for number in range(24):
        then = office.now() - timedelta(hours=23 - number)
        earlier = dataclasses.replace(office, now=Clock(then).now)
        post(earlier, visit=Visit(), message=f"{number}", choices=["marketing_email"])


def test_an_access_reads_the_partition_once_and_the_trail_once(office: Office, aws: Aws) -> None:
    fifty_items(office)
    confirm(ask(office), office)
    with aws.calls() as made:
        access.report_of(events.find(KARI, office), "en", office)
    assert Counter(made) == {"GetItem": 1, "Query": 2}


def test_an_erasure_of_fifty_items_takes_four_writes(
    office: Office, aws: Aws, outbox: list[EmailMessage]
) -> None:
    fifty_items(office)
    reference = ask(office, Right.ERASURE)
    delivered(office, outbox)
    proving.confirm(reference, letters.link_token(reference, 1, office), office)
    with aws.calls() as made:
        answers.carry_out(reference, office)
    written = Counter(one for one in made if one in WRITES)
    bookkeeping = Counter(
        {"TransactWriteItems": 2, "UpdateItem": 1, "PutItem": 1}
    )  # plan, answer; suppression, audit
    assert sum((written - bookkeeping).values()) <= 4, made
