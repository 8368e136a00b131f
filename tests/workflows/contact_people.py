"""Contacts of a list, and what becomes of them by plain arithmetic: no rule of ours is asked."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shared.model.contacts import Address, AddressKind
from shared.policy import imports
from shared.store import subjects
from shared.wiring import Office
from shared.workflows import events
from shared.workflows.events import Event
from shared.workflows.imports import Imported, take_in

OSLO = ZoneInfo("Europe/Oslo")
IMPORTED_AT = datetime(2024, 3, 10, 12, tzinfo=OSLO).astimezone(UTC)
CALLED_AT = datetime(2025, 6, 1, 12, tzinfo=OSLO).astimezone(UTC)
SWEPT_AT = tuple(
    datetime(2026, month, day, 0, 30, tzinfo=OSLO).astimezone(UTC)
    for month, day in ((2, 28), (3, 1), (3, 2))
)
LEAP_DAY = date(2024, 2, 29)
DAYS = tuple(LEAP_DAY + timedelta(days=days) for days in (-600, -30, -1, 0, 1, 2, 3, 6, 9))
TIMES = ("", " 00:00", " 00:30", " 23:59")

Each = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]
"""How contacts are gone through: `map`, or the `map` of an executor."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """What one contact of the list is in, by the words of the statement."""

    email: str
    contact: date
    hour: str = ""
    subscribed: bool = False
    unsubscribed: date | None = None
    customer: bool = False
    ended: date | None = None
    purpose_ended: date | None = None
    held: bool = False
    released: bool = False
    called: bool = False

    def row(self) -> dict[str, str]:
        return {
            "Email": self.email,
            "Last Activity Date": f"{self.contact}{self.hour}",
            "Newsletter": "yes" if self.subscribed or self.unsubscribed else "no",
            "Unsubscribed Date": str(self.unsubscribed or ""),
            "Became Customer Date": "2020-01-01" if self.customer or self.ended else "",
            "Customer Ended Date": str(self.ended or ""),
        }

    def is_gone(self, today: date) -> bool:
        """By plain arithmetic: two calendar years after the last of what happened."""
        if self.subscribed or self.customer or (self.held and not self.released):
            return False
        dialogue = min(self.contact, self.purpose_ended or self.contact)
        if self.called:
            dialogue = CALLED_AT.date()
        last = max(filter(None, (dialogue, self.unsubscribed, self.ended)))
        month, day = (2, 28) if (last.month, last.day) == (2, 29) else (last.month, last.day)
        return today > date(last.year + 2, month, day)


def people(count: int) -> Iterator[Person]:
    for number in range(count):
        contact, other = DAYS[number % 9], DAYS[(number // 9 + number // 90) % 9]
        email, hour = f"person{number}@example.com", TIMES[number % 4]
        kinds = (
            Person(email=email, contact=contact, hour=hour),
            Person(email=email, contact=contact, subscribed=True),
            Person(email=email, contact=contact, unsubscribed=other),
            Person(email=email, contact=contact, customer=True),
            Person(email=email, contact=contact, ended=other),
            Person(email=email, contact=contact, hour=hour, held=True),
            Person(email=email, contact=contact, held=True, released=True),
            Person(email=email, contact=contact, purpose_ended=other),
            Person(email=email, contact=contact, called=True),
            Person(email=email, contact=contact, ended=other, unsubscribed=DAYS[number % 7]),
        )
        yield kinds[number // 9 % 10]


def take_in_all(everybody: list[Person], office: Office, each: Each = map) -> set[Imported]:
    read = [imports.read(one.row(), office.statement, office.now()) for one in everybody]
    return set(each(lambda row: take_in(row, office), read))


def note_events(everybody: list[Person], office: Office, each: Each = map) -> None:
    """What happened at or before the import, as the operator notes it."""

    def note(one: Person) -> None:
        if one.purpose_ended:
            at = datetime.combine(one.purpose_ended, time(12), OSLO)
            events.note(one.email, Event.PURPOSE_ENDED, office, at=at)
        if one.held:
            events.note(one.email, Event.HOLD, office, at=office.now(), because="a claim")
        if one.released:
            events.note(one.email, Event.RELEASE, office, at=office.now())

    list(each(note, everybody))


def note_calls(everybody: list[Person], office: Office, each: Each = map) -> None:
    def note(one: Person) -> None:
        events.note(one.email, Event.PHONE, office, at=office.now())

    list(each(note, [one for one in everybody if one.called]))


def kept(everybody: list[Person], at: datetime) -> set[str]:
    """Who is still there, by plain arithmetic."""
    today = at.astimezone(OSLO).date()
    return {one.email for one in everybody if not one.is_gone(today)}


def known(everybody: list[Person], items: list[dict[str, Any]], office: Office) -> set[str]:
    """Whose address leads to a profile among these items."""
    profiles = {item["pk"]["S"] for item in items if item["sk"]["S"] == "PROFILE"}
    lookups = {
        item["pk"]["S"]
        for item in items
        if "subject_id" in item and f"S#{item['subject_id']['S']}" in profiles
    }

    def lookup(email: str) -> str:
        address = Address(AddressKind.EMAIL, email)
        return subjects.lookup_key(address.kind, office.keys.lookup(address))

    return {one.email for one in everybody if lookup(one.email) in lookups}
