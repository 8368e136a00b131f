"""Erasure: claimed, carried out children first, and recorded in the same write that ends it.

A claimed profile is no longer ACTIVE, so that no child can be added to it, and holds no value
of the person any more.  It stays in the due index until the last write: a crash anywhere is
found by the next sweep.
"""

from collections.abc import Iterator
from datetime import date, datetime

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from shared.model.erasures import ErasurePlan, ErasureRecord, Kind
from shared.model.retention import Facts, Filing
from shared.model.subjects import State, Subject
from shared.store import _calls as calls
from shared.store import _items as items
from shared.store import subjects
from shared.store._items import LookupItem, ProfileItem, Raw, RecordItem


def claim(subject: Subject, plan: ErasurePlan, due_on: date | None = None) -> bool:
    """Take the profile out of use and strip it; False if it is no longer as it was decided on.

    `due_on`: where a profile that is not due lies from now on, so that a sweep would finish it.
    """
    actions: list[Action] = [
        ProfileItem.state.set(State.ERASING.value),
        ProfileItem.rev.set(subject.rev + 1),
        ProfileItem.erasure.set(items.plain(plan)),
        ProfileItem.values.remove(),
    ]
    if due_on:
        due_pk, due_sk = items.due_keys(subject.subject_id, due_on)
        actions += [ProfileItem.due_pk.set(due_pk), ProfileItem.due_sk.set(due_sk)]
    condition = subjects.unchanged(subject) & ProfileItem.restricted_since.does_not_exist()
    return calls.update(subjects.profile_key(subject.subject_id), actions, condition)


def restore_claim(subject: Subject, plan: ErasurePlan, today: date) -> None:
    """Put a claimed, empty profile where TTL removed one, so that its erasure can be finished."""
    profile = ProfileItem(
        items.partition(subject.subject_id),
        items.PROFILE,
        state=State.ERASING.value,
        rev=subject.rev + 1,
        lookups=list(subject.lookups),
        record_key=subject.record_key,
        last_contact=subject.facts.last_contact,
        erasure=items.plain(plan),
    )
    profile.due_pk, profile.due_sk = items.due_keys(subject.subject_id, today)
    calls.put_if_absent(profile.serialize())


def put_back(image: Raw, subject: Subject, filing: Filing | None) -> None:
    """Put a profile that TTL removed too early back as it was, filed where it belongs now."""
    filed = dict(image)
    for name in ("ttl", "due_pk", "due_sk"):
        filed.pop(name, None)
    if filing:
        due_pk, due_sk = items.due_keys(subject.subject_id, filing.due_on)
        filed |= {"due_pk": {"S": due_pk}, "due_sk": {"S": due_sk}}
        filed |= {"ttl": {"N": str(items.epoch(filing.ttl))}}
    calls.put_if_absent(filed)


def amend(subject: Subject, plan: ErasurePlan) -> None:
    """Note in the plan what came in between its reading and its claim."""
    calls.update(
        subjects.profile_key(subject.subject_id),
        [ProfileItem.erasure.set(items.plain(plan))],
        ProfileItem.state == State.ERASING.value,
    )


def delete_children(raws: list[Raw]) -> None:
    """Delete every item of the partition but the profile."""
    calls.delete_many(calls.key_of(raw) for raw in raws if raw["sk"]["S"] != items.PROFILE)


def reduce(subject: Subject, facts: Facts, filing: Filing | None, kept: frozenset[str]) -> bool:
    """Take from a profile all values but those kept; False if it has changed meanwhile."""
    actions = subjects.changes(subject, facts, filing)
    actions += [
        ProfileItem.values[one.name].remove() for one in subject.values if one.name not in kept
    ]
    key = subjects.profile_key(subject.subject_id)
    return calls.update(key, actions, subjects.unchanged(subject))


def of_scheme(raws: list[Raw], upto: datetime, open_requests: tuple[str, ...]) -> list[Raw]:
    """The children that a partial erasure takes: all but what came later or is still open."""
    last = items.instant(upto)
    return [raw for raw in raws if _is_taken(raw["sk"]["S"], last, open_requests)]


def _is_taken(sk: str, last: str, open_requests: tuple[str, ...]) -> bool:
    if sk == items.PROFILE:
        return False
    kind = items.kind_of(sk)
    if kind is Kind.REQUEST:
        return sk.removeprefix("R#") not in open_requests
    came_in = {Kind.INTERACTION: 1, Kind.TECHNICAL: 1, Kind.UNSETTLED: 1, Kind.CONSENT: 2}.get(kind)
    return came_in is None or sk.split("#")[came_in] <= last


def latest_record(record_key: str) -> ErasureRecord | None:
    """The newest record that an erasure has left of an address."""
    return max(_records_of(record_key), key=lambda one: one.erased_at, default=None)


def first_record(record_key: str, since: datetime) -> ErasureRecord | None:
    """The first record that an erasure since then has left of an address."""
    later = (one for one in _records_of(record_key) if one.erased_at >= since)
    return min(later, key=lambda one: one.erased_at, default=None)


def _records_of(record_key: str) -> Iterator[ErasureRecord]:
    raws = calls.pages(
        "Query",
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"TOMB#{record_key}"}},
        ConsistentRead=True,
    )
    return map(items.record_from_raw, raws)


def is_empty_but_for_profile(subject_id: str) -> bool:
    """A consistent read of what is left."""
    return all(raw["sk"]["S"] == items.PROFILE for raw in subjects.keys_of(subject_id))


def finish(subject: Subject, record: ErasureRecord, *, today: date, ttl: datetime) -> None:
    """Delete profile and lookups and leave the record, all in one; done before is done.

    A lookup that points to somebody else by now, because the person came back, stays.
    """
    record_item = RecordItem(
        f"TOMB#{subject.record_key}",
        record.erasure_id,
        content=items.plain(record),
        ttl=items.epoch(ttl),
        due_pk=f"TOMB#{items.shard_of(record.erasure_id):02d}",
        due_sk=f"{today.isoformat()}#{record.erasure_id}",
    )
    lookups = list(subject.lookups)
    while True:

        def build(transaction: TransactWrite, lookups: list[str] = lookups) -> None:
            claimed = ProfileItem.state == State.ERASING.value
            transaction.delete(subjects.profile_key(subject.subject_id), claimed)
            for pk in lookups:
                ours = LookupItem.subject_id == subject.subject_id
                gone = LookupItem.pk.does_not_exist()
                transaction.delete(LookupItem(pk, items.ONLY), gone | ours)
            transaction.save(record_item)

        failed = {position for position, _ in calls.transact(build)}
        if not failed or 0 in failed:
            return
        lookups = [pk for position, pk in enumerate(lookups, start=1) if position not in failed]


def record_of(subject: Subject, erasure_id: str) -> ErasureRecord | None:
    """The record that an erasure has left, if it has."""
    raw = calls.get(f"TOMB#{subject.record_key}", erasure_id)
    return items.record_from_raw(raw) if raw else None


def records(since: date, now: datetime) -> Iterator[ErasureRecord]:
    """The erasure records since a day, shard by shard; TTL removes them late, this does not."""
    for shard in range(items.SHARDS):
        keys = calls.due_between(f"TOMB#{shard:02d}", since.isoformat(), "9999")
        for raw in calls.get_many(map(calls.key_of, keys)):
            if int(raw["ttl"]["N"]) > items.epoch(now):
                yield items.record_from_raw(raw)


def profile_of_image(image: Raw) -> Subject | None:
    """The data subject of a stream record's old image; None for another kind of item."""
    if image["sk"]["S"] != items.PROFILE or not image["pk"]["S"].startswith("S#"):
        return None
    return items.profile_from_raw(image)
