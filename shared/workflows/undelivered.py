"""Letters that do not arrive: put on record with their request, and no other is tried for a while.

What the mail service tells comes at least once, late and in any order; again is as once.
"""

from contextlib import suppress

from msgspec.structs import replace

from shared.errors import Superseded, busy
from shared.model.requests import Letter, MailEvent, Step
from shared.policy import addresses
from shared.policy import requests as requests_policy
from shared.policy import undelivered as policy
from shared.store import requests as store
from shared.store import unreachable
from shared.wiring import Office
from shared.workflows import requests


def note(event: MailEvent, office: Office) -> bool:
    """Act on what became of a letter; whether it was one to the staff, which did not arrive.

    The staff's own address is never marked: they are reminded of deadlines there.  Raises
    Superseded.
    """
    if not policy.is_bad(event.outcome):
        return False
    if event.to == addresses.current(office.statement.controller.email):
        return True
    if event.outcome in policy.MARKS:
        until = policy.unreachable_until(event.at, office.now())
        unreachable.mark(_hash(event.to, office), event.outcome, until)
    if event.outcome in policy.BECAUSE:
        put_on_record(event.reference, event.number, policy.BECAUSE[event.outcome], office)
    return False


def why_not_tried(letter: Letter, office: Office) -> str:
    """Why a letter is not to be tried now; "" if nothing is known against its address."""
    why = unreachable.read(_hash(letter.to, office), office.now())
    return policy.NOT_TRIED[why] if why else ""


def try_again(email: str, office: Office) -> bool:
    """Let mail be tried to an address from now on; False if it is anyway."""
    return unreachable.clear(_hash(email, office))


def put_on_record(
    reference: str, number: str, why: str, office: Office, *, letter: str = ""
) -> None:
    """Tell in the history of a letter's request, once, that it did not arrive.

    `letter`: the key of one that is given up with it.  Raises Superseded.
    """
    for _ in range(requests.ATTEMPTS):
        request = store.read(reference)
        if request is None or policy.is_on_record(store.history(reference), number):
            if letter:
                store.sent(reference, letter)
            return
        if letter and store.letter(reference, letter) is None:
            return
        with suppress(Superseded):
            moved, happened = requests_policy.moved(
                replace(request, undelivered=True),
                Step.UNDELIVERED,
                at=office.now(),
                actor=requests.SYSTEM,
                because=policy.because(number, why),
            )
            requests.write(moved, office, (happened,), unsent=letter)
            return
    raise busy("The request")


def _hash(email: str, office: Office) -> str:
    return office.keys.unreachable(requests.address(email))
