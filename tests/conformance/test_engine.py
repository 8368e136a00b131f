"""What only a real engine refuses: the proof that this run is on one.

moto, on which the default tests run, lets nearly all of this pass.  A run of conformance that is
green, and green here, has not been on moto; and an expression that the product builds wrongly
would have been refused.
"""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra import local
from tests.stand_ins import Aws

TABLE = local.TABLE
INVALID = "ValidationException"
FAILED_CONDITION = "ConditionalCheckFailedException"
OTHER_REQUEST = "IdempotentParameterMismatchException"
Call = Callable[[Any], object]


def key(number: int = 1) -> dict[str, Any]:
    return {"pk": {"S": f"key {number}"}, "sk": {"S": "-"}}


def deep(levels: int) -> dict[str, Any]:
    return {"M": {"in": deep(levels - 1)}} if levels else {"S": "x"}


def put(**attributes: Any) -> Call:
    return lambda client: client.put_item(TableName=TABLE, Item={**key(), **attributes})


def put_if(condition: str, **values: Any) -> Call:
    """Replace an item whose `x` is the number 1, on a condition."""
    more = {"ExpressionAttributeValues": values} if values else {}
    return lambda client: client.put_item(
        TableName=TABLE, Item=key(), ConditionExpression=condition, **more
    )


def scan(condition: str, **values: Any) -> Call:
    return lambda client: client.scan(
        TableName=TABLE, FilterExpression=condition, ExpressionAttributeValues=values
    )


def query(condition: str, more: dict[str, Any] | None = None, **values: Any) -> Call:
    return lambda client: client.query(
        TableName=TABLE,
        KeyConditionExpression=condition,
        ExpressionAttributeValues=values,
        **more or {},
    )


def write(requests: list[dict[str, Any]]) -> Call:
    return lambda client: client.batch_write_item(RequestItems={TABLE: requests})


def put_all(*numbers: int, size: int = 1, **more: str) -> Call:
    """Put items of a size in one transaction."""
    items = [{**key(number), "x": {"S": "x" * size}} for number in numbers]
    puts = [{"Put": {"TableName": TABLE, "Item": item}} for item in items]
    return lambda client: client.transact_write_items(TransactItems=puts, **more)


def get_twice(client: Any) -> object:
    get = {"Get": {"TableName": TABLE, "Key": key()}}
    return client.transact_get_items(TransactItems=[get, get])


TEXT, OTHER, NUMBER = {"S": "a"}, {"S": "b"}, {"N": "1"}
INDEX = {"IndexName": "due_index"}
REFUSED = {
    "a number of 39 digits": (put(x={"N": "1" * 39}), INVALID),
    "a set with the same text twice": (put(x={"SS": ["a", "a"]}), INVALID),
    "a set with the same number twice": (put(x={"NS": ["1", "1.0"]}), INVALID),
    "a key of the index that is a number": (put(due_pk=NUMBER, due_sk=TEXT), INVALID),
    "maps forty deep": (put(x=deep(40)), INVALID),
    "a batch of 26": (write([{"PutRequest": {"Item": key(one)}} for one in range(26)]), INVALID),
    "a batch that puts and deletes the same": (
        write([{"PutRequest": {"Item": key()}}, {"DeleteRequest": {"Key": key()}}]),
        INVALID,
    ),
    "a transaction of more than 4 MB": (put_all(*range(11), size=390_000), INVALID),
    "a transaction that reads the same twice": (get_twice, INVALID),
    "a condition of more than 4 KB": (
        put_if(" OR ".join(f"attribute_exists(attribute_{one:04})" for one in range(120))),
        INVALID,
    ),
    "a condition with more than 300 operators": (put_if(" OR ".join(["a = b"] * 302)), INVALID),
    "a value that no expression uses": (put_if("x = :a", **{":a": NUMBER, ":b": TEXT}), INVALID),
    "a text compared with a number": (put_if("x < :a", **{":a": TEXT}), FAILED_CONDITION),
    "a filter on a key": (
        query("pk = :a", {"FilterExpression": "sk = :b"}, **{":a": TEXT, ":b": TEXT}),
        INVALID,
    ),
    "a filter on what the index does not hold": (
        query("due_pk = :a", {**INDEX, "FilterExpression": "x = :b"}, **{":a": TEXT, ":b": TEXT}),
        INVALID,
    ),
    "an attribute that the index does not hold": (
        query("due_pk = :a", {**INDEX, "ProjectionExpression": "x"}, **{":a": TEXT}),
        INVALID,
    ),
    "a range that ends before it begins": (
        query("pk = :a AND sk BETWEEN :b AND :a", **{":a": TEXT, ":b": OTHER}),
        INVALID,
    ),
    "a range from a text to a number": (
        scan("x BETWEEN :a AND :b", **{":a": TEXT, ":b": NUMBER}),
        INVALID,
    ),
    "a choice of 101": (
        scan(
            f"x IN ({', '.join(f':v{one}' for one in range(101))})",
            **{f":v{one}": {"S": str(one)} for one in range(101)},
        ),
        INVALID,
    ),
    "a number that a text begins with": (scan("begins_with(x, :a)", **{":a": NUMBER}), INVALID),
}


@pytest.mark.parametrize(("call", "code"), REFUSED.values(), ids=REFUSED)
def test_the_engine_refuses(aws: Aws, call: Call, code: str) -> None:
    aws.client.put_item(TableName=TABLE, Item={**key(), "x": NUMBER})
    with pytest.raises(ClientError) as refusal:
        call(aws.client)
    assert refusal.value.response["Error"]["Code"] == code


def test_a_transaction_under_one_token_is_carried_out_once(aws: Aws) -> None:
    change = {"TableName": TABLE, "Key": key(), "UpdateExpression": "ADD x :one"}
    change["ExpressionAttributeValues"] = {":one": NUMBER}
    for _ in range(2):
        aws.client.transact_write_items(
            ClientRequestToken="one and the same", TransactItems=[{"Update": change}]
        )
    assert aws.client.get_item(TableName=TABLE, Key=key())["Item"]["x"] == NUMBER


def test_another_transaction_under_the_same_token_is_refused(aws: Aws) -> None:
    put_all(1, ClientRequestToken="two that differ")(aws.client)
    with pytest.raises(ClientError) as refusal:
        put_all(2, ClientRequestToken="two that differ")(aws.client)
    assert refusal.value.response["Error"]["Code"] == OTHER_REQUEST
