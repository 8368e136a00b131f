"""Statement §9, rule by rule: the day before, the day, the day after."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shared.model.contacts import Contact
from shared.model.retention import Facts, Hold, Rule
from shared.policy import retention
from shared.statement import loading
from shared.statement.types import Statement

OSLO = ZoneInfo("Europe/Oslo")
LAW = loading.load().retention
EARLY = datetime(2020, 1, 1, tzinfo=UTC)


def oslo(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=OSLO)


def contact(on: str, **further: str) -> Facts:
    return Facts(
        last_contact=oslo(on),
        **{name: oslo(day) for name, day in further.items()},  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("facts", "kept_through", "rule"),
    [
        pytest.param(
            contact("2026-11-22T10:00"), "2028-11-22", Rule.DIALOGUE, id="two years of dialogue"
        ),
        pytest.param(
            contact("2026-11-22T00:00"), "2028-11-22", Rule.DIALOGUE, id="a contact at midnight"
        ),
        pytest.param(
            contact("2026-11-22T23:59:59"),
            "2028-11-22",
            Rule.DIALOGUE,
            id="a contact a second before midnight",
        ),
        pytest.param(
            contact("2024-02-29T12:00"),
            "2026-02-28",
            Rule.DIALOGUE,
            id="a leap day ends on the 28th",
        ),
        pytest.param(
            contact("2026-02-28T12:00"),
            "2028-02-28",
            Rule.DIALOGUE,
            id="the 28th stays the 28th",
        ),
        pytest.param(
            contact("2026-12-31T23:30"), "2028-12-31", Rule.DIALOGUE, id="the last day of a year"
        ),
        pytest.param(
            contact("2026-03-29T02:30"),
            "2028-03-29",
            Rule.DIALOGUE,
            id="the hour spring skips",
        ),
        pytest.param(
            contact("2026-10-25T02:30"),
            "2028-10-25",
            Rule.DIALOGUE,
            id="the hour autumn repeats",
        ),
        pytest.param(
            contact("2024-03-31T12:00"),
            "2026-03-31",
            Rule.DIALOGUE,
            id="the last of March",
        ),
        pytest.param(
            contact("2020-01-01", subscription_ended="2026-05-31T12:00"),
            "2028-05-31",
            Rule.SUBSCRIPTION,
            id="two years after the subscription ended",
        ),
        pytest.param(
            contact("2020-01-01", customer_ended="2026-06-30T12:00"),
            "2028-06-30",
            Rule.CUSTOMER,
            id="two years after the customer relationship ended",
        ),
        pytest.param(
            contact("2026-07-01", subscription_ended="2026-05-31", customer_ended="2026-06-30"),
            "2028-07-01",
            Rule.DIALOGUE,
            id="of several periods the last to end decides",
        ),
        pytest.param(
            contact("2026-07-01", purpose_ended="2026-03-01"),
            "2028-03-01",
            Rule.PURPOSE_ENDED,
            id="a purpose that ended earlier replaces the last contact",
        ),
        pytest.param(
            contact("2026-07-01", purpose_ended="2026-09-01"),
            "2028-07-01",
            Rule.DIALOGUE,
            id="a purpose that ended later extends nothing",
        ),
        pytest.param(
            contact("2026-07-01", purpose_ended="2026-03-01", customer_ended="2026-06-30"),
            "2028-06-30",
            Rule.CUSTOMER,
            id="a purpose that ended shortens the dialogue only",
        ),
    ],
)
class TestPeriods:
    """Kept through the anniversary, erased from the midnight after it, where the controller is."""

    def test_the_day_before_it_is_kept(self, facts: Facts, kept_through: str, rule: Rule) -> None:
        before = date.fromisoformat(kept_through) - timedelta(days=1)
        assert not retention.decide(facts, LAW).is_due(before)

    def test_on_the_day_it_is_kept(self, facts: Facts, kept_through: str, rule: Rule) -> None:
        assert not retention.decide(facts, LAW).is_due(date.fromisoformat(kept_through))

    def test_the_day_after_it_is_erased(self, facts: Facts, kept_through: str, rule: Rule) -> None:
        verdict = retention.decide(facts, LAW)
        after = date.fromisoformat(kept_through) + timedelta(days=1)
        assert verdict.is_due(after)
        assert (verdict.erased_on, verdict.rule) == (after, rule)


@pytest.mark.parametrize(
    ("open_reason", "rule", "source"),
    [
        pytest.param({"subscribed_since": EARLY}, Rule.SUBSCRIPTION, "§9", id="while subscribed"),
        pytest.param({"customer_since": EARLY}, Rule.CUSTOMER, "§9", id="while a customer"),
        pytest.param(
            {"holds": (Hold(since=EARLY, because="case 7"),)},
            Rule.HOLD,
            "GDPR art. 17(3)",
            id="while held",
        ),
        pytest.param(
            {"restricted_since": EARLY}, Rule.RESTRICTION, "GDPR art. 18", id="while restricted"
        ),
    ],
)
def test_nothing_is_erased_while_a_reason_is_open(
    open_reason: dict[str, object], rule: Rule, source: str
) -> None:
    verdict = retention.decide(replace(Facts(last_contact=EARLY), **open_reason), LAW)  # type: ignore[arg-type]
    assert (verdict.erased_on, verdict.rule) == (None, rule)
    assert verdict.because.startswith(source)


@pytest.mark.parametrize(
    ("utc", "day"),
    [
        pytest.param("2026-03-28T22:59:59", "2026-03-28", id="winter: before local midnight"),
        pytest.param("2026-03-28T23:00:00", "2026-03-29", id="winter: local midnight"),
        pytest.param("2026-03-29T21:59:59", "2026-03-29", id="summer begins: the day has 23 hours"),
        pytest.param("2026-03-29T22:00:00", "2026-03-30", id="summer: local midnight"),
        pytest.param("2026-10-25T22:59:59", "2026-10-25", id="summer ends: the day has 25 hours"),
        pytest.param("2026-10-25T23:00:00", "2026-10-26", id="winter again: local midnight"),
    ],
)
def test_a_day_is_the_controllers_calendar_day(utc: str, day: str) -> None:
    at = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert retention.local_day(at, LAW) == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("kind", "counts"),
    [
        (Contact.FORM, True),
        (Contact.DOWNLOAD, True),
        (Contact.REPLY, True),
        (Contact.PHONE, True),
        (Contact.OPEN, False),
        (Contact.CLICK, False),
        (Contact.OUTBOUND, False),
        (Contact.EDIT, False),
    ],
)
def test_only_what_comes_from_the_person_moves_the_clock(
    kind: Contact, counts: bool, statement: Statement
) -> None:
    assert retention.counts(kind, statement) is counts


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("later", "counts"),
    [
        pytest.param(-DAY, -DAY, id="the day before"),
        pytest.param(timedelta(), timedelta(), id="the day"),
        pytest.param(DAY, timedelta(), id="the day after"),
    ],
)
def test_of_two_days_on_which_the_purpose_ended_the_earlier_counts(
    later: timedelta, counts: timedelta
) -> None:
    at = oslo("2026-08-01T12:00")
    once = retention.purpose_ended(contact("2026-07-01"), at)
    assert retention.purpose_ended(once, at + later).purpose_ended == at + counts


@pytest.mark.parametrize(
    ("after", "moves"),
    [
        pytest.param(timedelta(microseconds=-1), False, id="before"),
        pytest.param(timedelta(), False, id="at the same instant"),
        pytest.param(timedelta(microseconds=1), True, id="after"),
    ],
)
def test_only_a_later_contact_is_a_new_reason(after: timedelta, moves: bool) -> None:
    at = oslo("2026-07-01T12:00")
    ended = Facts(last_contact=at, purpose_ended=at)
    told = retention.contacted(ended, at + after)
    assert (told.last_contact, told.purpose_ended) == ((at + after, None) if moves else (at, at))


def test_a_new_contact_is_a_new_reason_after_the_purpose_ended() -> None:
    ended = retention.purpose_ended(contact("2026-07-01"), oslo("2026-03-01"))
    again = retention.contacted(ended, oslo("2026-08-01"))
    assert retention.decide(again, LAW).erased_on == date(2028, 8, 2)


def test_the_ttl_lies_fourteen_days_behind_the_day_of_erasure() -> None:
    filing = retention.filing(retention.decide(contact("2026-11-22"), LAW), date(2026, 11, 22), LAW)
    assert filing
    assert filing.due_on == date(2028, 11, 23)
    assert filing.ttl == datetime(2028, 12, 7, tzinfo=OSLO)


def test_the_ttl_never_lies_in_the_past() -> None:
    filing = retention.filing(retention.decide(contact("2019-01-01"), LAW), date(2026, 11, 22), LAW)
    assert filing
    assert filing.due_on == date(2021, 1, 2)
    assert filing.ttl == datetime(2026, 12, 6, tzinfo=OSLO)


# Invariants ------------------------------------------------------------------------------------

instants = st.datetimes(
    min_value=datetime(2000, 1, 1),
    max_value=datetime(2060, 1, 1),
    timezones=st.just(UTC),
)
maybe = st.none() | instants
facts_of_all_kinds = st.builds(
    Facts,
    last_contact=instants,
    purpose_ended=maybe,
    subscribed_since=maybe,
    subscription_ended=maybe,
    customer_since=maybe,
    customer_ended=maybe,
    holds=st.just(()) | st.builds(lambda at: (Hold(since=at, because="x"),), instants),
    restricted_since=maybe,
)
closed_facts = facts_of_all_kinds.map(
    lambda facts: replace(
        facts, subscribed_since=None, customer_since=None, holds=(), restricted_since=None
    )
)
days = st.dates(min_value=date(2000, 1, 1), max_value=date(2070, 1, 1))


def two_years_after(day: date) -> date:
    """Independent of the product: the same month and day, or the day before a missing 29th."""
    try:
        return day.replace(year=day.year + 2)
    except ValueError:
        return date(day.year + 2, 2, 28)


@given(closed_facts)
def test_nobody_is_erased_before_two_years_from_the_latest_start(facts: Facts) -> None:
    dialogue = min(facts.last_contact, facts.purpose_ended or facts.last_contact)
    starts = filter(None, (dialogue, facts.subscription_ended, facts.customer_ended))
    ends = max(two_years_after(start.astimezone(OSLO).date()) for start in starts)
    assert retention.decide(facts, LAW).erased_on == ends + timedelta(days=1)


@given(facts_of_all_kinds, days, st.timedeltas(timedelta(0), timedelta(days=3650)))
def test_what_is_due_today_is_due_tomorrow(facts: Facts, day: date, later: timedelta) -> None:
    verdict = retention.decide(facts, LAW)
    assert not verdict.is_due(day) or verdict.is_due(day + later)


@given(facts_of_all_kinds, instants)
def test_a_contact_never_brings_erasure_nearer(facts: Facts, at: datetime) -> None:
    before, after = (
        retention.decide(one, LAW).erased_on or date.max
        for one in (facts, retention.contacted(facts, at))
    )
    assert after >= before


@given(facts_of_all_kinds, st.lists(instants, max_size=6), st.randoms())
def test_the_order_and_repetition_of_contacts_do_not_matter(
    facts: Facts, contacts: list[datetime], random: Callable[..., None]
) -> None:
    shuffled = [*contacts, *contacts]
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    def after(order: list[datetime]) -> Facts:
        told = facts
        for at in order:
            told = retention.contacted(told, at)
        return told

    assert after(contacts) == after(shuffled)


@given(facts_of_all_kinds)
def test_a_hold_always_wins_and_its_release_restores_the_verdict(facts: Facts) -> None:
    free = replace(facts, holds=())
    held = retention.held(free, EARLY, "case 7")
    assert retention.decide(held, LAW).rule is Rule.HOLD
    assert retention.decide(retention.released(held), LAW) == retention.decide(free, LAW)


@given(facts_of_all_kinds)
def test_every_verdict_names_its_source(facts: Facts) -> None:
    verdict = retention.decide(facts, LAW)
    assert verdict.because.startswith(("§9 ", "GDPR art. "))
    assert verdict.clause


@given(facts_of_all_kinds, facts_of_all_kinds)
def test_telling_something_twice_is_telling_it_once(known: Facts, told: Facts) -> None:
    once = retention.merged(known, told)
    assert retention.merged(once, told) == once
