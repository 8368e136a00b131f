"""Batches from streams: report what failed, say nothing about whom; the only place."""

from collections.abc import Callable, Iterable
from typing import Any

from functions import observing

Record = dict[str, Any]


def stream(
    name: str,
    counted: str,
    event: dict[str, Any],
    context: object,
    *,
    is_ours: Callable[[Record], bool],
    act: Callable[[Record], bool],
) -> dict[str, Any]:
    """What a reader of the table's stream does: act on its own records, and tell how many it did.

    `counted` names the metric of those that `act` says it did something about.
    """
    with observing.invocation(name, observing.request_of(context)) as told:
        done: list[bool] = []
        ours = filter(is_ours, event["Records"])
        answer = in_order(ours, lambda record: done.append(act(record)))
        numbers = {counted: sum(done), "failed": len(answer["batchItemFailures"])}
        told.update(records=len(event["Records"]), **numbers)
        observing.measure(name, **numbers)
    return answer


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
