"""A write whose answer is lost, and that is carried out again, is known for one's own."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from email.message import EmailMessage

import pytest

from shared.errors import NotFound
from shared.model.audit import AuditEvent, Noted
from shared.model.requests import Refusal, RequestState, Right
from shared.model.staff import Staff
from shared.store import requests as store
from shared.store.requests import Written
from shared.wiring import Office
from shared.workflows import (
    access,
    answers,
    auditing,
    casework,
    changes,
    events,
    inbox,
    proving,
    receiving,
    requests,
    verifying,
)
from shared.workflows.events import Event
from tests.stand_ins import Aws, Clock
from tests.workflows import moving_people
from tests.workflows.submitting import KARI, post
from tests.workflows.test_requests import ask, confirm, delivered

STAFF = "privacy:1"


def steps(reference: str) -> list[str]:
    return [str(one.step) for one in store.history(reference)]


def noted(office: Office) -> list[str]:
    return [str(one.because or one.event) for one in auditing.trail(events.find(KARI, office))]


def letters_of(reference: str, office: Office) -> list[str]:
    late = store.unsent(office.now() + timedelta(seconds=1))
    return sorted(one.letter.name for one in late if one.letter.reference == reference)


def test_each_step_is_taken_once_and_told_as_taken(office: Office, aws: Aws) -> None:
    post(office)
    with aws.twice():
        reference = ask(office, Right.RECTIFICATION)
        requests.ask(reference, "who?", office, actor=STAFF)
        requests.reply(reference, "me", office)
        requests.identify(reference, office, actor=STAFF, because="by phone")
        casework.hold(reference, "a claim", "", office, actor=STAFF)
        casework.release(reference, "settled", office, actor=STAFF)
        requests.extend(reference, "many", office, actor=STAFF)
        requests.refuse(reference, Refusal.UNFOUNDED, "no", office, actor=STAFF)
    taken = ["ask", "reply", "identify", "hold", "release", "extend", "refuse"]
    assert steps(reference) == ["receive", *taken]
    taken.remove("reply")
    assert noted(office) == taken
    assert letters_of(reference, office) == ["confirm", "extended", "question", "refused"]
    assert verifying.request(reference, office).whole


@pytest.mark.parametrize("right", [Right.ACCESS, Right.ERASURE, Right.OBJECTION])
def test_a_request_is_carried_out_once(
    office: Office, aws: Aws, outbox: list[EmailMessage], right: Right
) -> None:
    post(office, choices=["newsletter"])
    with aws.twice():
        reference = ask(office, right)
        delivered(office, outbox)
        confirm(reference, office)
        assert requests.read(reference).state is RequestState.ANSWERED
        sent = delivered(office, outbox)
    assert (steps(reference).count("answer"), len(sent)) == (1, 2)
    assert verifying.request(reference, office).whole


def test_what_is_taken_back_is_taken_back_once(office: Office, aws: Aws) -> None:
    post(office, choices=["newsletter"])
    with aws.twice():
        reference = ask(office, Right.OBJECTION)
        receiving.withdraw(reference, office)
        receiving.take_up(reference, office)
    assert steps(reference) == ["receive", "withdraw"]
    assert access.report(KARI, office).facts.subscribed_since


def test_a_wrong_guess_uses_up_one_try_and_a_code_one_download(office: Office, aws: Aws) -> None:
    post(office)
    reference = ask(office)
    with aws.twice():
        confirm(reference, office)
        proving.new_code(requests.read(reference), office)
        with suppress(NotFound):
            proving.try_code(requests.read(reference), "wrong", office)
        code = requests.read(reference).code
        assert code
        assert code.tries == 4
        proving.use_code(requests.read(reference), office)
    assert requests.read(reference).downloads == 1
    assert steps(reference).count("download") == 1


def test_another_ones_equal_write_is_not_ones_own(office: Office) -> None:
    """Two wrong guesses at one instant write the same: the second is told."""
    request = requests.read(ask(office))
    one = Written(request=request, queued=requests.queued(request, office), at=office.now())
    assert [store.write(one), store.write(one)] == [True, False]


def test_a_restriction_is_begun_and_lifted_once(
    office: Office, aws: Aws, outbox: list[EmailMessage]
) -> None:
    post(office)
    with aws.twice():
        reference = ask(office, Right.RESTRICTION)
        requests.identify(reference, office, actor=STAFF, because="by phone")
        changes.restrict(reference, "checked", office, actor=STAFF)
        changes.announce_lifting(reference, "done", office, actor=STAFF)
        delivered(office, outbox)
    assert noted(office) == ["identify", "restricted", "lift", "lifted"]
    assert access.report(KARI, office).facts.restricted_since is None


def test_an_address_is_moved_once(office: Office, aws: Aws, clock: Clock) -> None:
    post(office, name="Kari")
    with aws.twice():
        reference = ask(office, Right.RECTIFICATION)
        requests.identify(reference, office, actor=STAFF, because="by phone")
        sent = {"email": "k@example.org", "name": "Eva"}
        casework.answer(reference, "as asked", sent, office, actor=STAFF)
        moving_people.carry_out(reference, office, clock)
    trail = auditing.trail(events.find("k@example.org", office))
    assert [one.event for one in trail].count(AuditEvent.CORRECTED) == 2


HAPPENED = [
    *((event,) for event in Event if event not in {Event.CUSTOMER_END, Event.RELEASE}),
    (Event.CUSTOMER_START, Event.CUSTOMER_END),
    (Event.HOLD, Event.RELEASE),
]


@pytest.mark.parametrize("happened", HAPPENED)
def test_what_is_noted_is_noted_once(
    office: Office, aws: Aws, clock: Clock, happened: tuple[Event, ...]
) -> None:
    post(office, choices=["newsletter"])
    clock.forward(days=1)

    def record(subject_id: str) -> auditing.Prepared:
        one = Noted(event=AuditEvent.NOTED, actor=STAFF, at=clock.now(), values={"because": "x"})
        return auditing.prepare(subject_id, one, office)

    for event in happened:
        with aws.twice():
            events.note(KARI, event, office, at=clock.now(), because="a claim", record=record)
    assert len(access.report(KARI, office).contacts) == 1 + len(happened)
    assert len(noted(office)) == len(happened)


@pytest.mark.parametrize("event", [Event.PHONE, Event.CUSTOMER_END, Event.UNSUBSCRIBE])
def test_what_staff_send_again_with_its_time_is_noted_once(
    office: Office, clock: Clock, event: Event
) -> None:
    post(office, choices=["newsletter"])
    events.note(KARI, Event.CUSTOMER_START, office, at=clock.now())
    clock.forward(days=1)
    told = [events.note(KARI, event, office, at=clock.now()) for _ in range(2)]
    assert told[0] == told[1]
    assert len(access.report(KARI, office).contacts) == 3


@pytest.mark.parametrize(
    ("because", "holds"), [("a claim", 1), ("another claim", 2)], ids=["the same", "another"]
)
def test_a_hold_that_is_sent_again_is_one_hold(
    office: Office, clock: Clock, because: str, holds: int
) -> None:
    post(office)
    reference = ask(office, Right.RECTIFICATION)
    casework.hold(reference, "a claim", "", office, actor=STAFF)
    clock.forward(minutes=1)
    casework.hold(reference, because, "", office, actor=STAFF)
    assert len(access.report(KARI, office).facts.holds) == holds
    assert steps(reference) == ["receive", *["hold"] * holds]
    events.note(KARI, Event.HOLD, office, at=clock.now(), because=because)
    assert len(access.report(KARI, office).facts.holds) == holds


@pytest.mark.parametrize("close", [inbox.answered, inbox.purpose_ended])
def test_what_waits_is_answered_once(
    office: Office, aws: Aws, clock: Clock, close: Callable[[Staff, str, Office], object]
) -> None:
    reference = post(office, message="Hi").reference
    clock.forward(days=1)
    with aws.twice():
        close(Staff(subject="1", roles=frozenset({"support"})), reference, office)
    assert len(noted(office)) == 1


def test_of_two_who_answer_at_once_the_second_is_told(
    office: Office, aws: Aws, clock: Clock
) -> None:
    reference = post(office, message="Hi").reference
    first, second = (Staff(subject=one, roles=frozenset({"support"})) for one in "12")
    clock.forward(days=1)

    def answer() -> None:
        inbox.answered(first, reference, office)
        clock.forward(seconds=1)

    with aws.between("TransactWriteItems", answer), pytest.raises(NotFound):
        inbox.answered(second, reference, office)
    assert [one.actor for one in auditing.trail(events.find(KARI, office))] == ["support:1"]


@pytest.mark.parametrize("values", [{}, {"because": "x"}])
def test_an_entry_of_the_trail_is_written_once(
    office: Office, aws: Aws, values: dict[str, str]
) -> None:
    post(office)
    whose = events.find(KARI, office)
    with aws.twice():
        for _ in range(2):
            auditing.note(whose, AuditEvent.READ, STAFF, office, values=values)
    assert len(auditing.trail(whose)) == 2
    assert auditing.verify(whose, office).whole


def test_an_erasure_in_part_is_done_once(office: Office, aws: Aws, clock: Clock) -> None:
    post(office)
    events.note(KARI, Event.CUSTOMER_START, office, at=clock.now())
    reference = ask(office, Right.ERASURE)
    with aws.twice("TransactWriteItems"):
        confirm(reference, office)
        answers.erase(reference, office, actor=STAFF)
    assert requests.read(reference).certificate
