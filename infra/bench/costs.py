"""`python -m infra.bench.costs`: a month's cost, from the units that the tests hold, as Markdown.

Prices in US dollars of on-demand use in us-east-1, as published in 2025-07; Europe is some tenths
dearer, and the free tiers are left out.  Ask AWS's own list before you rely on them.
"""

import re
from math import ceil
from pathlib import Path

from functions import retention_sweep
from infra import resources
from shared.workflows.posting import Caught
from shared.workflows.queue import Watched

DATA_MODEL = Path(__file__).parents[2] / "docs" / "data-model.md"
ROW = re.compile(r"\| (?P<name>[^|]+) \| (?P<calls>[^|]+) \| (?P<read>[\d.]+) \| (?P<write>\d+) \|")

WRITE_UNIT, READ_UNIT = 0.625e-6, 0.125e-6
STORED_GB, RECOVERABLE_GB = 0.25, 0.20
REQUEST, INVOCATION, GB_SECOND = 3.50e-6, 0.20e-6, 13.3334e-6
FIXED = {"KMS key": 1.00, "secret": 0.40, "firewall, two rules": 7.00}
ALARMED_METRIC, OWN_METRIC, DASHBOARD = 0.10, 0.30, 3.00
FIREWALL_REQUEST = 0.60e-6
LOGGED_GB, MAIL, KEY_REQUEST, SECRET_REQUEST, SCHEDULED = 0.50, 0.10e-3, 3e-6, 5e-6, 1e-6

HOURS = 730
EVERY_HOUR = len({*Watched.__struct_fields__, *Caught.__struct_fields__}) + len(
    ["ready", "left", "found"]
)
"""Our own metrics that come every hour: of the reminders, the canary and lost documents.  A metric
is paid for by the hour in which it comes."""
NIGHTLY, NIGHT_HOURS = len(retention_sweep.METRICS), 6 / 24
BY_FORM = 20
"""Those of forms, requests and mails, in hours in which there are any."""

TIMES = 2 * 12 * HOURS + 2 * HOURS + 21 * 30
"""Invocations by schedules: canary and letters every five minutes, two hourly, the night's."""
LINES = 1000
"""Bytes that are logged of a request: the function's line with its metrics, and the gateway's."""
RIGHTS, MAILS = 0.001, 4
"""Subject requests in a month, of all data subjects, and mails to each."""
WARM = 3
"""Containers that are warm in any hour; each asks for its keys every five minutes."""

BYTES, INDEX_BYTES = 2900, 200
"""Of a subject with eight items, each with AWS's hundred bytes more, and of its index entry."""

POSTS, NEW, ERASED, REFILED = 0.08, 0.02, 0.02, 1 / 24
"""In a month, of all data subjects."""

VISITS, SECONDS, MEMORY_GB = 4, 0.06, 0.5
"""Pages and forms asked for each post; how long a function takes for one, and its memory."""

SIZES = (10_000, 1_000_000, 100_000_000)


def budget() -> dict[str, tuple[str, float, int]]:
    """Calls, read units and write units of each pattern, as the data model has them."""
    return {
        row["name"]: (row["calls"], float(row["read"]), int(row["write"]))
        for row in ROW.finditer(DATA_MODEL.read_text("utf-8"))
    }


def monthly(subjects: int) -> dict[str, float]:
    """Dollars a month, by what they are paid for."""
    each = budget()
    per_month = {
        "submission, new data subject": NEW * subjects,
        "submission, known": (POSTS - NEW) * subjects,
        "sweep, one filed elsewhere": REFILED * subjects,
        "erasure, 3 items": ERASED * subjects,
        "sweep, nothing due": 30,
    }
    read = sum(each[name][1] * times for name, times in per_month.items())
    write = sum(each[name][2] * times for name, times in per_month.items())
    requests = POSTS * subjects * (1 + VISITS)
    gigabytes = subjects * (BYTES + INDEX_BYTES) / 1e9
    return {
        "table: writes": write * WRITE_UNIT,
        "table: reads": read * READ_UNIT,
        "table: storage, recovery": gigabytes * (STORED_GB + RECOVERABLE_GB),
        "API": requests * (REQUEST + FIREWALL_REQUEST),
        "functions": requests * (INVOCATION + SECONDS * MEMORY_GB * GB_SECOND),
        "schedules": TIMES * (INVOCATION + SECONDS * MEMORY_GB * GB_SECOND + SCHEDULED),
        "logs": (requests + TIMES) * LINES / 1e9 * LOGGED_GB,
        "mails": RIGHTS * subjects * MAILS * MAIL,
        "keys: requests": _asks_for_keys(requests) * (2 * KEY_REQUEST + SECRET_REQUEST),
        "our metrics": _own_metrics(requests) * OWN_METRIC,
        "alarms": _alarmed_metrics() * ALARMED_METRIC,
        "key, secret, firewall, dashboard": sum(FIXED.values()) + DASHBOARD,
    }


def _own_metrics(requests: float) -> float:
    """How many there are for a whole month."""
    return EVERY_HOUR + NIGHTLY * NIGHT_HOURS + BY_FORM * min(1, requests / HOURS)


def _asks_for_keys(requests: float) -> float:
    """Times that the secret is asked for, which needs the key, as does the table as often."""
    busy = ceil(requests * SECONDS / (HOURS * 3600))
    return (WARM + busy) * 12 * HOURS


def _alarmed_metrics() -> int:
    """How many metrics the alarms watch: some several together."""
    return sum(
        sum("MetricStat" in metric for metric in one["Properties"].get("Metrics", ())) or 1
        for one in resources.resources().values()
        if one.get("Type") == "AWS::CloudWatch::Alarm"
    )


def table() -> str:
    """The costs of each size, a column each."""
    columns = [monthly(size) for size in SIZES]
    rows = [
        "| paid for | " + " | ".join(f"{size:,} subjects" for size in SIZES) + " |",
        "|---|" + "---:|" * len(SIZES),
    ]
    for name in columns[0]:
        rows.append(f"| {name} | " + " | ".join(f"${one[name]:,.2f}" for one in columns) + " |")
    totals = (f"**${sum(one.values()):,.2f}**" for one in columns)
    rows.append(f"| **a month** | {' | '.join(totals)} |")
    return "\n".join(rows)


if __name__ == "__main__":
    print(table())
