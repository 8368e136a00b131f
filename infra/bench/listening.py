"""What a stranger can hear by the clock: how long a route takes, by whose address is sent.

Of each class as many as asked for, each person once, in an order drawn anew for every round.  The
AUC is the chance that one of a class takes longer than one of whom nothing is known, so 0.5 says
nothing; below it is as telling as above, and counted so.
"""

import gc
import json
import random
import statistics
from collections.abc import Callable
from time import perf_counter
from typing import Annotated, Any

import typer

from functions import intake, subject_requests
from infra import local
from infra.bench import people
from infra.bench.setting import Bench, begin, check, console
from shared.gateways.clock import utc_now

UNKNOWN = "unknown"
SINCE = {"S": "2026-11-22T09:00:00.000000+0000"}
HOLD = {"L": [{"M": {"since": {"S": "2026-11-22T09:00:00Z"}, "because": {"S": "a claim"}}}]}
CLASSES: dict[str, dict[str, Any]] = {
    "known": {},
    "subscribed": {"subscribed_since": SINCE},
    "held": {"holds": HOLD},
    "customer": {"customer_since": SINCE},
}
"""Who is known, and by what their profile differs from that of somebody who wrote once."""
GOAL = 0.55
WARM_UP = 50
SEED = 8

Heard = dict[str, dict[str, float]]
"""The AUC of each class against unknown, by route."""


def all_of(each: int) -> Heard:
    """Both routes, each with a table of its own."""
    return {
        "POST /forms": _heard("forms", each, _form, intake.handle),
        "POST /requests": _heard("requests", each, _request, subject_requests.handle),
    }


def _heard(
    name: str,
    each: int,
    event_of: Callable[[Bench, str], dict[str, Any]],
    handle: Callable[[dict[str, Any], Any], Any],
) -> dict[str, float]:
    console.print(f"listening to {name} …")
    bench = Bench(f"{local.TABLE}-{name}")
    names = [UNKNOWN, *CLASSES]
    addresses = {one: _people(bench, one, each + WARM_UP) for one in names}
    taken: dict[str, list[float]] = {one: [] for one in names}
    order = random.Random(SEED)  # noqa: S311  # an order, no secret
    with bench.staffed(now=utc_now):
        gc.collect()
        gc.disable()
        for number in range(each + WARM_UP):
            for one in order.sample(names, len(names)):
                event = event_of(bench, addresses[one][number])
                started = perf_counter()
                answer = handle(event, None)
                seconds = perf_counter() - started
                check(answer["statusCode"] == 202)
                if number >= WARM_UP:
                    taken[one].append(seconds)
            if number % 50 == 0:
                gc.collect()
        gc.enable()
    heard = {one: auc(taken[one], taken[UNKNOWN]) for one in CLASSES}
    medians = {one: f"{statistics.median(taken[one]) * 1000:.1f} ms" for one in names}
    console.print(heard, medians)
    return heard


def _people(bench: Bench, name: str, number: int) -> list[str]:
    """Addresses of so many of a class; none of those that are unknown is written anywhere."""
    emails = [bench.new_email() for _ in range(number)]
    if name == UNKNOWN:
        return emails
    items = [one for email in emails for one in _copied(bench, email, CLASSES[name])]
    people.load(items, bench.client, bench.table)
    return emails


def _copied(bench: Bench, email: str, facts: dict[str, Any]) -> list[dict[str, Any]]:
    _, items = people.copy(bench.model, email, 4, bench.office)
    for item in items:
        if item["sk"]["S"] == "PROFILE" and facts:
            item.update(facts)
            item.pop("ttl")
    return items


def _form(bench: Bench, email: str) -> dict[str, Any]:
    return bench.form(email)


def _request(bench: Bench, email: str) -> dict[str, Any]:
    """An objection: that which does the most where somebody is known."""
    route = "/requests"
    sent = {"right": "objection", "email": email, "details": "No more of this, please."}
    form = bench.form(email)
    return {
        **form,
        "resource": route,
        "path": route,
        "pathParameters": None,
        "requestContext": {**form["requestContext"], "resourcePath": route},
        "body": json.dumps(sent),
    }


def auc(some: list[float], others: list[float]) -> float:
    """How well a threshold on the time tells the two apart; never below 0.5."""
    ranked = sorted([(one, 1) for one in some] + [(one, 0) for one in others])
    ranks = sum(rank for rank, (_, is_some) in enumerate(ranked, 1) if is_some)
    above = ranks - len(some) * (len(some) + 1) / 2
    share = above / (len(some) * len(others))
    return max(share, 1 - share)


def main(each: Annotated[int, typer.Option(help="Of each class.")] = 1_000) -> None:
    """Only this, on the engine of the environment: `make bench PART=listening`."""
    begin()
    for route, heard in all_of(each).items():
        for one, value in heard.items():
            print(f"{route}, {one}: {value:.3f}")


if __name__ == "__main__":
    typer.run(main)
