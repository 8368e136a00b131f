"""The nightly schedule: what is due is erased."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

from chalice import Blueprint

from functions import observing
from shared.wiring import office
from shared.workflows import erasures

NAME = "retention_sweep"
SHARDS_AT_ONCE = 8
METRICS = ("due", "erased", "kept", "failed", "technical", "oldest_due_days")

schedule = Blueprint(__name__)


@schedule.lambda_function(name=NAME)
def sweep(_event: object, context: object) -> dict[str, Any]:
    """Answers `{"run", "due", "erased", "kept", "failed", "technical", ...}`: erasures.Result."""
    with observing.invocation(NAME, observing.request_of(context)) as told:
        with ThreadPoolExecutor(SHARDS_AT_ONCE) as pool:
            result = asdict(erasures.sweep(office(), pool.map))
        numbers = {name: result[name] for name in METRICS}
        told.update(run=result["run"], **numbers)
        observing.measure(NAME, **numbers)
    return result
