"""A clock that ticks and can be set, and what happens when its time comes.

Schedules are those of the template; each fires once, at its latest missed occurrence.  DynamoDB's
TTL, which moto lacks, deletes what has expired, and the stream tells the cascade.
"""

import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from secrets import token_hex
from typing import Any
from zoneinfo import ZoneInfo

import boto3

from functions import canary, documents, reminders, retention_sweep, stream_cascade
from infra import local, resources
from infra.resources import Schedule
from shared.gateways.clock import utc_now

FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "RetentionSweep": retention_sweep.sweep,
    "Reminders": reminders.remind,
    "Documents": documents.examine,
    "Canary": canary.ask,
}
NAMES = {
    "RetentionSweep": "retention_sweep",
    "Reminders": "reminders",
    "StreamCascade": "stream_cascade",
}
PROFILE = "PROFILE"
"""The mapping's filter lets nothing else pass."""
TICK = 1.0
TTL_EVERY = 60

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, order=True)
class Occurrence:
    """One time at which a function is to run, and what it is told."""

    at: datetime
    function: str
    event: str


class Clock:
    """Now, somewhere in time."""

    def __init__(self) -> None:
        self._offset = timedelta(0)
        self._timetable: list[Schedule] = []
        self._seen = self.now()
        self._running = threading.Lock()
        self._expired: list[dict[str, Any]] = []

    def now(self) -> datetime:
        return utc_now() + self._offset

    def keep(self, zone: ZoneInfo) -> None:
        """Keep the template's schedules, in the controller's time zone, from now on."""
        self._timetable = resources.schedules(zone)

    def set(self, now: datetime) -> list[str]:
        """Move to `now`, first doing what is due on the way; the functions that ran.

        Not told are the canary, and what runs within the hour: it only does what was missed.
        """
        with self._running:
            forward = now > self._seen
            ran = []
            for one in self._missed(now.astimezone(UTC)):
                self._offset = one.at - utc_now()
                self._invoke(one)
                if one.function in NAMES and one.event == resources.NO_INPUT:
                    ran.append(NAMES[one.function])
            self._offset = now - utc_now()
            self._seen = now
            if forward and self._expire():
                ran.append(NAMES["StreamCascade"])
            return ran

    def tick(self) -> None:
        """Run for ever, doing what is due as time passes."""
        for ticks in range(1, 1 << 62):
            time.sleep(TICK)
            with self._running:
                now = self.now()
                for one in self._missed(now):
                    self._invoke(one)
                self._seen = now
                if ticks % TTL_EVERY == 0:
                    self._expire()

    def _missed(self, now: datetime) -> list[Occurrence]:
        latest = [
            Occurrence(_latest(schedule, now), schedule.function, schedule.event)
            for schedule in self._timetable
        ]
        return sorted(one for one in latest if self._seen < one.at <= now)

    def _invoke(self, one: Occurrence) -> None:
        try:
            FUNCTIONS[one.function](json.loads(one.event), None)
        except Exception as fault:  # a Lambda that fails does not stop the clock
            _log.exception("%s failed: %s", one.function, type(fault).__name__, exc_info=False)

    def _expire(self) -> bool:
        """What TTL and the stream do, with a retry of what failed; whether anything was told."""
        expired = _delete_expired(self.now())
        self._expired += [_removal(one, self.now()) for one in expired if one["sk"]["S"] == PROFILE]
        told = bool(self._expired)
        if told:
            answer = stream_cascade.cascade({"Records": self._expired}, None)
            failures = {one["itemIdentifier"] for one in answer["batchItemFailures"]}
            sequences = [record["dynamodb"]["SequenceNumber"] for record in self._expired]
            resume = next((i for i, one in enumerate(sequences) if one in failures), None)
            self._expired = [] if resume is None else self._expired[resume:]
        return told


def _latest(schedule: Schedule, now: datetime) -> datetime:
    """The latest occurrence at or before `now`."""
    if schedule.hours is None:
        first = now.astimezone(UTC).replace(minute=schedule.minute, second=0, microsecond=0)
        every = timedelta(minutes=schedule.every)
        return first + (now - first) // every * every
    today = now.astimezone(schedule.zone).date()
    times = (
        datetime.combine(day, time_of_day(hour, minute), schedule.zone).astimezone(UTC)
        for day in (today - timedelta(days=1), today)
        for hour in schedule.hours
        for minute in range(schedule.minute, 60, schedule.every)
    )
    return max(at for at in times if at <= now)


def _delete_expired(now: datetime) -> list[dict[str, Any]]:
    client = boto3.client("dynamodb")
    found = client.get_paginator("scan").paginate(
        TableName=local.TABLE,
        FilterExpression="#ttl < :now",
        ExpressionAttributeNames={"#ttl": "ttl"},
        ExpressionAttributeValues={":now": {"N": str(int(now.timestamp()))}},
    )
    expired = [item for page in found for item in page["Items"]]
    for item in expired:
        client.delete_item(TableName=local.TABLE, Key={"pk": item["pk"], "sk": item["sk"]})
    return expired


def _removal(item: dict[str, Any], at: datetime) -> dict[str, Any]:
    """The stream record of a deletion by TTL, as Lambda receives it."""
    return {
        "eventID": token_hex(16),
        "eventName": "REMOVE",
        "userIdentity": {"type": "Service", "principalId": "dynamodb.amazonaws.com"},
        "dynamodb": {
            "ApproximateCreationDateTime": int(at.timestamp()),
            "Keys": {"pk": item["pk"], "sk": item["sk"]},
            "OldImage": item,
            "SequenceNumber": str(int(token_hex(10), 16)),
        },
    }
