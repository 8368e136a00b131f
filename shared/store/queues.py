"""Queues: where subject requests wait, each in a partition of the sparse index.

A stranger can fill that of the unconfirmed, and that of what is taken up within seconds.
"""

from datetime import date, datetime

from shared.model.requests import Queue, Queued, Request
from shared.store import _calls as calls
from shared.store import _items as items
from shared.store._items import Raw

PARTITIONS = {
    Queue.PENDING: "NEW",
    Queue.OPEN: "REQ",
    Queue.UNCONFIRMED: "UNCONFIRMED",
    Queue.CLOSED: "CLOSED",
}
FIRST, LAST = "0001", "9999"


def keys(queued: Queued, reference: str) -> tuple[str, str]:
    """The keys under which a request lies in the index."""
    return PARTITIONS[queued.queue], f"{_place(queued.by)}#{reference}"


def _place(by: date | datetime) -> str:
    return items.instant(by) if isinstance(by, datetime) else by.isoformat()


def waiting(queue: Queue) -> list[Request]:
    """The requests in a queue, by the day that they are due."""
    return _read(list(calls.due_between(PARTITIONS[queue], FIRST, LAST)))


def due(queue: Queue, by: datetime) -> list[str]:
    """The references of what is due in a queue by an instant, the earliest first."""
    raws = calls.due_between(PARTITIONS[queue], FIRST, f"{_place(by)}#~")
    return [raw["pk"]["S"].removeprefix("REQ#") for raw in raws]


def page(queue: Queue, after: str, most: int) -> tuple[list[Request], str]:
    """At most so many requests of a queue after a place, and the place to go on after.

    That is "" where none follow.
    """
    raws = calls.earliest(PARTITIONS[queue], after or FIRST, most + 1)
    more = raws[most - 1]["due_sk"]["S"] if len(raws) > most else ""
    return _read(raws[:most]), more


def number_in(queue: Queue) -> int:
    """The number that wait there."""
    return calls.count(PARTITIONS[queue])


def _read(raws: list[Raw]) -> list[Request]:
    """The requests behind entries of the index, in their order."""
    found = {
        raw["pk"]["S"]: items.request_from_raw(raw)
        for raw in calls.get_many(calls.key_of(raw) for raw in raws)
    }
    return [found[raw["pk"]["S"]] for raw in raws if raw["pk"]["S"] in found]
