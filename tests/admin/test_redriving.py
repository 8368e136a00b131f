"""What failed is done again, and only then its message deleted; no message is ever shown."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse

from functions import mail_events, reminders, retention_sweep, stream_cascade
from infra import local
from infra.admin import __main__ as admin
from infra.admin import redriving
from infra.admin.redriving import QUEUES, Failed, Redriven
from shared.model.erasures import Trigger
from shared.wiring import Office
from tests.conformance.test_expiry import stream_of_table
from tests.stand_ins import Aws, Clock
from tests.workflows.submitting import KARI, post
from tests.workflows.test_erasures import DUE, records

FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "Sweep": retention_sweep.sweep,
    "Reminders": reminders.remind,
    "Cascade": stream_cascade.cascade,
    "MailEvents": mail_events.note,
}
"""By the stack's outputs; each has the output's name here."""


class Lambda:
    """The functions, in this process; `asked` notes what they are told, `failing` fail."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.failing: set[str] = set()

    def __call__(self, function: str, event: Any) -> Any:
        self.asked.append((function, event))
        if function in self.failing:
            raise Failed
        return FUNCTIONS[function](event, None)


@pytest.fixture
def run() -> Lambda:
    return Lambda()


@pytest.fixture
def told(aws: Aws) -> dict[str, str]:
    """The stack's outputs: each queue's URL, each function's name."""
    client = boto3.client("sqs")
    queues = {one.queue: client.create_queue(QueueName=one.queue) for one in QUEUES.values()}
    urls = {name: made["QueueUrl"] for name, made in queues.items()}
    return urls | {name: name for name in FUNCTIONS}


@pytest.fixture
def fail(told: dict[str, str]) -> Callable[[str, Any], None]:
    def put(name: str, body: Any) -> None:
        url = told[QUEUES[name].queue]
        boto3.client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps(body))

    return put


def left(told: dict[str, str], name: str) -> int:
    return redriving._number_in(told[QUEUES[name].queue])


@pytest.mark.parametrize(
    ("name", "function"), [("sweeps", "Sweep"), ("reminders", "Reminders"), ("work", "Reminders")]
)
def test_however_many_failed_it_is_done_once_and_the_queue_is_empty(
    office: Office,
    told: dict[str, str],
    run: Lambda,
    fail: Callable[[str, Any], None],
    name: str,
    function: str,
) -> None:
    for _ in range(12):
        fail(name, {"requestPayload": {}})
    assert redriving.redrive(name, told, run) == Redriven(name, 12, 12, 0, 0)
    assert run.asked == [(function, {})]
    assert left(told, name) == 0


@pytest.mark.parametrize("name", QUEUES)
def test_an_empty_queue_leads_to_nothing(told: dict[str, str], run: Lambda, name: str) -> None:
    assert redriving.redrive(name, told, run) == Redriven(name, 0, 0, 0, 0)
    assert run.asked == []


@pytest.mark.parametrize("name", QUEUES)
def test_a_dry_run_counts_and_does_nothing(
    told: dict[str, str], run: Lambda, fail: Callable[[str, Any], None], name: str
) -> None:
    fail(name, {})
    assert redriving.redrive(name, told, run, dry_run=True) == Redriven(name, 1, 0, 0, 1)
    assert (run.asked, left(told, name)) == ([], 1)


def test_what_fails_again_stays_for_the_next_time(
    office: Office, told: dict[str, str], run: Lambda, fail: Callable[[str, Any], None]
) -> None:
    fail("sweeps", {})
    run.failing = {"Sweep"}
    assert redriving.redrive("sweeps", told, run) == Redriven("sweeps", 1, 0, 0, 1)
    run.failing = set()
    assert redriving.redrive("sweeps", told, run) == Redriven("sweeps", 1, 1, 0, 0)


def test_what_became_of_a_mail_is_told_again_as_it_was(
    office: Office, told: dict[str, str], run: Lambda, fail: Callable[[str, Any], None]
) -> None:
    event = {"Records": [{"Sns": {"Message": "a greeting to the topic"}}]}
    fail("mails", {"requestPayload": event, "responsePayload": {"errorMessage": "-"}})
    assert redriving.redrive("mails", told, run) == Redriven("mails", 1, 1, 0, 0)
    assert run.asked == [("MailEvents", event)]


def failed_batch(records: list[dict[str, Any]]) -> dict[str, Any]:
    """As Lambda tells an OnFailure queue of a stream's records."""
    client = boto3.client("dynamodbstreams")
    arn = boto3.client("dynamodb").describe_table(TableName=local.TABLE)["Table"]["LatestStreamArn"]
    (shard, *_) = client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    numbers = [one["dynamodb"]["SequenceNumber"] for one in records]
    return {
        "DDBStreamBatchInfo": {
            "shardId": shard["ShardId"],
            "startSequenceNumber": numbers[0],
            "endSequenceNumber": numbers[-1],
            "streamArn": arn,
        }
    }


@pytest.fixture
def expired(office: Office, aws: Aws, clock: Clock) -> dict[str, Any]:
    """What is told of a profile that TTL has removed."""
    aws.client.update_table(
        TableName=local.TABLE,
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    post(office, email=KARI)
    clock.set(DUE)
    (key,) = aws.profile_keys()
    aws.client.delete_item(TableName=local.TABLE, Key=key)
    removal = list(stream_of_table())[-1:]
    assert [one["eventName"] for one in removal] == ["REMOVE"]
    return failed_batch(removal)


def test_an_expiry_is_read_from_the_stream_again_and_finished(
    office: Office,
    told: dict[str, str],
    run: Lambda,
    fail: Callable[[str, Any], None],
    expired: dict[str, Any],
) -> None:
    fail("expiries", expired)

    def by_ttl(function: str, event: Any) -> Any:
        """The embedded engine does not say that it was TTL who removed it."""
        for one in event["Records"]:
            one["userIdentity"] = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
        return run(function, event)

    assert redriving.redrive("expiries", told, by_ttl) == Redriven("expiries", 1, 1, 0, 0)
    (record,) = records(office)
    assert record.trigger is Trigger.TTL


def test_an_expiry_that_the_stream_has_forgotten_is_told_and_stays(
    told: dict[str, str],
    run: Lambda,
    fail: Callable[[str, Any], None],
    expired: dict[str, Any],
) -> None:
    def forget(**_: Any) -> Any:
        """What moto never does, and DynamoDB after 24 hours."""
        told = {"Error": {"Code": "TrimmedDataAccessException", "Message": ""}}
        return AWSResponse("", 400, {}, None), {**told, "ResponseMetadata": {}}

    fail("expiries", expired)
    hooks, asked = boto3.client("dynamodbstreams").meta.events, "before-call.*.GetShardIterator"
    hooks.register(asked, forget)
    try:
        done = redriving.redrive("expiries", told, run)
    finally:
        hooks.unregister(asked, forget)
    assert (done, run.asked) == (Redriven("expiries", 1, 0, 1, 1), [])


def test_a_page_of_the_stream_without_records_is_not_its_end(
    office: Office,
    told: dict[str, str],
    run: Lambda,
    fail: Callable[[str, Any], None],
    expired: dict[str, Any],
) -> None:
    pages = [{"Records": []}]

    def empty(params: dict[str, Any], **_: Any) -> Any:
        """What moto never gives, and DynamoDB may at any place of a shard."""
        if not pages:
            return None
        asked = json.loads(params["body"])
        return AWSResponse("", 200, {}, None), pages.pop() | {
            "NextShardIterator": asked["ShardIterator"]
        }

    fail("expiries", expired)
    hooks, asked = boto3.client("dynamodbstreams").meta.events, "before-call.*.GetRecords"
    hooks.register(asked, empty)
    try:
        done = redriving.redrive("expiries", told, run)
    finally:
        hooks.unregister(asked, empty)
    assert (done, pages) == (Redriven("expiries", 1, 1, 0, 0), [])


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["redrive"], id="no queue"),
        pytest.param(["redrive", "nonsense"], id="an unknown queue"),
        pytest.param(["redrive", "work", "--all"], id="one and all"),
        pytest.param(["redrive", "--all"], id="no stage"),
        pytest.param(["--stage", "nowhere", "redrive", "--all"], id="no such stage"),
        pytest.param(["--local", "http://127.0.0.1:1", "redrive", "--all"], id="the local stack"),
    ],
)
def test_wrong_usage_is_said_in_one_line(
    aws: Aws, capsys: pytest.CaptureFixture[str], monkeypatch: Any, arguments: list[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["infra.admin", *arguments])
    assert admin.run() == 2
    said = capsys.readouterr()
    assert (said.out, len(said.err.splitlines())) == ("", 1)


def test_the_command_finds_the_queues_by_the_stage_and_says_what_is_left(
    told: dict[str, str],
    fail: Callable[[str, Any], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    template = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {name: {"Value": value} for name, value in told.items()},
    }
    boto3.client("cloudformation").create_stack(
        StackName="privacy-dev", TemplateBody=json.dumps(template)
    )
    fail("work", {"secret": "kari@example.com"})
    monkeypatch.setattr(
        "sys.argv",
        ["infra.admin", "--stage", "dev", "redrive", "--all", "--dry-run", "--json"],
    )
    assert admin.run() == 1
    said = capsys.readouterr().out
    counted = {one["queue"]: one["left"] for one in json.loads(said)["queues"]}
    assert counted == {name: int(name == "work") for name in QUEUES}
    assert "kari" not in said
