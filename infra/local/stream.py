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
    client = boto3.client("dynamodbstreams")
    arn = boto3.client("dynamodb").describe_table(TableName=local.TABLE)["Table"]["LatestStreamArn"]
    iterators: dict[str, str] = {}
    while True:
        time.sleep(PAUSE)
        try:
            for shard in client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
                name = shard["ShardId"]
                iterators.setdefault(name, _beginning(client, arn, name))
                iterators[name] = _read(client, iterators[name])
        except Exception as fault:  # the stack must not end because its stream cannot be read
            _log.error("stream: %s", type(fault).__name__)


def _beginning(client: Any, arn: str, shard: str) -> str:
    kind = "TRIM_HORIZON"
    told = client.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType=kind)
    return str(told["ShardIterator"])


def _read(client: Any, iterator: str) -> str:
    """Hand on what is there; where to go on.  What failed stays for the reminders."""
    if not iterator:
        return ""
    told = client.get_records(ShardIterator=iterator)
    if told["Records"]:
        workers.work({"Records": told["Records"]}, None)
    return str(told.get("NextShardIterator") or "")
