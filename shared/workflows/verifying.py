"""Verifying: whether what is on record about subject requests is as it was written."""

from collections.abc import Mapping
from contextlib import suppress

from shared.errors import NotFound, busy
from shared.policy import histories
from shared.policy.chain import Verified
from shared.store import requests as store
from shared.store import subjects
from shared.wiring import Office
from shared.workflows import auditing, requests


def request(reference: str, office: Office) -> Verified:
    """Whether the history of a request is as it was written, and the request where it leads.

    Raises NotFound, also once its period is over and TTL takes it piece by piece, and Superseded.
    """
    for _ in range(requests.ATTEMPTS):
        known, history = requests.read(reference), store.history(reference)
        over = requests.ttl(known, office)
        if over and over <= office.now():
            message = "The period of this request is over."
            raise NotFound(message)
        if requests.read(reference).rev == known.rev:
            return histories.verify(known, history)
    raise busy("The request")


def requests_of(subject_id: str, office: Office) -> Mapping[str, Verified]:
    """By reference, the requests that somebody's trail or file names.

    After an erasure the trail alone does.  Raises Superseded.
    """
    named = [one.reference for one in auditing.trail(subject_id)]
    held = subjects.read_file(subject_id)
    if held:
        named += [*(one.reference for one in held.asked), *held.subject.facts.open_requests]
    found = {}
    for reference in dict.fromkeys(filter(None, named)):
        with suppress(NotFound):  # of the inbox, or past its period
            found[reference] = request(reference, office)
    return found
