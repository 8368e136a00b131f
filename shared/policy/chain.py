"""The audit trail: a chain of entries for each data subject that shows what was done to it.

Pure.  Each entry holds the digest of the one before it, and instead of values a salted commitment
to them: without the salt, which an erasure takes, it can be neither opened nor guessed, and the
chain holds all the same.

What a chain cannot show by itself is a change or removal at its very end, and one that was
computed anew from its beginning: both change its `head`, for whoever has noted that elsewhere.

Sources
    GDPR art. 5(2)     the controller must be able to show what was done
    GDPR art. 17       an erasure takes the values, and what could open them
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any

import msgspec
from msgspec.structs import fields

from shared.model.audit import AuditEntry, Noted
from shared.model.noun import Noun
from shared.policy.forms import fields_of

Opened = Mapping[int, tuple[str, Mapping[str, Any]]]
"""Salt and values by the number of the entry, of those that no erasure has taken."""


class Verified(Noun, frozen=True, kw_only=True):
    """What a chain turned out to be.

    `first`: the number it begins with: more than 1 where entries have outlived their period.
    `opened`: commitments that could still be checked.  `broken`: numbers of the entries that do not
    follow on the one before them, or whose commitment is not to their values.  `head`: the digest
    of the last entry.
    """

    entries: int
    first: int
    opened: int
    broken: tuple[int, ...]
    head: str

    @property
    def whole(self) -> bool:
        return not self.broken

    @property
    def because(self) -> str:
        if self.whole:
            return "GDPR art. 5(2): everything follows on what stands before it"
        return f"GDPR art. 5(2): not as it was written: {', '.join(map(str, self.broken))}"


def digest(entry: Noun) -> str:
    """SHA-256 over an entry, or a step, as canonical JSON.

    What is at its default, or empty, is left out: an attribute that a later release adds changes no
    digest.
    """
    told = {name: (getattr(entry, name), default) for name, default in _defaults(type(entry))}
    empty: tuple[Any, ...] = ("", None, (), [])
    return _sha256(
        {name: one for name, (one, default) in told.items() if one not in (*empty, default)}
    )


@cache
def _defaults(kind: type[Noun]) -> tuple[tuple[str, Any], ...]:
    return tuple((one.name, one.default) for one in fields(kind))


def commitment(salt: str, values: Mapping[str, Any]) -> str:
    """The salted digest of values; "" for none."""
    return _sha256([salt, dict(values)]) if values else ""


def link(
    noted: Noted,
    number: int,
    previous: str,
    salt: str,
    previous_until: datetime | None = None,
) -> AuditEntry:
    """The entry that follows on the one with the digest `previous`, which is kept until then.

    Of fields it keeps what the statement calls them: the questions of `answers` are people's words.
    """
    return AuditEntry(
        number=number,
        previous=previous,
        previous_until=previous_until,
        event=noted.event,
        actor=noted.actor,
        at=noted.at,
        because=noted.because,
        purpose=noted.purpose,
        reference=noted.reference,
        fields=fields_of(noted.fields),
        commitment=commitment(salt, noted.values),
    )


def verify(entries: Iterable[AuditEntry], opened: Opened, now: datetime | None = None) -> Verified:
    """Whether the chain holds, entry by entry in the order given.

    Entries may be missing only before one that says that they were kept until then, and by `now`
    that is over; without `now` none may.
    """
    before: AuditEntry | None = None
    count = first = checked = 0
    head = ""
    broken: list[int] = []
    for entry in entries:
        holds = _follows(entry, before, head) or _follows_expired(entry, before, now)
        if entry.commitment and entry.number in opened:
            checked += 1
            holds = holds and commitment(*opened[entry.number]) == entry.commitment
        if not holds:
            broken.append(entry.number)
        first = first or entry.number
        before, head, count = entry, digest(entry), count + 1
    return Verified(entries=count, first=first, opened=checked, broken=tuple(broken), head=head)


def _follows(entry: AuditEntry, before: AuditEntry | None, head: str) -> bool:
    number = before.number + 1 if before else 1
    return (entry.number, entry.previous) == (number, head)


def _follows_expired(entry: AuditEntry, before: AuditEntry | None, now: datetime | None) -> bool:
    """Whether entries are missing before this one, and their period is over."""
    if now is None or entry.previous_until is None or entry.previous_until > now:
        return False
    return entry.number > (before.number + 1 if before else 1)


def _sha256(thing: object) -> str:
    """Through JSON and back first: what is read from the table is digested as what was written."""
    plain = msgspec.json.decode(msgspec.json.encode(thing))
    return sha256(msgspec.json.encode(plain, order="sorted")).hexdigest()
