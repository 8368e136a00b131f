"""The template's resources, as AWS API calls want them: for the local stack and the tests."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import boto3
import yaml

TEMPLATE = Path(__file__).with_name("resources.yaml")
NO_INPUT = "{}"
CRON = re.compile(r"cron\((\d+)(?:/(\d+))? (?:\*|(\d+)(?:-(\d+))?) \* \* \? \*\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A schedule: which function, at which minute of which hours' wall-clock time, where.

    `hours` is None for every hour; `every`: the minutes from one time within an hour to the next.
    `event` is what the function is told.
    """

    function: str
    hours: range | None
    minute: int
    every: int
    zone: ZoneInfo
    event: str


def resources() -> dict[str, Any]:
    found: dict[str, Any] = _template()["Resources"]
    return found


def outputs() -> dict[str, Any]:
    """What the template's stack says about itself, besides what the build adds."""
    found: dict[str, Any] = _template()["Outputs"]
    return found


def default_time_zone() -> ZoneInfo:
    """The time zone of the schedules where none is given at deployment."""
    return ZoneInfo(_template()["Parameters"]["TimeZone"]["Default"])


@cache
def _template() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(TEMPLATE.read_text("utf-8"))
    return loaded


def create_table(name: str, *, streams: bool = True) -> None:
    """Create the template's table under a name, with its index; and its stream, if it streams."""
    properties = resources()["Table"]["Properties"]
    asked = {
        key: properties[key]
        for key in ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    }
    if streams:
        asked["StreamSpecification"] = {"StreamEnabled": True, **properties["StreamSpecification"]}
    boto3.client("dynamodb").create_table(TableName=name, **asked)


def enable_ttl(name: str) -> None:
    """Let a table expire what the template says.  An engine that does so goes by the true time."""
    specification = resources()["Table"]["Properties"]["TimeToLiveSpecification"]
    boto3.client("dynamodb").update_time_to_live(
        TableName=name, TimeToLiveSpecification=specification
    )


def create_bucket(name: str) -> None:
    """Create the template's bucket of documents under a name: private, and emptied in time."""
    properties = resources()["DocumentsBucket"]["Properties"]
    client = boto3.client("s3")
    here = {"LocationConstraint": client.meta.region_name}
    client.create_bucket(Bucket=name, CreateBucketConfiguration=here)
    private = properties["PublicAccessBlockConfiguration"]
    client.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=private)
    rules = [
        {
            "ID": one["Id"],
            "Status": one["Status"],
            "Filter": {"Prefix": one["Prefix"]},
            "Expiration": {"Days": one["ExpirationInDays"]},
        }
        for one in properties["LifecycleConfiguration"]["Rules"]
    ]
    client.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})


def schedules(zone: ZoneInfo) -> list[Schedule]:
    """The template's schedules in a time zone.  Raises ValueError unless each is of every day."""
    return [
        _schedule(one["Properties"], zone)
        for one in resources().values()
        if one.get("Type") == "AWS::Scheduler::Schedule"
    ]


def _schedule(properties: dict[str, Any], zone: ZoneInfo) -> Schedule:
    cron = CRON.fullmatch(properties["ScheduleExpression"])
    if cron is None or properties["ScheduleExpressionTimezone"] != {"Ref": "TimeZone"}:
        message = f"not a schedule of every day: {properties['ScheduleExpression']}"
        raise ValueError(message)
    minute, every, first, last = cron.groups()
    return Schedule(
        function=properties["Target"]["Arn"]["Fn::GetAtt"][0],
        hours=range(int(first), int(last or first) + 1) if first else None,
        minute=int(minute),
        every=int(every or 60),
        zone=zone,
        event=properties["Target"].get("Input", NO_INPUT),
    )
