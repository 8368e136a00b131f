"""Two ways of doing the same, measured side by side: time, DynamoDB calls, units, peak memory."""

import cProfile
import pstats
import statistics
import tracemalloc
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from infra.bench.meter import Cost, metered

WARM_UP = 3

Act = Callable[[Any], object]


@dataclass(slots=True)
class Side:
    """What one way of doing it took; `peak` in bytes of Python objects."""

    seconds: list[float] = field(default_factory=list)
    cost: Cost = field(default_factory=Cost)
    peak: int = 0

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


@dataclass(slots=True)
class Comparison:
    """The product beside the hand-written version; of a sweep, how many were due among how many."""

    name: str
    due: int = 0
    subjects: int = 0
    ours: Side = field(default_factory=Side)
    by_hand: Side = field(default_factory=Side)

    @property
    def ratio(self) -> float:
        return self.ours.median / self.by_hand.median


def compare(
    name: str,
    prepare: Callable[[], Any],
    ours: Act,
    by_hand: Act,
    *,
    clients: tuple[Any, Any],
    table: str,
    rounds: int,
    warm_up: int = WARM_UP,
) -> Comparison:
    """Do both in turn, each on something freshly prepared; then once more for cost and memory.

    `clients`: the DynamoDB clients that ours and the hand-written version use.
    """
    found = Comparison(name)
    both = ((found.ours, ours, clients[0]), (found.by_hand, by_hand, clients[1]))
    for number in range(warm_up + rounds):
        for side, act, _ in both if number % 2 else reversed(both):
            thing = prepare()
            started = perf_counter()
            act(thing)
            if number >= warm_up:
                side.seconds.append(perf_counter() - started)
    for side, act, client in both:
        thing = prepare()
        tracemalloc.start()
        with metered(client, table) as side.cost:
            act(thing)
        side.peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return found


def where_time_goes(prepare: Callable[[], Any], act: Act, times: int) -> dict[str, float]:
    """The share of each part in the time of an act, by the functions that the time is spent in."""
    profile = cProfile.Profile()
    for _ in range(times):
        thing = prepare()
        profile.enable()
        act(thing)
        profile.disable()
    spent: Counter[str] = Counter()
    stats: dict[Any, Any] = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    for (path, _, name), (_, _, own, _, _) in stats.items():
        spent[_part(path, name)] += own
    total = sum(spent.values())
    return {part: seconds / total for part, seconds in spent.most_common()}


def _part(path: str, name: str) -> str:
    if "recv_into" in name or "sendall" in name or "connect" in name:
        return "waiting for DynamoDB"
    for part in ("botocore", "urllib3", "pynamodb", "chalice", "msgspec"):
        if f"/{part}/" in path or part in name:
            return part
    for part in ("shared", "functions"):
        if f"/{part}/" in path:
            return "the product"
    return "Python and its library"
