"""Letters that do not arrive: what is put on record, and whom nothing is sent to for a while."""

import dataclasses
from datetime import timedelta
from email.message import EmailMessage

import pytest

from functions.workers import work
from shared import wiring
from shared.errors import Throttled
from shared.gateways.mail import LETTER
from shared.model.requests import MailEvent, MailOutcome, Right, Step
from shared.policy import undelivered as policy
from shared.store import requests as store
from shared.wiring import Office
from shared.workflows import posting, queue, requests, status, undelivered, verifying
from tests.stand_ins import Aws, Clock, Killed
from tests.workflows.submitting import KARI, post
from tests.workflows.test_posting import OLA, outgoing, posted, send_all, steps
from tests.workflows.test_requests import ask, confirm, take_back

BOUNCED, COMPLAINED = MailOutcome.BOUNCED, MailOutcome.COMPLAINED


def told(mail: EmailMessage, outcome: MailOutcome, office: Office) -> MailEvent:
    """The event of a mail that went out just now."""
    reference, _, number = str(mail[LETTER]).partition("/")
    return MailEvent(
        outcome=outcome, reference=reference, number=number, to=str(mail["To"]), at=office.now()
    )


def comes_back(office: Office, outbox: list[EmailMessage], outcome: MailOutcome = BOUNCED) -> str:
    """A request whose first mail has this outcome; its reference."""
    reference = ask(office)
    assert send_all(office) == ["sent"]
    undelivered.note(told(outbox[-1], outcome, office), office)
    return reference


def marks(aws: Aws) -> list[str]:
    return [one["pk"]["S"] for one in aws.items() if one["pk"]["S"].startswith("UNREACHABLE#")]


# On record ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "is_on_record", "is_marked"),
    [
        (MailOutcome.DELIVERED, False, False),
        (MailOutcome.TRANSIENT, False, False),
        (MailOutcome.BOUNCED, True, True),
        (MailOutcome.COMPLAINED, False, True),
        (MailOutcome.REJECTED, True, False),
    ],
)
def test_what_follows_from_an_outcome(
    office: Office,
    aws: Aws,
    outbox: list[EmailMessage],
    outcome: MailOutcome,
    is_on_record: bool,
    is_marked: bool,
) -> None:
    reference = comes_back(office, outbox, outcome)
    assert (Step.UNDELIVERED in steps(reference)) is is_on_record
    assert requests.read(reference).undelivered is is_on_record
    assert bool(marks(aws)) is is_marked


@pytest.mark.parametrize("state", ["received", "answered", "withdrawn"])
def test_the_request_stays_where_it_stands_and_its_file_is_whole(
    office: Office, outbox: list[EmailMessage], state: str
) -> None:
    post(office)
    reference = ask(office)
    send_all(office)
    if state == "answered":
        confirm(reference, office)
    if state == "withdrawn":
        take_back(reference, office)
    before = requests.read(reference)
    undelivered.note(told(outbox[0], BOUNCED, office), office)
    after = requests.read(reference)
    assert (after.state, after.closed_at, after.email) == (state, before.closed_at, before.email)
    assert requests.deadline_of(after, office) == requests.deadline_of(before, office)
    assert verifying.request(reference, office).broken == ()


def test_an_event_that_comes_twice_is_told_once(
    office: Office, aws: Aws, outbox: list[EmailMessage]
) -> None:
    reference = comes_back(office, outbox)
    undelivered.note(told(outbox[-1], BOUNCED, office), office)
    assert steps(reference) == [Step.RECEIVE, Step.UNDELIVERED]
    assert len(marks(aws)) == 1


@pytest.mark.parametrize("writes", [1, 2])
def test_whoever_is_killed_the_next_try_finishes_it(
    office: Office, aws: Aws, outbox: list[EmailMessage], writes: int
) -> None:
    reference = ask(office)
    send_all(office)
    event = told(outbox[-1], BOUNCED, office)
    with pytest.raises(Killed), aws.killed_after(writes):
        undelivered.note(event, office)
    undelivered.note(event, office)
    assert (steps(reference), len(marks(aws))) == ([Step.RECEIVE, Step.UNDELIVERED], 1)


def test_two_at_it_tell_it_once(office: Office, aws: Aws, outbox: list[EmailMessage]) -> None:
    reference = ask(office)
    send_all(office)
    event = told(outbox[-1], BOUNCED, office)
    with aws.between("TransactWriteItems", lambda: undelivered.note(event, office) and None):
        undelivered.note(event, office)
    assert steps(reference) == [Step.RECEIVE, Step.UNDELIVERED]


def test_of_a_request_that_is_gone_only_the_address_is_marked(
    office: Office, aws: Aws, outbox: list[EmailMessage]
) -> None:
    ask(office)
    send_all(office)
    event = told(outbox[-1], BOUNCED, office)
    for one in aws.items():
        aws.client.delete_item(TableName=aws.table, Key={"pk": one["pk"], "sk": one["sk"]})
    undelivered.note(event, office)
    assert [one["pk"]["S"] for one in aws.items()] == marks(aws)


def test_the_mark_names_nobody(office: Office, aws: Aws, outbox: list[EmailMessage]) -> None:
    comes_back(office, outbox)
    (mark,) = (one for one in aws.items() if one["pk"]["S"] in marks(aws))
    assert set(mark) == {"pk", "sk", "ttl", "why"}
    assert "kari" not in str(mark)
    hashes = [one["pk"]["S"].partition("#")[2] for one in aws.items() if one != mark]
    assert mark["pk"]["S"].partition("#")[2] not in hashes


def test_a_bounce_after_an_erasure_brings_back_nothing_of_the_person(
    office: Office, aws: Aws, outbox: list[EmailMessage]
) -> None:
    post(office, name="Kari")
    reference = ask(office, Right.ERASURE)
    send_all(office)
    first = told(outbox[-1], BOUNCED, office)
    confirm(reference, office)
    undelivered.note(first, office)
    assert steps(reference)[-2:] == [Step.ANSWER, Step.UNDELIVERED]
    assert len(marks(aws)) == 1
    send_all(office)
    left = str(aws.items()).lower()
    assert "kari" not in left
    assert requests.read(reference).email == ""
    assert verifying.request(reference, office).broken == ()


# The staff ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", [BOUNCED, COMPLAINED, MailOutcome.REJECTED])
def test_the_address_of_the_staff_is_never_marked_and_they_are_told_of(
    office: Office, aws: Aws, outbox: list[EmailMessage], outcome: MailOutcome
) -> None:
    reference = ask(office)
    event = MailEvent(
        outcome=outcome,
        reference=reference,
        number="000009.0",
        to=office.statement.controller.email,
        at=office.now(),
    )
    assert undelivered.note(event, office)
    assert (marks(aws), steps(reference)) == ([], [Step.RECEIVE])


# No mail meanwhile -------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", [BOUNCED, COMPLAINED])
@pytest.mark.parametrize(
    ("passed", "is_tried"),
    [
        (timedelta(days=30, seconds=-1), False),
        (timedelta(days=30), True),
        (timedelta(days=31), True),
    ],
)
def test_no_mail_is_tried_for_thirty_days(
    office: Office,
    clock: Clock,
    outbox: list[EmailMessage],
    outcome: MailOutcome,
    passed: timedelta,
    is_tried: bool,
) -> None:
    comes_back(office, outbox, outcome)
    outbox.clear()
    clock.set(office.now() + passed)
    reference = ask(office)
    assert send_all(office) == ["sent" if is_tried else "undelivered"]
    assert (len(outbox), outgoing(office)) == (is_tried, [])
    assert steps(reference) == [Step.RECEIVE, *([] if is_tried else [Step.UNDELIVERED])]


def test_to_others_mail_goes_on(office: Office, outbox: list[EmailMessage]) -> None:
    comes_back(office, outbox)
    ask(office, email=OLA)
    assert send_all(office) == ["sent"]


def test_mail_is_tried_again_where_an_operator_says_so(
    office: Office, outbox: list[EmailMessage]
) -> None:
    comes_back(office, outbox)
    assert [undelivered.try_again(KARI, office) for _ in range(2)] == [True, False]
    ask(office)
    assert send_all(office) == ["sent"]


@pytest.mark.parametrize("late", [0, 10, 29, 40])
def test_an_event_that_comes_late_keeps_nobody_unreachable_for_longer(
    office: Office, clock: Clock, outbox: list[EmailMessage], late: int
) -> None:
    ask(office)
    send_all(office)
    event = told(outbox[-1], BOUNCED, office)
    clock.forward(days=late)
    undelivered.note(event, office)
    clock.set(event.at + max(timedelta(days=30), timedelta(days=late)))
    ask(office)
    assert send_all(office) == ["sent"]


def test_of_two_marks_the_later_end_holds_in_whichever_order_they_come(
    office: Office, clock: Clock, outbox: list[EmailMessage]
) -> None:
    ask(office)
    send_all(office)
    first = told(outbox[-1], BOUNCED, office)
    clock.forward(days=1)
    ask(office)
    send_all(office)
    undelivered.note(told(outbox[-1], COMPLAINED, office), office)
    undelivered.note(first, office)
    clock.set(first.at + policy.UNREACHABLE_LASTS)
    ask(office)
    assert send_all(office) == ["undelivered"]


@pytest.mark.parametrize("writes", [1, 2])
def test_a_letter_that_is_not_tried_is_gone_and_told_once_whoever_is_killed(
    office: Office, aws: Aws, outbox: list[EmailMessage], writes: int
) -> None:
    comes_back(office, outbox)
    reference = ask(office)
    try:
        with aws.killed_after(writes):
            send_all(office)
    except Killed:
        send_all(office)
    assert (outgoing(office), steps(reference)) == ([], [Step.RECEIVE, Step.UNDELIVERED])


def test_a_letter_that_came_back_before_it_was_forgotten_is_told_once(
    office: Office, outbox: list[EmailMessage]
) -> None:
    reference = ask(office)
    (one,) = outgoing(office)
    send_all(office)
    undelivered.note(told(outbox[-1], BOUNCED, office), office)
    item = store.letter_item(one.letter, office.now(), one.sk.removeprefix("MAIL#"))
    store.calls.call("PutItem", Item=item.serialize())
    assert send_all(office) == ["undelivered"]
    assert (steps(reference), outgoing(office)) == ([Step.RECEIVE, Step.UNDELIVERED], [])


def test_what_is_not_tried_uses_up_none_of_a_days_mails(
    office: Office, clock: Clock, outbox: list[EmailMessage]
) -> None:
    comes_back(office, outbox, BOUNCED)
    outbox.clear()
    for _ in range(6):
        ask(office)
    assert send_all(office) == ["undelivered"] * 6


# Who is told what --------------------------------------------------------------------------------


def test_whoever_sent_the_request_is_told_that_and_not_why(
    office: Office, outbox: list[EmailMessage]
) -> None:
    first = comes_back(office, outbox)
    second = ask(office)
    send_all(office)
    shown = [status.for_person(requests.read(one), office) for one in (first, second)]
    assert [one["undelivered"] for one in shown] == [True, True]
    because = {each["because"] for one in shown for each in one["history"][1:]}
    assert because == {""}


def test_that_a_reader_has_complained_is_told_to_the_staff_alone(
    office: Office, outbox: list[EmailMessage]
) -> None:
    comes_back(office, outbox, COMPLAINED)
    request = requests.read(ask(office))
    send_all(office)
    request = requests.read(request.reference)
    assert status.status(request, office)["history"][-1]["because"].endswith(
        policy.NOT_TRIED[COMPLAINED]
    )
    shown = status.for_person(request, office)
    assert ([one["step"] for one in shown["history"]], shown["undelivered"]) == (["receive"], False)


# Throttled ---------------------------------------------------------------------------------------


class Quota:
    """A mail service that takes so many mails and no more; `asked` counts how often it was."""

    def __init__(self, most: int) -> None:
        self.left, self.asked = most, 0

    def send(self, _: EmailMessage) -> None:
        self.asked += 1
        if not self.left:
            raise Throttled
        self.left -= 1


def test_once_no_more_are_taken_all_letters_wait_and_none_has_failed(
    office: Office, clock: Clock
) -> None:
    references = [ask(office, email=f"somebody{number}@example.com") for number in range(5)]
    quota = Quota(2)
    choosy = dataclasses.replace(office, send=quota.send)
    clock.forward(minutes=6)
    came = posting.catch_up(choosy, lambda: 60)
    assert (came.sent, came.throttled, came.failed, came.unsent) == (2, 1, 0, 0)
    assert (quota.asked, len(outgoing(office))) == (3, 3)
    quota.left = 10
    assert posting.catch_up(choosy, lambda: 60).sent == 3
    assert outgoing(office) == []
    assert all(steps(one) == [Step.RECEIVE] for one in references)


def test_the_hourly_look_asks_no_more_either(office: Office, clock: Clock) -> None:
    for number in range(4):
        ask(office, email=f"somebody{number}@example.com")
    quota = Quota(1)
    clock.forward(minutes=6)
    seen = queue.watch(dataclasses.replace(office, send=quota.send))
    assert (seen.sent, seen.failed, quota.asked) == (1, 0, 2)


def test_of_a_batch_of_the_stream_none_is_tried_behind_one_that_is_throttled(
    office: Office, aws: Aws
) -> None:
    for number in range(4):
        ask(office, email=f"somebody{number}@example.com")
    quota = Quota(1)
    with wiring.staffed_by(dataclasses.replace(office, send=quota.send)):
        assert work({"Records": posted(aws)}, None) == {"batchItemFailures": []}
    assert (quota.asked, len(outgoing(office))) == (2, 3)
