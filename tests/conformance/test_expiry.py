"""The engine itself expires who is past the TTL, and tells its stream: the cascade finishes it.

The engine expires by the true time, twenty items every ten seconds, and gives a pass up at an
item that lacks a key of the index: no idempotency key may lie in the table, and no count of a day.
"""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

from functions.stream_cascade import cascade
from infra import local, resources
from shared.model.erasures import Kind, Trigger
from shared.wiring import Office
from shared.workflows import access, events
from tests.conformance.auditing import oddities
from tests.stand_ins import Aws, Clock
from tests.workflows.submitting import post
from tests.workflows.test_erasures import records

PATIENCE = 60.0
LONG_AGO = timedelta(days=3 * 366)
"""Over two years, so that it is due, and the TTL less than five years back, so that it expires."""
GONE, STILL_HERE = "kari@example.com", "per@example.com"


def stream_of_table(name: str = local.TABLE) -> Iterator[dict[str, Any]]:
    """Every record of a table's stream from its beginning, shard by shard, as Lambda tells it."""
    client = boto3.client("dynamodbstreams")
    table = boto3.client("dynamodb").describe_table(TableName=name)["Table"]
    arn = table["LatestStreamArn"]
    for shard in client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        iterator = client.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        while iterator:
            told = client.get_records(ShardIterator=iterator)
            for one in told["Records"]:
                at = one["dynamodb"]["ApproximateCreationDateTime"].timestamp()
                yield {**one, "dynamodb": {**one["dynamodb"], "ApproximateCreationDateTime": at}}
            iterator = told.get("NextShardIterator") if told["Records"] else None


def wait_for_expiry(subject_id: str) -> None:
    """Until the stream tells that the profile is gone, which nobody has deleted."""
    gone = ("REMOVE", f"S#{subject_id}", "PROFILE")
    until = time.monotonic() + PATIENCE
    while gone not in map(_told, stream_of_table()):
        assert time.monotonic() < until, "nothing has expired"
        time.sleep(1)


def forget_counts(aws: Aws) -> None:
    """Delete how many forms an address has sent on a day."""
    for one in aws.items():
        if one["pk"]["S"].startswith("SENT#"):
            aws.client.delete_item(TableName=aws.table, Key={"pk": one["pk"], "sk": one["sk"]})


def _told(record: dict[str, Any]) -> tuple[str, str, str]:
    keys = record["dynamodb"]["Keys"]
    return record["eventName"], keys["pk"]["S"], keys["sk"]["S"]


def test_whom_the_engine_expires_the_stream_finishes(
    office: Office, aws: Aws, clock: Clock
) -> None:
    true_now = datetime.now(UTC)
    clock.set(true_now - LONG_AGO)
    post(office, email=GONE, choices=["marketing_email"])
    gone = events.find(GONE, office)
    clock.set(true_now)
    post(office, email=STILL_HERE)
    before = access.report(STILL_HERE, office)
    forget_counts(aws)
    resources.enable_ttl(local.TABLE)
    wait_for_expiry(gone)
    answer = cascade({"Records": list(stream_of_table())}, None)
    (record,) = records(office)
    assert (answer, record.trigger) == ({"batchItemFailures": []}, Trigger.TTL)
    assert (record.counts[Kind.INTERACTION], record.counts[Kind.CONSENT]) == (1, 1)
    assert gone not in str(aws.items())
    assert (oddities(aws, office), access.report(STILL_HERE, office)) == ([], before)
