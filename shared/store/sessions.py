"""Sessions of the staff's pages: each is good while its item is there, and not idle for long."""

from datetime import datetime, timedelta

from pynamodb.expressions.update import Action

from shared.store import _calls as calls
from shared.store import _items as items
from shared.store._items import SessionItem


def begin(name: str, at: datetime, idle: timedelta) -> None:
    """Keep that a session was used, for as long as it may be idle."""
    item = SessionItem(_key(name), items.ONLY, seen=items.epoch(at))
    item.ttl = items.epoch(at + idle)
    calls.call("PutItem", Item=item.serialize())


def use(name: str, at: datetime, idle: timedelta) -> bool:
    """Keep that it is used now; False if it is over, or was idle for too long."""
    actions: list[Action] = [
        SessionItem.seen.set(items.epoch(at)),
        SessionItem.ttl.set(items.epoch(at + idle)),
    ]
    is_alive = SessionItem.seen > items.epoch(at - idle)
    return calls.update(SessionItem(_key(name), items.ONLY), actions, is_alive)


def end(name: str) -> None:
    """End a session, whoever has its cookie."""
    calls.call("DeleteItem", Key=calls.key(_key(name), items.ONLY))


def _key(name: str) -> str:
    return f"SESS#{name}"
