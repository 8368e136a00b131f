"""Batches from streams: report what failed, say nothing about whom; the only place."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from functions import observing

Record = dict[str, Any]


def stream(
    name: str,
    counted: tuple[str, ...],
    event: dict[str, Any],
    context: object,
    *,
    is_ours: Callable[[Record], bool],
    act: Callable[[Record], str],
) -> dict[str, Any]:
    """Act on a stream's records as far as they are the reader's own, and tell what came of them.

    `counted` names the metrics; `act` says which of them a record counts for, or "".
    """
    with observing.invocation(name, observing.request_of(context)) as told:
        came: Counter[str] = Counter()
        ours = filter(is_ours, event["Records"])
        answer = each(ours, lambda record: came.update([act(record)]))
        numbers = {one: came[one] for one in counted}
        numbers["failed"] = came["failed"] + len(answer["batchItemFailures"])
        told.update(records=len(event["Records"]), **numbers)
        observing.measure(name, **numbers)
    return answer


def each(records: Iterable[Record], act: Callable[[Record], None]) -> dict[str, Any]:
    """Act on every record, and report each that failed.

    Lambda comes again from the first of these on, with those behind it that went well: acting
    again must be as acting once.
    """
    failures = []
    for record in records:
        try:
            act(record)
        except Exception as fault:  # the boundary: everything must be reported
            observing.failed("record failed", fault)
            failures.append({"itemIdentifier": record["dynamodb"]["SequenceNumber"]})
    return {"batchItemFailures": failures}
