"""Statement §10: every role, on every route, sees every field that it may see and no other.

The tables are written out here a second time, by hand: a change of the statement's is to be seen.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from chalice.test import HTTPResponse
from chalice.test import TestHTTPClient as Http

from app import app
from shared.model.requests import Right
from shared.statement.types import Statement
from shared.wiring import Office
from shared.workflows import events, receiving
from tests.functions.signing_in import Desk, signing_in, told
from tests.stand_ins import Clock
from tests.workflows.submitting import KARI, post

SENT: dict[str, Any] = {
    "name": "Kari Nordmann",
    "email": KARI,
    "phone": "+4790123456",
    "business": "Nordmann Skogdrift",
    "position": "Daglig leder",
    "industry": "Skogbruk",
    "address": "Storgata 1",
    "interests": ["motorsag"],
    "products": ["vinsj"],
    "message": "Ring i morgen",
    "answers": {"heard": "from a friend"},
}
WHO = ("name", "email", "phone", "business")
SEES: dict[str, tuple[str, ...]] = {
    "marketing": (*WHO, "position", "industry", "interests"),
    "support": (*WHO, "address", "products", "message", "answers"),
    "sales": tuple(SENT),
    "privacy": WHO,
    "operator": (),
}
READS_FOR = {
    "marketing": "marketing_phone",
    "support": "reply",
    "sales": "reply",
    "privacy": "rights",
    "operator": "reply",
}
DIALOGUE = ("customer-start", "answered", "purpose-ended")
MAY: dict[str, tuple[str, ...]] = {
    "marketing": ("people", "beside", "phone"),
    "support": (
        "inbox",
        "read",
        "people",
        "beside",
        "phone",
        "customer-start",
        "answered",
        "purpose-ended",
    ),
    "sales": (
        "inbox",
        "read",
        "people",
        "beside",
        "phone",
        "customer-start",
        "answered",
        "purpose-ended",
    ),
    "privacy": (
        "people",
        "trail",
        "beside",
        "phone",
        "hold",
        "queue",
        "request",
        "identify",
        "hold-request",
    ),
    "operator": (),
}
ROUTES = {
    "inbox": "/staff/inbox",
    "read": "/staff/inbox/{reference}/{step}",
    "people": "/staff/people",
    "beside": "/staff/people/beside",
    "trail": "/staff/people/trail",
    "phone": "/staff/people/events",
    "hold": "/staff/people/events",
    "customer-start": "/staff/people/events",
    "answered": "/staff/inbox/{reference}/{step}",
    "purpose-ended": "/staff/inbox/{reference}/{step}",
    "queue": "/staff/requests",
    "request": "/staff/requests/{reference}",
    "identify": "/staff/requests/{reference}/{action}",
    "hold-request": "/staff/requests/{reference}/{action}",
}
FOR_ALL = {"/staff/sign-in", "/staff/signed-in", "/staff/sign-out"}
"""Before anybody is known."""


@pytest.fixture
def desk(http: Http, office: Office) -> Iterator[Desk]:
    with signing_in(http, office) as one:
        yield one


def ask(what: str, role: str, desk: Desk, clock: Clock) -> HTTPResponse:
    """As somebody in a role, with something there to be seen."""
    clock.forward(minutes=1)
    reference = post(desk.office, choices=["marketing_phone"], **SENT).reference
    clock.forward(minutes=1)
    if what == "inbox":
        return desk.get(ROUTES[what], role)
    if ROUTES[what].startswith("/staff/requests"):
        right = Right.RECTIFICATION
        request = receiving.receive(right, KARI, desk.office, language="en").reference
        action = what.removesuffix("-request")
        path = ROUTES[what].format(reference=request, action=action)
        return (
            desk.post(path, role, text="x") if "{action}" in ROUTES[what] else desk.get(path, role)
        )
    if what == "people":
        return desk.post(ROUTES[what], role, email=KARI, purpose=READS_FOR[role])
    if what == "beside":
        return beside(role, desk, clock)
    if what == "trail":
        return desk.post(ROUTES[what], role, email=KARI)
    if "{step}" in ROUTES[what]:
        return desk.post(ROUTES[what].format(reference=reference, step=what), role)
    return desk.post(ROUTES[what], role, email=KARI, event=what, because="a claim")


def beside(role: str, desk: Desk, clock: Clock) -> HTTPResponse:
    """Of a customer, whom a form of anybody's does not change."""
    email = "customer@example.com"
    post(desk.office, email=email)
    events.note(email, events.Event.CUSTOMER_START, desk.office, at=clock.now())
    clock.forward(minutes=1)
    reference = post(desk.office, email=email, name="Kari").reference
    return desk.post(ROUTES["beside"], role, email=email, reference=reference, action="drop")


def words_of(field: str) -> list[str]:
    """Something of a field's value that no other has."""
    sent = SENT[field]
    return (
        [*sent.values()] if isinstance(sent, dict) else sent if isinstance(sent, list) else [sent]
    )


def test_the_tables_are_complete(statement: Statement) -> None:
    assert set(SEES) == set(MAY) == set(READS_FOR) == set(statement.roles)
    assert set(SENT) == set(statement.fields)
    routes = {path for path in app.routes if path.startswith("/staff/")}
    assert set(ROUTES.values()) | FOR_ALL == routes


@pytest.mark.parametrize("role", SEES)
def test_a_role_does_and_sees_what_it_may_and_nothing_else(
    role: str, desk: Desk, clock: Clock
) -> None:
    for what in ROUTES:
        response = ask(what, role, desk, clock)
        may = what in MAY[role]
        assert response.status_code == (200 if may else 403), (role, what, response.body)
        shown = may and what in {"read", "people", "request"}
        for field in SENT:
            seen = [word for word in words_of(field) if word in response.body.decode()]
            assert bool(seen) == (shown and field in SEES[role]), (role, what, field)
        if shown:
            values = told(response)["values"]
            named = {*values} if what == "request" else {_field(one["name"]) for one in values}
            assert named == set(SEES[role])
        if may and what == "inbox":
            named = {_field(name) for name in told(response)["entries"][0]["fields"]}
            assert named == set(SEES[role])


def _field(name: str) -> str:
    """Of which field a value is: `answers.heard` is one of `answers`."""
    return name.partition(".")[0]
