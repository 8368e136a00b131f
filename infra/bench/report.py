"""What was measured, as docs/benchmarks.md says it."""

import os
import platform
import subprocess
from collections import Counter
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from infra.bench.listening import GOAL, Heard
from infra.bench.measuring import Comparison, Side
from infra.bench.nights import CALLS, Night, expected
from shared.gateways.clock import utc_now
from shared.store.due import shards

SHARDS = len(shards())

HEAD = """# Benchmarks

Written by `make bench`. The product and a hand-written boto3 version of the same
(`infra/bench/by_hand.py`: it stores, reads and deletes the same items, checks nothing, leaves no
evidence, and sweeps by scanning) take turns on one DynamoDB Local in one process. The engine and
the measured code share the machine's cores, so only the ratios say something. Times are medians.
Calls and units are counted in one more run (`infra/bench/meter.py`: read and write units by AWS's
rules, from the items); peak is what Python objects took at most, in MB.

On request: from the moment the person is identified. An access is the request answered and its
report made as JSON and HTML; an erasure is planned, carried out, certified and answered. The
request's own bookkeeping is in the figures: the answer, of an erasure also the plan, as one
transaction each; of an erasure the suppression and the audit entry, as one PutItem each. By hand
(`infra/bench/requests_by_hand.py`) there is none of it: one query and the same two formats
without a word of explanation, or the deletion and one item that says so. A portability export is
the report as JSON alone. The audit entry of a download is not in these figures.

Every item has its own time, reference and words. Until 2026-11 each person of this bench had said
one thing at one time, over and over, and a report tells equal values once: "access, 50 items" told
7 values where 114 were stored. Whatever was said of access and export then was too good: with items
that differ a report of 500 took 255 ms and 668 kB, not 106 ms and 97 kB. Reading and erasing had
the right number of items, of the right size.
"""

BESIDE = """
## Beside others

Not by `make bench`: measured once, in one run on one machine, medians. Over HTTP an access took
0.22 of the time that Fides needs, and an erasure 0.12, though more is done for either. But erasing
50 items took 1.8 to 2.1 times what two libraries over SQL need, and 40 times a plain SQL delete
that leaves evidence: that is one transaction where the items are, and this is eight calls across a
network, after each of which the process may die. All of it was before an erasure read once and
botocore parsed once.
"""

NIGHTS = """
## A night

One process sweeps against a DynamoDB that answers each call after 3 to 6 ms, from a process of its
own, and does nothing else (`infra/bench/stub.py`). Busy: the process's share of a core, and Python
takes one at most. Model: what docs/operations.md counts with, which is `1 / work`, or `threads /
(work + calls × 4.5 ms)` if that is less, the work being that of an erasure with eight threads.
"""

LISTENING = """
## What a stranger hears by the clock

Answers to addresses of each class, interleaved, each person once: the chance that one of the class
takes longer than one of whom nothing is known (AUC; 0.5 says nothing, at most 0.55 is the goal).
"""

NIGHT = ("items", "threads", "erasures a second", "busy", "ms of work each", "model")
READS = ("Query due_index", "Query", "GetItem", "BatchGetItem")
WRITES = ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems")
BOOKKEEPING = Counter({"TransactWriteItems": 2, "UpdateItem": 1, "PutItem": 1})
"""Of an erasure on request: plan and answer, suppression and audit entry."""


def written(
    quick: list[Comparison],
    sweeps: list[Comparison],
    spent: dict[str, dict[str, float]],
    heard: Heard,
    slept: list[Night],
) -> str:
    """The page: goals, comparisons, others, nights, where the time goes, what the clock tells."""
    return "\n".join(
        [
            HEAD,
            f"{utc_now():%Y-%m-%d}, {machine()}, {_engine()}.",
            "\n## Goals\n",
            *table(("goal", "measured", "met"), [*_goals(quick, sweeps), *_goals_of(slept)]),
            "\n## Side by side\n",
            *_comparisons([*quick, *sweeps]),
            BESIDE,
            NIGHTS,
            *table(NIGHT, _nights(slept)),
            "\n## Where the product's time goes\n",
            "Share of the time spent in each part, by a profile.\n",
            *_profiles(spent),
            LISTENING,
            *table(("route", "class", "AUC", "met"), _heard(heard)),
            "",
        ]
    )


def _goals(quick: list[Comparison], sweeps: list[Comparison]) -> Iterable[tuple[str, str, str]]:
    named = {one.name: one for one in quick}
    one_each = {"GetItem": 1, "TransactWriteItems": 1}
    for name in ("form post, new data subject", "form post, known"):
        one = named[name]
        yield _ratio(one, 2.5)
        is_met = one.ours.cost.calls == one_each
        yield _goal(f"{name}: 1 read and 1 transaction", _calls(one.ours), is_met)
    yield _ratio(named["access, 50 items"], 3)
    for name in ("access, 50 items", "access on request, 50 items", "portability export, 50 items"):
        queries = named[name].ours.cost.calls["Query"]
        yield _goal(f"{name}: one query and one of the audit", f"{queries} Query", queries == 2)
    yield _ratio(named["erasure, 4 items"], 2.2)
    yield _ratio(named["erasure, 50 items"], 1.5)
    yield _writes(named["erasure on request, 50 items"])
    for one in sweeps:
        reads, most = sum(one.ours.cost.calls[name] for name in READS), SHARDS + 4.1 * one.due
        goal = f"{one.name}: at most {most:.0f} reads, to find them and to erase them"
        yield _goal(goal, str(reads), reads <= most)
    yield from _memory(sweeps)


def _goals_of(slept: list[Night]) -> Iterable[tuple[str, str, str]]:
    best = max(one.rate for one in slept if one.items == 4)
    goal = "a night: at least 110 people of 4 items a second, by one process"
    yield _goal(goal, f"{best:.0f}", best >= 110)


def _nights(slept: list[Night]) -> Iterable[tuple[str, ...]]:
    work = {one.items: one.each for one in slept if one.threads == 8}
    for one in slept:
        model = expected(one.threads, work[one.items], CALLS[one.items])
        yield (
            str(one.items),
            str(one.threads),
            f"{one.rate:.0f}",
            f"{one.share:.0%}",
            f"{one.each * 1000:.1f}",
            f"{model:.0f}",
        )


def _writes(one: Comparison) -> tuple[str, str, str]:
    calls = one.ours.cost.calls
    written = Counter({name: calls[name] for name in WRITES}) - BOOKKEEPING
    goal = f"{one.name}: at most 4 writes beyond the request's bookkeeping"
    return _goal(goal, _listed(written), written.total() <= 4)


def _memory(sweeps: list[Comparison]) -> Iterable[tuple[str, str, str]]:
    """Peaks of sweeps that find equally many people, among few and among many."""
    for few in sweeps:
        for many in sweeps:
            if few.due == many.due and few.subjects < many.subjects:
                ratio = many.ours.peak / few.ours.peak
                goal = f"memory: {few.due} due among {many.subjects} as among {few.subjects}"
                yield _goal(goal, f"{ratio:.2f} times", ratio <= 1.2)


def _ratio(one: Comparison, most: float) -> tuple[str, str, str]:
    goal = f"{one.name}: at most {most:g} times the hand-written"
    return _goal(goal, f"{one.ratio:.2f}", one.ratio <= most)


def _goal(goal: str, measured: str, is_met: bool) -> tuple[str, str, str]:
    return goal, measured, "yes" if is_met else "**no**"


def _comparisons(compared: list[Comparison]) -> Iterable[str]:
    heads = ("", "ms", "ms by hand", "ratio", "calls", "units", "units by hand", "peak", "by hand")
    rows = [
        (
            one.name,
            _ms(one.ours),
            _ms(one.by_hand),
            f"{one.ratio:.2f}",
            _calls(one.ours),
            _units(one.ours),
            _units(one.by_hand),
            f"{one.ours.peak / 1e6:.2f}",
            f"{one.by_hand.peak / 1e6:.2f}",
        )
        for one in compared
    ]
    yield from table(heads, rows)
    yield "\nCalls of the hand-written version:\n"
    yield from table(("", "calls"), [(one.name, _calls(one.by_hand)) for one in compared])


def _profiles(spent: dict[str, dict[str, float]]) -> Iterable[str]:
    parts = list(dict.fromkeys(part for shares in spent.values() for part in shares))
    rows = [
        (name, *(f"{shares.get(part, 0):.0%}" for part in parts)) for name, shares in spent.items()
    ]
    return table(("", *parts), rows)


def _heard(heard: Heard) -> Iterable[tuple[str, ...]]:
    for route, found in heard.items():
        for one, value in found.items():
            yield route, one, f"{value:.3f}", "yes" if value <= GOAL else "**no**"


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterable[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _ms(side: Side) -> str:
    return f"{side.median * 1000:.1f}"


def _calls(side: Side) -> str:
    return _listed(side.cost.calls)


def _listed(calls: Counter[str]) -> str:
    return ", ".join(f"{number} {name}" for name, number in calls.items())


def _units(side: Side) -> str:
    return f"{side.cost.read_units:g} r, {side.cost.write_units} w"


def machine() -> str:
    """What it ran on: processor, cores, Python, libraries."""
    names = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        if line.startswith("model name")
    ]
    return (
        f"{names[0]}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"boto3 {version('boto3')}, PynamoDB {version('pynamodb')}"
    )


def _engine() -> str:
    java = subprocess.run(["java", "-version"], capture_output=True, text=True, check=True)
    return f"DynamoDB Local 1.25.1 on Java {java.stderr.split(chr(34))[1]}"
