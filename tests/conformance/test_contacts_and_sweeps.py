"""Two sweeps and two contacts of one person at once: the contact is kept, or the erasure whole.

The contacts set out at another call of the sweeps in each round, so that every moment is met.
"""

import threading
from dataclasses import dataclass
from functools import partial

from shared.wiring import Office
from shared.workflows import access, erasures, events
from shared.workflows.erasures import Result
from tests.conformance.auditing import oddities
from tests.conformance.callers import at_once
from tests.conftest import NOW
from tests.stand_ins import Aws, Clock
from tests.workflows.submitting import VISIT, post, send, settle
from tests.workflows.test_erasures import DUE, records

ROUNDS = 30
MOMENTS = 10


@dataclass(frozen=True)
class Round:
    """What one round came to."""

    email: str
    before: str
    after: str
    answered: frozenset[str]
    results: tuple[Result, ...]

    @property
    def reborn(self) -> bool:
        return self.before != self.after


def race(number: int, office: Office, aws: Aws, clock: Clock) -> Round:
    """Somebody who is due, two sweeps, and two contacts that set out while they are at it."""
    email = f"person{number}@example.com"
    clock.set(NOW)
    post(office, email=email, message="First", visit=VISIT)
    before = events.find(email, office)
    clock.set(DUE)
    set_out = threading.Event()

    def sweep() -> Result:
        try:
            return erasures.sweep(office)
        finally:
            set_out.set()

    def contact(message: str) -> str:
        set_out.wait()
        return send(office, email=email, message=message).reference

    sweeps = [sweep, sweep]
    contacts = [partial(contact, "Still here"), partial(contact, "Here too")]
    with aws.at_call(number % MOMENTS, set_out.set):
        told: list[Result | str] = at_once([*sweeps, *contacts])
    settle(office)
    return Round(
        email=email,
        before=before,
        after=events.find(email, office),
        answered=frozenset(one for one in told if isinstance(one, str)),
        results=tuple(one for one in told if isinstance(one, Result)),
    )


def assert_nothing_is_lost_or_half_done(done: Round, office: Office, aws: Aws) -> None:
    """Every contact that was answered lies in a living file; what was erased, is so once."""
    kept = {one.reference for one in access.report(done.email, office).contacts}
    assert kept >= done.answered, done
    assert len(kept) == 2 + (not done.reborn), done
    assert sum(one.failed for one in done.results) == 0, done
    assert oddities(aws, office) == [], done


def test_a_contact_that_races_two_sweeps_is_never_lost(
    office: Office, aws: Aws, clock: Clock
) -> None:
    reborn = 0
    for number in range(ROUNDS):
        done = race(number, office, aws, clock)
        assert_nothing_is_lost_or_half_done(done, office, aws)
        reborn += done.reborn
        assert len(records(office)) == reborn
        assert erasures.sweep(office).erased == 0
        settled = aws.items()
        assert (erasures.sweep(office).due, aws.items()) == (0, settled)
    assert 0 < reborn < ROUNDS
