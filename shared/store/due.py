"""What is due: the sparse index that the sweep reads instead of the table."""

from collections.abc import Iterable, Iterator
from datetime import date

from shared.model.erasures import Kind
from shared.model.noun import Noun
from shared.model.subjects import Subject
from shared.store import _calls as calls
from shared.store import _items as items

FIRST_DAY = date(1, 1, 1)


class DueEntry(Noun, frozen=True, kw_only=True):
    """One entry of the index: a profile, or a piece of technical data at the end of its life."""

    subject_id: str
    kind: Kind
    sk: str
    due_on: date


def entries(shard: int, *, until: date) -> Iterator[DueEntry]:
    """The entries of one of the index's shards that are due on `until` or earlier."""
    before = items.day_after(until).isoformat()
    for raw in calls.due_between(f"DUE#{shard:02d}", FIRST_DAY.isoformat(), before):
        yield DueEntry(
            subject_id=raw["pk"]["S"].removeprefix("S#"),
            kind=items.kind_of(raw["sk"]["S"]),
            sk=raw["sk"]["S"],
            due_on=date.fromisoformat(raw["due_sk"]["S"][:10]),
        )


def shards() -> range:
    return range(items.SHARDS)


def profiles(due: Iterable[DueEntry]) -> Iterator[Subject]:
    """The profiles behind entries, in no order."""
    raws = calls.get_many(calls.key(items.partition(one.subject_id), items.PROFILE) for one in due)
    return map(items.profile_from_raw, raws)


def erase_technical(entry: DueEntry) -> None:
    """Delete technical data whose own short life has ended; once gone it stays gone."""
    key = calls.key(items.partition(entry.subject_id), entry.sk)
    calls.call("DeleteItem", Key=key)
