"""Erasing on request: what goes, what stays and on which ground, and when that goes too."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shared.model.contacts import Source, SourceKind, Value
from shared.model.erasures import ErasureScheme, Kept, Kind
from shared.model.retention import Facts, Hold, Rule
from shared.model.subjects import State, Subject
from shared.policy import erasing, retention
from shared.statement import loading
from shared.statement.types import Statement

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)
DAY = timedelta(days=1)
FACTS = Facts(last_contact=AT - 30 * DAY)
STATEMENT = loading.load()
CUSTOMER, ACCOUNTING = (STATEMENT.withheld[name] for name in ("customer", "accounting"))
EVERYTHING = Kept(fields=("*",), ground="hold", clause="GDPR art. 17(3)(e)")
RESTRICTED = Kept(fields=("*",), ground="restriction", clause="GDPR art. 18(2)")
AS_CUSTOMER = Kept(fields=CUSTOMER.fields, ground="customer", clause="9")


def value(name: str, at: datetime = FACTS.last_contact) -> Value:
    source = Source(kind=SourceKind.FORM, at=at, form="contact")
    return Value(name=name, value=f"a {name}", source=source, purpose="reply")


def subject(facts: Facts, values: tuple[Value, ...] = ()) -> Subject:
    return Subject(
        subject_id="1" * 32,
        state=State.ACTIVE,
        rev=1,
        facts=facts,
        values=values,
        lookups=(),
        record_key="1.k",
    )


def hold(ground: str = "", until: date | None = None) -> Hold:
    return Hold(since=AT - DAY, because="a claim by Kari", ground=ground, until=until)


def by_law(until: date) -> Kept:
    return Kept(
        fields=ACCOUNTING.fields, ground="accounting", clause=ACCOUNTING.clause, until=until
    )


def scheme(facts: Facts) -> ErasureScheme:
    counts = {Kind.PROFILE: 1}
    return erasing.scheme(subject(facts), counts, (), STATEMENT, at=AT, today=TODAY)


@pytest.mark.parametrize(
    ("facts", "kept"),
    [
        pytest.param({}, (), id="nobody's customer"),
        pytest.param({"customer_ended": AT}, (), id="a customer once"),
        pytest.param({"subscribed_since": AT}, (), id="a subscriber"),
        pytest.param({"customer_since": AT}, (AS_CUSTOMER,), id="a customer"),
        pytest.param({"holds": (hold(),)}, (EVERYTHING,), id="a hold without a ground"),
        pytest.param(
            {"holds": (hold(until=TODAY),)},
            (replace(EVERYTHING, until=TODAY),),
            id="a hold without a ground, until today",
        ),
        pytest.param({"holds": (hold(until=TODAY - DAY),)}, (), id="one that ended yesterday"),
        pytest.param(
            {"holds": (hold("accounting", TODAY - DAY),)}, (), id="a ground until yesterday"
        ),
        pytest.param(
            {"holds": (hold("accounting", TODAY),)}, (by_law(TODAY),), id="a ground until today"
        ),
        pytest.param(
            {"holds": (hold("accounting", TODAY + DAY),)},
            (by_law(TODAY + DAY),),
            id="a ground until tomorrow",
        ),
        pytest.param(
            {
                "customer_since": AT,
                "holds": (
                    hold("accounting", TODAY - DAY),
                    hold("accounting", TODAY + DAY),
                    hold(),
                ),
            },
            (AS_CUSTOMER, by_law(TODAY + DAY), EVERYTHING),
            id="several",
        ),
        pytest.param({"restricted_since": AT}, (RESTRICTED,), id="restricted"),
    ],
)
def test_what_has_to_stay_is_named_with_its_ground(
    facts: dict[str, object], kept: tuple[Kept, ...]
) -> None:
    decided = scheme(replace(FACTS, **facts))
    assert (decided.kept, decided.whole) == (kept, not kept)


def test_a_scheme_says_who_is_told_and_names_nobody(statement: Statement) -> None:
    decided = scheme(replace(FACTS, holds=(hold(),)))
    assert set(decided.tell) == {
        name for name, one in statement.processors.items() if one.agreement
    }
    assert "Kari" not in str(decided)


@pytest.mark.parametrize(
    ("kept", "left"),
    [
        ((), set()),
        ((AS_CUSTOMER,), {"name", "email"}),
        ((by_law(TODAY),), {"name"}),
        ((by_law(TODAY), AS_CUSTOMER), {"name", "email"}),
        ((by_law(TODAY), EVERYTHING), {"name", "email", "position"}),
        ((RESTRICTED,), {"name", "email", "position"}),
    ],
)
def test_of_the_values_those_stay_that_a_ground_names(
    kept: tuple[Kept, ...], left: set[str]
) -> None:
    values = tuple(map(value, ("name", "email", "position")))
    found = erasing.values_kept(values, replace(scheme(FACTS), kept=kept))
    assert {one.name for one in found} == left


@pytest.mark.parametrize(("after", "stays"), [(-DAY, False), (0 * DAY, False), (DAY, True)])
def test_what_came_in_after_the_plan_is_not_touched(after: timedelta, stays: bool) -> None:
    found = erasing.values_kept((value("position", AT + after),), scheme(FACTS))
    assert bool(found) is stays


FACTS_OF_SOMEBODY = st.builds(
    Facts,
    last_contact=st.just(AT),
    customer_since=st.none() | st.just(AT),
    subscribed_since=st.none() | st.just(AT),
    restricted_since=st.none() | st.just(AT),
    holds=st.lists(
        st.builds(
            hold,
            st.sampled_from(["", "accounting", "customer"]),
            st.none() | st.dates(TODAY - 9 * DAY, TODAY + 9 * DAY),
        ),
        max_size=3,
    ).map(tuple),
)
NAMES = sorted(STATEMENT.fields)


@given(FACTS_OF_SOMEBODY, st.lists(st.sampled_from(NAMES), unique=True))
def test_what_stays_always_has_a_ground(facts: Facts, names: list[str]) -> None:
    decided = scheme(facts)
    left = erasing.values_kept(tuple(map(value, names)), decided)
    grounds = [set(one.fields) for one in decided.kept]
    assert all(any({one.name, "*"} & fields for fields in grounds) for one in left)
    assert all(one.ground and one.clause for one in decided.kept)
    in_force = [one for one in facts.holds if one.until is None or one.until >= TODAY]
    open_reasons = bool(facts.customer_since) + bool(facts.restricted_since) + len(in_force)
    assert len(decided.kept) == open_reasons


@given(FACTS_OF_SOMEBODY)
def test_what_stays_is_due_when_the_last_ground_has_ended(facts: Facts) -> None:
    law, decided = STATEMENT.retention, scheme(facts)
    after = erasing.carried_out(facts, decided)
    assert (after.erasure_requested, after.subscribed_since) == (AT, None)
    verdict = retention.decide(after, law)
    untils = [one.until for one in decided.kept]
    if None in untils:
        assert verdict.erased_on is None
    else:
        ends = [until + DAY for until in untils if until]
        assert verdict.erased_on == max([TODAY, *ends])


# Afterwards ------------------------------------------------------------------------------------


def test_a_customer_is_due_at_once_when_the_relationship_ends() -> None:
    facts = replace(FACTS, customer_since=AT)
    after = erasing.carried_out(facts, scheme(facts))
    law, ended_at = STATEMENT.retention, AT + 40 * DAY
    assert retention.decide(after, law).erased_on is None
    verdict = retention.decide(retention.customer_ended(after, ended_at), law)
    assert verdict.rule is Rule.ERASURE_REQUESTED
    assert verdict.is_due(TODAY + 40 * DAY)


@pytest.mark.parametrize(("after", "due"), [(-DAY, False), (0 * DAY, False), (DAY, True)])
def test_a_dated_hold_lets_go_the_day_after(after: timedelta, due: bool) -> None:
    until = date(2031, 12, 31)
    facts = replace(FACTS, holds=(hold("accounting", until),))
    verdict = retention.decide(erasing.carried_out(facts, scheme(facts)), STATEMENT.retention)
    assert verdict.is_due(until + after) is due


def test_a_repeated_erasure_keeps_the_day_of_the_first() -> None:
    facts = erasing.carried_out(FACTS, scheme(FACTS))
    assert erasing.carried_out(facts, replace(scheme(FACTS), at=AT + DAY)) == facts


@pytest.mark.parametrize(
    ("on", "years", "until"),
    [
        (date(2026, 1, 1), 5, date(2031, 12, 31)),
        (date(2026, 12, 31), 5, date(2031, 12, 31)),
        (date(2027, 1, 1), 5, date(2032, 12, 31)),
    ],
)
def test_a_legal_period_runs_from_the_end_of_the_accounting_year(
    on: date, years: int, until: date
) -> None:
    assert erasing.hold_until(on, years) == until


@pytest.mark.parametrize(
    ("contact", "collected", "brought_back"),
    [
        pytest.param(AT - DAY, AT - DAY, True, id="the day before"),
        pytest.param(AT, AT, True, id="at that very moment"),
        pytest.param(AT + DAY, AT - DAY, False, id="a contact the day after"),
        pytest.param(AT - DAY, AT + DAY, False, id="a value from the day after"),
    ],
)
def test_a_backup_has_brought_back_who_was_erased_unless_something_has_come_in_since(
    contact: datetime, collected: datetime, brought_back: bool
) -> None:
    person = subject(Facts(last_contact=contact), (value("name"), value("email", collected)))
    assert erasing.is_brought_back(person, AT) is brought_back
