"""Three hundred imported contacts: the sweep erases exactly those whom plain arithmetic names."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from infra import local, resources
from shared.model import Address, AddressKind
from shared.policy import imports
from shared.store import subjects
from shared.wiring import Office
from shared.workflows import erasures, events
from shared.workflows.events import Event
from shared.workflows.imports import Imported, take_in
from tests.stand_ins import Aws, Clock

OSLO = ZoneInfo("Europe/Oslo")
IMPORTED_AT = datetime(2024, 3, 10, 12, tzinfo=OSLO)
CALLED_AT = datetime(2025, 6, 1, 12, tzinfo=OSLO)
LEAP_DAY = date(2024, 2, 29)
DAYS = tuple(LEAP_DAY + timedelta(days=days) for days in (-600, -30, -1, 0, 1, 2, 3, 6, 9))
TIMES = ("", " 00:00", " 00:30", " 23:59")
HALF_PAST_MIDNIGHT = time(0, 30)
BATCH = 20
TABLE_WITHOUT_STREAM = {
    name: resources.resources()["Table"]["Properties"][name]
    for name in ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
}


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


def people() -> Iterator[Person]:
    for number in range(300):
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


def take_in_all(everybody: list[Person], office: Office) -> set[Imported]:
    read = (imports.read(one.row(), office.statement, office.now()) for one in everybody)
    return {take_in(row, office) for row in read}


def note_events(everybody: list[Person], office: Office) -> None:
    for one in everybody:
        if one.purpose_ended:
            at = datetime.combine(one.purpose_ended, time(12), OSLO)
            events.note(one.email, Event.PURPOSE_ENDED, office, at=at)
        if one.held:
            events.note(one.email, Event.HOLD, office, at=office.now(), because="a claim")
        if one.released:
            events.note(one.email, Event.RELEASE, office, at=office.now())


def note_calls(everybody: list[Person], office: Office) -> None:
    for one in everybody:
        if one.called:
            events.note(one.email, Event.PHONE, office, at=office.now())


def known(everybody: list[Person], office: Office) -> set[str]:
    """Whose address still leads to a file."""

    def is_known(email: str) -> bool:
        key = office.keys.lookup(Address(AddressKind.EMAIL, email))
        found = subjects.find(subjects.lookup_key(AddressKind.EMAIL, key))
        return found is not None and subjects.read(found) is not None

    return {one.email for one in everybody if is_known(one.email)}


def partitions(aws: Aws) -> set[str]:
    return {item["pk"]["S"] for item in aws.items() if item["pk"]["S"].startswith("S#")}


def start_anew(aws: Aws) -> None:
    aws.client.delete_table(TableName=local.TABLE)
    aws.client.create_table(TableName=local.TABLE, **TABLE_WITHOUT_STREAM)


@pytest.fixture
def everybody(aws: Aws, office: Office, clock: Clock) -> list[Person]:
    """Imported on a day, with what happened before the summer of the next year.

    In batches, and without the stream that nobody reads here: moto copies the whole table, stream
    included, for every item of a transaction.
    """
    found, items = list(people()), []
    for start in range(0, len(found), BATCH):
        start_anew(aws)
        batch = found[start : start + BATCH]
        clock.set(IMPORTED_AT.astimezone(UTC))
        assert take_in_all(batch, office) == {Imported.IMPORTED}
        note_events(batch, office)
        clock.set(CALLED_AT.astimezone(UTC))
        note_calls(batch, office)
        items += aws.items()
    start_anew(aws)
    for item in items:
        aws.client.put_item(TableName=local.TABLE, Item=item)
    return found


def test_the_sweep_erases_exactly_those_whom_plain_arithmetic_names(
    aws: Aws, office: Office, clock: Clock, everybody: list[Person]
) -> None:
    for today in (date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 2)):
        clock.set(datetime.combine(today, HALF_PAST_MIDNIGHT, OSLO).astimezone(UTC))
        failed = erasures.sweep(office).failed
        kept = {one.email for one in everybody if not one.is_gone(today)}
        assert known(everybody, office) == kept, today
        assert (failed, len(partitions(aws))) == (0, len(kept))
