"""Periods, as a statement spells them and the calendar counts them."""

import calendar
from datetime import date
from enum import StrEnum

import msgspec


class Unit(StrEnum):
    """The units in which a statement counts its periods."""

    YEARS = "years"
    MONTHS = "months"
    DAYS = "days"


class Period(msgspec.Struct, frozen=True):
    """A calendar period, such as "2 years", "18 months" or "30 days"."""

    count: int
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> "Period":
        """Read "<count> <unit>".  Raises ValueError.

        >>> Period.parse("1 year")
        Period(count=1, unit=<Unit.YEARS: 'years'>)
        """
        count, _, unit = text.partition(" ")
        plural = unit if unit.endswith("s") else f"{unit}s"
        if not (count.isdecimal() and count.isascii()) or plural not in list(Unit):
            message = f'"{text}" is not a period such as "2 years", "18 months" or "30 days"'
            raise ValueError(message)
        return cls(int(count), Unit(plural))

    def __str__(self) -> str:
        return f"{self.count} {self.unit if self.count != 1 else self.unit[:-1]}"

    def after(self, day: date) -> date:
        """The same date `count` units later, or the last day of a shorter month.

        >>> Period.parse("2 years").after(date(2024, 2, 29))
        datetime.date(2026, 2, 28)
        """
        if self.unit is Unit.DAYS:
            return date.fromordinal(day.toordinal() + self.count)
        months = self.count * (12 if self.unit is Unit.YEARS else 1)
        years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
        last = calendar.monthrange(years, month + 1)[1]
        return date(years, month + 1, min(day.day, last))
