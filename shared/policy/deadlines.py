"""Deadlines: by when must a data subject's request be answered, and why then?

Pure.  Every day is a calendar day in the controller's time zone.  docs/deadlines.csv holds what
must come out for a controller in Norway, row by row.

Sources
    GDPR art. 12(3)                one month from receipt; two more, with reasons given in the first
    GDPR art. 12(6)                a question about identity
    Reg. (EEC) 1182/71 art. 3      the day of receipt is not counted; months end on the same date or
                                   the last of a shorter month; a day off moves the end onwards
    FOR-1992-12-04-910             makes that regulation Norwegian law
    EDPB Guidelines 01/2022, 5.3   counts so, and lets only a prompt question about identity pause
"""

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from shared.errors import Conflict
from shared.model.noun import Noun
from shared.model.requests import Pause
from shared.policy import texts, working_days
from shared.statement.periods import Period, Unit

ONE_MONTH = Period(1, Unit.MONTHS)
EXTENDED = Period(3, Unit.MONTHS)
PROMPT = Period(14, Unit.DAYS)
"""How long after the receipt a question about identity still pauses the clock: our own measure."""

REMINDERS = (14, 7, 2)
"""Days before the due day on which whoever answers is reminded."""

ESCALATE = 0


class Deadline(Noun, frozen=True, kw_only=True):
    """`nominal` is the end of the period by the calendar, `due` the last day on which an answer
    is in time, `target` the last working day until `nominal`, the day to plan for.  All three are
    None while a question about identity is open.
    """

    received: date
    nominal: date | None = None
    due: date | None = None
    target: date | None = None
    because: str


def deadline(
    received: date, *, country: str, extended: bool = False, pauses: Sequence[Pause] = ()
) -> Deadline:
    """By when a request received on this day must be answered.

    >>> deadline(date(2026, 3, 5), country="NO").because
    'GDPR art. 12(3): one month from 5 March 2026 is 5 April 2026, Easter Sunday; \
Reg. 1182/71 art. 3(4) moves it to 7 April 2026'
    """
    counting = [pause for pause in pauses if does_pause(pause.asked_on, received)]
    still_open = [pause.asked_on for pause in counting if pause.answered_on is None]
    if still_open:
        return Deadline(received=received, because=_paused(min(still_open)))
    waited = _days_waited(received, counting)
    end = (EXTENDED if extended else ONE_MONTH).after(received)
    nominal = end + timedelta(days=waited)
    due = working_days.first_from(nominal, country)
    return Deadline(
        received=received,
        nominal=nominal,
        due=due,
        target=working_days.last_until(nominal, country),
        because=_counted(received, end, extended)
        + (_waited(waited, nominal) if waited else "")
        + (_moved(nominal, due, country) if due != nominal else ""),
    )


def does_pause(asked_on: date, received: date) -> bool:
    """Whether a question about identity is prompt enough to stop the clock (Guidelines 01/2022).

    >>> [does_pause(date(2026, 3, day), date(2026, 3, 5)) for day in (19, 20)]
    [True, False]
    """
    return asked_on <= PROMPT.after(received)


def _days_waited(received: date, pauses: Sequence[Pause]) -> int:
    """The days from the receipt on that lie in a pause; a day in two pauses is one day."""
    days: set[int] = set()
    for pause in pauses:
        if pause.answered_on:
            asked_on = max(pause.asked_on, received)
            days.update(range(asked_on.toordinal(), pause.answered_on.toordinal()))
    return len(days)


def _counted(received: date, end: date, extended: bool) -> str:
    length = "three months, two of them by extension," if extended else "one month"
    shorter = " (Reg. 1182/71 art. 3(2)(c))" if end.day != received.day else ""
    return f"GDPR art. 12(3): {length} from {_day(received)} is {_day(end)}{shorter}"


def _waited(days: int, nominal: date) -> str:
    waited = "1 day's" if days == 1 else f"{days} days'"
    return f"; {waited} pause for proof of identity (GDPR art. 12(6)) makes it {_day(nominal)}"


def _moved(nominal: date, due: date, country: str) -> str:
    why = working_days.day_off(nominal, country)
    return f", {why}; Reg. 1182/71 art. 3(4) moves it to {_day(due)}"


def _paused(asked_on: date) -> str:
    return f"GDPR art. 12(6): paused, proof of identity was asked for on {_day(asked_on)}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def extend(
    received: date, *, today: date, reasons: str, country: str, pauses: Sequence[Pause] = ()
) -> Deadline:
    """The deadline after an extension that the person is told of today.

    Raises Conflict without reasons, and after the day on which the first month is over.
    """
    if texts.is_blank(reasons):
        message = "An extension needs reasons that the person is told (GDPR art. 12(3))."
        raise Conflict(message)
    month = deadline(received, country=country, pauses=pauses)
    if month.due and today > month.due:
        message = f"An extension had to be told by {_day(month.due)} (GDPR art. 12(3))."
        raise Conflict(message)
    return deadline(received, country=country, extended=True, pauses=pauses)


def reminder(today: date, due: date | None, reminded: Collection[date] = ()) -> int | None:
    """The days left, where whoever answers has to be reminded today; ESCALATE from the due day on.

    Each of REMINDERS is given once, on its day or the first after it, and of several that were
    missed the nearest only; from the due day on there is one every day.  `reminded`: the days on
    which that has been done.

    >>> due, fifth, sixth = date(2026, 4, 7), date(2026, 4, 5), date(2026, 4, 6)
    >>> reminder(fifth, due), reminder(sixth, due), reminder(sixth, due, [fifth])
    (2, 1, None)
    """
    if due is None or (nearest := _nearest(today, due)) is None:
        return None
    if nearest in {_nearest(day, due) for day in reminded}:
        return None
    return max((due - today).days, ESCALATE)


def _nearest(day: date, due: date) -> int | None:
    """The reminder that belongs to a day; from the due day on each has its own."""
    left = (due - day).days
    if left <= 0:
        return left
    return min((one for one in REMINDERS if left <= one), default=None)
