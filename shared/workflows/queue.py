"""The queue of subject requests: what is late is seen, and what was missed is done.

Everything here can be repeated: a reminder is a step of the request, and is not taken twice.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import date
from functools import partial
from itertools import chain
from math import inf

from msgspec.structs import replace

from shared.errors import Conflict, Superseded, kind_of
from shared.model.noun import Noun
from shared.model.requests import Letter, Queue, Refusal, Request, Step
from shared.policy import deadlines, retention
from shared.policy import requests as policy
from shared.store import queues, subjects
from shared.store import requests as store
from shared.wiring import Office
from shared.workflows import answers, days, letters, moving, posting, receiving, requests, settling
from shared.workflows.requests import SYSTEM

FAR = 999
"""Days to the nearest deadline where there is none."""

AT_LEAST = 30.0
"""Seconds that have to be left for one more thing to be begun."""

Duty = tuple[str, Callable[[], int]]
"""The number under which something counts, and the call that does it."""

_log = logging.getLogger(__name__)


class Watched(Noun, frozen=True, kw_only=True):
    """The findings and doings of a look at the queues.

    `open`, `overdue` and `nearest_days` (to the next deadline, below 0 when one has passed) are of
    what staff can do something about, `unconfirmed` waits for its link.  `failed` could not be
    dealt with and are met again by the next look; `unfinished` is 1 where time was too short.
    """

    open: int = 0
    overdue: int = 0
    nearest_days: int = FAR
    unconfirmed: int = 0
    reminded: int = 0
    forgotten: int = 0
    answered: int = 0
    sent: int = 0
    taken_up: int = 0
    settled: int = 0
    failed: int = 0
    unfinished: int = 0


def watch(office: Office, left: Callable[[], float] = lambda: inf) -> Watched:
    """Look at what waits, and do what has been missed: reminders come last.

    `left`: the seconds that there are.  What is taken up and letters take at most half of them, so
    that many of them do not keep the rest back.
    """
    whole = left()
    waiting = queues.waiting(Queue.OPEN)
    belongs = [one for one in waiting if _belongs(one, office)]
    seen = _figures(belongs, office)
    later: Iterator[Duty] = chain(
        _answers(belongs, office),
        _settlings(office),
        _reminders(belongs, office),
        _forgetting(belongs, office),
        (("", partial(_file_anew, one, office)) for one in waiting if not _belongs(one, office)),
    )
    first = chain(_taking_up(office), _letters(office))
    for duties, until in ((first, max(whole / 2, AT_LEAST)), (later, AT_LEAST)):
        for what, act in duties:
            if left() < until:
                seen = replace(seen, unfinished=1)
                break
            seen = _counted(seen, what, act)
    return seen


def _belongs(request: Request, office: Office) -> bool:
    """Whether it waits for staff: an earlier release filed everything as if it did."""
    queued = requests.queued(request, office)
    return queued is not None and queued.queue is Queue.OPEN


def _figures(waiting: Sequence[Request], office: Office) -> Watched:
    today = days.today(office)
    dues = [requests.deadline_of(one, office).due for one in waiting]
    left = [(due - today).days for due in dues if due]
    return Watched(
        open=len(waiting),
        overdue=sum(one < 0 for one in left),
        nearest_days=min(left, default=FAR),
        unconfirmed=queues.number_in(Queue.UNCONFIRMED),
    )


def _taking_up(office: Office) -> Iterator[Duty]:
    for reference in receiving.late(office):
        yield "taken_up", partial(receiving.take_up, reference, office)


def _letters(office: Office) -> Iterator[Duty]:
    for deliver in posting.late(office):
        yield "sent", partial(_is_sent, deliver)


def _is_sent(deliver: posting.Delivery) -> bool:
    return deliver() == "sent"


def _answers(waiting: Sequence[Request], office: Office) -> Iterator[Duty]:
    for one in waiting:
        if one.state in policy.PROVED and policy.is_automatic(one):
            yield "answered", partial(answers.carry_out, one.reference, office)
        elif policy.moves(one, office.now()):
            yield "answered", partial(moving.carry_out, one.reference, office)


def _settlings(office: Office) -> Iterator[Duty]:
    for one in settling.late(office):
        yield "settled", partial(settling.settle, one.subject_id, one.sk, office)


def _reminders(waiting: Sequence[Request], office: Office) -> Iterator[Duty]:
    today = days.today(office)
    for one in waiting:
        due = requests.deadline_of(one, office).due
        if deadlines.reminder(today, due) is not None and not _is_forgotten(one, office):
            yield "reminded", partial(_remind, one.reference, today, office)


def _forgetting(waiting: Sequence[Request], office: Office) -> Iterator[Duty]:
    for one in queues.waiting(Queue.CLOSED):
        yield "forgotten", partial(_forget_address, one, office)
    for one in waiting:
        if _is_forgotten(one, office):
            yield "forgotten", partial(_forget, one.reference, office)
    for reference in queues.due(Queue.UNCONFIRMED, office.now()):
        yield "forgotten", partial(_forget, reference, office)


def _is_forgotten(request: Request, office: Office) -> bool:
    return policy.is_forgotten(request, office.now(), office.statement.retention)


def _file_anew(request: Request, office: Office) -> int:
    """File it where it belongs; whoever changes it meanwhile has filed it there too."""
    with suppress(Superseded):
        requests.write(request, office)
    return 0


def _counted(seen: Watched, what: str, act: Callable[[], int]) -> Watched:
    try:
        done = int(act())
        return replace(seen, **{what: getattr(seen, what) + done}) if what else seen
    except Exception as fault:  # the boundary: one request must not stop the others
        name = kind_of(fault)
        _log.error("%s failed: %s", what or "filed", name, extra={"fault": name})
        return replace(seen, failed=seen.failed + 1)


def _forget(reference: str, office: Office) -> bool:
    """Nobody has confirmed it: it is closed, and nothing of whoever sent it is kept."""
    request = requests.read(reference)
    if not _is_forgotten(request, office):
        return False  # confirmed or answered by this very moment
    reason, text = Refusal.NOT_CONFIRMED, "nobody has confirmed it within 30 days"
    if request.pauses:
        reason, text = Refusal.NOT_IDENTIFIED, "our question was not answered within 30 days"
    if request.right in policy.STOPS:
        text += "; what it has stopped stays stopped, and nothing is erased"
    try:
        requests.refuse(
            reference,
            reason,
            text,
            office,
            actor=SYSTEM,
            told=bool(request.pauses),
            provided=lambda one: _is_forgotten(one, office),
        )
    except Conflict:
        if _is_forgotten(requests.read(reference), office):
            raise
        return False
    return True


def _forget_address(request: Request, office: Office) -> bool:
    """The week of the download is over, or the person erased: the address is needed no longer."""
    held = bool(request.subject_id) and subjects.read(request.subject_id) is not None
    if held and policy.has_export(request, office.now()):
        return False
    requests.put_away(request if held else replace(request, subject_id=""), office)
    return True


def _remind(reference: str, today: date, office: Office) -> bool:
    """Put on record that staff are reminded, and write to them."""
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
    posted = _reminding(request, due, today, office)
    requests.note(request, office, Step.REMIND, actor=SYSTEM, because=because, posted=posted)
    return True


def _reminding(request: Request, due: date, today: date, office: Office) -> Letter:
    left = (due - today).days
    name = "reminder" if left > 0 else "escalation"
    facts = {"due": due.isoformat(), "left": str(left), "late": str(-left)}
    return letters.to_staff(name, request, office, **facts)
