"""The inbox: submissions that wait for an answer, by purpose, in the sparse index.

An entry is the submission's own item: it is in the index until it is answered, and gone with the
person.
"""

from collections.abc import Iterable, Iterator

from shared.model.contacts import Interaction
from shared.model.noun import Noun
from shared.store import _calls as calls
from shared.store import _items as items

AFTER_ALL = "~"
PAGE = 100


class Waiting(Noun, frozen=True, kw_only=True):
    """One submission that waits.  `place` sorts as time does, and is where a page goes on."""

    subject_id: str
    sk: str
    purpose: str
    place: str

    @property
    def reference(self) -> str:
        return self.place.rpartition("#")[2]


def newest(purpose: str, *, before: str = "", most: int) -> list[Waiting]:
    """What waits and was collected for a purpose, newest first, before a place."""
    raws = calls.newest(items.inbox(purpose), before or AFTER_ALL, most)
    return [
        Waiting(
            subject_id=raw["pk"]["S"].removeprefix("S#"),
            sk=raw["sk"]["S"],
            purpose=purpose,
            place=raw["due_sk"]["S"],
        )
        for raw in raws
    ]


def find(reference: str, purposes: Iterable[str]) -> Waiting | None:
    """What waits under a reference, among these purposes: reads what waits until it is found."""
    every = (one for purpose in purposes for one in _every(purpose))
    return next((one for one in every if one.reference == reference), None)


def _every(purpose: str) -> Iterator[Waiting]:
    before = ""
    while page := newest(purpose, before=before, most=PAGE):
        yield from page
        before = page[-1].place


def submissions(waiting: Iterable[Waiting]) -> dict[str, Interaction]:
    """What was submitted, by reference; without what is gone meanwhile."""
    keys = (calls.key(items.partition(one.subject_id), one.sk) for one in waiting)
    found = map(items.interaction_from_raw, calls.get_many(keys))
    return {one.reference: one for one in found}
