"""Failure queues: what failed is done again, and the message that told of it deleted; no way back.

What each queue's messages lead to can be done twice, so that one that is deleted too late does no
harm.  Nothing of a message is shown: some hold an address.
"""

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, NamedTuple

import boto3
import typer
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.admin import output
from infra.admin.arguments import AsJson
from infra.admin.connection import outputs_of
from shared.errors import Malformed

Event = dict[str, Any]
Message = dict[str, Any]
Invoke = Callable[[str, Event], Any]
"""A function's name and what it is told, to its answer.  Raises Failed, or ClientError."""

PATIENCE = 910
"""Seconds: a function may take 900."""
FORGOTTEN = ("TrimmedDataAccessException", "ResourceNotFoundException")


class Failed(Exception):
    """The function ended in an error of its own, which its log names."""


class Queue(NamedTuple):
    """The outputs of the stack that name a failure queue and the function that does it again.

    `events` says what the function is told: once for all that lies there, or for each message.
    """

    queue: str
    function: str
    events: Callable[[Message], list[Event]] | None = None


class Redriven(NamedTuple):
    """What lay in a queue; what was done again; what nobody can do again; what lies there still."""

    queue: str
    messages: int
    redone: int
    lost: int
    left: int


def sent(message: Message) -> list[Event]:
    """What the function was told when it failed."""
    return [json.loads(message["Body"])["requestPayload"]]


def in_stream(message: Message) -> list[Event]:
    """The stream's records that a message is about; none once the stream has forgotten them."""
    batch = json.loads(message["Body"])["DDBStreamBatchInfo"]
    try:
        records = [_plain(one) for one in _records(batch)]
    except ClientError as fault:
        if fault.response["Error"]["Code"] not in FORGOTTEN:
            raise
        return []
    return [{"Records": records}] if records else []


QUEUES: Mapping[str, Queue] = {
    "sweeps": Queue("SweepsFailed", "Sweep"),
    "reminders": Queue("RemindersFailed", "Reminders"),
    "work": Queue("WorkFailed", "Reminders"),  # whose look finds all that the stream did not bring
    "expiries": Queue("ExpiriesFailed", "Cascade", in_stream),
    "mails": Queue("MailEventsFailed", "MailEvents", sent),
}


def command(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="QUEUE", help=" | ".join(QUEUES))] = "",
    every: Annotated[bool, typer.Option("--all", help="Every queue.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, and do nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Do again what failed, and empty its failure queue.  Exit 1 while something is left there."""
    if bool(name) is every or (name and name not in QUEUES):
        message = f"QUEUE: name one of {', '.join(QUEUES)}, or --all"
        raise Malformed(message)
    if context.obj.local:
        message = "--local: the local stack has no failure queues"
        raise Malformed(message)
    told = outputs_of(context.obj.stage)
    asked = list(QUEUES) if every else [name]
    done = [redrive(one, told, invoke, dry_run=dry_run) for one in asked]
    output.show({"queues": [one._asdict() for one in done]}, as_json)
    if any(one.left for one in done):
        raise typer.Exit(1)


def redrive(name: str, told: Mapping[str, str], run: Invoke, *, dry_run: bool = False) -> Redriven:
    """Do again what a queue's messages lead to, and delete those for which that went well.

    `told`: the stack's outputs.  With `dry_run` messages are counted, and not even received.
    """
    one, url = QUEUES[name], told[QUEUES[name].queue]
    if dry_run:
        lies = _number_in(url)
        return Redriven(name, messages=lies, redone=0, lost=0, left=lies)
    messages = list(_received(url))
    redone, lost = _done(one, told[one.function], messages, run)
    _delete(url, redone)
    kept = [message for message in messages if message not in redone]
    _release(url, kept)
    return Redriven(name, len(messages), len(redone), lost, len(kept))


def invoke(function: str, event: Event) -> Any:
    """Invoke a function of the stage and wait for its answer.  Raises Failed."""
    config = Config(read_timeout=PATIENCE, retries={"total_max_attempts": 1})
    answer = boto3.client("lambda", config=config).invoke(
        FunctionName=function, Payload=json.dumps(event).encode()
    )
    if "FunctionError" in answer:
        raise Failed
    return json.load(answer["Payload"])


def _done(
    one: Queue, function: str, messages: Sequence[Message], run: Invoke
) -> tuple[list[Message], int]:
    """The messages whose work was done again, and the number for whom nobody can."""
    if one.events is None:
        return (list(messages) if messages and _went_well(run, function, {}) else []), 0
    redone, lost = [], 0
    for message in messages:
        events = one.events(message)
        if not events:
            lost += 1
        elif all(_went_well(run, function, event) for event in events):
            redone.append(message)
    return redone, lost


def _went_well(run: Invoke, function: str, event: Event) -> bool:
    """Whether the function did it, all of it; what kept it from that is in its log."""
    try:
        answer = run(function, event)
    except (Failed, ClientError):
        return False
    return not answer.get("batchItemFailures")


def _number_in(url: str) -> int:
    asked = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    told = boto3.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=asked)
    return sum(map(int, told["Attributes"].values()))


def _received(url: str) -> Iterator[Message]:
    """All that lies in a queue, for whoever works on it alone."""
    client = boto3.client("sqs")
    while messages := client.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=PATIENCE, WaitTimeSeconds=1
    ).get("Messages"):
        yield from messages


def _delete(url: str, messages: Sequence[Message]) -> None:
    client = boto3.client("sqs")
    for one in messages:
        client.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])


def _release(url: str, messages: Sequence[Message]) -> None:
    """Let the next one see at once what was not done."""
    client = boto3.client("sqs")
    for one in messages:
        client.change_message_visibility(
            QueueUrl=url, ReceiptHandle=one["ReceiptHandle"], VisibilityTimeout=0
        )


def _records(batch: dict[str, str]) -> Iterator[dict[str, Any]]:
    client, last = boto3.client("dynamodbstreams"), int(batch["endSequenceNumber"])
    iterator = client.get_shard_iterator(
        StreamArn=batch["streamArn"],
        ShardId=batch["shardId"],
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        SequenceNumber=batch["startSequenceNumber"],
    )["ShardIterator"]
    while iterator:  # until the last one: a page without records may come anywhere before it
        told = client.get_records(ShardIterator=iterator)
        for one in told["Records"]:
            yield one
            if int(one["dynamodb"]["SequenceNumber"]) >= last:
                return
        iterator = told.get("NextShardIterator")


def _plain(record: dict[str, Any]) -> Any:
    """A record as Lambda would hand it on."""
    return json.loads(json.dumps(record, default=_worded))


def _worded(value: object) -> object:
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError
