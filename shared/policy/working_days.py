"""Working days: on which days does a controller's country not work?

Pure.  Saturdays and Sundays everywhere (Reg. (EEC) 1182/71 art. 3(4)), and the public holidays of
the countries that are known here.

Sources
    Reg. (EEC) 1182/71 art. 2      public holidays are those of the country where one has to act
    LOV-1995-02-24-12 § 2          Norway: the days that follow Easter, Christmas and New Year
    LOV-1947-04-26-1 § 1           Norway: 1 and 17 May
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import cache

Holidays = Callable[[int], Mapping[date, str]]
"""The public holidays of a year, and what each is called."""


@cache
def norwegian(year: int) -> Mapping[date, str]:
    """The twelve public holidays of Norway; two may fall on one day."""
    sunday = easter(year)
    return {
        date(year, 1, 1): "New Year's Day",
        date(year, 5, 1): "Labour Day",
        date(year, 5, 17): "Constitution Day",
        date(year, 12, 25): "Christmas Day",
        date(year, 12, 26): "Second Day of Christmas",
        sunday - timedelta(days=3): "Maundy Thursday",
        sunday - timedelta(days=2): "Good Friday",
        sunday: "Easter Sunday",
        sunday + timedelta(days=1): "Easter Monday",
        sunday + timedelta(days=39): "Ascension Day",
        sunday + timedelta(days=49): "Whit Sunday",
        sunday + timedelta(days=50): "Whit Monday",
    }


def easter(year: int) -> date:
    """The Sunday after the first ecclesiastical full moon from 21 March on (Gregorian computus).

    >>> easter(2026)
    datetime.date(2026, 4, 5)
    """
    golden, century = year % 19, year // 100
    moon = (19 * golden + 15 + century - century // 4 - (8 * century + 13) // 25) % 30
    if moon == 29 or (moon == 28 and golden > 10):
        moon -= 1
    full_moon = date(year, 3, 21) + timedelta(days=moon)
    return full_moon + timedelta(days=7 - full_moon.isoweekday() % 7)


HOLIDAYS: Mapping[str, Holidays] = {"NO": norwegian}
"""By country, as the statement's `controller.country` has it; an unknown one has only weekends."""

WEEKEND = {6: "a Saturday", 7: "a Sunday"}


def day_off(day: date, country: str) -> str:
    """Why this is no working day; "" if it is one.

    >>> day_off(date(2026, 5, 17), "NO"), day_off(date(2026, 5, 17), "XX")
    ('Constitution Day', 'a Sunday')
    """
    named = HOLIDAYS[country](day.year).get(day) if country in HOLIDAYS else None
    return named or WEEKEND.get(day.isoweekday(), "")


def first_from(day: date, country: str) -> date:
    """The first working day on or after `day`."""
    while day_off(day, country):
        day += timedelta(days=1)
    return day


def last_until(day: date, country: str) -> date:
    """The last working day on or before `day`."""
    while day_off(day, country):
        day -= timedelta(days=1)
    return day
