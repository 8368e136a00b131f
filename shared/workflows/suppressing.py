"""Suppressing: by which requests an address must not come back by import, and what frees it."""

from collections.abc import Iterable, Sequence

from shared.model.requests import Request
from shared.model.subjects import Subject
from shared.policy import requests as policy
from shared.store import suppression
from shared.store.suppression import Freed, Suppressed
from shared.wiring import Office
from shared.workflows import requests


def key(email: str, office: Office) -> str:
    """The key under which an address is suppressed."""
    return office.keys.suppression(requests.address(email))


def of_person(person: Subject, email: str, office: Office) -> Suppressed:
    """Why a person is suppressed: by the address of their request, and by that of today."""
    found = [suppression.read(one) for one in _keys(person, email, office)]
    return Suppressed(
        reasons=frozenset().union(*(one.reasons for one in found)),
        reason=next((one.reason for one in found if one.reason), ""),
    )


def freed_by(
    request: Request, others: Sequence[Request], person: Subject | None, office: Office
) -> tuple[Freed, ...]:
    """The addresses of a request that is taken back, each without its own reason.

    An earlier release named only the first request of several: it counts until all of them, the
    `others` too, are taken back.
    """
    tag = office.keys.reason(request.reference)
    stands = any(policy.still_stops(one) for one in others)
    named = frozenset() if stands else {one.reference for one in (request, *others)}
    found = []
    for one in _keys(person, request.email, office):
        before = suppression.read(one)
        found.append(Freed(keyed_hash=one, before=before, after=before.without(tag, named)))
    return tuple(found)


def _keys(person: Subject | None, email: str, office: Office) -> Iterable[str]:
    field = office.statement.email_field
    held = [one.value for one in person.values if one.name == field] if person else []
    return dict.fromkeys(key(str(one), office) for one in (email, *held) if one)
