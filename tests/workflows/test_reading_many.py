"""Many items by their keys: a hundred a call, as they come, until none is left."""

from collections import Counter
from typing import Any

from shared.store import _calls
from tests.stand_ins import Aws


def put(aws: Aws, count: int, size: int) -> list[dict[str, Any]]:
    """So many items of so many bytes; their keys."""
    keys = [{"pk": {"S": f"S#{number:04d}"}, "sk": {"S": "-"}} for number in range(count)]
    for key in keys:
        aws.client.put_item(TableName=aws.table, Item={**key, "text": {"S": "x" * size}})
    return keys


def test_keys_are_taken_as_they_are_needed(aws: Aws) -> None:
    put(aws, 3, 1)
    keys = iter([{"pk": {"S": f"S#{number:04d}"}, "sk": {"S": "-"}} for number in range(250)])
    assert next(_calls.get_many(keys))
    assert len(list(keys)) == 150


def test_what_one_call_cannot_carry_comes_with_the_next(aws: Aws) -> None:
    """DynamoDB answers with 16 MB at most, and says which keys it left."""
    keys = put(aws, 110, 170_000)
    with aws.calls() as calls:
        found = Counter(raw["pk"]["S"] for raw in _calls.get_many(keys))
    assert found == {key["pk"]["S"]: 1 for key in keys}
    assert calls == ["BatchGetItem"] * 2
