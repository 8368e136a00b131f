"""The queue of subject requests: what is late is seen, and what was missed is done.

Everything here can be repeated: a reminder is a step of the request, and is not taken twice.
"""

import logging
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial

from msgspec.structs import replace

from shared.errors import Conflict
from shared.model.noun import Noun
from shared.model.requests import Letter, Refusal, Request, Step
from shared.policy import deadlines, retention
from shared.policy import requests as policy
from shared.store import requests as store
from shared.store import subjects
from shared.wiring import Office
from shared.workflows import answers, days, letters, posting, requests
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
    today = days.today(office)
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
    if deadlines.reminder(today, due) is not None:
        yield "reminded", lambda: _remind(reference, today, office)


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
    try:
        requests.refuse(
            request.reference,
            reason,
            text,
            office,
            actor=SYSTEM,
            told=bool(request.pauses),
            provided=lambda one: policy.is_forgotten(one, office.now()),
        )
    except Conflict:
        if policy.is_forgotten(requests.read(request.reference), office.now()):
            raise
        return False  # confirmed or answered by this very moment
    return True


def _forget_address(request: Request, office: Office) -> bool:
    """The week of the download is over, or the person erased: the address is needed no longer."""
    held = bool(request.subject_id) and subjects.read(request.subject_id) is not None
    if held and policy.has_export(request, office.now()):
        return False
    requests.put_away(request if held else replace(request, subject_id=""), office)
    return True


def _remind(reference: str, today: date, office: Office) -> bool:
    """Put on record that staff are reminded, and write to them.

    Nobody is written to about what anybody may have sent: else a stranger could fill the mailbox.
    """
    request = requests.read(reference)
    if request.state not in policy.OPEN:
        return False  # answered by this very look
    due, law = requests.deadline_of(request, office).due, office.statement.retention
    steps = store.history(reference)
    given = [retention.local_day(one.at, law) for one in steps if one.step is Step.REMIND]
    left = deadlines.reminder(today, due, given)
    if due is None or left is None:
        return False
    because = f"{left} days left" if left else "due: escalated"
    posted = None if policy.is_unconfirmed(request) else _reminding(request, due, today, office)
    requests.note(request, office, Step.REMIND, actor=SYSTEM, because=because, posted=posted)
    return True


def _reminding(request: Request, due: date, today: date, office: Office) -> Letter:
    left = (due - today).days
    name = "reminder" if left > 0 else "escalation"
    facts = {"due": due.isoformat(), "left": str(left), "late": str(-left)}
    return letters.to_staff(name, request, office, **facts)
