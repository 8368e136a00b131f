"""Days and instants: today where the controller is, and when something is due or late."""

from datetime import date, datetime, timedelta

from shared.model.retention import Facts, Filing
from shared.policy import retention
from shared.wiring import Office

STREAM_HAS = timedelta(minutes=5)
"""The time that something may lie before it is looked for."""


def today(office: Office) -> date:
    return retention.local_day(office.now(), office.statement.retention)


def missed(office: Office) -> datetime:
    """The instant before which the table's stream should have met whatever came in."""
    return office.now() - STREAM_HAS


def filing(facts: Facts, office: Office) -> Filing | None:
    """Where a data subject with these facts belongs, as things stand today."""
    law = office.statement.retention
    return retention.filing(retention.decide(facts, law), today(office), law)


def seconds_left(office: Office) -> int:
    """Seconds until it is tomorrow where the controller is; at least one."""
    zone, tomorrow = office.statement.retention.zone, today(office) + timedelta(days=1)
    midnight = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone)
    return max(1, int((midnight - office.now()).total_seconds()))
