"""What is due is erased, whatever happens on the way, and leaves evidence but no trace."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from shared.model.erasures import ErasureScheme, Kind, Trigger
from shared.model.retention import Rule
from shared.store import subjects
from shared.wiring import Office
from shared.workflows import erasures, events, filing
from shared.workflows.erasures import Result
from shared.workflows.events import Event
from tests.stand_ins import Aws, Clock, Killed
from tests.workflows.submitting import KARI, VISIT, post, send

DUE = datetime(2028, 11, 22, 23, 30, tzinfo=UTC)
"""Half past midnight in Oslo on the first day on which a contact of today is erased."""


def counts(result: Result) -> dict[str, int]:
    return {name: asdict(result)[name] for name in ("due", "erased", "kept", "failed", "technical")}


def sweep(office: Office) -> dict[str, int]:
    return counts(erasures.sweep(office))


def records(office: Office) -> list[erasures.ErasureRecord]:
    return erasures.records(date(2020, 1, 1), office)


@pytest.mark.parametrize(
    ("now", "erased"),
    [
        pytest.param(DUE - timedelta(days=1), 0, id="kept on the anniversary"),
        pytest.param(DUE - timedelta(minutes=31), 0, id="kept until local midnight"),
        pytest.param(DUE - timedelta(minutes=30), 1, id="erased from local midnight"),
        pytest.param(DUE, 1, id="erased on the first night"),
        pytest.param(DUE + timedelta(days=400), 1, id="erased however many nights were missed"),
    ],
)
def test_a_subject_is_erased_on_the_day_it_was_told(
    office: Office, aws: Aws, clock: Clock, now: datetime, erased: int
) -> None:
    post(office)
    clock.set(now)
    assert sweep(office)["erased"] == erased
    assert bool(aws.items_of_people()) is not bool(erased)


def test_a_sweep_counts_what_it_did(office: Office, clock: Clock) -> None:
    post(office)
    post(office, email="per@example.com")
    events.note("per@example.com", Event.HOLD, office, at=clock.now(), because="case 7")
    clock.set(DUE)
    result = erasures.sweep(office)
    assert counts(result) == {"due": 4, "erased": 1, "kept": 1, "failed": 0, "technical": 2}
    assert dict(result.kept_because) == {"GDPR art. 17(3) held: kept until the hold is released": 1}


def test_a_sweep_run_twice_does_nothing_twice(office: Office, aws: Aws, clock: Clock) -> None:
    post(office)
    clock.set(DUE)
    sweep(office)
    before = aws.items()
    assert sweep(office) == {"due": 0, "erased": 0, "kept": 0, "failed": 0, "technical": 0}
    assert aws.items() == before


def test_a_sweep_reads_only_what_is_due(office: Office, aws: Aws) -> None:
    post(office)
    with aws.calls() as made:
        sweep(office)
    assert made == ["Query"] * 16


def test_technical_data_goes_after_thirty_days_and_the_person_stays(
    office: Office, aws: Aws, clock: Clock
) -> None:
    post(office)
    clock.forward(days=31)
    assert sweep(office) == {"due": 1, "erased": 0, "kept": 0, "failed": 0, "technical": 1}
    assert not any(item["sk"]["S"].startswith("V#") for item in aws.items())
    assert aws.profile()


@pytest.mark.parametrize(
    ("days", "due", "oldest"),
    [
        pytest.param(30, 0, 0, id="nothing is due"),
        pytest.param(31, 1, 0, id="the first night"),
        pytest.param(32, 1, 1, id="one night was missed"),
        pytest.param(40, 2, 9, id="the oldest of two counts"),
    ],
)
def test_a_sweep_tells_for_how_long_the_oldest_entry_was_due(
    office: Office, clock: Clock, days: int, due: int, oldest: int
) -> None:
    for wait in (5, days - 5):
        post(office, email=f"{wait}@example.com")
        clock.forward(days=wait)
    result = erasures.sweep(office)
    assert (result.due, result.oldest_due_days) == (due, oldest)


def test_a_dry_run_says_what_a_sweep_would_do_and_writes_nothing(
    office: Office, aws: Aws, clock: Clock
) -> None:
    post(office)
    clock.set(DUE)
    with aws.calls() as made:
        planned = [one for one in erasures.plan(office) if one.erased]
    assert {one.kind for one in planned} == {Kind.PROFILE, Kind.TECHNICAL}
    assert set(made) <= {"Query", "GetItem"}


# What the record says ------------------------------------------------------------------------


def test_the_record_says_when_why_and_how_much(office: Office, clock: Clock) -> None:
    post(office, choices=["marketing_email"])
    post(office)
    clock.set(DUE)
    sweep(office)
    (record,) = records(office)
    assert (record.erased_at, record.verified_at, record.trigger) == (DUE, DUE, Trigger.SWEEP)
    assert record.because == "§9 active dialogue: 2 years from the last contact"
    assert record.counts == {Kind.PROFILE: 1, Kind.INTERACTION: 2, Kind.CONSENT: 1}


def test_the_record_keeps_the_evidence_of_consent(office: Office, clock: Clock) -> None:
    post(office, choices=["marketing_email"])
    clock.set(DUE)
    sweep(office)
    (consent,) = records(office)[0].consents
    assert (consent.purpose, consent.text_id) == ("marketing_email", "marketing_email/1/en")


def test_nothing_readable_of_the_person_is_left(office: Office, aws: Aws, clock: Clock) -> None:
    post(office, name="Kari", phone="70310086", message="Secret", page="https://www.avara.no/x")
    subject_id = aws.profile()["pk"]["S"].removeprefix("S#")
    clock.set(DUE)
    sweep(office)
    left = str(aws.items())
    words = ("Kari", KARI, "+4770310086", "Secret", "192.0.2.7", "avara.no", subject_id)
    assert not [word for word in words if word in left]


def test_the_record_itself_expires(office: Office, aws: Aws, clock: Clock) -> None:
    post(office)
    clock.set(DUE)
    sweep(office)
    clock.forward(days=3 * 366 + 15)
    assert records(office) == []


def test_the_evidence_of_many_consents_is_summed_up(office: Office, clock: Clock) -> None:
    for _ in range(20):
        post(office, visit=structs.replace(VISIT, objects=True))
    clock.set(DUE)
    sweep(office)
    summed = {(one.purpose, one.granted): one.times for one in records(office)[0].consents}
    assert summed == {("statistics", False): 20, ("personalisation", False): 20}


def test_an_item_that_this_release_cannot_read_is_erased_all_the_same(
    office: Office, aws: Aws, clock: Clock
) -> None:
    post(office)
    pk = aws.profile()["pk"]
    for sk in ("I#2026-11-22#x", "Z#unknown"):
        item = {"pk": pk, "sk": {"S": sk}, "content": {"S": "of another shape"}}
        aws.client.put_item(TableName=aws.table, Item=item)
    clock.set(DUE)
    sweep(office)
    assert aws.items_of_people() == []
    assert records(office)[0].counts[Kind.OTHER] == 1


def test_a_shard_that_cannot_be_read_is_counted_and_the_others_are_swept(
    office: Office, aws: Aws, clock: Clock
) -> None:
    post(office)
    clock.set(DUE)
    with aws.between("Query", broken):
        failed = sweep(office)["failed"]
    sweep(office)
    assert failed == 1
    assert aws.items_of_people() == []


# When its time is up ---------------------------------------------------------------------------


@pytest.mark.parametrize("people", range(4))
def test_a_sweep_stops_in_time_and_the_next_one_goes_on(
    office: Office, aws: Aws, clock: Clock, people: int
) -> None:
    for number in range(3):
        post(office, email=f"kari{number}@example.com")
    clock.set(DUE - timedelta(days=400))
    sweep(office)
    clock.set(DUE)
    seconds = iter([erasures.AT_LEAST] * people)
    result = erasures.sweep(office, left=lambda: next(seconds, erasures.AT_LEAST - 0.1))
    assert (result.due, result.erased, result.failed) == (people, people, 0)
    assert bool(result.unfinished) is (people < 3)
    assert len(aws.profile_keys()) == 3 - people
    assert sweep(office)["erased"] == 3 - people
    assert aws.items_of_people() == []


def broken() -> None:
    message = "no answer"
    raise ConnectionError(message)


# A contact that arrives meanwhile wins -------------------------------------------------------


@pytest.mark.parametrize("moment", ["Query", "UpdateItem"])
def test_a_contact_that_arrives_during_the_sweep_wins(
    office: Office, aws: Aws, clock: Clock, moment: str
) -> None:
    post(office, name="Kari")
    clock.set(DUE)
    with aws.between(moment, partial(post, office, message="Still here")):
        result = sweep(office)
    assert (result["erased"], result["kept"], result["failed"]) == (0, 1, 0)
    assert aws.profile()["due_sk"]["S"].startswith("2030-11-24")


@pytest.mark.parametrize(
    "opening", [Event.CUSTOMER_START, Event.HOLD], ids=["becoming a customer", "a hold"]
)
def test_a_reason_that_opens_during_the_sweep_wins(
    office: Office, aws: Aws, clock: Clock, opening: Event
) -> None:
    post(office)
    clock.set(DUE)
    note = partial(events.note, KARI, opening, office, at=clock.now(), because="case 7")
    with aws.between("UpdateItem", note):
        result = sweep(office)
    assert (result["erased"], result["kept"]) == (0, 1)
    assert "due_sk" not in aws.profile()


def test_a_contact_after_the_claim_begins_a_new_data_subject(
    office: Office, aws: Aws, clock: Clock
) -> None:
    post(office, name="Kari")
    clock.set(DUE)
    with aws.between("BatchWriteItem", partial(post, office, message="Back again")):
        result = sweep(office)
    assert result["erased"] == 1
    assert "name" not in aws.profile()["values"]["M"]
    post(office)
    assert len([item for item in aws.items() if item["sk"]["S"] == "PROFILE"]) == 1


@pytest.mark.parametrize("writes", range(3, 9))
def test_a_late_child_between_reading_and_claiming_is_erased_and_counted(
    office: Office, aws: Aws, clock: Clock, writes: int
) -> None:
    post(office)
    last = clock.now()
    clock.set(DUE)

    def late() -> None:
        clock.set(last)
        post(office, choices=["marketing_phone"])
        clock.set(DUE)

    with suppress(Killed), aws.killed_after(writes), aws.between("UpdateItem", late):
        sweep(office)
    clock.set(DUE)
    sweep(office)
    (record,) = records(office)
    assert aws.items_of_people() == []
    assert record.counts[Kind.INTERACTION] == 2
    assert len(record.consents) == 1


# A reason that is open or moved --------------------------------------------------------------


def test_an_entry_that_is_due_too_early_is_filed_where_it_belongs(
    office: Office, aws: Aws, clock: Clock
) -> None:
    post(office)
    clock.forward(days=200)
    post(office)
    clock.set(DUE)
    assert sweep(office)["kept"] == 1
    assert aws.profile()["due_sk"]["S"].startswith("2029-06-11")
    assert sweep(office)["due"] == 0


def test_an_entry_of_somebody_with_an_open_reason_is_parked_until_it_ends(
    office: Office, aws: Aws, clock: Clock
) -> None:
    post(office)
    events.note(KARI, Event.CUSTOMER_START, office, at=clock.now())
    clock.set(DUE)
    sweep(office)
    parked = aws.profile()
    events.note(KARI, Event.CUSTOMER_END, office, at=clock.now())
    assert "due_sk" not in parked
    assert aws.profile()["due_sk"]["S"].startswith("2030-11-24")


def test_one_that_fails_does_not_stop_the_others(
    office: Office, aws: Aws, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    post(office)
    post(office, email="per@example.com")
    clock.set(DUE)
    broken = aws.profile_keys()[0]
    aws.client.update_item(
        TableName=aws.table,
        Key=broken,
        UpdateExpression="REMOVE last_contact",
    )
    result = sweep(office)
    assert (result["erased"], result["failed"]) == (1, 1)
    assert KARI not in caplog.text


# Killed anywhere -----------------------------------------------------------------------------


def killed_then_finished(office: Office, aws: Aws, act: Callable[[], object], writes: int) -> bool:
    """Whether the process was killed after so many writes; it is finished by another sweep."""
    try:
        with aws.killed_after(writes):
            act()
    except Killed:
        sweep(office)
        return True
    return False


def test_killed_after_any_write_the_next_sweep_leaves_nothing(
    office: Office, aws: Aws, clock: Clock
) -> None:
    for writes in range(1, 30):
        for number in range(3):
            post(office, email="ola@example.com", message=f"Number {number}")
        clock.forward(days=2 * 366)
        killed = killed_then_finished(office, aws, partial(sweep, office), writes)
        assert aws.items_of_people() == []
        if not killed:
            break
    assert {record.counts[Kind.INTERACTION] for record in records(office)} == {3}
    assert len([item for item in aws.items() if item["pk"]["S"].startswith("TOMB#")]) == writes


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    submissions=st.lists(st.integers(0, 60), min_size=1, max_size=4),
    writes=st.integers(1, 8),
    nights=st.integers(0, 3),
)
def test_whatever_was_sent_and_wherever_it_is_killed_nothing_personal_is_left(
    office: Office, aws: Aws, clock: Clock, submissions: list[int], writes: int, nights: int
) -> None:
    for days in submissions:
        clock.forward(days=days)
        post(office, email="ola@example.com", message="Hello")
    clock.forward(days=2 * 366 + nights)
    killed_then_finished(office, aws, partial(sweep, office), writes)
    before = aws.items()
    assert aws.items_of_people() == []
    assert (sweep(office)["due"], aws.items()) == (0, before)


# What TTL began ------------------------------------------------------------------------------


def expire(aws: Aws) -> dict[str, object]:
    """Delete the profile as DynamoDB's TTL does; the image that the stream tells."""
    image = aws.profile()
    aws.client.delete_item(TableName=aws.table, Key={"pk": image["pk"], "sk": image["sk"]})
    return image


def test_what_ttl_removed_is_finished_with_the_same_record(
    office: Office, aws: Aws, clock: Clock
) -> None:
    post(office, choices=["marketing_email"])
    clock.set(DUE + timedelta(days=14))
    erasures.finish_expired(expire(aws), "e" * 32, office, removed_at=office.now())
    (record,) = records(office)
    assert aws.items_of_people() == []
    assert (record.trigger, record.rule) == (Trigger.TTL, Rule.DIALOGUE)
    assert record.counts == {
        Kind.PROFILE: 1,
        Kind.INTERACTION: 1,
        Kind.CONSENT: 1,
        Kind.TECHNICAL: 1,
    }


def test_an_expiry_that_is_told_twice_is_recorded_once(
    office: Office, aws: Aws, clock: Clock
) -> None:
    post(office)
    clock.set(DUE + timedelta(days=14))
    image = expire(aws)
    erasures.finish_expired(image, "e" * 32, office, removed_at=office.now())
    before = aws.items()
    erasures.finish_expired(image, "e" * 32, office, removed_at=office.now())
    assert aws.items() == before


@pytest.mark.parametrize("swept", [True, False], ids=["after a sweep", "at once"])
@pytest.mark.parametrize("writes", range(1, 5))
def test_an_expiry_killed_anywhere_is_finished_when_it_is_told_again(
    office: Office, aws: Aws, clock: Clock, writes: int, swept: bool
) -> None:
    post(office, choices=["marketing_email", "marketing_phone"])
    clock.set(DUE + timedelta(days=14))
    image = expire(aws)
    finish = partial(erasures.finish_expired, image, "e" * 32, office, removed_at=office.now())
    with suppress(Killed), aws.killed_after(writes):
        finish()
    if swept:
        sweep(office)
    finish()
    (record,) = records(office)
    assert aws.items_of_people() == []
    assert (record.counts[Kind.INTERACTION], len(record.consents)) == (1, 2)


def test_who_is_not_due_by_the_rules_of_today_is_put_back_whole(
    office: Office, aws: Aws, clock: Clock
) -> None:
    post(office)
    clock.set(DUE + timedelta(days=14))
    before = aws.profile()
    erasures.finish_expired(
        expire(aws), "e" * 32, under(office, "3 years"), removed_at=office.now()
    )
    after = aws.profile()
    assert after["due_sk"]["S"].startswith("2029-11-23")
    assert {**after, "due_sk": 0, "ttl": 0} == {**before, "due_sk": 0, "ttl": 0}


def test_who_was_put_back_and_then_erased_is_not_put_back_when_it_is_told_again(
    office: Office, aws: Aws, clock: Clock
) -> None:
    post(office)
    clock.set(DUE + timedelta(days=14))
    image, longer = expire(aws), under(office, "3 years")
    again = partial(erasures.finish_expired, image, "e" * 32, longer, removed_at=office.now())
    again()
    clock.forward(hours=2)
    subject = subjects.read(aws.profile()["pk"]["S"].removeprefix("S#"))
    scheme = ErasureScheme(at=office.now(), upto=office.now(), counts={Kind.PROFILE: 1})
    assert subject
    assert erasures.on_request(subject, scheme, "a" * 32, longer)
    assert again()
    assert aws.items_of_people() == []


def test_an_expiry_during_an_erasure_keeps_that_erasures_record(
    office: Office, aws: Aws, clock: Clock
) -> None:
    post(office)
    clock.set(DUE)
    with pytest.raises(Killed), aws.killed_after(1):
        erasures.process(next(_profile_entries()), office)
    erasures.finish_expired(expire(aws), "e" * 32, office, removed_at=office.now())
    (record,) = records(office)
    assert (record.trigger, aws.items_of_people()) == (Trigger.SWEEP, [])


def _profile_entries() -> "erasures.Iterator[erasures.DueEntry]":
    for shard in erasures.due.shards():
        for entry in erasures.due.entries(shard, until=DUE.date() + timedelta(days=1)):
            if entry.kind is Kind.PROFILE:
                yield entry


# The forecast --------------------------------------------------------------------------------


def test_the_forecast_counts_by_month_and_rule(office: Office, clock: Clock) -> None:
    post(office)
    post(office, email="per@example.com", choices=["newsletter"])
    clock.forward(days=5)
    events.note("per@example.com", Event.UNSUBSCRIBE, office, at=clock.now())
    months = {one.month: one.by_rule for one in filing.forecast(25, office)}
    assert months.pop("2028-11") == {Rule.DIALOGUE: 1, Rule.SUBSCRIPTION: 1}
    assert len(months) == 24
    assert not any(months.values())


def test_the_forecast_counts_by_the_true_day_not_by_the_filed_one(
    office: Office, clock: Clock
) -> None:
    post(office)
    clock.forward(days=40)
    post(office)
    months = {one.month: one.erased for one in filing.forecast(30, office)}
    assert (months["2028-11"], months["2029-01"]) == (0, 1)


# Another statement ---------------------------------------------------------------------------


def under(office: Office, period: str) -> Office:
    """The office under a statement with another period for dialogues."""
    law = office.statement.retention
    rules = {**law.rules, Rule.DIALOGUE: structs.replace(law.rules[Rule.DIALOGUE], period=period)}
    changed = structs.replace(office.statement, retention=structs.replace(law, rules=rules))
    return replace(office, statement=changed)


def test_a_contact_meanwhile_does_not_keep_anybody_from_being_filed_anew(
    office: Office, aws: Aws, clock: Clock
) -> None:
    post(office)
    clock.forward(days=1)
    other = under(office, "1 year")
    with aws.between("TransactWriteItems", partial(send, other)):
        assert filing.refile(other).moved == 1
    assert aws.profile()["due_sk"]["S"].startswith("2027-11-24")


@pytest.mark.parametrize(
    ("period", "due_on"),
    [("1 year", "2027-11-23"), ("18 months", "2028-05-23"), ("3 years", "2029-11-23")],
)
def test_after_a_change_of_the_statement_everybody_is_filed_by_it(
    office: Office, aws: Aws, period: str, due_on: str
) -> None:
    post(office)
    other = under(office, period)
    first, again = filing.refile(other), filing.refile(other)
    assert (first.moved, again.moved) == (1, 0)
    assert aws.profile()["due_sk"]["S"].startswith(due_on)
