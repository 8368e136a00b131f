"""`python -m infra.bench.costs`: a month's cost, from the units that the tests hold, as Markdown.

Prices in US dollars of on-demand use in us-east-1, as published in 2025-07; Europe is some tenths
dearer, and the free tiers are left out.  Ask AWS's own list before you rely on them.
"""

import re
from pathlib import Path

from infra import resources

DATA_MODEL = Path(__file__).parents[2] / "docs" / "data-model.md"
ROW = re.compile(r"\| (?P<name>[^|]+) \| (?P<calls>[^|]+) \| (?P<read>[\d.]+) \| (?P<write>\d+) \|")

WRITE_UNIT, READ_UNIT = 0.625e-6, 0.125e-6
STORED_GB, RECOVERABLE_GB = 0.25, 0.20
REQUEST, INVOCATION, GB_SECOND = 3.50e-6, 0.20e-6, 13.3334e-6
FIXED = {"KMS key": 1.00, "secret": 0.40, "firewall, two rules": 7.00}
ALARMED_METRIC = 0.10
FIREWALL_REQUEST = 0.60e-6

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
        "fixed": sum(FIXED.values()) + _alarmed_metrics() * ALARMED_METRIC,
    }


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
