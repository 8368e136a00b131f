"""Days: which day it is where the controller is, and under which day somebody is filed."""

from datetime import date, datetime, timedelta

from shared.model.retention import Facts, Filing
from shared.policy import retention
from shared.wiring import Office


def today(office: Office) -> date:
    return retention.local_day(office.now(), office.statement.retention)


def filing(facts: Facts, office: Office) -> Filing | None:
    """Where a data subject with these facts belongs, as things stand today."""
    law = office.statement.retention
    return retention.filing(retention.decide(facts, law), today(office), law)


def seconds_left(office: Office) -> int:
    """Until it is tomorrow where the controller is; at least one."""
    zone, tomorrow = office.statement.retention.zone, today(office) + timedelta(days=1)
    midnight = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone)
    return max(1, int((midnight - office.now()).total_seconds()))
