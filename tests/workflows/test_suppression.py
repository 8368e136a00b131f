"""Who asked to be left alone: brought back by their own new consent, and never by a list."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest

from shared.errors import NotFound
from shared.model.requests import Right
from shared.policy import imports
from shared.policy.access_rights import agreed_to
from shared.wiring import Office
from shared.workflows import access
from shared.workflows.imports import Imported, take_in
from tests.stand_ins import Aws, Clock
from tests.workflows.submitting import KARI, post
from tests.workflows.test_beside import say
from tests.workflows.test_requests import ask, confirm
from tests.workflows.test_requests_attacked import import_row

STOPS = pytest.mark.parametrize("right", [Right.OBJECTION, Right.WITHDRAWAL, Right.ERASURE])


def agrees(office: Office) -> set[str]:
    return set(agreed_to(access.report(KARI, office).consents))


def left_alone(right: Right, office: Office) -> None:
    """Known, and then suppressed by a request that was proved."""
    post(office, "newsletter", choices=["newsletter", "marketing_phone"])
    confirm(ask(office, right), office)


@STOPS
def test_a_new_consent_that_the_person_confirms_holds_for_what_it_names(
    office: Office, clock: Clock, right: Right
) -> None:
    left_alone(right, office)
    clock.forward(days=1)
    reference = post(office, "newsletter", choices=["newsletter"]).reference
    assert agrees(office) == set()
    say(reference, office)
    assert agrees(office) == {"newsletter"}
    assert access.report(KARI, office).facts.subscribed_since == clock.now()


@STOPS
def test_a_form_without_a_choice_brings_no_consent_back(
    office: Office, clock: Clock, right: Right
) -> None:
    left_alone(right, office)
    clock.forward(days=1)
    post(office)
    assert agrees(office) == set()
    assert access.report(KARI, office).facts.subscribed_since is None


@STOPS
@pytest.mark.parametrize("consents_anew", [False, True])
def test_a_list_brings_nobody_back_who_was_suppressed(
    office: Office, aws: Aws, clock: Clock, right: Right, consents_anew: bool
) -> None:
    left_alone(right, office)
    clock.forward(days=1)
    if consents_anew:
        post(office, choices=["marketing_email"])
    before = aws.items()
    row = {"Email": KARI, "First Name": "Kari", "Newsletter": "yes", "Lifecycle Stage": "customer"}
    read = imports.read(row, office.statement, office.now())
    assert isinstance(read, imports.Row)
    assert take_in(read, office) is Imported.SUPPRESSED
    assert import_row(office) is Imported.SUPPRESSED
    assert aws.items() == before


@pytest.mark.parametrize(
    ("days", "agreed"),
    [
        pytest.param(-1, set[str](), id="the day before"),
        pytest.param(0, set[str](), id="at that very moment"),
        pytest.param(1, {"newsletter"}, id="the day after"),
    ],
)
def test_only_what_was_agreed_to_after_an_objection_counts(
    office: Office, clock: Clock, days: int, agreed: set[str]
) -> None:
    post(office)
    clock.forward(days=1)

    def agree() -> None:
        reference = post(office, "newsletter", choices=["newsletter"]).reference
        with suppress(NotFound):  # it is asked for only after a stop
            say(reference, office)

    told: dict[str, Callable[[], object]] = {
        "objects": lambda: ask(office, Right.OBJECTION),
        "agrees": agree,
    }
    instants = {"objects": clock.now(), "agrees": clock.now() + timedelta(days=days)}
    for name in sorted(instants, key=lambda name: instants[name]):
        clock.set(instants[name])
        told[name]()
    assert agrees(office) == agreed


def test_an_objection_that_is_proved_ends_what_was_agreed_to_before_the_proof(
    office: Office, clock: Clock
) -> None:
    post(office)
    reference = ask(office, Right.OBJECTION)
    clock.forward(hours=1)
    post(office, "newsletter", choices=["newsletter"])
    clock.forward(hours=1)
    confirm(reference, office)
    assert agrees(office) == set()
    assert access.report(KARI, office).facts.subscribed_since is None
