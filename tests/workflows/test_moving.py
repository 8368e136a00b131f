"""An address is moved after a day to object, and nothing from before opens a thing."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from email.message import EmailMessage

import pytest
from msgspec.structs import replace

from shared.errors import Conflict, NotFound
from shared.model.requests import Refusal, RequestState, Right, Step
from shared.store import requests as store
from shared.wiring import Office
from shared.workflows import (
    access,
    auditing,
    events,
    letters,
    moving,
    proving,
    queue,
    receiving,
    requests,
    verifying,
)
from tests.stand_ins import Aws, Clock, Killed
from tests.workflows.moving_people import NEW, STAFF, move, propose, prove
from tests.workflows.submitting import KARI, post
from tests.workflows.test_requests import ask, confirm, delivered

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def asked(office: Office) -> str:
    """A correction that is identified, of somebody with a name."""
    post(office, name="Kari")
    reference = ask(office, Right.RECTIFICATION)
    confirm(reference, office)
    return reference


def found_by(email: str, office: Office) -> bool:
    try:
        events.find(email, office)
    except NotFound:
        return False
    return True


def is_moved(office: Office) -> bool:
    """By exactly one of the two addresses she is found."""
    by_new = found_by(NEW, office)
    assert found_by(KARI, office) is not by_new
    return by_new


def object_to(reference: str, office: Office) -> None:
    token = letters.objection_token(reference, office)
    moving.object_to(proving.by_link(reference, token, office), office)


# Held --------------------------------------------------------------------------------------------


def test_both_addresses_are_written_to_and_neither_mail_names_anybody(
    office: Office, outbox: list[EmailMessage]
) -> None:
    reference = asked(office)
    delivered(office, outbox)
    outbox.clear()
    propose(reference, office)
    delivered(office, outbox)
    told = {str(one["To"]): one.get_body(("plain",)).get_content() for one in outbox}  # type: ignore[union-attr]
    assert set(told) == {KARI, NEW}
    link, objection = (
        letters.link_token(reference, 2, office),
        letters.objection_token(reference, office),
    )
    assert f"/confirm/{reference}/{link}\n" in told[NEW]
    assert f"/confirm/{reference}/{objection}\n" in told[KARI]
    assert "1 day" in told[KARI]
    assert (objection in told[NEW], link in told[KARI]) == (False, False)
    assert all(word not in text for word in ("Kari", KARI, NEW) for text in told.values())


@pytest.mark.parametrize(
    ("period", "passed", "moves"),
    [
        ("1 day", DAY - SECOND, False),
        ("1 day", DAY, True),
        ("1 day", DAY + SECOND, True),
        ("3 days", 3 * DAY - SECOND, False),
        ("3 days", 3 * DAY, True),
    ],
)
def test_it_is_moved_by_the_first_look_after_the_statements_time_to_object(
    office: Office, clock: Clock, period: str, passed: timedelta, moves: bool
) -> None:
    reference = asked(office)
    website = replace(office.statement.website, move_held_for=period)
    object.__setattr__(office, "statement", replace(office.statement, website=website))
    propose(reference, office)
    clock.forward(days=1)
    prove(reference, office)
    clock.set(clock.now() + passed)
    assert queue.watch(office).answered == moves
    assert is_moved(office) is moves
    assert requests.read(reference).state == ("answered" if moves else "identified")


def test_who_does_not_prove_the_new_address_keeps_the_old_one(office: Office, clock: Clock) -> None:
    reference = asked(office)
    propose(reference, office)
    clock.forward(days=2)
    assert not moving.carry_out(reference, office)
    assert not is_moved(office)


def test_each_step_is_in_the_history_with_whose_it_was(
    office: Office, clock: Clock, outbox: list[EmailMessage]
) -> None:
    reference = asked(office)
    propose(reference, office)
    prove(reference, office)
    prove(reference, office)
    assert not is_moved(office)
    clock.forward(days=1)
    outbox.clear()
    assert queue.watch(office).answered == 1
    assert queue.watch(office).answered == 0
    steps = [(one.step, one.actor, one.because) for one in store.history(reference)[2:]]
    assert steps == [
        (Step.PLAN, STAFF, "as asked"),
        (Step.PROVE, "data subject", moving.PROVED),
        (Step.MOVE, "system", moving.UNOPPOSED),
        (Step.ANSWER, "system", moving.PROVED),
    ]
    delivered(office, outbox)
    answered = [one for one in outbox if "is answered" in str(one["Subject"])]
    assert [one["To"] for one in answered] == [NEW]
    assert verifying.request(reference, office).whole
    whose = events.find(NEW, office)
    assert auditing.verify(whose, office).whole
    assert access.report(NEW, office).facts.open_requests == ()


# Objected to -------------------------------------------------------------------------------------


@pytest.mark.parametrize("proved", [False, True])
def test_whoever_reads_the_old_address_keeps_it(office: Office, clock: Clock, proved: bool) -> None:
    reference = asked(office)
    propose(reference, office)
    if proved:
        prove(reference, office)
    object_to(reference, office)
    object_to(reference, office)
    steps = [(one.step, one.actor) for one in store.history(reference)]
    assert steps[-1] == (Step.OBJECT, "data subject")
    assert steps.count(steps[-1]) == 1
    clock.forward(days=2)
    queue.watch(office)
    assert not is_moved(office)
    assert requests.read(reference).state == "identified"


def test_no_link_is_good_after_an_objection_and_staff_can_begin_anew(
    office: Office, clock: Clock
) -> None:
    reference = asked(office)
    propose(reference, office)
    object_to(reference, office)
    for number in (1, 2):
        with pytest.raises(NotFound):
            proving.by_link(reference, letters.link_token(reference, number, office), office)
    move(reference, office, clock)
    assert is_moved(office)


def test_what_was_moved_is_objected_to_no_longer(office: Office, clock: Clock) -> None:
    reference = asked(office)
    move(reference, office, clock)
    with pytest.raises(Conflict):
        object_to(reference, office)
    assert store.history(reference)[-1].step is Step.ANSWER


@pytest.mark.parametrize("call", [0, 3, 5, 6, 9, 11, 13])
def test_an_objection_that_comes_while_it_is_moved_either_stops_it_or_is_refused(
    office: Office, aws: Aws, clock: Clock, call: int
) -> None:
    reference = asked(office)
    propose(reference, office)
    prove(reference, office)
    clock.forward(days=1)
    refused: list[Conflict] = []

    def object_now() -> None:
        try:
            object_to(reference, office)
        except Conflict as refusal:
            refused.append(refusal)

    with aws.at_call(call, object_now), suppress(Conflict):
        moving.carry_out(reference, office)
    queue.watch(office)
    objected = Step.OBJECT in [one.step for one in store.history(reference)]
    assert is_moved(office) is bool(refused) is not objected


@pytest.mark.parametrize("ends", ["withdrawn", "refused", "doubted"])
def test_what_is_closed_or_doubted_meanwhile_is_not_moved(
    office: Office, clock: Clock, ends: str
) -> None:
    reference = asked(office)
    propose(reference, office)
    prove(reference, office)
    if ends == "withdrawn":
        receiving.withdraw(reference, office)
    elif ends == "refused":
        requests.refuse(reference, Refusal.UNFOUNDED, "no", office, actor=STAFF)
    else:
        requests.ask(reference, "Is it you?", office, actor=STAFF)
    clock.forward(days=2)
    assert queue.watch(office).failed == 0
    assert not is_moved(office)


def test_who_is_known_by_the_new_address_by_now_stays_apart(office: Office, clock: Clock) -> None:
    reference = asked(office)
    propose(reference, office)
    prove(reference, office)
    clock.forward(days=1)
    post(office, email=NEW, name="Karianne")
    assert (queue.watch(office).failed, queue.watch(office).failed) == (0, 0)
    last = store.history(reference)[-1]
    assert (last.step, last.actor, last.because) == (Step.PLAN, "system", moving.TAKEN)
    assert access.report(KARI, office).subject != access.report(NEW, office).subject
    assert requests.read(reference).state is RequestState.IDENTIFIED


def test_who_is_erased_meanwhile_is_not_moved_and_the_request_is_closed(
    office: Office, clock: Clock
) -> None:
    reference = asked(office)
    propose(reference, office)
    prove(reference, office)
    erasure = ask(office, Right.ERASURE)
    confirm(erasure, office)
    clock.forward(days=1)
    assert queue.watch(office).failed == 0
    assert requests.read(reference).refusal is Refusal.ERASED
    assert not found_by(NEW, office)


# Killed anywhere ---------------------------------------------------------------------------------


@pytest.mark.parametrize("writes", range(1, 6))
def test_killed_after_any_write_the_next_look_moves_and_answers_once(
    office: Office, aws: Aws, clock: Clock, writes: int
) -> None:
    reference = asked(office)
    reading = ask(office)
    confirm(reading, office)
    propose(reference, office)
    prove(reference, office)
    clock.forward(days=1)
    with suppress(Killed), aws.killed_after(writes):
        queue.watch(office)
    clock.forward(hours=1)
    assert queue.watch(office).failed == 0
    assert is_moved(office)
    steps = [one.step for one in store.history(reference)]
    assert (steps.count(Step.MOVE), steps.count(Step.ANSWER)) == (1, 1)
    assert verifying.request(reference, office).whole
    corrected = [one for one in auditing.trail(events.find(NEW, office)) if one.fields]
    assert [one.event for one in corrected] == ["corrected"]


# From before -------------------------------------------------------------------------------------


def test_a_code_from_before_the_move_downloads_nothing(office: Office, clock: Clock) -> None:
    reading, reference = ask_twice(office)
    propose(reference, office)
    prove(reference, office)
    clock.forward(days=1, minutes=-1)
    proving.new_code(requests.read(reading), office)
    code = letters.code_of(reading, 1, office)
    proving.try_code(requests.read(reading), code, office)
    clock.forward(minutes=1)
    assert moving.carry_out(reference, office)
    with pytest.raises(Conflict):
        proving.try_code(requests.read(reading), code, office)


def test_a_code_downloads_nothing_where_the_move_was_killed_before_it_was_dropped(
    office: Office, aws: Aws, clock: Clock
) -> None:
    reading, reference = ask_twice(office)
    propose(reference, office)
    prove(reference, office)
    clock.forward(days=1)
    proving.new_code(requests.read(reading), office)
    with suppress(Killed), aws.killed_after(2):
        moving.carry_out(reference, office)
    assert is_moved(office)
    with pytest.raises(Conflict):
        proving.try_code(requests.read(reading), letters.code_of(reading, 1, office), office)


def ask_twice(office: Office) -> tuple[str, str]:
    """Data to be read, and a correction: both identified."""
    reference = asked(office)
    reading = ask(office)
    confirm(reading, office)
    return reading, reference


@pytest.mark.parametrize("right", list(Right))
def test_a_link_from_before_the_move_confirms_nothing(
    office: Office, clock: Clock, right: Right
) -> None:
    reference, unproved = asked(office), ask(office, right)
    propose(reference, office)
    prove(reference, office)
    clock.forward(days=1)
    proving.new_link(requests.read(unproved), office)
    assert moving.carry_out(reference, office)
    for number in (1, 2):
        with pytest.raises(NotFound):
            proving.confirm(unproved, letters.link_token(unproved, number, office), office)
    assert requests.read(unproved).state == "received"


def test_what_was_proved_before_the_move_is_answered_to_the_new_address(
    office: Office, clock: Clock, outbox: list[EmailMessage]
) -> None:
    reference = asked(office)
    reading = ask(office, Right.RESTRICTION)
    confirm(reading, office)
    move(reference, office, clock)
    delivered(office, outbox)
    outbox.clear()
    requests.extend(reading, "many", office, actor=STAFF)
    delivered(office, outbox)
    assert [one["To"] for one in outbox] == [NEW]


def test_others_keep_their_codes(office: Office, clock: Clock) -> None:
    reference = asked(office)
    post(office, email="ola@example.com")
    other = ask(office, email="ola@example.com")
    confirm(other, office)
    propose(reference, office)
    prove(reference, office)
    clock.forward(days=1)
    proving.new_code(requests.read(other), office)
    assert moving.carry_out(reference, office)
    proving.try_code(requests.read(other), letters.code_of(other, 1, office), office)


# Left alone --------------------------------------------------------------------------------------


def begun_moving(office: Office, clock: Clock) -> str:
    """Its person is found by the new address already, and the rest is still to be done."""
    reference = asked(office)
    propose(reference, office)
    prove(reference, office)
    clock.forward(days=1)
    begun = replace(requests.read(reference), moves=True)
    requests.write(begun, office)
    return reference


@pytest.mark.parametrize(
    "leave",
    [
        receiving.withdraw,
        lambda one, office: requests.ask(one, "Who?", office, actor=STAFF),
        lambda one, office: requests.refuse(one, Refusal.UNFOUNDED, "x", office, actor=STAFF),
    ],
)
def test_a_move_that_has_begun_is_carried_out_and_nothing_else(
    office: Office, clock: Clock, leave: Callable[[str, Office], object]
) -> None:
    reference = begun_moving(office, clock)
    with pytest.raises(Conflict):
        leave(reference, office)
    assert moving.carry_out(reference, office)
    assert is_moved(office)


def test_whoever_reads_the_new_address_takes_no_request_back(office: Office) -> None:
    reference = asked(office)
    propose(reference, office)
    requests.ask(reference, "Who?", office, actor=STAFF)
    known = proving.by_link(reference, letters.link_token(reference, 2, office), office)
    with pytest.raises(Conflict):
        receiving.undo(known, office)
    assert requests.read(reference).state is RequestState.PAUSED
