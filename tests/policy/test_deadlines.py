"""GDPR art. 12(3), day by day: docs/deadlines.csv, and what holds on every day."""

import csv
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.errors import Conflict
from shared.model.requests import Pause
from shared.policy import deadlines, working_days
from shared.policy.deadlines import Deadline

ROWS = list(
    csv.DictReader(
        (Path(__file__).parents[2] / "docs/deadlines.csv").read_text("utf-8").split("\n")
    )
)
EASTERS = """
    2024-03-31 2025-04-20 2026-04-05 2027-03-28 2028-04-16 2029-04-01
    2030-04-21 2031-04-13 2032-03-28 2033-04-17 2034-04-09 2035-03-25
"""
RECEIVED = date(2026, 3, 5)


def day(text: str) -> date:
    return date.fromisoformat(text)


def in_norway(
    received: date, *, extended: bool = False, pauses: Sequence[Pause] = ()
) -> tuple[date, date, date]:
    """Nominal, due and target day of a request on which no question is open."""
    told = deadlines.deadline(received, country="NO", extended=extended, pauses=pauses)
    assert told.nominal
    assert told.due
    assert told.target
    return told.nominal, told.due, told.target


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['received']} {row['why']}")
def test_a_request_is_due_when_the_published_table_says(row: dict[str, str]) -> None:
    assert row["extended"] in {"yes", "no"}
    found = in_norway(day(row["received"]), extended=row["extended"] == "yes")
    assert found == (day(row["nominal"]), day(row["due"]), day(row["target"]))


def test_the_published_table_has_at_least_sixty_rows() -> None:
    assert len({(row["received"], row["extended"]) for row in ROWS}) == len(ROWS) >= 60


# Working days ----------------------------------------------------------------------------------


@pytest.mark.parametrize("published", EASTERS.split())
def test_easter_is_when_the_calendars_say(published: str) -> None:
    assert working_days.easter(day(published).year) == day(published)


@pytest.mark.parametrize(
    ("year", "easter"),
    [
        pytest.param(1818, "1818-03-22", id="the earliest there is"),
        pytest.param(1886, "1886-04-25", id="the latest there is"),
        pytest.param(1954, "1954-04-18", id="a full moon of 18 April that is brought forward"),
        pytest.param(1981, "1981-04-19", id="a full moon of 19 April that is brought forward"),
        pytest.param(2000, "2000-04-23", id="a century that is a leap year"),
        pytest.param(2100, "2100-03-28", id="a century that is none"),
    ],
)
def test_easter_of_a_strange_year(year: int, easter: str) -> None:
    assert working_days.easter(year) == day(easter)


def test_norway_has_twelve_public_holidays() -> None:
    assert " ".join(f"{on:%d.%m}" for on in sorted(working_days.norwegian(2026))) == (
        "01.01 02.04 03.04 05.04 06.04 01.05 14.05 17.05 24.05 25.05 25.12 26.12"
    )


@pytest.mark.parametrize("country", ["XX", ""])
def test_an_unknown_country_has_only_weekends(country: str) -> None:
    christmas = deadlines.deadline(day("2026-11-25"), country=country)
    sunday = deadlines.deadline(RECEIVED, country=country)
    assert (christmas.due, sunday.due) == (day("2026-12-25"), day("2026-04-06"))


# In words --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("received", "extended", "because"),
    [
        pytest.param(
            "2026-03-05",
            False,
            "GDPR art. 12(3): one month from 5 March 2026 is 5 April 2026, Easter Sunday; "
            "Reg. 1182/71 art. 3(4) moves it to 7 April 2026",
            id="a holiday",
        ),
        pytest.param(
            "2026-06-10",
            False,
            "GDPR art. 12(3): one month from 10 June 2026 is 10 July 2026",
            id="an ordinary day",
        ),
        pytest.param(
            "2026-01-31",
            False,
            "GDPR art. 12(3): one month from 31 January 2026 is 28 February 2026 (Reg. 1182/71 "
            "art. 3(2)(c)), a Saturday; Reg. 1182/71 art. 3(4) moves it to 2 March 2026",
            id="a shorter month and a weekend",
        ),
        pytest.param(
            "2026-03-05",
            True,
            "GDPR art. 12(3): three months, two of them by extension, from 5 March 2026 is "
            "5 June 2026",
            id="an extension",
        ),
    ],
)
def test_a_deadline_explains_itself(received: str, extended: bool, because: str) -> None:
    told = deadlines.deadline(day(received), country="NO", extended=extended)
    assert told.because == because


def test_a_deadline_names_the_pause_that_moved_it() -> None:
    pauses = [Pause(day("2026-03-09"), day("2026-03-10"))]
    told = deadlines.deadline(RECEIVED, country="NO", pauses=pauses)
    assert told.because == (
        "GDPR art. 12(3): one month from 5 March 2026 is 5 April 2026; 1 day's pause for proof of "
        "identity (GDPR art. 12(6)) makes it 6 April 2026, Easter Monday; "
        "Reg. 1182/71 art. 3(4) moves it to 7 April 2026"
    )


# The question about identity -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pauses", "nominal"),
    [
        pytest.param("", "2026-04-05", id="no question"),
        pytest.param("2026-03-06/2026-03-06", "2026-04-05", id="answered the same day"),
        pytest.param("2026-03-06/2026-03-16", "2026-04-15", id="answered after ten days"),
        pytest.param("2026-03-19/2026-03-29", "2026-04-15", id="asked on the fourteenth day"),
        pytest.param("2026-03-20/2026-03-30", "2026-04-05", id="asked on the fifteenth: too late"),
        pytest.param("2026-03-06/2027-03-06", "2027-04-05", id="answered after a year"),
        pytest.param("2026-03-01/2026-03-07", "2026-04-07", id="asked before: from the receipt on"),
        pytest.param("2026-03-01/2026-03-04", "2026-04-05", id="over before the receipt"),
        pytest.param("2026-03-16/2026-03-06", "2026-04-05", id="answered before it was asked"),
        pytest.param(
            "2026-03-06/2026-03-16 2026-03-11/2026-03-18", "2026-04-17", id="a day counts once"
        ),
        pytest.param("2026-03-06/2026-03-08 2026-03-10/2026-03-13", "2026-04-10", id="two pauses"),
        pytest.param("2026-03-20/", "2026-04-05", id="asked too late, and open"),
    ],
)
def test_only_a_prompt_question_about_identity_moves_the_end(pauses: str, nominal: str) -> None:
    spans = [one.split("/") for one in pauses.split()]
    told = [Pause(day(asked), day(answered) if answered else None) for asked, answered in spans]
    assert in_norway(RECEIVED, pauses=told)[0] == day(nominal)


def test_while_the_question_is_open_nothing_is_due() -> None:
    answered = Pause(day("2026-03-06"), day("2026-03-09"))
    pauses = [answered, Pause(day("2026-03-10")), Pause(day("2026-03-12"))]
    assert deadlines.deadline(RECEIVED, country="NO", pauses=pauses) == Deadline(
        received=RECEIVED,
        because="GDPR art. 12(6): paused, proof of identity was asked for on 10 March 2026",
    )


# Extension -------------------------------------------------------------------------------------


@pytest.mark.parametrize("today", ["2026-03-05", "2026-04-05", "2026-04-07"])
def test_an_extension_is_told_within_the_first_month(today: str) -> None:
    told = deadlines.extend(RECEIVED, today=day(today), reasons="three archives", country="NO")
    assert told == deadlines.deadline(RECEIVED, country="NO", extended=True)
    assert told.due == day("2026-06-05")


@pytest.mark.parametrize(
    ("today", "reasons", "refusal"),
    [
        pytest.param("2026-04-08", "three archives", "by 7 April 2026", id="the day after"),
        pytest.param("2026-03-06", " ", "needs reasons", id="without reasons"),
    ],
)
def test_an_extension_is_refused(today: str, reasons: str, refusal: str) -> None:
    with pytest.raises(Conflict, match=refusal):
        deadlines.extend(RECEIVED, today=day(today), reasons=reasons, country="NO")


@pytest.mark.parametrize(
    ("answered", "due"),
    [
        pytest.param(day("2026-03-16"), day("2026-06-15"), id="over"),
        pytest.param(None, None, id="open"),
    ],
)
def test_a_pause_gives_the_extension_too_more_time(answered: date | None, due: date | None) -> None:
    told = deadlines.extend(
        RECEIVED,
        today=day("2026-04-14"),
        reasons="three archives",
        country="NO",
        pauses=[Pause(day("2026-03-06"), answered)],
    )
    assert told.due == due


# Reminders -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "before", "reminded"),
    [
        *((15, [], None), (14, [], 14), (13, [14], None), (8, [14], None)),
        *((7, [14], 7), (6, [14, 7], None), (3, [14, 7], None)),
        *((2, [14, 7], 2), (1, [14, 7, 2], None)),
        *((0, [14, 7, 2], 0), (0, [0], None), (-1, [0], 0), (-1, [0, -1], None), (-400, [0], 0)),
        pytest.param(13, [], 13, id="the first was missed"),
        pytest.param(8, [13], None, id="and is made up for once"),
        pytest.param(6, [14], 6, id="the second was missed"),
        pytest.param(5, [14, 6], None, id="and is made up for once too"),
        pytest.param(1, [14, 7], 1, id="the third was missed"),
        pytest.param(5, [], 5, id="of two that were missed the nearest"),
        pytest.param(4, [5], None, id="and not the other after it"),
        pytest.param(14, [76, 69, 64], 14, id="anew after an extension"),
    ],
)
def test_who_answers_is_reminded_and_from_the_due_day_on_escalated(
    left: int, before: list[int], reminded: int | None
) -> None:
    """`before`: how many days were left when somebody was reminded."""
    due = day("2026-04-07")
    today, *given = (due - timedelta(days=one) for one in (left, *before))
    assert deadlines.reminder(today, due, given) == reminded


def test_nobody_is_reminded_while_the_clock_is_paused() -> None:
    assert deadlines.reminder(RECEIVED, None) is None


@given(st.sets(st.integers(0, 40)))
def test_however_many_days_are_missed_at_most_three_reminders_come_and_the_last_in_time(
    missed: set[int],
) -> None:
    due = day("2026-04-07")
    given: list[date] = []
    for left in sorted(set(range(41)) - missed, reverse=True):
        today = due - timedelta(days=left)
        if deadlines.reminder(today, due, given) is not None:
            given.append(today)
    early = [one for one in given if one < due]
    assert len(early) <= len(deadlines.REMINDERS)
    assert bool(early) is bool(set(range(1, 15)) - missed)
    assert (due in given) is (0 not in missed)


# Invariants ------------------------------------------------------------------------------------

days = st.dates(min_value=date(2000, 1, 1), max_value=date(2099, 1, 1))
spans = st.tuples(st.integers(-20, 20), st.integers(0, 90))


def pauses_of(received: date, chosen: list[tuple[int, int]]) -> list[Pause]:
    """Pauses by the days from the receipt to the question, and from that to its answer."""
    asked = [(received + timedelta(days=after), length) for after, length in chosen]
    return [Pause(on, on + timedelta(days=length)) for on, length in asked]


@given(days, st.booleans(), st.lists(spans, max_size=3))
def test_an_answer_is_due_on_a_working_day_and_planned_for_one_before(
    received: date, extended: bool, chosen: list[tuple[int, int]]
) -> None:
    pauses = pauses_of(received, chosen)
    nominal, due, target = in_norway(received, extended=extended, pauses=pauses)
    assert received < target <= nominal <= due
    assert (working_days.day_off(due, "NO"), working_days.day_off(target, "NO")) == ("", "")
    between = [target + timedelta(days=n) for n in range(1, (due - target).days)]
    assert all(working_days.day_off(one, "NO") for one in between)


@given(days, st.lists(spans, max_size=3))
def test_an_extension_never_shortens(received: date, chosen: list[tuple[int, int]]) -> None:
    pauses = pauses_of(received, chosen)
    base, extended = (in_norway(received, extended=more, pauses=pauses) for more in (False, True))
    assert all(after > before for before, after in zip(base, extended, strict=True))


@given(days, st.booleans(), st.lists(spans, max_size=3), spans)
def test_a_pause_never_shortens(
    received: date, extended: bool, chosen: list[tuple[int, int]], further: tuple[int, int]
) -> None:
    fewer, more = (pauses_of(received, some) for some in (chosen, [*chosen, further]))
    before = in_norway(received, extended=extended, pauses=fewer)
    after = in_norway(received, extended=extended, pauses=more)
    assert all(one <= other for one, other in zip(before, after, strict=True))


@given(days, st.integers(0, 400), st.booleans())
@example(day("2026-01-28"), 3, False)
def test_who_asked_earlier_is_answered_no_later(received: date, later: int, extended: bool) -> None:
    first = in_norway(received, extended=extended)
    second = in_norway(received + timedelta(days=later), extended=extended)
    assert all(one <= other for one, other in zip(first, second, strict=True))


def test_thirty_days_are_not_a_month() -> None:
    """Over four years: wrong on three days of four, and late on 94.  "45 days" is always late."""
    received = [day("2026-01-01") + timedelta(days=n) for n in range(1461)]
    thirty = [(one + timedelta(days=30) - in_norway(one)[1]).days for one in received]
    assert sum(days != 0 for days in thirty) == 1105
    assert sum(days > 0 for days in thirty) == 94
    assert all(days + 15 > 0 for days in thirty)
