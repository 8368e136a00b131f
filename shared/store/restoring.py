"""Restoring: what outlives people is read from another table, and put where it is missing here.

Reads the whole of the other table.  Nothing is written there.
"""

from collections.abc import Iterator

from shared.model.erasures import ErasureRecord
from shared.model.requests import Request
from shared.model.subjects import State
from shared.store import _calls as calls
from shared.store import _items as items
from shared.store import suppression
from shared.store._items import Raw
from shared.store.requests import ASKED

OUTLIVING = {":request": "REQ#", ":record": "TOMB#", ":suppression": "SUPP#", ":trail": "AUD#"}


def outliving(table: str) -> Iterator[Raw]:
    """The files of requests, erasure records, suppressions and audit trails of a table."""
    return calls.pages(
        "Scan",
        TableName=table,
        FilterExpression=" OR ".join(f"begins_with(pk, {name})" for name in OUTLIVING),
        ExpressionAttributeValues={name: {"S": prefix} for name, prefix in OUTLIVING.items()},
        ConsistentRead=True,
    )


def still_holds(table: str, subject_id: str) -> bool:
    """Whether a table holds a data subject, so that nobody has erased them there."""
    key = calls.key(items.partition(subject_id), items.PROFILE)
    answer = calls.call("GetItem", TableName=table, Key=key, ConsistentRead=True)
    return "Item" in answer and items.profile_from_raw(answer["Item"]).state is State.ACTIVE


def take_over(raw: Raw) -> bool:
    """Put an item here, unless it is here and has come as far; whether it was put.

    Of a request the higher `rev` is further, of a step of one that with a TTL; of a suppressed
    address every reason counts.  What somebody wrote with a request that is closed goes, as it did
    in the other table.
    """
    if raw["pk"]["S"].startswith("SUPP#"):
        return suppression.take_over(raw)
    if "rev" in raw:
        if items.request_from_raw(raw).closed_at:
            calls.call("DeleteItem", Key={"pk": raw["pk"], "sk": {"S": ASKED}})
        further = {":rev": raw["rev"]}
        return calls.put_if_absent(raw, or_if="rev < :rev", ExpressionAttributeValues=further)
    if "ttl" in raw:
        named = {"#ttl": "ttl"}
        no_ttl = "attribute_not_exists(#ttl)"
        return calls.put_if_absent(raw, or_if=no_ttl, ExpressionAttributeNames=named)
    return calls.put_if_absent(raw)


def record_in(raw: Raw) -> tuple[str, ErasureRecord] | None:
    """An erasure record, and the record key of whose it is; None of another kind of item."""
    pk: str = raw["pk"]["S"]
    if not pk.startswith("TOMB#"):
        return None
    return pk.removeprefix("TOMB#"), items.record_from_raw(raw)


def request_in(raw: Raw) -> Request | None:
    """A subject request; None of another kind of item."""
    return items.request_from_raw(raw) if raw["sk"]["S"] == "REQUEST" else None
