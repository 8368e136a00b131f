"""The table's stream, as Lambda's event source mapping reads it: every new record, in order."""

import logging
import threading
import time
from typing import Any

import boto3

from functions import workers
from infra import local

PAUSE = 0.2
_log = logging.getLogger(__name__)


def follow() -> None:
    """Hand what is written from now on to the workers; for ever, in a thread of its own."""
    threading.Thread(target=_follow, daemon=True).start()


def _follow() -> None:
    """By the last record's number: moto loses sight of an iterator when a transaction fails."""
    client = boto3.client("dynamodbstreams")
    arn = boto3.client("dynamodb").describe_table(TableName=local.TABLE)["Table"]["LatestStreamArn"]
    last: dict[str, str] = {}
    while True:
        time.sleep(PAUSE)
        try:
            for shard in client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
                name = shard["ShardId"]
                last[name] = _read(client, arn, name, last.get(name, ""))
        except Exception as fault:  # the stack must not end because its stream cannot be read
            _log.error("stream: %s", type(fault).__name__)


def _read(client: Any, arn: str, shard: str, last: str) -> str:
    """Hand on what has come after a record; the last there is.  The reminders find what failed."""
    where = {"ShardIteratorType": "TRIM_HORIZON"}
    if last:
        where = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": last}
    iterator = client.get_shard_iterator(StreamArn=arn, ShardId=shard, **where)["ShardIterator"]
    records = client.get_records(ShardIterator=iterator)["Records"]
    if records:
        workers.work({"Records": records}, None)
    return str(records[-1]["dynamodb"]["SequenceNumber"]) if records else last
