"""Every right, by every channel, of people known and unknown, however it ends: no function is
refused what it needs.  What is refused fails a test by itself (tests/conftest.py).
"""

from collections.abc import Callable, Iterator

import pytest
from chalice.test import TestHTTPClient as Http

from shared.model.requests import Channel, RequestState, Right
from shared.policy import requests as policy
from shared.wiring import Office
from shared.workflows import events
from shared.workflows.events import Event
from tests.functions.signing_in import Desk, signing_in
from tests.permissions.walking import Walk, later
from tests.stand_ins import Aws, Clock
from tests.workflows.submitting import post, send

KNOWN = 2
Ends = Callable[[Walk, str], None]


def answered(walk: Walk, reference: str) -> None:
    walk.identify(reference)
    walk.finish(reference)
    assert walk.state(reference) is RequestState.ANSWERED
    walk.download(reference)


def answered_by_staff(walk: Walk, reference: str) -> None:
    """Who are faster than the functions."""
    walk.identify(reference)
    if walk.read(reference).subject_id:
        unsettled(walk)
    walk.staff(reference, "answer", **walk.corrected())
    walk.hear()
    assert walk.state(reference) is RequestState.ANSWERED


def extended(walk: Walk, reference: str) -> None:
    if policy.is_automatic(walk.read(reference)) and walk.channel is Channel.WEB:
        walk.send(f"{walk.path(reference)}/link", status=202)
        walk.hear()
        return
    walk.identify(reference)
    walk.staff(reference, "extend")
    walk.finish(reference)
    assert walk.state(reference) is RequestState.ANSWERED


def asked_who_they_are(walk: Walk, reference: str) -> None:
    walk.staff(reference, "ask")
    walk.hear()
    walk.send(f"{walk.path(reference)}/reply", answer="me", status=202)
    walk.staff(reference, "identify")
    walk.finish(reference)
    assert walk.state(reference) is RequestState.ANSWERED


def refused(walk: Walk, reference: str) -> None:
    walk.staff(reference, "refuse", reason="unfounded")
    walk.hear()
    assert walk.state(reference) is RequestState.REFUSED


def withdrawn(walk: Walk, reference: str) -> None:
    walk.send(f"{walk.path(reference)}/withdraw", status=202)
    walk.hear()
    assert walk.state(reference) is RequestState.WITHDRAWN


def undone(walk: Walk, reference: str) -> None:
    """By the link of the mail that tells of a stop."""
    walk.send(walk.link(reference), action="undo")
    walk.hear()
    assert walk.state(reference) is RequestState.WITHDRAWN


def held_and_released(walk: Walk, reference: str) -> None:
    """Or, what is the same by its name, a restriction that is lifted."""
    walk.identify(reference)
    if walk.right is Right.RESTRICTION:
        walk.finish(reference)
    if walk.read(reference).subject_id:
        if walk.right is not Right.RESTRICTION:
            walk.staff(reference, "hold")
            walk.hear()
        walk.staff(reference, "release")
    walk.finish(reference)
    assert walk.state(reference) is RequestState.ANSWERED


def forgotten(walk: Walk, reference: str) -> None:
    """Nobody ever confirms it."""


ENDS: tuple[Ends, ...] = (
    answered,
    answered_by_staff,
    extended,
    asked_who_they_are,
    refused,
    withdrawn,
    undone,
    held_and_released,
    forgotten,
)


@pytest.fixture
def desk(http: Http, office: Office) -> Iterator[Desk]:
    with signing_in(http, office) as one:
        yield one


CASES = [
    (right, ends, (i + j) % 2 == 0)
    for i, right in enumerate(Right)
    for j, ends in enumerate(ENDS)
    if ends is not undone or right in policy.STOPS
]


@pytest.mark.parametrize(("right", "ends", "streams"), CASES)
def test_no_function_is_refused_what_it_needs(
    right: Right, ends: Ends, streams: bool, desk: Desk, aws: Aws, clock: Clock
) -> None:
    for number, email in enumerate(people(desk, clock)):
        channel = (Channel.WEB, Channel.LETTER)[number % 2]
        walk = Walk(desk.http, desk, desk.office, aws, clock, right, channel, email, streams)
        if number < KNOWN:
            unsettled(walk)
        ends(walk, walk.ask())
    if ends in (answered, forgotten):
        later(aws, clock)


def unsettled(walk: Walk) -> None:
    """A form has just come in, of which the stream has not told yet."""
    send(walk.office, "newsletter", email=walk.email, choices=["newsletter"])


def people(desk: Desk, clock: Clock) -> list[str]:
    """A subscriber and a customer, and two who are unknown."""
    subscriber, customer, *nobody = (f"{number}@example.com" for number in range(4))
    for email in (subscriber, customer):
        post(desk.office, "newsletter", email=email, choices=["newsletter"])
        post(desk.office, email=email, choices=["marketing_phone"], name="Kari")
    events.note(customer, Event.CUSTOMER_START, desk.office, at=clock.now())
    return [subscriber, customer, *nobody]
