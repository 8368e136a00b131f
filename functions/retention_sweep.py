"""The nightly schedule: what is due is erased, for as long as an invocation may take at a time."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import partial
from typing import Any

from chalice import Blueprint

from functions import observing
from shared.wiring import early, office
from shared.workflows import erasures

NAME = "retention_sweep"
SHARDS_AT_ONCE = 16
"""All of them: what is due longest goes first in each, and none waits for another."""

METRICS = ("due", "erased", "kept", "failed", "technical", "unfinished", "oldest_due_days")

schedule = Blueprint(__name__)


@schedule.lambda_function(name=NAME)
def sweep(_event: object, context: object) -> dict[str, Any]:
    """Answers `{"run", "due", "erased", "kept", "failed", "technical", ...}`: erasures.Result.

    It stops before Lambda would stop it, says what it did and what it left, and the next time of
    the schedule goes on there.
    """
    with observing.invocation(NAME, observing.request_of(context)) as told:
        left = partial(observing.seconds_left, context)
        with ThreadPoolExecutor(SHARDS_AT_ONCE) as pool:
            result = asdict(erasures.sweep(office(), pool.map, left))
        numbers = {name: result[name] for name in METRICS}
        told.update(run=result["run"], **numbers)
        observing.measure(NAME, **numbers)
    return result


early(office)
