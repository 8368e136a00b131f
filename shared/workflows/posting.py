"""Posting: letters that were written with a step are sent; at least once, late if need be."""

from datetime import timedelta

from shared.model.requests import Letter
from shared.policy import requests as policy
from shared.store import requests as store
from shared.wiring import Office
from shared.workflows import changes, days, letters, requests

WAIT = timedelta(minutes=5)
"""How long a letter may lie before it is looked for: the stream is given that time."""


def deliver(reference: str, sk: str, office: Office) -> bool:
    """Send a letter of the outbox, and forget it; False if it was sent already, or is not to be.

    Nobody's mailbox is filled from here: of letters that whoever knows an address can have sent,
    a day's first few are.  A restriction is lifted only once the person has been told (art. 18(3)).
    """
    one = store.letter(reference, sk)
    if one is None:
        return False
    if one.provoked and not _is_among_the_first(one, sk, office):
        store.sent(reference, sk)
        return False
    office.send(letters.compose(one, office))
    if one.name == letters.LIFTING:
        changes.lift(reference, office)
    store.sent(reference, sk)
    return True


def _is_among_the_first(one: Letter, sk: str, office: Office) -> bool:
    """Of its kind, address and day; counted before it is sent, so that no more go out."""
    day = office.keys.mailed(one.name, requests.address(one.to), days.today(office))
    mark = f"{one.reference}#{sk}"
    return store.count_mail(day, mark, policy.MOST_MAILS_A_DAY, office.now())


def late(office: Office) -> list[store.Posted]:
    """What the stream has not brought on its way."""
    return list(store.unsent(office.now() - WAIT))
