"""Settling: what a recorded form changes about its data subject, once and all or nothing."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from pynamodb.transactions import TransactWrite

from shared.model.contacts import Consent, Interaction, Unsettled, Value
from shared.model.noun import Noun
from shared.model.retention import Facts, Filing
from shared.model.subjects import State, Subject
from shared.store import _calls as calls
from shared.store import _items as items
from shared.store import subjects
from shared.store._items import Raw, UnsettledItem

FIRST = "0001"


class Place(Noun, frozen=True, kw_only=True):
    """Where something that is to be settled lies."""

    subject_id: str
    sk: str


class Open(Noun, frozen=True, kw_only=True):
    """What is to be settled, with the data subject as they are now and what was sent."""

    subject: Subject
    interaction: Interaction
    unsettled: Unsettled


def read(subject_id: str, sk: str) -> Open | None:
    """What is to be settled; None if that was done, or if the data subject is gone or going."""
    pk = items.partition(subject_id)
    sent = f"I#{sk.removeprefix('J#')}"
    keys = ({"pk": {"S": pk}, "sk": {"S": one}} for one in (items.PROFILE, sent, sk))
    raws = calls.get_many(keys)
    found = {raw["sk"]["S"]: raw for raw in raws}
    if len(found) < 3:
        return None
    subject = items.profile_from_raw(found[items.PROFILE])
    if subject.state is not State.ACTIVE:
        return None
    return Open(
        subject=subject,
        interaction=items.interaction_from_raw(found[sent]),
        unsettled=items.unsettled_from_raw(found[sk]),
    )


def write(
    one: Open,
    facts: Facts,
    filing: Filing | None,
    *,
    values: tuple[Value, ...],
    consents: tuple[Consent, ...],
) -> bool:
    """Settle, provided that nobody else has and that the data subject is as they were read."""
    subject = one.subject
    actions = subjects.changes(subject, facts, filing, lazily=True)
    actions += subjects.value_actions(values)
    item = items.unsettled_item(subject.subject_id, one.unsettled)

    def build(transaction: TransactWrite) -> None:
        transaction.delete(item, UnsettledItem.pk.exists())
        for number, consent in enumerate(consents):
            name = f"{one.unsettled.reference}.{number}"
            transaction.save(items.consent_item(subject.subject_id, consent, name))
        key = subjects.profile_key(subject.subject_id)
        transaction.update(key, actions, subjects.unchanged(subject))

    return not calls.transact(build)


def late(before: datetime) -> Iterator[Place]:
    """What came in before an instant and is still to be settled."""
    return map(_place_of, calls.due_between(items.SETTLE, FIRST, items.instant(before)))


def among(raws: Iterable[Raw]) -> list[Place]:
    """What is still to be settled of a partition."""
    return [_place_of(raw) for raw in raws if raw.get("due_pk") == {"S": items.SETTLE}]


def _place_of(raw: Raw) -> Place:
    return Place(subject_id=raw["pk"]["S"].removeprefix("S#"), sk=raw["sk"]["S"])
