"""`make bench PART=nights`: how many people one process erases a second, and how busy it is.

Sweeps with so many threads against a DynamoDB that waits as AWS does (infra/bench/stub.py), and
beside each what the model of docs/operations.md says, which knows two figures only: the time of
the processor that an erasure takes, and the waiting of its calls.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from time import perf_counter, process_time
from typing import Any

from infra import local
from infra.bench import people, stub
from infra.bench.setting import NOW, Bench, begin, check, console
from shared import wiring
from shared.model.noun import Noun
from shared.settings import Settings
from shared.workflows import erasures

THREADS = (1, 4, 8, 16)
ITEMS = (4, 50)
CALLS = {4: 7, 50: 8}
"""Of an erasure of so many items, one after the other."""

EACH = 20
WAITING = (stub.LEAST + stub.MOST) / 2


class Night(Noun, frozen=True, kw_only=True):
    """A sweep of so many threads that has erased people of so many items; times in seconds."""

    items: int
    threads: int
    erased: int
    took: float
    busy: float

    @property
    def rate(self) -> float:
        """Erasures a second."""
        return self.erased / self.took

    @property
    def share(self) -> float:
        """Of one core, the time that it was busy."""
        return self.busy / self.took

    @property
    def each(self) -> float:
        """Of the processor, for one erasure."""
        return self.busy / self.erased


def expected(threads: int, each: float, calls: int, core: float = 1) -> float:
    """Erasures a second, by the model: as many as fit on the core, or as the threads wait for.

    `each`: seconds of a whole core for an erasure; `core`: what of one there is.
    """
    return min(core / each, threads / (each / core + calls * WAITING))


def all_of(bench: Bench) -> list[Night]:
    """A sweep of people of each size with each number of threads."""
    return [night for items in ITEMS for night in _of_size(bench, items)]


def _of_size(bench: Bench, items: int) -> Iterator[Night]:
    with _stub(bench, items):
        _sweep(bench, items, THREADS[-1])  # its connections are there for those that are measured
        for threads in THREADS:
            console.print(f"a night, {items} items, {threads} threads …")
            yield _sweep(bench, items, threads)


def _sweep(bench: Bench, items: int, threads: int) -> Night:
    later = replace(bench.office, now=lambda: NOW.replace(year=NOW.year + 3))
    started, busy = perf_counter(), process_time()
    with ThreadPoolExecutor(threads) as pool:
        result = erasures.sweep(later, pool.map)
    took, busy = perf_counter() - started, process_time() - busy
    check(result.failed == 0 and result.erased == result.due == EACH * 16)
    return Night(items=items, threads=threads, erased=result.erased, took=took, busy=busy)


@contextmanager
def _stub(bench: Bench, items: int) -> Iterator[None]:
    """The product's table is a stub's for the length of a block."""
    _, written = people.copy(bench.model, bench.new_email(), items, bench.office)
    model = [item for item in written if item["pk"]["S"].startswith("S#")]
    pipe: Any = subprocess.PIPE
    command = [sys.executable, "-m", "infra.bench.stub"]
    settings = Settings(
        table=bench.table, region=local.REGION, keys_secret="", origins=(), statement=None
    )
    engine = os.environ["AWS_ENDPOINT_URL_DYNAMODB"]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        told: Any = process.stdin
        print(json.dumps({"model": model, "each": EACH}), file=told, flush=True)
        address: Any = process.stdout
        os.environ["AWS_ENDPOINT_URL_DYNAMODB"] = address.readline().strip()
        try:
            wiring.bind(settings)
            yield
        finally:
            os.environ["AWS_ENDPOINT_URL_DYNAMODB"] = engine
            wiring.bind(settings)
            told.close()


def main() -> None:
    """Only this, on the engine of the environment: `make bench PART=nights`."""
    begin()
    for one in all_of(Bench(local.TABLE)):
        print(
            f"{one.items} items, {one.threads} threads: {one.rate:.0f} a second, "
            f"{one.share:.0%} busy, {one.each * 1000:.1f} ms of the processor each"
        )


if __name__ == "__main__":
    main()
