"""Data subjects to measure with: what the product stores of one, many times over.

Each item has its own time, reference and words.  A report tells equal values once: of people who
said the same thing fifty times it would have almost nothing to tell.
"""

import json
import secrets
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

from shared.model.contacts import Address, AddressKind
from shared.model.retention import Rule
from shared.policy import retention
from shared.wiring import Office

WRITERS = 2
MODEL = "model@example.com"
MESSAGE, IP = "Please call me about kayak {}.", "192.0.2.{}"
STAMP = "%Y-%m-%dT%H:%M:%S.%fZ"

Item = dict[str, Any]


def load(items: Iterable[Item], client: Any, table: str) -> None:
    """Write items, 25 a call."""

    def write(batch: list[Item]) -> None:
        puts: list[Item] = [{"PutRequest": {"Item": item}} for item in batch]
        while puts:
            puts = client.batch_write_item(RequestItems={table: puts})["UnprocessedItems"].get(
                table, []
            )

    everything = iter(items)
    batches = iter(lambda: list(islice(everything, 25)), [])
    with ThreadPoolExecutor(WRITERS) as pool:
        while some := list(islice(batches, 400)):
            list(pool.map(write, some))


def copy(
    model: list[Item], email: str, count: int, office: Office, last_contact: datetime | None = None
) -> tuple[str, list[Item]]:
    """A new data subject with `count` items besides its lookup, like those of `model`.

    Interactions, technical data and consents come in turn until there are enough, those of one
    contact with its time and reference.
    """
    subject_id, address = secrets.token_hex(16), Address(AddressKind.EMAIL, email)
    at = last_contact or office.now()
    law = office.statement.retention
    due_on = retention.erased_on(at, law.rules[Rule.DIALOGUE], law)
    due_pk = f"DUE#{int(subject_id[:8], 16) % 16:02d}"
    lookup = f"E#{office.keys.lookup(address)}"
    profile = _another(next(item for item in model if item["sk"]["S"] == "PROFILE"), email)
    others = [item for item in model if item["sk"]["S"][:2] in {"I#", "V#", "C#"}]
    items = [
        {"pk": {"S": lookup}, "sk": {"S": "-"}, "subject_id": {"S": subject_id}},
        {
            **profile,
            "pk": {"S": f"S#{subject_id}"},
            "lookups": {"L": [{"S": lookup}]},
            "record_key": {"S": office.keys.erasure(address)},
            "last_contact": {"S": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f+0000}"},
            "ttl": {"N": str(int(retention.ttl_of(due_on, law).timestamp()))},
            "due_pk": {"S": due_pk},
            "due_sk": {"S": f"{due_on}#{subject_id}"},
        },
    ]
    for number in range(count - 1):
        contact, which = divmod(number, len(others))
        if which == 0:
            reference = secrets.token_hex(16)
        one = _another(others[which], email, contact, reference)
        one["pk"] = {"S": f"S#{subject_id}"}
        if one["sk"]["S"].startswith("V#"):
            one["due_pk"], one["due_sk"] = {"S": due_pk}, {"S": f"2999-01-01#{subject_id}"}
        items.append(one)
    return subject_id, items


def _another(item: Item, email: str, contact: int = 0, reference: str = "") -> Item:
    """An item of the model as that of somebody's contact of a number, one a minute before."""
    spelled = json.dumps(item).replace(MODEL, email)
    if reference:
        *_, stamp, old = item["sk"]["S"].split("#")
        at = datetime.strptime(stamp, STAMP).replace(tzinfo=UTC) - timedelta(minutes=contact)
        spelled = spelled.replace(stamp, at.strftime(STAMP))
        spelled = spelled.replace(old.partition(".")[0], reference)
        spelled = spelled.replace(MESSAGE.format(0), MESSAGE.format(contact))
        spelled = spelled.replace(IP.format(0), IP.format(contact % 255))
    found: Item = json.loads(spelled)
    return found


def crowd(
    model: list[Item], number: int, groups: dict[date, int], office: Office
) -> Iterator[Item]:
    """Items of `number` data subjects of three items: so many due on each day of `groups`.

    The others were in contact within the last year and a half.
    """
    contacts = [
        datetime.combine(day, datetime.min.time(), UTC).replace(year=day.year - 2, hour=9)
        - timedelta(days=1)
        for day, due in groups.items()
        for _ in range(due)
    ]
    lasting = [one for one in model if not one["sk"]["S"].startswith("V#")]
    for index in range(number):
        at = (
            contacts[index]
            if index < len(contacts)
            else office.now() - timedelta(days=index % 540, minutes=1)
        )
        yield from copy(lasting, f"person{index}@example.com", 3, office, at)[1]
