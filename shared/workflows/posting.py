"""Posting: letters that were written with a step are sent; at least once, late if need be.

A letter that cannot be sent stays in the outbox and is tried again; one that cannot be composed
never will be, and is given up on record.  Neither holds up another one.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC
from email.message import EmailMessage
from functools import partial
from itertools import chain, islice
from typing import Literal

from shared.errors import Throttled, Unsendable, busy, kind_of
from shared.gateways.mail import LETTER
from shared.model.noun import Noun
from shared.model.requests import Letter, Step
from shared.policy import addresses
from shared.policy import requests as policy
from shared.store import requests as store
from shared.store import subjects
from shared.store.requests import Written
from shared.wiring import Office
from shared.workflows import changes, days, letters, requests, undelivered

Outcome = Literal["", "sent", "waits", "unsent", "undelivered", "throttled"]
"""The outcome of a letter: nothing, as it was sent already or is not to be; it went out; it waits
for the next hour; it was given up; it was not tried, as its address takes no mail; it waits as our
mail service takes no more for now, and so does every other one."""

Delivery = Callable[[], Outcome]

AT_LEAST = 15.0
"""Seconds that have to be left for one more letter."""

_log = logging.getLogger(__name__)


class Caught(Noun, frozen=True, kw_only=True):
    """The outcomes of the letters that were late; `failed` could not be sent now either.

    `throttled`: 1 where our mail service took no more.  `waiting`: for the next hour.
    """

    sent: int
    unsent: int
    undelivered: int
    throttled: int
    failed: int
    waiting: int


def deliver(reference: str, sk: str, office: Office, *, waited: bool = False) -> Outcome:
    """Send a letter of the outbox, and forget it.  Raises what keeps it alone from being sent now.

    `waited`: it was found to be among its mailbox's first before it had to wait.

    Nobody's mailbox is filled from here: of letters that whoever knows an address can have sent,
    a day's first few are.  A restriction is lifted only once the person has been told (art. 18(3)).
    """
    one = store.letter(reference, sk)
    if one is None:
        return ""
    try:
        message = letters.compose(one, office)
    except Exception as fault:  # the boundary: what is wrong with it now stays wrong
        return _given_up(one, sk, fault, office)
    number = sk.removeprefix("MAIL#")
    if why := undelivered.why_not_tried(one, office):
        undelivered.put_on_record(reference, number, why, office, letter=sk)
        return "undelivered"
    if one.provoked and not waited and not _is_among_the_first(one, sk, office):
        store.sent(reference, sk)
        return ""
    if one.provoked and not _has_room(one, sk, office):
        store.postpone(reference, sk)
        return "waits"
    message[LETTER] = f"{reference}/{number}"
    return _sent(one, sk, message, office)


def _sent(one: Letter, sk: str, message: EmailMessage, office: Office) -> Outcome:
    try:
        office.send(message)
    except Throttled:
        return "throttled"
    except Unsendable as fault:
        return _given_up(one, sk, fault, office)
    if one.name == letters.LIFTING:
        changes.lift(one.reference, office)
    store.sent(one.reference, sk)
    return "sent"


def _is_among_the_first(one: Letter, sk: str, office: Office) -> bool:
    """Whether it is, of its kind, mailbox and day; counted first, so that no more go out."""
    mailbox = requests.address(addresses.mailbox(one.to))
    counted = office.keys.mailed(one.name, mailbox, days.today(office))
    return store.count_mail(counted, _mark(one, sk), policy.MOST_MAILS_A_DAY, office.now())


def _has_room(one: Letter, sk: str, office: Office) -> bool:
    """Whether there is room in this hour: strangers cannot have us flood who is unknown."""
    if subjects.find(requests.lookup_of(one.to, office)):
        return True
    mark, most = _mark(one, sk), policy.MOST_MAILS_TO_STRANGERS_AN_HOUR
    return store.count_mail(_hour(office), mark, most, office.now())


def _hour(office: Office) -> str:
    return f"{office.now().astimezone(UTC):%Y-%m-%dT%H}"


def _mark(one: Letter, sk: str) -> str:
    return f"{one.reference}#{sk}"


def _given_up(one: Letter, sk: str, fault: Exception, office: Office) -> Outcome:
    """The letter goes, and the history of its request, if there is one, tells that it did."""
    name = kind_of(fault)
    _log.error("letter %s given up: %s", one.name, name, extra={"fault": name})
    for _ in range(requests.ATTEMPTS):
        now, request = office.now(), store.read(one.reference)
        if request is None:
            store.sent(one.reference, sk)
            return "unsent"
        moved, happened = policy.moved(request, Step.UNSENT, at=now, actor=requests.SYSTEM)
        written = Written(
            request=moved,
            history=(happened,),
            queued=requests.queued(moved, office),
            ttl=requests.ttl(moved, office),
            unsent=sk,
            at=now,
        )
        if store.write(written):
            return "unsent"
        if store.letter(one.reference, sk) is None:
            return ""
    raise busy("The request")


def late(office: Office) -> Iterator[Delivery]:
    """Deliver what the stream has not brought on its way, and what waits if there is room now.

    None follows once the mail service takes no more: a quota is for those that come first.
    """
    came: list[Outcome] = []

    def act(one: store.Posted, *, waited: bool) -> Outcome:
        came.append(deliver(one.letter.reference, one.sk, office, waited=waited))
        return came[-1]

    late = ((one, False) for one in store.unsent(days.missed(office)))
    for one, waited in chain(late, _postponed(office)):
        if "throttled" in came[-1:]:
            return
        yield partial(act, one, waited=waited)


def _postponed(office: Office) -> Iterator[tuple[store.Posted, bool]]:
    """As many of those that wait for the next hour as there is room for in this one."""
    room = store.room_for_mails(_hour(office), policy.MOST_MAILS_TO_STRANGERS_AN_HOUR)
    yield from ((one, True) for one in islice(store.postponed(), room))


def catch_up(office: Office, left: Callable[[], float]) -> Caught:
    """Deliver what is late, one letter after the other, while there are seconds `left`."""
    came: Counter[str] = Counter()
    for act in late(office):
        if left() < AT_LEAST:
            break
        try:
            came[act()] += 1
        except Exception as fault:  # the boundary: one letter must not hold up the others
            name = kind_of(fault)
            _log.error("letter failed: %s", name, extra={"fault": name})
            came["failed"] += 1
    return Caught(
        sent=came["sent"],
        unsent=came["unsent"],
        undelivered=came["undelivered"],
        throttled=came["throttled"],
        failed=came["failed"],
        waiting=store.number_postponed(),
    )
