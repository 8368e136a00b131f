"""What is done with somebody's data stays on record, whole, and without a value of theirs."""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
import pytest
from pynamodb.transactions import TransactWrite

from shared.errors import Superseded
from shared.model.audit import AuditEntry, AuditEvent, Noted
from shared.model.erasures import Kind
from shared.policy import chain
from shared.store import _calls, audit, subjects
from shared.store._items import ProfileItem
from shared.wiring import Office
from shared.workflows import access, auditing, erasures
from tests.stand_ins import Aws, Clock, Killed
from tests.workflows.submitting import KARI, post
from tests.workflows.test_erasures import DUE, expire, records, sweep

SUPPORT = "support:8f3a"
SECRET = {"name": ["Kari", "Kari Nordmann"]}


@pytest.fixture
def kari(office: Office, aws: Aws) -> str:
    post(office, name="Kari")
    pk: str = aws.profile()["pk"]["S"]
    return pk.removeprefix("S#")


def read(subject_id: str, office: Office, **more: Any) -> AuditEntry:
    return auditing.note(subject_id, AuditEvent.READ, SUPPORT, office, **more)


def correct(subject_id: str, office: Office) -> AuditEntry:
    return auditing.note(
        subject_id, AuditEvent.CORRECTED, SUPPORT, office, fields=("name",), values=SECRET
    )


def trail_items(aws: Aws) -> list[dict[str, Any]]:
    return [item for item in aws.items() if item["pk"]["S"].startswith("AUD#")]


def values_items(aws: Aws) -> list[dict[str, Any]]:
    return [item for item in aws.items() if item["sk"]["S"].startswith("A#")]


# What is written -----------------------------------------------------------------------------


def test_the_trail_says_who_did_what_and_why_in_order(office: Office, kari: str) -> None:
    read(kari, office, because="a call", purpose="reply", reference="r1", fields=("name",))
    correct(kari, office)
    first, second = auditing.trail(kari)
    assert (first.number, first.event, first.actor, first.because) == (1, "read", SUPPORT, "a call")
    assert (first.purpose, first.reference, first.fields) == ("reply", "r1", ("name",))
    assert (second.number, second.previous) == (2, chain.digest(first))
    assert first.at == office.now()


def test_a_trail_of_more_than_a_page_is_read_whole_and_in_order(office: Office, kari: str) -> None:
    for number in range(12):
        read(kari, office, because=f"{number} {'x' * 200_000}")
    assert [entry.number for entry in auditing.trail(kari)] == list(range(1, 13))
    assert auditing.verify(kari, office).whole


def test_the_values_lie_with_the_person_and_not_in_the_trail(
    office: Office, aws: Aws, kari: str
) -> None:
    read(kari, office)
    correct(kari, office)
    (item,) = values_items(aws)
    assert (item["pk"]["S"], item["sk"]["S"]) == (f"S#{kari}", "A#00000002")
    assert "Kari" in item["content"]["S"]
    assert "Kari" not in str(trail_items(aws))
    assert audit.opened(kari)[2][1] == SECRET


def test_an_entry_without_values_leaves_nothing_with_the_person(
    office: Office, aws: Aws, kari: str
) -> None:
    read(kari, office)
    assert values_items(aws) == []


def test_each_entry_goes_three_years_after_it_and_its_values_with_it(
    office: Office, aws: Aws, clock: Clock, kari: str
) -> None:
    read(kari, office)
    clock.forward(days=1)
    correct(kari, office)
    first, second = (int(item["ttl"]["N"]) for item in trail_items(aws))
    assert first == int(auditing.ttl(office).timestamp()) - 24 * 3600
    assert int(values_items(aws)[0]["ttl"]["N"]) == second
    assert auditing.ttl(office).date().isoformat() == "2029-12-07"


def test_a_trail_is_of_one_data_subject(office: Office, aws: Aws, kari: str) -> None:
    post(office, email="per@example.com")
    per = next(key["pk"]["S"][2:] for key in aws.profile_keys() if key["pk"]["S"] != f"S#{kari}")
    correct(kari, office)
    read(per, office)
    assert [len(auditing.trail(one)) for one in (kari, per)] == [1, 1]
    assert audit.opened(per) == {}


def test_the_person_is_shown_as_before_and_what_the_entry_keeps(office: Office, kari: str) -> None:
    before = access.report(KARI, office)
    correct(kari, office)
    after = access.report(KARI, office)
    assert [one.event for one in after.audited] == [AuditEvent.CORRECTED]
    assert msgspec.structs.replace(after, audited=()) == before


# What was done to it shows -------------------------------------------------------------------


def of_values(item: dict[str, Any]) -> dict[str, Any]:
    return {**item, "content": {"S": '{"name":["Kari","Ola"]}'}}


def of_actor(item: dict[str, Any]) -> dict[str, Any]:
    return {**item, "content": {"S": item["content"]["S"].replace(SUPPORT, "support:0000")}}


@pytest.mark.parametrize(
    ("number", "prefix", "change", "broken"),
    [
        pytest.param(1, "", of_actor, (2,), id="another actor"),
        pytest.param(1, "", None, (2,), id="no first entry"),
        pytest.param(2, "", None, (3,), id="no entry in the middle"),
        pytest.param(2, "A#", of_values, (2,), id="other values"),
        pytest.param(2, "A#", None, (), id="no values, as after an erasure"),
    ],
)
def test_what_is_done_to_a_trail_shows(
    office: Office,
    aws: Aws,
    kari: str,
    number: int,
    prefix: str,
    change: Callable[[dict[str, Any]], dict[str, Any]] | None,
    broken: tuple[int, ...],
) -> None:
    read(kari, office)
    correct(kari, office)
    read(kari, office)
    (item,) = (one for one in aws.items() if one["sk"]["S"] == f"{prefix}{number:08d}")
    if change:
        aws.client.put_item(TableName=aws.table, Item=change(item))
    else:
        key = {"pk": item["pk"], "sk": item["sk"]}
        aws.client.delete_item(TableName=aws.table, Key=key)
    verified = auditing.verify(kari, office)
    assert verified.broken == broken
    assert verified.whole is not bool(broken)


def test_what_ttl_has_removed_is_not_missed(
    office: Office, aws: Aws, clock: Clock, kari: str
) -> None:
    read(kari, office)
    clock.forward(days=400)
    read(kari, office)
    first, _ = trail_items(aws)
    aws.client.delete_item(TableName=aws.table, Key={"pk": first["pk"], "sk": first["sk"]})
    before = auditing.verify(kari, office)
    clock.forward(days=2 * 366)
    after = auditing.verify(kari, office)
    assert (before.broken, after.broken, after.first) == ((2,), (), 2)


# Two at once, and killed anywhere ------------------------------------------------------------


@pytest.mark.parametrize("mine", [read, correct], ids=["no values", "values"])
@pytest.mark.parametrize("other", [read, correct], ids=["after no values", "after values"])
@pytest.mark.parametrize("known", [0, 1], ids=["on an empty trail", "on a trail"])
def test_of_two_who_write_at_once_each_has_an_entry_of_its_own(
    office: Office,
    aws: Aws,
    kari: str,
    mine: Callable[..., AuditEntry],
    other: Callable[..., AuditEntry],
    known: int,
) -> None:
    for _ in range(known):
        read(kari, office)
    write = "PutItem" if mine is read else "TransactWriteItems"
    act = partial(other, kari, office, **({"because": "first"} if other is read else {}))
    with aws.between(write, act):
        entry = mine(kari, office)
    verified = auditing.verify(kari, office)
    assert (entry.number, verified.entries, verified.whole) == (known + 2, known + 2, True)
    assert verified.opened == (mine is correct) + (other is correct)


@pytest.mark.parametrize("write", [read, correct], ids=["no values", "values"])
def test_a_write_that_is_carried_out_twice_leaves_one_entry(
    office: Office, aws: Aws, kari: str, write: Callable[..., AuditEntry]
) -> None:
    """As when its answer is lost, and the same is asked again."""

    def already(model: Any, params: dict[str, Any], **_: Any) -> None:
        asked = json.loads(params["body"])
        asked.pop("ClientRequestToken", None)
        carry_out = {
            "PutItem": aws.client.put_item,
            "TransactWriteItems": aws.client.transact_write_items,
        }
        carry_out[model.name](**asked)

    with aws._hooked("before-call", lambda _: already, ("PutItem", "TransactWriteItems")):
        numbers = [write(kari, office).number for _ in range(3)]
    verified = auditing.verify(kari, office)
    assert (numbers, verified.entries, verified.whole) == ([1, 2, 3], 3, True)


def test_the_same_noted_twice_is_no_tampering(office: Office, kari: str) -> None:
    noted = Noted(event=AuditEvent.READ, actor=SUPPORT, at=office.now(), reference="r1")
    for _ in range(2):
        audit.append(kari, noted, salt="", ttl=auditing.ttl(office))
    verified = auditing.verify(kari, office)
    assert (verified.entries, verified.whole) == (2, True)


def test_killed_after_the_write_nothing_is_half_there(office: Office, aws: Aws, kari: str) -> None:
    with suppress(Killed), aws.killed_after(1):
        correct(kari, office)
    correct(kari, office)
    verified = auditing.verify(kari, office)
    assert (verified.entries, verified.opened, verified.whole) == (2, 2, True)


def test_killed_before_the_write_nothing_is_there(office: Office, aws: Aws, kari: str) -> None:
    def kill() -> None:
        raise Killed

    with suppress(Killed), aws.between("TransactWriteItems", kill):
        correct(kari, office)
    assert (auditing.trail(kari), values_items(aws)) == ([], [])


def test_who_is_never_first_is_told_to_come_later(office: Office, aws: Aws, kari: str) -> None:
    def first(_: str) -> Callable[..., None]:
        return lambda **_: correct(kari, office) and None

    with pytest.raises(Superseded), aws._hooked("before-call", first, ("PutItem",)):
        read(kari, office)
    verified = auditing.verify(kari, office)
    assert (verified.entries, verified.whole) == (audit.ATTEMPTS, True)


# In another's transaction --------------------------------------------------------------------


def change(subject_id: str, prepared: audit.Prepared) -> tuple[_calls.Failed, ...]:
    def build(transaction: TransactWrite) -> None:
        key, active = subjects.profile_key(subject_id), ProfileItem.state == "ACTIVE"
        transaction.update(key, [ProfileItem.rev.add(1)], active)
        prepared.add_to(transaction)

    return _calls.transact(build)


def prepare(subject_id: str, office: Office) -> audit.Prepared:
    noted = Noted(event=AuditEvent.CORRECTED, actor=SUPPORT, at=office.now(), values=SECRET)
    return audit.prepare(subject_id, noted, salt=office.new_reference(), ttl=auditing.ttl(office))


def test_a_change_and_its_record_are_one(office: Office, aws: Aws, kari: str) -> None:
    prepared, rev = prepare(kari, office), int(aws.profile()["rev"]["N"])
    assert change(kari, prepared) == ()
    assert auditing.trail(kari) == [prepared.entry]
    assert int(aws.profile()["rev"]["N"]) == rev + 1
    assert auditing.verify(kari, office).opened == 1


def test_a_change_whose_record_comes_second_is_not_made_and_can_be_tried_again(
    office: Office, aws: Aws, kari: str
) -> None:
    prepared, rev = prepare(kari, office), aws.profile()["rev"]["N"]
    read(kari, office)
    assert change(kari, prepared)
    assert not prepared.is_there()
    assert (aws.profile()["rev"]["N"], values_items(aws)) == (rev, [])
    assert change(kari, prepare(kari, office)) == ()
    assert auditing.verify(kari, office).entries == 2


def test_a_change_that_was_made_already_is_told_apart_by_its_record(
    office: Office, kari: str
) -> None:
    prepared = prepare(kari, office)
    for _ in range(2):
        failed = change(kari, prepared)
    assert failed
    assert prepared.is_there()


def test_of_a_change_that_fails_no_record_is_there(
    office: Office, aws: Aws, clock: Clock, kari: str
) -> None:
    clock.set(DUE)
    sweep(office)
    prepared = prepare(kari, office)
    assert change(kari, prepared)
    assert not prepared.is_there()
    assert trail_items(aws) == []


# After an erasure ----------------------------------------------------------------------------


def test_an_erasure_takes_the_values_and_leaves_a_chain_that_holds(
    office: Office, aws: Aws, clock: Clock, kari: str
) -> None:
    read(kari, office)
    correct(kari, office)
    before = auditing.verify(kari, office)
    clock.set(DUE)
    sweep(office)
    after = auditing.verify(kari, office)
    assert (before.opened, after.opened) == (1, 0)
    assert (after.entries, after.whole, after.head) == (2, True, before.head)
    assert aws.items_of_people() == []
    assert records(office)[0].counts[Kind.AUDIT] == 1


def test_no_value_is_readable_in_what_is_left(
    office: Office, aws: Aws, clock: Clock, kari: str
) -> None:
    entry = correct(kari, office)
    (values,) = values_items(aws)
    clock.set(DUE)
    sweep(office)
    left = str(aws.items())
    assert entry.commitment in left
    assert not [one for one in ("Kari", "Nordmann", KARI, values["salt"]["S"]) if one in left]
    assert chain.commitment("", SECRET) not in left


def test_what_is_done_after_an_erasure_joins_the_chain_without_its_values(
    office: Office, aws: Aws, clock: Clock, kari: str
) -> None:
    correct(kari, office)
    clock.set(DUE)
    sweep(office)
    late = correct(kari, office)
    verified = auditing.verify(kari, office)
    assert (late.number, verified.entries, verified.opened, verified.whole) == (2, 2, 0, True)
    assert late.commitment
    assert aws.items_of_people() == []


@pytest.mark.parametrize("moment", ["UpdateItem", "BatchWriteItem", "TransactWriteItems"])
def test_values_that_come_during_an_erasure_are_not_left_behind(
    office: Office, aws: Aws, clock: Clock, kari: str, moment: str
) -> None:
    read(kari, office)
    clock.set(DUE)
    with aws.between(moment, partial(correct, kari, office)):
        sweep(office)
    sweep(office)
    verified = auditing.verify(kari, office)
    assert aws.items_of_people() == []
    assert (verified.entries, verified.opened, verified.whole) == (2, 0, True)


def test_an_erasure_that_comes_first_closes_the_commitment(
    office: Office, aws: Aws, clock: Clock, kari: str
) -> None:
    clock.set(DUE)
    with aws.between("TransactWriteItems", partial(sweep, office)):
        correct(kari, office)
    verified = auditing.verify(kari, office)
    assert aws.items_of_people() == []
    assert (verified.entries, verified.opened, verified.whole) == (1, 0, True)


@pytest.mark.parametrize("writes", range(1, 5))
def test_an_erasure_killed_anywhere_takes_the_values_when_it_is_finished(
    office: Office, aws: Aws, clock: Clock, kari: str, writes: int
) -> None:
    correct(kari, office)
    clock.set(DUE)
    with suppress(Killed), aws.killed_after(writes):
        sweep(office)
    sweep(office)
    (record,) = records(office)
    assert (aws.items_of_people(), record.counts[Kind.AUDIT]) == ([], 1)
    assert auditing.verify(kari, office).whole


def test_what_ttl_began_takes_the_values_too(
    office: Office, aws: Aws, clock: Clock, kari: str
) -> None:
    correct(kari, office)
    clock.set(DUE + timedelta(days=14))
    erasures.finish_expired(expire(aws), "e" * 32, office, removed_at=office.now())
    assert aws.items_of_people() == []
    assert auditing.verify(kari, office).whole
