"""`python -m infra.bench [--write FILE]`: the product beside hand-written boto3, on an engine.

Run by `make bench`, which starts the engine.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from functions import intake
from functions.retention_sweep import SHARDS_AT_ONCE
from infra import local
from infra.bench import by_hand, listening, nights, people, report, requesting
from infra.bench.measuring import Comparison, where_time_goes
from infra.bench.setting import ITEMS, NOW, Bench, begin, check, console
from shared.gateways.clock import utc_now
from shared.workflows import access, erasures

SHARES = (0.0, 0.001, 0.01)
SWEEPS = 3


def posting(bench: Bench, rounds: int) -> list[Comparison]:
    """A form's whole way: the event of the Lambda function in, its answer out."""

    def post_by_hand(event: dict[str, Any]) -> None:
        by_hand.post(event, bench.client, bench.table)

    def post(event: dict[str, Any]) -> None:
        check(intake.handle(event, None)["statusCode"] == 202)

    def newcomer() -> dict[str, Any]:
        return bench.form(bench.new_email())

    def known() -> dict[str, Any]:
        event = newcomer()
        intake.handle(event, None)
        return event

    with bench.staffed(now=utc_now):
        return [
            bench.compare(
                "form post, new data subject", newcomer, post, post_by_hand, rounds=rounds
            ),
            bench.compare("form post, known", known, post, post_by_hand, rounds=rounds),
        ]


def reading(bench: Bench, rounds: int) -> list[Comparison]:
    """Everything that is held about somebody."""

    def compared(items: int) -> Comparison:
        email, _ = bench.person(items)
        return bench.compare(
            f"access, {items} items",
            lambda: email,
            lambda email: access.report(email, bench.office),
            lambda email: by_hand.read(email, bench.client, bench.table),
            rounds=max(3, rounds // (1 + items // 100)),
        )

    return [compared(items) for items in ITEMS]


def erasing(bench: Bench, rounds: int) -> list[Comparison]:
    """Of one data subject."""
    return [
        bench.compare(
            f"erasure, {items} items",
            lambda items=items: bench.person(items),
            bench.erase,
            lambda who: by_hand.erase(who[1], bench.client, bench.table),
            rounds=max(3, rounds // (2 + items // 25)),
        )
        for items in ITEMS
    ]


def sweeping(subjects: int) -> list[Comparison]:
    """Both sweep the same table in turn; each finds a group that is due only on its day."""
    bench = Bench(f"{local.TABLE}-{subjects}")
    turns = 2 * (SWEEPS + 1)
    first = NOW.date() + timedelta(days=1)
    days = [first + timedelta(days=turn) for turn in range(turns * len(SHARES))]
    due = [round(share * subjects) for share in SHARES for _ in range(turns)]
    console.print(f"{subjects} data subjects are loaded …")
    crowd = people.crowd(bench.model, subjects, dict(zip(days, due, strict=True)), bench.office)
    people.load(crowd, bench.client, bench.table)
    coming = iter(days)

    def next_day() -> date:
        day = next(coming)
        bench.now = datetime.combine(day, time(0, 30), UTC)
        return day

    def sweep(_: date) -> None:
        with ThreadPoolExecutor(SHARDS_AT_ONCE) as pool:
            found.append(erasures.sweep(bench.office, pool.map).erased)

    def sweep_by_hand(day: date) -> None:
        before = datetime.combine(day.replace(year=day.year - 2), time(0), UTC)
        found.append(by_hand.sweep(before, bench.client, bench.table))

    compared = []
    for share in SHARES:
        found: list[int] = []
        name = f"sweep, {subjects} data subjects, {share:.1%} due"
        one = bench.compare(name, next_day, sweep, sweep_by_hand, rounds=SWEEPS, warm_up=0)
        one.due, one.subjects = round(share * subjects), subjects
        compared.append(one)
        check(found == [one.due] * turns)
    return compared


def profiles(bench: Bench) -> dict[str, dict[str, float]]:
    """Where the time of the product goes, for what is asked most."""
    email = bench.person(50)[0]
    with bench.staffed(now=utc_now):
        return {
            "form post": where_time_goes(
                lambda: bench.form(bench.new_email()), lambda event: intake.handle(event, None), 100
            ),
            "access, 50 items": where_time_goes(
                lambda: email, lambda email: access.report(email, bench.office), 100
            ),
            "erasure, 50 items": where_time_goes(lambda: bench.person(50), bench.erase, 30),
        }


def main(
    subjects: Annotated[list[int], typer.Option(help="How many the sweeps go through.")] = [  # noqa: B006
        10_000,
        100_000,
    ],
    rounds: Annotated[int, typer.Option(min=4, help="Of each quick comparison.")] = 200,
    listeners: Annotated[int, typer.Option(min=2, help="Of each class that is timed.")] = 1_000,
    write: Annotated[Path | None, typer.Option(metavar="FILE", help="Markdown.")] = None,
) -> None:
    """Measure on the engine of the environment, show the table, and write it to FILE."""
    begin()
    bench = Bench(local.TABLE)
    quick = [
        *posting(bench, rounds),
        *reading(bench, rounds),
        *erasing(bench, rounds),
        *requesting.all_of(bench, rounds),
    ]
    spent = profiles(bench)
    sweeps = [one for number in sorted(subjects) for one in sweeping(number)]
    slept = nights.all_of(bench)
    text = report.written(quick, sweeps, spent, listening.all_of(listeners), slept)
    print(text)
    if write:
        write.write_text(text, "utf-8")


if __name__ == "__main__":
    typer.run(main)
