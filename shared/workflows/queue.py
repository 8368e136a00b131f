"""The queue of subject requests: what is late is seen, and what was missed is done.

Everything here can be repeated: a reminder is a step of the request, and is not taken twice.
"""

import logging
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial

from msgspec.structs import replace

from shared.model.noun import Noun
from shared.model.requests import Refusal, Request, Step
from shared.policy import deadlines, retention
from shared.policy import requests as policy
from shared.store import requests as store
from shared.store import subjects
from shared.wiring import Office
from shared.workflows import answers, posting, requests
from shared.workflows.requests import SYSTEM

FAR = 999
"""Days to the nearest deadline where there is none."""

_log = logging.getLogger(__name__)


class Watched(Noun, frozen=True, kw_only=True):
    """What a look at the queue found and did.

    `nearest_days` to the next deadline, below 0 when one has passed; `failed` could not be dealt
    with and are met again by the next look.
    """

    open: int = 0
    overdue: int = 0
    nearest_days: int = FAR
    reminded: int = 0
    forgotten: int = 0
    answered: int = 0
    sent: int = 0
    failed: int = 0


def watch(office: Office) -> Watched:
    """Look at every request of the queue once."""
    today = requests.today(office)
    seen = Watched()
    for request in store.waiting():
        if request.state not in policy.OPEN:
            seen = _counted(seen, "forgotten", partial(_forget_address, request, office))
            continue
        due = requests.deadline_of(request, office).due
        left = (due - today).days if due else FAR
        seen = replace(
            seen,
            open=seen.open + 1,
            overdue=seen.overdue + (left < 0),
            nearest_days=min(seen.nearest_days, left),
        )
        for what, act in _duties(request, due, today, office):
            seen = _counted(seen, what, act)
    for late in posting.late(office):
        send = partial(posting.deliver, late.letter.reference, late.sk, office)
        seen = _counted(seen, "sent", send)
    return seen


def _duties(
    request: Request, due: date | None, today: date, office: Office
) -> Iterator[tuple[str, Callable[[], int]]]:
    reference = request.reference
    if policy.is_forgotten(request, office.now()):
        yield "forgotten", lambda: _forget(request, office)
        return
    if request.state in policy.PROVED and policy.is_automatic(request):
        yield "answered", lambda: answers.carry_out(reference, office)
    left = deadlines.reminder(today, due)
    if left is not None:
        yield "reminded", lambda: _remind(request, left, today, office)


def _counted(seen: Watched, what: str, act: Callable[[], int]) -> Watched:
    try:
        return replace(seen, **{what: getattr(seen, what) + int(act())})
    except Exception as fault:  # the boundary: one request must not stop the others
        name = type(fault).__name__
        _log.error("%s failed: %s", what, name, extra={"fault": name})
        return replace(seen, failed=seen.failed + 1)


def _forget(request: Request, office: Office) -> bool:
    """Nobody has confirmed it: it is closed, and nothing of whoever sent it is kept."""
    reason, text = Refusal.NOT_CONFIRMED, "nobody has confirmed it within 30 days"
    if request.pauses:
        reason, text = Refusal.NOT_IDENTIFIED, "our question was not answered within 30 days"
    if request.right in policy.STOPS:
        text += "; what it has stopped stays stopped, and nothing is erased"
    requests.refuse(
        request.reference, reason, text, office, actor=SYSTEM, told=bool(request.pauses)
    )
    return True


def _forget_address(request: Request, office: Office) -> bool:
    """The week of the download is over, or the person erased: the address is needed no longer."""
    held = bool(request.subject_id) and subjects.read(request.subject_id) is not None
    if held and policy.has_export(request, office.now()):
        return False
    requests.put_away(request if held else replace(request, subject_id=""), office)
    return True


def _remind(request: Request, left: int, today: date, office: Office) -> bool:
    """Put on record once a day that staff were reminded; the queue shows it to them."""
    if requests.read(request.reference).state not in policy.OPEN:
        return False  # answered by this very look
    law = office.statement.retention
    steps = store.history(request.reference)
    if any(one.step is Step.REMIND and retention.local_day(one.at, law) == today for one in steps):
        return False
    because = f"{left} days left" if left else "due: escalated"
    requests.step(request.reference, Step.REMIND, office, actor=SYSTEM, because=because)
    return True
