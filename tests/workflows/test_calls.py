"""What the store's client leaves out of what botocore does, changes nothing that is read."""

from collections.abc import Callable
from typing import Any

import pytest

from shared.store import _calls as calls
from shared.store._client import AGENT
from shared.wiring import Office
from tests.stand_ins import Aws
from tests.workflows.submitting import post

PERSON: dict[str, Any] = {
    "KeyConditionExpression": "pk = :pk",
    "ExpressionAttributeValues": {":pk": {"S": "S#1"}},
}
READS: dict[str, Callable[[str], dict[str, Any]]] = {
    "GetItem": lambda table: {"TableName": table, "Key": calls.key("S#1", "A")},
    "Query": lambda table: {"TableName": table, "Limit": 1, **PERSON},
    "Scan": lambda table: {"TableName": table},
    "BatchGetItem": lambda table: {"RequestItems": {table: {"Keys": [calls.key("S#1", "A")]}}},
    "BatchWriteItem": lambda table: {
        "RequestItems": {table: [{"DeleteRequest": {"Key": calls.key("S#1", "none")}}]}
    },
    "UpdateItem": lambda table: {
        "TableName": table,
        "Key": calls.key("S#1", "A"),
        "UpdateExpression": "SET n = :n",
        "ExpressionAttributeValues": {":n": {"N": "1.50"}},
        "ReturnValues": "ALL_NEW",
    },
    "PutItem": lambda table: {"TableName": table, "Item": calls.key("S#1", "C")},
    "DeleteItem": lambda table: {"TableName": table, "Key": calls.key("S#1", "none")},
    "TransactWriteItems": lambda table: {
        "TransactItems": [{"Put": {"TableName": table, "Item": calls.key("S#1", "D")}}]
    },
}
EVERY_TYPE: dict[str, Any] = {
    "text": {"S": "Blåbær \U0001f600"},
    "number": {"N": "12345678901234567890.5"},
    "yes": {"BOOL": True},
    "nothing": {"NULL": True},
    "list": {"L": [{"S": ""}, {"M": {"deep": {"SS": ["a", "b"]}}}]},
}


@pytest.fixture
def stored(office: Office, aws: Aws) -> Aws:
    for sk in ("A", "B"):
        aws.client.put_item(TableName=aws.table, Item={**calls.key("S#1", sk), **EVERY_TYPE})
    return aws


@pytest.mark.parametrize("operation", READS)
def test_an_answer_is_read_as_botocore_reads_it(stored: Aws, operation: str) -> None:
    def without_metadata(client: Any) -> dict[str, Any]:
        answer = client._make_api_call(operation, READS[operation](stored.table))
        assert answer.pop("ResponseMetadata")["HTTPStatusCode"] == 200
        return dict(answer)

    assert without_metadata(stored.product) == without_metadata(stored.client)


def test_what_is_refused_is_read_as_botocore_reads_it(stored: Aws) -> None:
    put = {"TableName": stored.table, "Item": calls.key("S#1", "A")}
    absent = "attribute_not_exists(pk)"

    def refusal(client: Any, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        with pytest.raises(client.exceptions.ClientError) as caught:
            client._make_api_call(operation, asked)
        told = dict(caught.value.response)
        del told["ResponseMetadata"]
        return told

    alone = {**put, "ConditionExpression": absent}
    together = {
        "TransactItems": [
            {"Put": {**alone, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}},
        ]
    }
    for operation, asked in (("PutItem", alone), ("TransactWriteItems", together)):
        assert refusal(stored.product, operation, asked) == refusal(stored.client, operation, asked)


def test_botocore_does_not_walk_through_an_answer_again(stored: Aws) -> None:
    """It would make bytes of what the table, for the product, never has."""
    key = calls.key("S#1", "bytes")
    stored.client.put_item(TableName=stored.table, Item={**key, "blob": {"B": b"1"}})
    read = stored.product.get_item(TableName=stored.table, Key=key)["Item"]
    assert read["blob"] == {"B": "MQ=="}


def test_each_call_says_where_it_comes_from_and_botocore_adds_nothing(
    office: Office, aws: Aws
) -> None:
    agents = set()

    def note(request: Any, **_: Any) -> None:
        agents.add(request.headers["User-Agent"])

    aws.product.meta.events.register_first("before-send.dynamodb", note)
    post(office)
    aws.product.meta.events.unregister("before-send.dynamodb", note)
    assert {agent.decode() if isinstance(agent, bytes) else agent for agent in agents} == {AGENT}
