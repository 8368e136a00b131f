"""Batches from streams: report what failed, say nothing about whom; the only place."""

from collections.abc import Callable, Iterable
from typing import Any

from functions import observing

Record = dict[str, Any]


def in_order(records: Iterable[Record], act: Callable[[Record], None]) -> dict[str, Any]:
    """Act on each record, and stop at the first that fails: Lambda resumes from there."""
    for record in records:
        try:
            act(record)
        except Exception as fault:  # the boundary: everything must be reported
            observing.failed("record failed", fault)
            sequence = record["dynamodb"]["SequenceNumber"]
            return {"batchItemFailures": [{"itemIdentifier": sequence}]}
    return {"batchItemFailures": []}
