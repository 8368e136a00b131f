"""Letters on their way: what is given up, what is tried again, and what waits."""

import dataclasses
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from msgspec.structs import replace

from functions.reminders import remind
from functions.workers import work
from infra import resources
from infra.local import clock as local_clock
from infra.resources import Schedule
from shared import wiring
from shared.errors import Unsendable
from shared.model.requests import Letter, Right, Step
from shared.policy import requests as policy
from shared.store import requests as store
from shared.wiring import Office
from shared.workflows import letters, posting, proving, receiving, requests, verifying
from tests.stand_ins import Aws, Clock, Killed
from tests.workflows.submitting import KARI, post
from tests.workflows.test_requests import ask, confirm

OLA = "ola@example.com"
NONE = dict.fromkeys(posting.Caught.__struct_fields__, 0)
"""The outcomes of a look that finds no letter."""
Change = Callable[[Letter], Letter]


def outgoing(office: Office) -> list[store.Posted]:
    return list(store.unsent(office.now() + timedelta(seconds=1)))


def send_all(office: Office) -> list[str]:
    """What came of each letter that is not sent yet."""
    return [posting.deliver(one.letter.reference, one.sk, office) for one in outgoing(office)]


def posted(aws: Aws) -> list[dict[str, Any]]:
    """The stream's records of the letters that lie in the outbox."""
    keys = [
        {"pk": one["pk"], "sk": one["sk"]}
        for one in aws.items()
        if one["sk"]["S"].startswith("MAIL#")
    ]
    return [
        {"eventName": "INSERT", "dynamodb": {"Keys": one, "SequenceNumber": str(number)}}
        for number, one in enumerate(keys)
    ]


def steps(reference: str) -> list[Step]:
    return [one.step for one in store.history(reference)]


# What cannot be composed -------------------------------------------------------------------------


def write_wrongly(office: Office, reference: str, change: Change) -> None:
    """Put a letter into the outbox that nobody can compose."""
    request = requests.read(reference)
    wrong = change(letters.letter("answered", request))
    requests.write(request, office, posted=(replace(wrong, to=KARI),))


def unsendable(_: EmailMessage) -> None:
    raise Unsendable


wrongly = pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda one: replace(one, name="nothing"), id="a letter that there is not"),
        pytest.param(
            lambda one: replace(one, facts={**one.facts, "until": "soon"}), id="a day that is none"
        ),
        pytest.param(lambda one: replace(one, name="confirm"), id="a link without its number"),
    ],
)


@wrongly
@pytest.mark.parametrize("state", ["received", "answered", "withdrawn"])
def test_a_letter_that_cannot_be_composed_is_gone_and_its_request_tells_so(
    office: Office, outbox: list[EmailMessage], change: Change, state: str
) -> None:
    post(office)
    reference = ask(office)
    if state == "answered":
        confirm(reference, office)
    if state == "withdrawn":
        receiving.withdraw(reference, office)
    send_all(office)
    outbox.clear()
    write_wrongly(office, reference, change)
    assert send_all(office) == ["unsent"]
    assert (outbox, outgoing(office)) == ([], [])
    assert steps(reference)[-1] is Step.UNSENT
    assert requests.read(reference).state == state
    assert verifying.request(reference, office).broken == ()


def test_a_mail_that_must_not_go_out_is_given_up_too(office: Office) -> None:
    reference = ask(office)
    assert send_all(dataclasses.replace(office, send=unsendable)) == ["unsent"]
    assert (outgoing(office), steps(reference)) == ([], [Step.RECEIVE, Step.UNSENT])


def test_a_letter_without_a_request_is_given_up_without_a_history(office: Office) -> None:
    reference = ask(office)
    (one,) = outgoing(office)
    orphan = replace(one.letter, name="nothing", reference="f" * 32)
    item = store.letter_item(orphan, office.now(), "000001.0")
    store.calls.call("PutItem", Item=item.serialize())
    send_all(office)
    assert (outgoing(office), steps(reference)) == ([], [Step.RECEIVE])


@pytest.mark.parametrize("writes", [1, 2])
def test_it_is_told_once_whoever_is_killed(office: Office, aws: Aws, writes: int) -> None:
    reference = ask(office)
    refusing = dataclasses.replace(office, send=unsendable)
    try:
        with aws.killed_after(writes):
            send_all(refusing)
    except Killed:
        send_all(refusing)
    assert steps(reference) == [Step.RECEIVE, Step.UNSENT]


def test_two_workers_at_it_tell_it_once(office: Office, aws: Aws) -> None:
    post(office)
    reference = ask(office)
    refusing = dataclasses.replace(office, send=unsendable)
    with aws.between("TransactWriteItems", lambda: [None for _ in send_all(refusing)] and None):
        assert send_all(refusing) == [""]
    assert steps(reference) == [Step.RECEIVE, Step.UNSENT]


# What cannot be sent now -------------------------------------------------------------------------


def sending_but_to(refused: str, outbox: list[EmailMessage]) -> Callable[[EmailMessage], None]:
    def send(message: EmailMessage) -> None:
        if refused in str(message["To"]):
            raise OSError
        outbox.append(message)

    return send


def test_a_letter_that_cannot_be_sent_holds_up_no_other_and_no_stream(
    office: Office, aws: Aws, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    sent: list[EmailMessage] = []
    choosy = dataclasses.replace(office, send=sending_but_to("kari", sent))
    for email in (KARI, OLA, "kari2@example.com", "per@example.com"):
        ask(office, email=email)
    with wiring.staffed_by(choosy):
        assert work({"Records": posted(aws)}, None) == {"batchItemFailures": []}
    assert {str(one["To"]) for one in sent} == {OLA, "per@example.com"}
    (measured,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert [measured[one] for one in ("done", "failed")] == [[2], [2]]
    clock.forward(minutes=6)
    assert remind({"only": "letters"}, None) == {**NONE, "sent": 2}
    assert outgoing(office) == []


def test_what_failed_of_a_batch_is_reported_each_by_itself_and_the_rest_is_done(
    office: Office, aws: Aws, outbox: list[EmailMessage]
) -> None:
    post(office)
    references = [ask(office, right) for right in (Right.ACCESS, Right.PORTABILITY, Right.ACCESS)]
    for one in references:
        token = letters.link_token(one, 1, office)
        proving.confirm(one, token, office)
    records = [
        {
            "eventName": "MODIFY",
            "dynamodb": {
                "Keys": {"pk": {"S": f"REQ#{one}"}, "sk": {"S": "REQUEST"}},
                "SequenceNumber": str(number),
            },
        }
        for number, one in enumerate(["gone", references[0], "gone", *references[1:]])
    ]
    failed = [{"itemIdentifier": "0"}, {"itemIdentifier": "2"}]
    assert work({"Records": records}, None) == {"batchItemFailures": failed}
    assert {requests.read(one).state for one in references} == {"answered"}


def test_a_letter_is_brought_on_its_way_by_the_record_of_its_writing_alone(
    office: Office, aws: Aws, outbox: list[EmailMessage]
) -> None:
    ask(office)
    changed = [{**one, "eventName": "MODIFY"} for one in posted(aws)]
    work({"Records": changed}, None)
    assert outbox == []
    work({"Records": posted(aws)}, None)
    assert len(outbox) == 1


def test_every_five_minutes_the_letters_are_looked_for_and_nothing_else(office: Office) -> None:
    zone = office.statement.retention.zone
    reminders = (one for one in resources.schedules(zone) if one.function == "Reminders")
    (one,) = (one for one in reminders if one.event != "{}")
    assert (one.every, one.event) == (5, '{"only": "letters"}')
    assert remind({"only": "letters"}, None) == NONE


@pytest.mark.parametrize(
    ("every", "minute", "now", "latest"),
    [
        (5, 0, "09:00", "09:00"),
        (5, 0, "09:04", "09:00"),
        (5, 0, "09:05", "09:05"),
        (5, 0, "09:59", "09:55"),
        (60, 15, "09:15", "09:15"),
        (60, 15, "09:14", "08:15"),
    ],
)
def test_the_local_clock_keeps_schedules_within_the_hour(
    office: Office, every: int, minute: int, now: str, latest: str
) -> None:
    zone = office.statement.retention.zone
    schedule = Schedule(
        function="Reminders", hours=None, minute=minute, every=every, zone=zone, event="{}"
    )

    def at(time: str) -> Any:
        hours, minutes = map(int, time.split(":"))
        return office.now().replace(hour=hours, minute=minutes)

    assert local_clock._latest(schedule, at(now)) == at(latest)


@pytest.mark.parametrize(
    ("now", "latest"),
    [
        ("2026-11-22 00:59", "2026-11-21 05:45"),
        ("2026-11-22 01:00", "2026-11-22 01:00"),
        ("2026-11-22 03:29", "2026-11-22 03:15"),
        ("2026-11-22 23:00", "2026-11-22 05:45"),
    ],
)
def test_the_local_clock_keeps_schedules_of_some_hours(
    office: Office, now: str, latest: str
) -> None:
    zone = office.statement.retention.zone
    schedule = Schedule(
        function="Reminders", hours=range(1, 6), minute=0, every=15, zone=zone, event="{}"
    )

    def at(time: str) -> datetime:
        return datetime.fromisoformat(time).replace(tzinfo=zone)

    assert local_clock._latest(schedule, at(now)) == at(latest)


# Who is written to how often ---------------------------------------------------------------------


def test_spellings_of_one_mailbox_share_its_five_mails_a_day(
    office: Office, outbox: list[EmailMessage]
) -> None:
    for spelled in ("kari+1@x.no", "kari+2@x.no", "k.ari@x.no", "kari@x.no", "kar.i+3@x.no"):
        ask(office, email=spelled)
    for spelled in ("kari+4@x.no", "KARI@x.no", "karin@x.no"):
        ask(office, email=spelled.lower())
    send_all(office)
    assert len(outbox) == 6
    assert [str(one["To"]) for one in outbox if "karin" in str(one["To"])] == ["karin@x.no"]


def fill_the_hour(office: Office, left: int = 0) -> None:
    """As if so many mails were left of those that go to strangers in this hour."""
    most = policy.MOST_MAILS_TO_STRANGERS_AN_HOUR
    hour = f"{office.now():%Y-%m-%dT%H}"
    for number in range(most - left):
        assert store.count_mail(hour, f"x{number}", most, office.now())


def test_in_an_hour_a_hundred_mails_go_to_strangers_and_the_others_wait_for_the_next(
    office: Office, aws: Aws, clock: Clock, outbox: list[EmailMessage]
) -> None:
    post(office)
    fill_the_hour(office, left=1)
    strangers = [f"stranger{number}@example.com" for number in range(3)]
    for email in strangers:
        ask(office, email=email)
    ask(office)
    assert sorted(send_all(office)) == ["sent", "sent", "waits", "waits"]
    clock.set(office.now().replace(minute=59))
    assert remind({"only": "letters"}, None)["waiting"] == 2
    assert len(outbox) == 2
    clock.forward(minutes=1)
    assert remind({"only": "letters"}, None) == {**NONE, "sent": 2}
    assert sorted(str(one["To"]) for one in outbox) == sorted([KARI, *strangers])
    assert [one for one in aws.items() if one["sk"]["S"].startswith("MAIL#")] == []


def test_what_waits_is_not_dropped_by_the_mails_of_another_day(
    office: Office, clock: Clock, outbox: list[EmailMessage]
) -> None:
    fill_the_hour(office)
    waiting = ask(office, email=OLA)
    assert send_all(office) == ["waits"]
    clock.forward(days=1)
    for _ in range(5):
        ask(office, email=OLA)
    send_all(office)
    assert len(outbox) == 5
    assert remind({"only": "letters"}, None)["sent"] == 1
    text = outbox[-1].get_content()
    assert letters.link_token(waiting, 1, office) in text


def test_what_staff_have_taken_in_waits_for_no_hour(
    office: Office, outbox: list[EmailMessage]
) -> None:
    fill_the_hour(office)
    channel = receiving.Channel.PHONE
    receiving.receive(Right.ACCESS, OLA, office, language="en", channel=channel)
    assert send_all(office) == ["sent"]
