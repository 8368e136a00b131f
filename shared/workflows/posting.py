"""Posting: letters that were written with a step are sent; at least once, late if need be."""

from datetime import timedelta

from shared.store import requests as store
from shared.wiring import Office
from shared.workflows import changes, letters

WAIT = timedelta(minutes=5)
"""How long a letter may lie before it is looked for: the stream is given that time."""
LIFTING = "lifting"


def deliver(reference: str, sk: str, office: Office) -> bool:
    """Send a letter of the outbox, and forget it; False if it was sent already.

    A restriction is lifted only once the person has been told (art. 18(3)).
    """
    one = store.letter(reference, sk)
    if one is None:
        return False
    office.send(letters.compose(one, office))
    if one.name == LIFTING:
        changes.lift(reference, office)
    store.sent(reference, sk)
    return True


def late(office: Office) -> list[store.Posted]:
    """What the stream has not brought on its way."""
    return list(store.unsent(office.now() - WAIT))
