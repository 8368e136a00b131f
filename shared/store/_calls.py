"""Calls to the table: raw where PynamoDB's models would filter or hide, transactions where not.

Every loop here goes on until nothing is left: pages, unprocessed items, transaction conflicts.
"""

import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from pynamodb.exceptions import TransactWriteError, UpdateError, VerboseClientError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from shared.errors import Superseded
from shared.store._items import DUE_INDEX, PROFILE, Item, Raw

PAUSES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6)


def call(operation: str, **arguments: Any) -> Raw:
    """One raw DynamoDB call on the table, for what PynamoDB's models would filter or hide."""
    connection = Item._get_connection().connection
    answer: Raw = connection.dispatch(operation, {"TableName": Item.Meta.table_name, **arguments})
    return answer


def key(pk: str, sk: str) -> Raw:
    """A key as DynamoDB spells it."""
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def get(pk: str, sk: str, *, consistent: bool = True) -> Raw | None:
    """The item under a key, strongly read unless a moment ago will do."""
    answer = call("GetItem", Key=key(pk, sk), ConsistentRead=consistent)
    return answer.get("Item")


def pages(operation: str, **arguments: Any) -> Iterator[Raw]:
    """Every item of a query or scan, page after page."""
    start: Raw = {}
    while True:
        page = call(operation, **arguments, **start)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def beginning(pk: str, prefix: str) -> Iterator[Raw]:
    """The items of a partition whose sort keys begin like this, in order, strongly read."""
    return pages(
        "Query",
        KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
        ExpressionAttributeValues={":pk": {"S": pk}, ":prefix": {"S": prefix}},
        ConsistentRead=True,
    )


def due_between(shard_pk: str, after: str, before: str) -> Iterator[Raw]:
    """Keys of the index entries of a shard with after <= due_sk < before, earliest first."""
    return pages(
        "Query",
        IndexName=DUE_INDEX,
        KeyConditionExpression="due_pk = :shard AND due_sk BETWEEN :after AND :before",
        ExpressionAttributeValues={
            ":shard": {"S": shard_pk},
            ":after": {"S": after},
            ":before": {"S": before},
        },
    )


def earliest(shard_pk: str, after: str, most: int) -> list[Raw]:
    """Keys of at most so many index entries of a shard with due_sk > after, earliest first."""
    return _some("due_sk > :place", shard_pk, after, most, forward=True)


def newest(shard_pk: str, before: str, most: int) -> list[Raw]:
    """Keys of at most so many index entries of a shard with due_sk < before, latest first."""
    return _some("due_sk < :place", shard_pk, before, most, forward=False)


def _some(where: str, shard_pk: str, place: str, most: int, *, forward: bool) -> list[Raw]:
    answer = call(
        "Query",
        IndexName=DUE_INDEX,
        KeyConditionExpression=f"due_pk = :shard AND {where}",
        ExpressionAttributeValues={":shard": {"S": shard_pk}, ":place": {"S": place}},
        ScanIndexForward=forward,
        Limit=most,
    )
    found: list[Raw] = answer["Items"]
    return found


def count(shard_pk: str) -> int:
    """The number of index entries of a shard."""
    found = 0
    start: Raw = {}
    while True:
        page = call(
            "Query",
            IndexName=DUE_INDEX,
            KeyConditionExpression="due_pk = :shard",
            ExpressionAttributeValues={":shard": {"S": shard_pk}},
            Select="COUNT",
            **start,
        )
        found += int(page["Count"])
        if "LastEvaluatedKey" not in page:
            return found
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def every_profile() -> Iterator[Raw]:
    """Every profile of the table: the one scan there is, for when the statement has changed."""
    return pages(
        "Scan",
        FilterExpression="sk = :profile",
        ExpressionAttributeValues={":profile": {"S": PROFILE}},
    )


def get_many(keys: Iterable[Raw]) -> Iterator[Raw]:
    """The items under these keys that exist, in no order, a hundred a call.

    Keys are taken as they are needed; those left unprocessed go first into the next call.
    """
    waiting = iter(keys)
    left: list[Raw] = []
    tries = 0
    while batch := [*left, *islice(waiting, 100 - len(left))]:
        name = Item.Meta.table_name
        answer = Item._get_connection().connection.dispatch(
            "BatchGetItem", {"RequestItems": {name: {"Keys": batch, "ConsistentRead": True}}}
        )
        yield from answer["Responses"].get(name, ())
        left = answer.get("UnprocessedKeys", {}).get(name, {}).get("Keys", [])
        tries = _pause(tries) if left else 0


def delete_many(keys: Iterable[Raw]) -> None:
    """Delete the items under these keys, 25 a call, until none is left unprocessed."""
    waiting: list[Raw] = [{"DeleteRequest": {"Key": key}} for key in keys]
    tries = 0
    while waiting:
        batch, waiting = waiting[:25], waiting[25:]
        name = Item.Meta.table_name
        answer = Item._get_connection().connection.dispatch(
            "BatchWriteItem", {"RequestItems": {name: batch}}
        )
        left = answer.get("UnprocessedItems", {}).get(name, [])
        tries = _pause(tries) if left else 0
        waiting = [*left, *waiting]


def put_if_absent(item: Raw, *, or_if: str = "", **named: Any) -> bool:
    """Put a raw item; False if there is one under its key.  Raises Superseded as `update` does.

    `or_if`: the condition on which the one that is there is replaced.
    """
    absent = "attribute_not_exists(pk)"
    condition = f"{absent} OR {or_if}" if or_if else absent
    return _conditionally(
        lambda: call("PutItem", Item=item, ConditionExpression=condition, **named)
    )


def key_of(raw: Raw) -> Raw:
    return {"pk": raw["pk"], "sk": raw["sk"]}


Failed = tuple[int, Raw | None]
"""A condition of a transaction that did not hold: which one, and the item as it stands."""


def transact(build: Callable[[TransactWrite], None]) -> tuple[Failed, ...]:
    """Commit what `build` adds, all or nothing; the conditions that failed, none when written.

    PynamoDB orders checks, deletes, puts, updates; positions count in that order.  A conflict with
    another transaction is waited for.  Raises Superseded if it does not end.
    """
    tries = 0
    while True:
        try:
            with TransactWrite(connection=Item._get_connection().connection) as transaction:
                build(transaction)
        except TransactWriteError as refusal:
            reasons = list(enumerate(refusal.cancellation_reasons))
            failed = tuple(
                (position, reason.raw_item)
                for position, reason in reasons
                if reason and reason.code == "ConditionalCheckFailed"
            )
            if failed:
                return failed
            if not any(reason and reason.code == "TransactionConflict" for _, reason in reasons):
                raise
            tries = _pause(tries)
        else:
            return ()


def update(item: Item, actions: list[Action], condition: Condition | None = None) -> bool:
    """Change one item; False when there is a condition that does not hold.

    Half the price of a transaction of one.  A conflict with a transaction is waited for; raises
    Superseded if it does not end.
    """
    return _conditionally(
        lambda: Item._get_connection().update_item(item.pk, item.sk, actions, condition)
    )


def _conditionally(write: Callable[[], object]) -> bool:
    """Whether the condition of a single write held."""
    tries = 0
    while True:
        try:
            write()
        except (UpdateError, VerboseClientError) as refusal:
            cause = refusal.cause if isinstance(refusal, UpdateError) else refusal
            code = cause.response["Error"]["Code"] if isinstance(cause, VerboseClientError) else ""
            if code == "ConditionalCheckFailedException":
                return False
            if code != "TransactionConflictException":
                raise
            tries = _pause(tries)
        else:
            return True


def _pause(tries: int) -> int:
    if tries >= len(PAUSES):
        message = "The table is contended; try again later."
        raise Superseded(message)
    time.sleep(PAUSES[tries] * (1 + secrets.randbelow(100) / 100))
    return tries + 1
