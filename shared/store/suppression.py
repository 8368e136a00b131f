"""Suppression: addresses that must not come back by import, each with the reasons for it.

A reason is the keyed tag of a request, and of no use to find that.  Each request adds its own and
takes away its own; with the last the item goes.  An earlier release named one request, by its
reference, in `reason`: that counts as long as it stands there.
"""

from collections.abc import Set as AbstractSet
from datetime import datetime

from pynamodb.expressions.condition import Condition, size
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from shared.model.noun import Noun
from shared.store import _calls as calls
from shared.store import _items as items
from shared.store._items import Raw, SuppressionItem


class Suppressed(Noun, frozen=True, kw_only=True):
    """Why an address is suppressed: not at all without a reason."""

    reasons: frozenset[str] = frozenset()
    reason: str = ""

    def without(self, tag: str, named: AbstractSet[str] = frozenset()) -> "Suppressed":
        """The reasons without a request's tag, and without what an earlier release `named`."""
        reason = "" if self.reason in named else self.reason
        return Suppressed(reasons=self.reasons - {tag}, reason=reason)


NOT = Suppressed()


class Freed(Noun, frozen=True, kw_only=True):
    """The reasons of an address as read `before`, and as they are to be `after`."""

    keyed_hash: str
    before: Suppressed
    after: Suppressed

    def add_to(self, transaction: TransactWrite) -> None:
        reason, reasons = SuppressionItem.reason, SuppressionItem.reasons
        gone = self.before.reasons - self.after.reasons
        as_read: Condition = (
            reason == self.before.reason if self.before.reason else reason.does_not_exist()
        )
        if self.before.reasons:
            as_read &= size(reasons) == len(self.before.reasons)
        else:
            as_read &= reasons.does_not_exist()
        for tag in gone:
            as_read &= reasons.contains(tag)
        if self.after == NOT:
            transaction.delete(_item(self.keyed_hash), as_read)
            return
        actions: list[Action] = [reasons.delete(set(gone))] if gone else []
        if self.before.reason and not self.after.reason:
            actions.append(reason.remove())
        transaction.update(_item(self.keyed_hash), actions, as_read)


def read(keyed_hash: str) -> Suppressed:
    """Why an address is suppressed, strongly read."""
    raw = calls.get(f"SUPP#{keyed_hash}", items.ONLY)
    return _suppressed(raw) if raw else NOT


def put(keyed_hash: str, tag: str, at: datetime) -> None:
    """Suppress an address: it must not come back by import.  Again is as once."""
    why = Suppressed(reasons=frozenset({tag}))
    calls.update(_item(keyed_hash), _adding(why, at))


def add(transaction: TransactWrite, keyed_hash: str, why: Suppressed, at: datetime) -> None:
    """Suppress an address in a transaction, for all the reasons there are."""
    transaction.update(_item(keyed_hash), _adding(why, at))


def take_over(raw: Raw) -> bool:
    """Add the reasons of another table's item to the one here; whether any was missing."""
    why, key = _suppressed(raw), raw["pk"]["S"].removeprefix("SUPP#")
    reason, reasons = SuppressionItem.reason, SuppressionItem.reasons
    missing: Condition = SuppressionItem.pk.does_not_exist()
    for tag in why.reasons:
        missing |= ~reasons.contains(tag)
    if why.reason:
        missing |= reason.does_not_exist()
    at = datetime.fromisoformat(raw["at"]["S"]) if "at" in raw else None
    return calls.update(_item(key), _adding(why, at), missing)


def _adding(why: Suppressed, at: datetime | None) -> list[Action]:
    reason, reasons, since = SuppressionItem.reason, SuppressionItem.reasons, SuppressionItem.at
    actions: list[Action] = [since.set(since | at)] if at else []
    if why.reasons:
        actions.append(reasons.add(set(why.reasons)))
    if why.reason:
        actions.append(reason.set(reason | why.reason))
    return actions


def _suppressed(raw: Raw) -> Suppressed:
    return Suppressed(
        reasons=frozenset(raw.get("reasons", {}).get("SS", ())),
        reason=raw.get("reason", {}).get("S", ""),
    )


def _item(keyed_hash: str) -> SuppressionItem:
    return SuppressionItem(f"SUPP#{keyed_hash}", items.ONLY)
