"""Letters: which mails go out, to whom, how many, and what they say."""

import dataclasses
import tomllib
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from msgspec.structs import replace

from shared.model.requests import Channel, Queue, RequestState, Right
from shared.store import queues, suppression
from shared.store import requests as store
from shared.wiring import Office
from shared.workflows import letters, posting, proving, queue, receiving, requests
from tests.stand_ins import Aws, Clock, Killed
from tests.workflows.submitting import KARI, post
from tests.workflows.test_requests import ask, confirm, delivered, take_back


def test_both_languages_have_the_same_letters() -> None:
    told = tomllib.loads((letters.TEMPLATES / "letters.toml").read_text("utf-8"))
    nb, en = (
        {name: sorted(one) for name, one in told[language]["letters"].items()}
        for language in ("nb", "en")
    )
    assert nb == en


STANDS = {"nb": "står fristen stille", "en": "stands still."}


@pytest.mark.parametrize("language", STANDS)
@pytest.mark.parametrize(("days", "stands"), [(0, True), (13, True), (14, True), (15, False)])
def test_a_question_says_that_the_clock_stands_only_if_it_does(
    office: Office,
    clock: Clock,
    outbox: list[EmailMessage],
    days: int,
    stands: bool,
    language: str,
) -> None:
    taken = receiving.receive(Right.ACCESS, KARI, office, language=language)
    clock.forward(days=days)
    asked = requests.ask(taken.reference, "Which Kari?", office, actor="privacy:1")
    assert asked.state is RequestState.PAUSED
    assert (requests.deadline_of(asked, office).due is None) is stands
    delivered(office, outbox)
    assert (STANDS[language] in outbox[-1].get_content()) is stands


# Reminders ---------------------------------------------------------------------------------------


def waiting(office: Office) -> str:
    """A request that waits for staff; it is due on 22 December."""
    post(office, name="Kari Nordmann")
    reference = ask(office, Right.RECTIFICATION)
    confirm(reference, office)
    return reference


def look_on(clock: Clock, office: Office, *days: int) -> list[int]:
    """How many were reminded on each of these days of December, by two looks."""
    found = []
    for day in days:
        clock.set(clock.now().replace(month=12, day=day))
        found.append(sum(queue.watch(office).reminded for _ in range(2)))
    return found


@pytest.mark.parametrize(
    ("looks", "reminded"),
    [
        pytest.param((7, 8, 9, 15, 20, 22, 23), (0, 1, 0, 1, 1, 1, 1), id="every day that counts"),
        pytest.param((9, 10, 16, 17), (1, 0, 1, 0), id="each a day late"),
        pytest.param((7, 21, 22), (0, 1, 1), id="all but the last missed"),
        pytest.param((24, 25), (1, 1), id="too late for any"),
    ],
)
def test_staff_are_written_to_once_for_each_reminder_also_where_a_day_was_missed(
    office: Office,
    clock: Clock,
    outbox: list[EmailMessage],
    looks: tuple[int, ...],
    reminded: tuple[int, ...],
) -> None:
    waiting(office)
    delivered(office, outbox)
    outbox.clear()
    assert tuple(look_on(clock, office, *looks)) == reminded
    delivered(office, outbox)
    assert [one["To"] for one in outbox] == ["post@avara.no"] * sum(reminded)


@pytest.mark.parametrize(
    ("day", "said"),
    [(20, "Dager igjen: 2"), (22, "Dager over fristen: 0"), (25, "Dager over fristen: 3")],
)
def test_a_reminder_says_what_is_due_and_when_and_nothing_of_the_person(
    office: Office, clock: Clock, outbox: list[EmailMessage], day: int, said: str
) -> None:
    reference = waiting(office)
    look_on(clock, office, day)
    delivered(office, outbox)
    mail = outbox[-1]
    text = f"{mail['Subject']}\n{mail.get_content()}"
    right = letters.words("nb")["rights"]["rectification"]
    due = "Siste dag for svar: 22. desember 2026\n"
    for one in (
        due,
        f"{said}\n",
        right,
        reference,
        f"https://www.avara.no/staff/requests/{reference}\n",
    ):
        assert one in text
    secrets = (letters.status_secret(reference, office), letters.link_token(reference, 1, office))
    assert not [one for one in ("ari", "ordmann", "example.com", *secrets) if one in text]


@pytest.mark.parametrize("language", ["en", "nb", "xx"])
def test_a_reminder_is_in_the_first_language_of_the_statement(
    office: Office, clock: Clock, outbox: list[EmailMessage], language: str
) -> None:
    speaking = replace_languages(office, language)
    waiting(office)
    look_on(clock, speaking, 20)
    delivered(speaking, outbox)
    told = {"nb": "Dager igjen: 2"}.get(language, "Days left: 2")
    assert told in outbox[-1].get_content()


def replace_languages(office: Office, language: str) -> Office:
    statement = replace(office.statement, languages=(language,))
    return dataclasses.replace(office, statement=statement)


def test_a_reminder_that_cannot_be_sent_is_tried_again(
    office: Office, clock: Clock, outbox: list[EmailMessage]
) -> None:
    def fail(_: EmailMessage) -> None:
        raise OSError

    waiting(office)
    delivered(office, outbox)
    look_on(clock, dataclasses.replace(office, send=fail), 20)
    outbox.clear()
    clock.forward(minutes=6)
    failed = queue.watch(dataclasses.replace(office, send=fail))
    watched = queue.watch(office)
    assert (failed.failed, watched.reminded, watched.sent, len(outbox)) == (1, 0, 1, 1)


@pytest.mark.parametrize(
    ("channel", "asked", "mails"),
    [
        pytest.param(Channel.WEB, False, 0, id="anybody can have sent it"),
        pytest.param(Channel.WEB, True, 1, id="it was asked about, and answered"),
        pytest.param(Channel.LETTER, False, 1, id="staff have taken it in"),
    ],
)
def test_strangers_cannot_have_staff_written_to(
    office: Office,
    clock: Clock,
    outbox: list[EmailMessage],
    channel: Channel,
    asked: bool,
    mails: int,
) -> None:
    taken = receiving.receive(Right.ACCESS, KARI, office, language="en", channel=channel)
    if asked:
        requests.ask(taken.reference, "Which Kari?", office, actor="privacy:1")
        requests.reply(taken.reference, "Kari of Oslo", office)
    delivered(office, outbox)
    outbox.clear()
    assert look_on(clock, office, 20) == [mails]
    delivered(office, outbox)
    assert len(outbox) == mails


# A full mailbox ----------------------------------------------------------------------------------

LATE = datetime(2026, 11, 22, 22, 59, tzinfo=UTC)
"""A minute before midnight, for the controller."""
OTHER = "ola@example.com"


def ask_anew(office: Office, email: str) -> None:
    ask(office, Right.ACCESS, email)


def object_anew(office: Office, email: str) -> None:
    ask(office, Right.OBJECTION, email)


def ask_for_links(office: Office, email: str) -> None:
    """Of the only request of this address."""
    known = [one for one in queues.waiting(Queue.UNCONFIRMED) if one.email == email]
    if not known:
        ask(office, Right.ACCESS, email)
    else:
        proving.new_link(known[0], office)


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("provoke", [ask_anew, object_anew, ask_for_links])
def test_five_mails_of_a_kind_can_be_provoked_a_day_whoever_they_go_to(
    office: Office,
    clock: Clock,
    outbox: list[EmailMessage],
    provoke: Callable[[Office, str], None],
    known: bool,
) -> None:
    if known:
        post(office)
    clock.set(LATE)
    for mails in (1, 2, 3, 4, 5, 5, 5):
        provoke(office, KARI)
        delivered(office, outbox)
        assert len(outbox) == mails
    provoke(office, OTHER)
    delivered(office, outbox)
    assert outbox.pop()["To"] == OTHER
    clock.forward(minutes=1)
    for mails in (6, 7):
        ask(office)
        delivered(office, outbox)
        assert len(outbox) == mails
    assert {one["To"] for one in outbox} == {KARI}


def test_who_fills_a_mailbox_keeps_its_owner_neither_from_codes_nor_from_what_was_stopped(
    office: Office, outbox: list[EmailMessage]
) -> None:
    post(office)
    mine, *others = [ask(office) for _ in range(7)]
    delivered(office, outbox)
    confirm(mine, office)
    for other in others:
        proving.new_code(requests.read(mine), office)
        take_back(other, office)
    object_anew(office, KARI)
    delivered(office, outbox)
    assert Counter(str(one["Subject"]).partition(" (")[0] for one in outbox) == {
        "Confirm your request": 5,
        "Your request is answered": 1,
        "Your code – Avara AS": 5,
        "Your request is taken back": 5,
        "We have stopped using your data": 1,
    }


def test_what_is_sent_in_vain_is_counted_once_however_often_it_is_tried(
    office: Office, clock: Clock, outbox: list[EmailMessage]
) -> None:
    def fail(_: EmailMessage) -> None:
        raise OSError

    for _ in range(5):
        ask(office)
    clock.forward(minutes=6)
    failed = [queue.watch(dataclasses.replace(office, send=fail)).failed for _ in range(3)]
    assert (failed, queue.watch(office).sent, len(outbox)) == ([5] * 3, 5, 5)
    ask(office)
    delivered(office, outbox)
    assert len(outbox) == 5


def test_who_is_killed_between_the_count_and_the_mail_sends_it_later(
    office: Office, aws: Aws, outbox: list[EmailMessage]
) -> None:
    for _ in range(5):
        ask(office)
        with suppress(Killed), aws.killed_after(1):
            delivered(office, outbox)
    assert outbox == []
    delivered(office, outbox)
    assert len(outbox) == 5


def test_of_two_workers_at_the_fifth_mail_one_sends_it(
    office: Office, aws: Aws, outbox: list[EmailMessage]
) -> None:
    for _ in range(4):
        ask(office)
    delivered(office, outbox)
    first, second = ask(office), ask(office)
    (one, other) = (posted for posted in store.unsent(office.now().replace(hour=23)))

    def deliver(posted: store.Posted) -> None:
        posting.deliver(posted.letter.reference, posted.sk, office)

    with aws.between("UpdateItem", lambda: deliver(other)):
        deliver(one)
    assert {one.letter.reference, other.letter.reference} == {first, second}
    assert len(outbox) == 5


def test_a_request_without_its_mail_is_taken_in_and_stops_what_it_stops(
    office: Office, clock: Clock, outbox: list[EmailMessage]
) -> None:
    for _ in range(5):
        ask(office)
    reference = ask(office, Right.OBJECTION)
    delivered(office, outbox)
    kept = suppression.read(office.keys.suppression(requests.address(KARI)))
    assert kept.reasons == {office.keys.reason(reference)}
    assert requests.read(reference).state is RequestState.RECEIVED
    clock.forward(days=1)
    proving.new_link(requests.read(reference), office)
    delivered(office, outbox)
    assert letters.link_token(reference, 2, office) in outbox[-1].get_content()


def test_what_staff_have_taken_in_is_mailed_whatever_strangers_do(
    office: Office, outbox: list[EmailMessage]
) -> None:
    for _ in range(6):
        ask(office)
    receiving.receive(Right.ACCESS, KARI, office, language="en", channel=Channel.PHONE)
    delivered(office, outbox)
    assert len(outbox) == 6


def test_the_count_is_kept_for_two_days_under_nothing_that_can_be_read_or_linked(
    office: Office, aws: Aws, clock: Clock, outbox: list[EmailMessage]
) -> None:
    post(office)
    counts = []
    for _ in range(2):
        ask(office)
        delivered(office, outbox)
        clock.forward(days=1)
        counts.append([one for one in aws.items() if one["pk"]["S"].startswith("MAILED#")])
    first, second = ({one["pk"]["S"] for one in found} for found in counts)
    assert (len(first), len(second - first)) == (1, 1)
    assert "kari" not in str(counts)
    (one,) = counts[0]
    assert int(one["ttl"]["N"]) == int(clock.now().timestamp())
    hashes = {pk.partition("#")[2] for pk in first | second}
    address = requests.address(KARI)
    assert not hashes & {office.keys.lookup(address), office.keys.erasure(address)}
