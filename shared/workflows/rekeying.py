"""Re-keying: who is stored under an address as an earlier release spelt it is filed anew.

Until version 2026-11 domains were stored as people read them, with every letter folded.  Reads the
whole table; can be repeated, and resumed by repeating it.
"""

from collections import Counter

from shared.errors import busy
from shared.model.contacts import Address, AddressKind
from shared.model.noun import Noun
from shared.model.subjects import State, Subject
from shared.policy import addresses
from shared.store import rekeying, subjects
from shared.store.rekeying import Respelt
from shared.wiring import Office

ATTEMPTS = 8


class Rekeyed(Noun, frozen=True, kw_only=True):
    """The findings: numbers, and ids of data subjects that somebody has to look at.

    `moved` are found by another spelling now.  `taken`: somebody else is known by that already;
    they are never joined.  `refused`: no address as it is taken in now, and no mail reaches it.
    `maybe_two`: two people may have been taken for one, whom nothing tells apart any more.
    """

    read: int
    moved: int
    taken: tuple[str, ...]
    refused: tuple[str, ...]
    maybe_two: tuple[str, ...]


def rekey(office: Office, *, dry_run: bool = False) -> Rekeyed:
    """File every data subject under their address as it is spelt now.  Raises Superseded."""
    field = office.statement.email_field
    came: Counter[str] = Counter()
    ids: dict[str, list[str]] = {"taken": [], "refused": [], "maybe_two": []}
    for subject in subjects.every():
        came["read"] += 1
        stored = _address(subject, field)
        if stored and addresses.may_be_of_two(stored):
            ids["maybe_two"].append(subject.subject_id)
        outcome = _rekey(subject, field, office, dry_run=dry_run)
        came[outcome] += 1
        ids.get(outcome, []).append(subject.subject_id)
    lists = {name: tuple(found) for name, found in ids.items()}
    return Rekeyed(read=came["read"], moved=came["moved"], **lists)


def _address(subject: Subject, field: str) -> str:
    return next((str(one.value) for one in subject.values if one.name == field), "")


def _rekey(subject: Subject, field: str, office: Office, *, dry_run: bool) -> str:
    """The outcome of one: "moved", "taken", "refused", or "" where it lies as it should."""
    for _ in range(ATTEMPTS):
        stored = _address(subject, field)
        try:
            email = addresses.email(stored) if stored else ""
        except addresses.NotAnAddress:
            return "refused"
        spelt = _respelt(field, stored, email, office)
        if email == stored or spelt.was_lookup not in subject.lookups:
            return ""
        if subjects.find(spelt.lookup):
            return "taken"
        if dry_run or rekeying.respell(subject, spelt):
            return "moved"
        now = subjects.read(subject.subject_id)
        if now is None or now.state is not State.ACTIVE:
            return ""
        subject = now
    raise busy("The data subject")


def _respelt(field: str, stored: str, email: str, office: Office) -> Respelt:
    keys, was = office.keys, Address(AddressKind.EMAIL, stored)
    now = Address(AddressKind.EMAIL, email)
    return Respelt(
        email_field=field,
        email=email,
        lookup=subjects.lookup_key(now.kind, keys.lookup(now)),
        was_lookup=subjects.lookup_key(was.kind, keys.lookup(was)),
        record_key=keys.erasure(now),
        suppression=keys.suppression(now),
        was_suppression=keys.suppression(was),
    )
