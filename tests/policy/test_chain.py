"""A chain shows what was done to it, and holds without the values it is about."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from shared.model.audit import AuditEntry, AuditEvent, Noted
from shared.policy import chain

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
YEAR = timedelta(days=365)
SALTS = st.text("0123456789abcdef", min_size=32, max_size=32)
TEXTS = st.text(max_size=8)
VALUES = st.dictionaries(TEXTS, TEXTS | st.lists(TEXTS, max_size=2) | st.integers() | st.none())
NOTED = st.builds(
    Noted,
    event=st.sampled_from(AuditEvent),
    actor=st.sampled_from(["data subject", "system", "support:8f3a"]),
    at=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    because=TEXTS,
    purpose=TEXTS,
    reference=TEXTS,
    fields=st.lists(TEXTS, max_size=2).map(tuple),
    values=VALUES,
)
TIMES = st.sampled_from([None, NOW, NOW + 100 * YEAR])
"""Of a verification; by the last all entries have outlived their period."""

Opened = dict[int, tuple[str, dict[str, Any]]]
Trail = tuple[list[AuditEntry], Opened]


def forged(noted: list[tuple[Noted, str]]) -> Trail:
    """The chain of these, each kept for a year longer than the one before."""
    entries: list[AuditEntry] = []
    head, until = "", None
    for number, (one, salt) in enumerate(noted, start=1):
        entries.append(chain.link(one, number, head, salt, until))
        head, until = chain.digest(entries[-1]), NOW + number * YEAR
    opened = {n: (salt, dict(one.values)) for n, (one, salt) in enumerate(noted, 1) if one.values}
    return entries, opened


TRAILS = st.lists(st.tuples(NOTED, SALTS), min_size=1, max_size=6).map(forged)
LONGER = st.lists(st.tuples(NOTED, SALTS), min_size=2, max_size=6).map(forged)


def simple(count: int) -> list[AuditEntry]:
    noted = Noted(event=AuditEvent.READ, actor="system", at=NOW)
    return forged([(noted, "")] * count)[0]


@given(TRAILS)
def test_a_chain_that_was_left_alone_is_whole(trail: Trail) -> None:
    entries, opened = trail
    verified = chain.verify(entries, opened)
    assert (verified.whole, verified.entries, verified.opened) == (True, len(entries), len(opened))
    assert verified.head == chain.digest(entries[-1])


@given(TRAILS)
def test_a_chain_is_whole_after_its_way_through_json(trail: Trail) -> None:
    entries = msgspec.json.decode(msgspec.json.encode(trail[0]), type=list[AuditEntry])
    opened = msgspec.json.decode(msgspec.json.encode(trail[1]), type=Opened)
    assert chain.verify(entries, opened) == chain.verify(*trail)


@given(TRAILS, st.data())
def test_without_salt_and_values_the_chain_holds_all_the_same(
    trail: Trail, data: st.DataObject
) -> None:
    entries, opened = trail
    left = data.draw(st.sets(st.sampled_from(sorted(opened)))) if opened else set()
    verified = chain.verify(entries, {number: opened[number] for number in left})
    assert (verified.broken, verified.opened) == ((), len(left))


@given(LONGER, TIMES, st.data())
def test_any_change_of_any_entry_is_found(
    trail: Trail, now: datetime | None, data: st.DataObject
) -> None:
    """The last one's by the head, which is what it is for."""
    entries, opened = trail
    at = data.draw(st.integers(0, len(entries) - 1))
    name = data.draw(st.sampled_from(AuditEntry.__struct_fields__))
    other = forged([(data.draw(NOTED), data.draw(SALTS))] * 4)[0][3]
    assume(getattr(entries[at], name) != getattr(other, name))
    changed = [*entries]
    changed[at] = replace(entries[at], **{name: getattr(other, name)})
    before, after = chain.verify(entries, opened, now), chain.verify(changed, opened, now)
    assert after.broken or after.head != before.head
    assert after.broken or at == len(entries) - 1


@given(LONGER, st.data())
def test_any_removal_but_of_the_tail_is_found(trail: Trail, data: st.DataObject) -> None:
    entries, opened = trail
    first = data.draw(st.integers(0, len(entries) - 2))
    after = data.draw(st.integers(first + 1, len(entries) - 1))
    verified = chain.verify(entries[:first] + entries[after:], opened, NOW)
    assert verified.broken == (after + 1,)


@given(LONGER)
def test_the_removal_of_the_tail_changes_the_head(trail: Trail) -> None:
    entries, opened = trail
    assert chain.verify(entries[:-1], opened).head != chain.verify(entries, opened).head


@given(LONGER, TIMES, st.data())
def test_any_swap_is_found(trail: Trail, now: datetime | None, data: st.DataObject) -> None:
    entries, opened = trail
    order = data.draw(st.permutations(range(len(entries))))
    assume(order != sorted(order))
    assert chain.verify([entries[one] for one in order], opened, now).broken


@given(TRAILS, st.data())
def test_an_entry_that_is_put_in_is_found(trail: Trail, data: st.DataObject) -> None:
    entries, opened = trail
    at = data.draw(st.integers(0, len(entries) - 1))
    head = chain.digest(entries[at - 1]) if at else ""
    forgery = chain.link(data.draw(NOTED), at + 1, head, data.draw(SALTS))
    assert chain.verify([*entries[:at], forgery, *entries[at:]], opened, NOW).broken


@given(NOTED, SALTS, VALUES, SALTS)
def test_other_values_or_another_salt_do_not_open_a_commitment(
    noted: Noted, salt: str, others: dict[str, Any], other: str
) -> None:
    assume(noted.values and (salt, noted.values) != (other, others))
    entries, _ = forged([(noted, salt)])
    assert chain.verify(entries, {1: (other, others)}).broken == (1,)


@given(st.dictionaries(TEXTS, TEXTS, min_size=1), SALTS, SALTS)
def test_a_commitment_is_no_plain_hash_of_the_values(
    values: dict[str, str], salt: str, other: str
) -> None:
    """Whoever guesses the value cannot tell that he is right."""
    assume(salt != other)
    told = chain.commitment(salt, values)
    plain = [msgspec.json.encode(values), *(one.encode() for one in values.values())]
    assert told not in {sha256(one).hexdigest() for one in plain}
    assert told not in {chain.commitment(other, values), chain.commitment("", values)}


def test_no_values_are_no_commitment() -> None:
    assert chain.commitment("salt", {}) == ""


@given(VALUES)
def test_the_order_of_values_makes_no_difference(values: dict[str, Any]) -> None:
    turned = dict(reversed(values.items()))
    assert chain.commitment("salt", values) == chain.commitment("salt", turned)


def test_no_entries_are_whole() -> None:
    assert chain.verify([], {}) == chain.Verified(entries=0, first=0, opened=0, broken=(), head="")


@pytest.mark.parametrize(
    ("left", "passed", "broken"),
    [
        pytest.param([2, 3, 4], YEAR - timedelta(seconds=1), (2,), id="a moment too early"),
        pytest.param([2, 3, 4], YEAR, (), id="the first one's period is over"),
        pytest.param([3, 4], YEAR, (3,), id="the second one's is not"),
        pytest.param([3, 4], 2 * YEAR, (), id="both are over"),
        pytest.param([1, 3, 4], 2 * YEAR, (), id="TTL keeps no order"),
        pytest.param([1, 2, 4], 2 * YEAR, (4,), id="cut behind what has expired"),
        pytest.param([4], 9 * YEAR, (), id="all but the last"),
    ],
)
def test_only_what_has_outlived_its_period_may_be_missing(
    left: list[int], passed: timedelta, broken: tuple[int, ...]
) -> None:
    entries = [entry for entry in simple(4) if entry.number in left]
    verified = chain.verify(entries, {}, NOW + passed)
    assert (verified.broken, verified.first) == (broken, left[0])


def test_an_attribute_that_is_added_with_a_default_changes_no_digest() -> None:
    """Trails outlive releases: this is the digest of the first of them."""
    (entry,) = simple(1)
    told = '{"actor":"system","at":"2026-11-22T09:00:00Z","event":"read","number":1}'
    assert chain.digest(entry) == sha256(told.encode()).hexdigest()


def test_what_is_stored_keeps_its_digest() -> None:
    entry = AuditEntry(
        number=2,
        previous="0" * 64,
        previous_until=datetime(2029, 1, 1, tzinfo=UTC),
        event=AuditEvent.READ,
        actor="support:1",
        at=datetime(2026, 11, 22, 9, 0, 0, 5, tzinfo=UTC),
        purpose="reply",
        fields=("email", "name"),
        commitment="1" * 64,
    )
    stored = "b403743de6b0b6c5929c17acc6e7b3e709dd8ed9499d4a5116a7a0c9332e6dcb"
    assert chain.digest(entry) == stored


def test_who_is_named_in_a_reason_does_not_print_itself() -> None:
    assert "Kari" not in repr(replace(simple(1)[0], because="Kari asked"))
