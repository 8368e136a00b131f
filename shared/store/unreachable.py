"""Unreachable addresses: no mail is tried to them until a day that is set; under a keyed hash."""

from datetime import datetime

from pynamodb.expressions.update import Action

from shared.model.requests import MailOutcome
from shared.store import _calls as calls
from shared.store import _items as items
from shared.store._items import UnreachableItem


def mark(keyed_hash: str, why: MailOutcome, until: datetime) -> None:
    """Mark an address until an instant; one that is marked for longer stays so."""
    ttl = items.epoch(until)
    is_later = UnreachableItem.pk.does_not_exist() | (UnreachableItem.ttl < ttl)
    actions: list[Action] = [UnreachableItem.why.set(why.value), UnreachableItem.ttl.set(ttl)]
    calls.update(UnreachableItem(_pk(keyed_hash), items.ONLY), actions, is_later)


def read(keyed_hash: str, at: datetime) -> MailOutcome | None:
    """Why an address takes no mail at an instant; None if nothing is known, or it is over.

    TTL removes an item some days after its end.
    """
    raw = calls.get(_pk(keyed_hash), items.ONLY, consistent=False)
    if raw is None or int(raw["ttl"]["N"]) <= items.epoch(at):
        return None
    return MailOutcome(raw["why"]["S"])


def clear(keyed_hash: str) -> bool:
    """Take a mark away; False if there is none."""
    answer = calls.call(
        "DeleteItem", Key=calls.key(_pk(keyed_hash), items.ONLY), ReturnValues="ALL_OLD"
    )
    return "Attributes" in answer


def _pk(keyed_hash: str) -> str:
    return f"UNREACHABLE#{keyed_hash}"
