"""Batches from streams: report what failed, say nothing about whom; the only place."""

import logging
from collections.abc import Callable, Iterable
from typing import Any

_log = logging.getLogger(__name__)

Record = dict[str, Any]


def in_order(records: Iterable[Record], act: Callable[[Record], None]) -> dict[str, Any]:
    """Act on each record, and stop at the first that fails: Lambda resumes from there."""
    for record in records:
        try:
            act(record)
        except Exception as fault:  # the boundary: everything must be reported
            _log.exception("record failed: %s", type(fault).__name__, exc_info=False)
            sequence = record["dynamodb"]["SequenceNumber"]
            return {"batchItemFailures": [{"itemIdentifier": sequence}]}
    return {"batchItemFailures": []}
