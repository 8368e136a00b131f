"""What a client's DynamoDB calls cost, in AWS's units, computed from the items themselves.

No engine on one's own machine reports it truly: moto says 1 for everything, DynamoDB Local
miscounts transactions.  The rules are those of the DynamoDB developer guide: a read unit is 4 KB
read strongly, half of one weakly; a write unit is 1 KB of the larger of the item before and
after, two in a transaction, written or refused; an index entry that appears, goes or moves costs
its own.  What it costs in a transaction the guide leaves open: here once.
"""

import json
import math
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3

READS = ("GetItem", "BatchGetItem", "Query", "Scan")
INDEX_KEYS = ("due_pk", "due_sk")

Item = dict[str, Any]
Key = tuple[str, str]


@dataclass(slots=True)
class Cost:
    """Calls by operation (and index, where one is asked), and read and write capacity units."""

    calls: Counter[str] = field(default_factory=Counter)
    read_units: float = 0
    write_units: float = 0


@contextmanager
def metered(client: Any, table: str) -> Iterator[Cost]:
    """The cost of the calls that a client makes to a table in a block.

    Items are looked at before and after each write by another client, which is not counted.
    """
    cost, onlooker, lock = Cost(), boto3.client("dynamodb"), threading.Lock()

    def look_up(keys: Iterable[Key]) -> dict[Key, Item]:
        answers = {
            (pk, sk): onlooker.get_item(
                TableName=table, Key={"pk": {"S": pk}, "sk": {"S": sk}}, ConsistentRead=True
            )
            for pk, sk in keys
        }
        return {key: answer["Item"] for key, answer in answers.items() if "Item" in answer}

    def before(model: Any, params: Any, context: Any, **_: Any) -> None:
        request = json.loads(params["body"])
        touched = {} if model.name in READS else dict(_touched(request))
        context["metered"] = request, touched, look_up(touched)

    def after(model: Any, parsed: Any, context: Any, **_: Any) -> None:
        request, touched, items_before = context["metered"]
        items_after = look_up(touched)
        items_read = look_up(_keys_read(request, parsed))
        times = 2 if model.name.startswith("Transact") else 1
        with lock:
            cost.calls[" ".join((model.name, *filter(None, [request.get("IndexName")])))] += 1
            if model.name in READS:
                cost.read_units += _read_units(request, parsed, items_read)
            for key, proposed in touched.items():
                was, now = items_before.get(key, {}), items_after.get(key, {})
                largest = max(map(size, (was, now, proposed)))
                cost.write_units += times * _units(largest, 1024) + _index_writes(was, now)

    events = client.meta.events
    events.register("before-call.dynamodb", before)
    events.register("after-call.dynamodb", after)
    try:
        yield cost
    finally:
        events.unregister("before-call.dynamodb", before)
        events.unregister("after-call.dynamodb", after)


def size(item: Item) -> int:
    """Bytes of an item, names and values."""
    return sum(len(name.encode()) + _size_of(value) for name, value in item.items())


def _size_of(typed: Item) -> int:
    ((kind, value),) = typed.items()
    match kind:
        case "S":
            return len(value.encode())
        case "N":
            return math.ceil(len(value.lstrip("-").replace(".", "")) / 2) + 1
        case "M":
            return 3 + len(value) + size(value)
        case "L":
            return 3 + len(value) + sum(map(_size_of, value))
        case _:
            return 1


def _touched(request: Item) -> Iterator[tuple[Key, Item]]:
    """The keys that a request writes to, with the item that it would put."""
    batches = request.get("RequestItems", {}).values()
    batched = [one for batch in batches if isinstance(batch, list) for one in batch]
    for action in [*request.get("TransactItems", ()), *batched, {"": request}]:
        ((_, told),) = action.items()
        if "Item" in told or "Key" in told:
            put = told.get("Item", {})
            key = told.get("Key", put)
            yield (key["pk"]["S"], key["sk"]["S"]), put


def _keys_read(request: Item, answer: Item) -> list[Key]:
    """The keys of the items of which an answer has only part, however much each cost to read."""
    if "ProjectionExpression" not in request or "FilterExpression" in request:
        return []
    return [(item["pk"]["S"], item["sk"]["S"]) for item in answer["Items"]]


def _read_units(request: Item, answer: Item, items_read: dict[Key, Item]) -> float:
    """`items_read`: those whole of which the answer has only part."""
    if "FilterExpression" in request:  # what a filter drops is read too, and only the engine knows
        return float(answer["ConsumedCapacity"]["CapacityUnits"])
    if "RequestItems" in request:
        ((_, asked),) = request["RequestItems"].items()
        ((_, items),) = answer["Responses"].items()
        missing = len(asked["Keys"]) - len(items)
        units = sum(_units(size(item), 4096) for item in items) + missing
    else:
        asked = request
        items = list(items_read.values()) or answer.get("Items", [answer.get("Item", {})])
        units = _units(sum(map(size, items)), 4096)
    return units if asked.get("ConsistentRead") else units / 2


def _units(length: int, unit: int) -> int:
    return max(1, math.ceil(length / unit))


def _index_writes(was: Item, now: Item) -> int:
    """An entry of the keys-only index is written when it comes or goes, and twice when it moves."""
    before, after = ([item[key] for key in INDEX_KEYS if key in item] for item in (was, now))
    return 0 if before == after else bool(before) + bool(after)
