"""Settling: what a recorded form changes about its data subject, once and all or nothing."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from shared.model.contacts import Interaction, Unsettled
from shared.model.noun import Noun
from shared.model.requests import Letter
from shared.model.retention import Filing
from shared.model.subjects import State, Subject
from shared.policy.settling import Settled
from shared.store import _calls as calls
from shared.store import _items as items
from shared.store import subjects
from shared.store._items import AskedFormItem, Raw, UnsettledItem
from shared.store.audit import Prepared
from shared.store.requests import letter_item

FIRST, FORM = "0001", "FORM"
LINK_LASTS = timedelta(days=30)


class Place(Noun, frozen=True, kw_only=True):
    """The place of something that is to be settled."""

    subject_id: str
    sk: str


class Asking(Noun, frozen=True, kw_only=True):
    """The letter that asks whether a form is the person's, and when it was written."""

    letter: Letter
    at: datetime


class Open(Noun, frozen=True, kw_only=True):
    """Something to be settled, with the data subject as they are now and what was sent."""

    subject: Subject
    interaction: Interaction
    unsettled: Unsettled


def read(subject_id: str, sk: str) -> Open | None:
    """Read what is to be settled; None if that was done, or the data subject is gone or going."""
    pk = items.partition(subject_id)
    sent = f"I#{sk.removeprefix('J#')}"
    raws = calls.get_many(calls.key(pk, one) for one in (items.PROFILE, sent, sk))
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
    settled: Settled,
    filing: Filing | None,
    *,
    asking: Asking | None = None,
    audited: Prepared | None = None,
) -> bool:
    """Settle, provided that nobody else has and that the data subject is as they were read.

    What stands beside stays there; `asking`: whom it is asked of.
    """
    subject = one.subject
    actions = subjects.changes(subject, settled.facts, filing, lazily=True)
    actions += subjects.value_actions(settled.values)
    item = items.unsettled_item(subject.subject_id, one.unsettled)
    rest = items.unsettled_item(subject.subject_id, settled.rest) if settled.rest else None
    if rest:  # what nobody confirms goes with the link
        rest.ttl = items.epoch(one.unsettled.at + LINK_LASTS)
    there = _still(one.unsettled)

    def build(transaction: TransactWrite) -> None:
        if rest:
            transaction.save(rest, there)
        else:
            transaction.delete(item, there)
        for number, consent in enumerate(settled.consents):
            name = f"{one.unsettled.reference}.{number}"
            transaction.save(items.consent_item(subject.subject_id, consent, name))
        if asking:
            _ask(transaction, asking, Place(subject_id=subject.subject_id, sk=item.sk))
        if audited:
            audited.add_to(transaction)
        key = subjects.profile_key(subject.subject_id)
        transaction.update(key, actions, subjects.unchanged(subject))

    return not calls.transact(build)


def _still(unsettled: Unsettled) -> Condition:
    filed = UnsettledItem.due_pk
    condition: Condition = filed.exists()
    if unsettled.waits:
        condition = UnsettledItem.pk.exists() & filed.does_not_exist()
    return condition


def answer(one: Open, answered: Unsettled) -> bool:
    """Note the person's word, to be settled; False if another was given, or none is needed."""
    item = items.unsettled_item(one.subject.subject_id, answered)
    actions: list[Action] = [
        UnsettledItem.content.set(item.content),
        UnsettledItem.ttl.remove(),
        UnsettledItem.due_pk.set(item.due_pk),
        UnsettledItem.due_sk.set(item.due_sk),
    ]
    is_ours: Condition = UnsettledItem.content == item.content
    return calls.update(item, actions, is_ours | _still(one.unsettled))


def _ask(transaction: TransactWrite, asking: Asking, place: Place) -> None:
    """The letter, and where its link leads: no word of the person lies there."""
    letter = asking.letter
    transaction.save(letter_item(letter, asking.at, "000000.0"))
    pointer = AskedFormItem(
        f"REQ#{letter.reference}", FORM, person=place.subject_id, place=place.sk
    )
    pointer.ttl = items.epoch(asking.at + LINK_LASTS)
    transaction.save(pointer)


def asked(reference: str, now: datetime) -> Place | None:
    """The place of the form that a link is about, while the link is good."""
    raw = calls.get(f"REQ#{reference}", FORM)
    if raw is None or int(raw["ttl"]["N"]) <= items.epoch(now):
        return None
    return Place(subject_id=raw["person"]["S"], sk=raw["place"]["S"])


def forget_asked(reference: str) -> None:
    """Where the link about a form leads to, is nowhere any more."""
    calls.call("DeleteItem", Key={"pk": {"S": f"REQ#{reference}"}, "sk": {"S": FORM}})


def references_in(raws: Iterable[Raw]) -> list[str]:
    """The forms of a partition that are not settled wholly."""
    keys = (raw["sk"]["S"] for raw in raws)
    return [one.rpartition("#")[2] for one in keys if one.startswith("J#")]


def find(subject_id: str, reference: str) -> Place | None:
    """The place of a form of somebody that is not settled wholly."""
    raws = calls.beginning(items.partition(subject_id), "J#")
    return next((one for one in map(_place_of, raws) if one.sk.endswith(f"#{reference}")), None)


def late(before: datetime) -> Iterator[Place]:
    """The places of what came in before an instant and is still to be settled."""
    return map(_place_of, calls.due_between(items.SETTLE, FIRST, items.instant(before)))


def among(raws: Iterable[Raw]) -> list[Place]:
    """The places of what is still to be settled in a partition."""
    return [_place_of(raw) for raw in raws if raw.get("due_pk") == {"S": items.SETTLE}]


def _place_of(raw: Raw) -> Place:
    return Place(subject_id=raw["pk"]["S"].removeprefix("S#"), sk=raw["sk"]["S"])
