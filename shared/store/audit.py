"""The audit trail of a data subject: entries are put, never changed, and go by TTL alone.

The trail lies apart from the person's partition and outlives it; the salt and the values that an
entry commits to lie in that partition, and every erasure takes them with the rest.

An entry whose answer was lost is known for one's own when it is met again.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec
from pynamodb.transactions import TransactWrite

from shared.errors import Superseded
from shared.model.audit import AuditEntry, Noted
from shared.model.noun import Noun
from shared.model.subjects import State
from shared.policy import chain
from shared.store import _calls as calls
from shared.store import _items as items
from shared.store._items import AuditedItem, AuditItem, ProfileItem, Raw

ATTEMPTS = 8


class Prepared(Noun, frozen=True, kw_only=True):
    """An entry that follows on the last one there was, to be written with what it is about."""

    private = ("salt", "noted")

    subject_id: str
    entry: AuditEntry
    noted: Noted
    salt: str
    ttl: datetime

    def add_to(self, transaction: TransactWrite) -> None:
        """Add the entry, and its salt and values, to a transaction.

        That must demand of the profile that it is ACTIVE: nothing may be added to a data subject
        that is being erased.
        """
        transaction.save(self._entry_item(), AuditItem.pk.does_not_exist(), return_values="ALL_OLD")
        if self.noted.values:
            transaction.save(
                AuditedItem(
                    items.partition(self.subject_id),
                    f"A#{_sk(self.entry.number)}",
                    salt=self.salt,
                    content=items.plain(self.noted.values),
                    ttl=items.epoch(self.ttl),
                )
            )

    def is_there(self) -> bool:
        """Whether this very entry is written: what stood in its way was itself."""
        found = calls.pages(
            "Query",
            KeyConditionExpression="pk = :pk AND sk = :sk",
            ExpressionAttributeValues={
                ":pk": {"S": items.trail(self.subject_id)},
                ":sk": {"S": _sk(self.entry.number)},
            },
            ConsistentRead=True,
        )
        return [items.entry_from_raw(raw) for raw in found] == [self.entry]

    def put(self) -> bool:
        """Write the entry alone; False if somebody else's came first."""
        return calls.put_if_absent(self._entry_item().serialize())

    def _entry_item(self) -> AuditItem:
        return AuditItem(
            items.trail(self.subject_id),
            _sk(self.entry.number),
            content=items.plain(self.entry),
            ttl=items.epoch(self.ttl),
        )


def _sk(number: int) -> str:
    return f"{number:08d}"


def prepare(subject_id: str, noted: Noted, *, salt: str, ttl: datetime) -> Prepared:
    """The entry to come, for the transaction of another store function.

    That adds it with `add_to`, and prepares it anew when it failed and not `is_there`.
    """
    last = _last(subject_id)
    if last is None:
        entry = chain.link(noted, 1, "", salt)
    else:
        before = items.entry_from_raw(last)
        until = datetime.fromtimestamp(int(last["ttl"]["N"]), UTC)
        entry = chain.link(noted, before.number + 1, chain.digest(before), salt, until)
    return Prepared(subject_id=subject_id, entry=entry, noted=noted, salt=salt, ttl=ttl)


def append(subject_id: str, noted: Noted, *, salt: str, ttl: datetime) -> AuditEntry:
    """Put the next entry, and go on with the one after it where somebody else was first.

    Of a data subject that is erased, or is being erased, the entry is written and its values are
    not: its commitment is closed from the beginning.  Raises Superseded.
    """
    opens = bool(noted.values)
    for _ in range(ATTEMPTS):
        prepared = prepare(subject_id, noted, salt=salt, ttl=ttl)
        if opens:
            failed = {position for position, _ in calls.transact(partial(_build, prepared))}
            opens = 0 not in failed
            written = not failed
        else:
            written = prepared.put()
        if written or prepared.is_there():
            return prepared.entry
    message = "The audit trail is being added to; try again later."
    raise Superseded(message)


def _build(prepared: Prepared, transaction: TransactWrite) -> None:
    active = ProfileItem.state == State.ACTIVE.value
    pk = items.partition(prepared.subject_id)
    transaction.condition_check(ProfileItem, pk, items.PROFILE, active)
    prepared.add_to(transaction)


def entries(subject_id: str) -> list[AuditEntry]:
    """The whole trail in order, strongly read; TTL removes what has outlived its period."""
    raws = calls.pages("Query", **_trail_of(subject_id))
    return [items.entry_from_raw(raw) for raw in raws]


def opened(subject_id: str) -> Mapping[int, tuple[str, Mapping[str, Any]]]:
    """Salt and values by number of entry, strongly read: none are left after an erasure."""
    raws = calls.beginning(items.partition(subject_id), "A#")
    return {
        int(raw["sk"]["S"].removeprefix("A#")): (
            raw["salt"]["S"],
            msgspec.json.decode(raw["content"]["S"]),
        )
        for raw in raws
    }


def _last(subject_id: str) -> Raw | None:
    answer = calls.call("Query", **_trail_of(subject_id), ScanIndexForward=False, Limit=1)
    return next(iter(answer["Items"]), None)


def _trail_of(subject_id: str) -> Raw:
    return {
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": items.trail(subject_id)}},
        "ConsistentRead": True,
    }
