"""The nightly schedule: what is due is erased."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit
from chalice import Blueprint

from shared.wiring import office
from shared.workflows import erasures

NAMESPACE = "Privacy"
SHARDS_AT_ONCE = 8
METRICS = ("due", "erased", "kept", "failed", "technical")

schedule = Blueprint(__name__)


@schedule.lambda_function(name="retention_sweep")
def sweep(_event: object, _context: object) -> dict[str, Any]:
    """Answers `{"run", "due", "erased", "kept", "failed", "technical", "kept_because"}`."""
    with ThreadPoolExecutor(SHARDS_AT_ONCE) as pool:
        result = asdict(erasures.sweep(office(), pool.map))
    metrics = EphemeralMetrics(namespace=NAMESPACE, service="retention_sweep")
    for name in METRICS:
        metrics.add_metric(name, MetricUnit.Count, result[name])
    metrics.flush_metrics()
    return result
