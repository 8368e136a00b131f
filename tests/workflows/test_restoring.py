"""A table restored from a backup: what was erased meanwhile goes again, and nobody else."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from msgspec.structs import replace

from infra import local, resources
from shared import wiring
from shared.errors import NotFound
from shared.model.requests import Right
from shared.model.retention import Rule
from shared.policy.access_rights import agreed_to
from shared.policy.reports import Report
from shared.settings import Settings
from shared.wiring import Office
from shared.workflows import (
    access,
    answers,
    casework,
    changes,
    erasures,
    events,
    queue,
    receiving,
    requests,
    restoring,
    verifying,
)
from shared.workflows.events import Event
from shared.workflows.imports import Imported
from shared.workflows.restoring import Replayed
from tests.stand_ins import Aws, Clock, Killed
from tests.workflows.moving_people import move
from tests.workflows.submitting import KARI, post
from tests.workflows.test_erasures import DUE
from tests.workflows.test_requests import ask, confirm, delivered
from tests.workflows.test_requests_attacked import import_row

OLD = "old"
OLA = "ola@example.com"


def use(table: str) -> Any:
    """Bind the store to a table, as an office is opened for it; the client that it uses."""
    return wiring.bind(
        Settings(table=table, region=local.REGION, keys_secret="", origins=(), statement=None)
    )


@pytest.fixture
def set_apart(aws: Aws, clock: Clock) -> Iterator[Callable[[], datetime]]:
    """The moment of the backup, when it is called; what comes after, the old table knows."""
    resources.create_table(OLD)

    def apart() -> datetime:
        for item in aws.items():
            aws.client.put_item(TableName=OLD, Item=item)
        use(OLD)
        moment = clock.now()
        clock.forward(hours=1)
        return moment

    yield apart
    aws.client.delete_table(TableName=OLD)


@pytest.fixture
def backup(office: Office, clock: Clock, set_apart: Callable[[], datetime]) -> datetime:
    """The moment of the backup: Kari has subscribed by then, and Ola is a customer."""
    post(office, "newsletter", name="Kari", choices=["newsletter"])
    post(office, email=OLA, name="Ola", position="Baker", products=["Bread"])
    events.note(OLA, Event.CUSTOMER_START, office, at=clock.now())
    clock.forward(hours=1)
    return set_apart()


def replay(since: datetime, office: Office, *, dry_run: bool = False) -> Replayed:
    use(local.TABLE)
    return restoring.replay(OLD, since, office, dry_run=dry_run)


def held(email: str, office: Office) -> Report | None:
    with suppress(NotFound):
        return access.report(email, office)
    return None


def asked_for(right: Right, office: Office, email: str = KARI) -> str:
    reference = ask(office, right, email)
    confirm(reference, office)
    return reference


def by_request(office: Office, clock: Clock) -> None:
    asked_for(Right.ERASURE, office)


def by_sweep(office: Office, clock: Clock) -> None:
    events.note(KARI, Event.UNSUBSCRIBE, office, at=clock.now())
    clock.set(DUE)
    assert erasures.sweep(office).erased == 1


def test_who_gave_an_address_up_is_not_erased_with_whoever_had_it_then(
    office: Office, clock: Clock, aws: Aws, backup: datetime
) -> None:
    moving = asked_for(Right.RECTIFICATION, office)
    move(moving, office, clock)
    post(office, name="Karianne")
    asked_for(Right.ERASURE, office)
    done = replay(backup, office)
    assert (done.erased, done.left_alone) == (0, 1)
    kept = held(KARI, office)
    assert kept
    assert "Kari" in {one.value for one in kept.values}


@pytest.mark.parametrize("erase", [by_request, by_sweep])
def test_whoever_was_erased_since_the_backup_is_erased_again(
    office: Office, clock: Clock, aws: Aws, backup: datetime, erase: Any
) -> None:
    erase(office, clock)
    clock.forward(seconds=1)
    use(local.TABLE)
    assert held(KARI, office)
    assert (replay(backup, office).erased, held(KARI, office)) == (1, None)
    assert held(OLA, office)
    first, again = erasures.records(backup.date(), office)
    assert (again.because, again.trigger) == (
        f"{first.because}; again after a restore",
        first.trigger,
    )


def test_who_was_erased_on_request_stays_suppressed(
    office: Office, aws: Aws, outbox: list[EmailMessage], backup: datetime
) -> None:
    asked_for(Right.ERASURE, office)
    delivered(office, outbox)
    replay(backup, office)
    assert "kari" not in str(aws.items()).casefold()
    assert import_row(office) is Imported.SUPPRESSED


def reasons(aws: Aws) -> list[set[str]]:
    found = [one for one in aws.items() if one["pk"]["S"].startswith("SUPP#")]
    return [set(one["reasons"]["SS"]) for one in found]


def test_every_reason_for_which_an_address_was_suppressed_since_is_one_again(
    office: Office, aws: Aws, set_apart: Callable[[], datetime]
) -> None:
    post(office)
    before = ask(office, Right.OBJECTION)
    backup = set_apart()
    since = ask(office, Right.WITHDRAWAL)
    done = [replay(backup, office).taken_over for _ in range(2)]
    assert (done[0] > 0, done[1]) == (True, 0)
    assert reasons(aws) == [{office.keys.reason(one) for one in (before, since)}]


def test_what_was_not_taken_up_in_the_old_table_is_taken_up_in_the_new_one(
    office: Office, clock: Clock, backup: datetime
) -> None:
    taken = receiving.take_in(Right.OBJECTION, KARI, office, language="en")
    replay(backup, office)
    clock.forward(minutes=6)
    assert queue.watch(office).taken_up == 1
    known = held(KARI, office)
    assert known
    assert known.facts.subscribed_since is None
    receiving.withdraw(taken.reference, office)
    receiving.take_up(taken.reference, office)
    known = held(KARI, office)
    assert known
    assert known.facts.subscribed_since


@pytest.mark.parametrize(
    ("days", "erased"),
    [
        pytest.param(-1, 1, id="a backup of the day before"),
        pytest.param(0, 1, id="of that very moment"),
        pytest.param(1, 0, id="of the day after"),
    ],
)
def test_only_what_was_erased_since_the_backup_is_erased_again(
    office: Office, clock: Clock, backup: datetime, days: int, erased: int
) -> None:
    asked_for(Right.ERASURE, office)
    since = clock.now() + timedelta(days=days)
    assert replay(since, office).erased == erased
    assert bool(held(KARI, office)) is not bool(erased)


def test_replayed_twice_is_as_once(office: Office, aws: Aws, backup: datetime) -> None:
    asked_for(Right.ERASURE, office)
    replay(backup, office)
    once = aws.items()
    assert asdict(replay(backup, office)) == dict.fromkeys(asdict(Replayed()), 0)
    assert aws.items() == once


def test_a_dry_run_counts_and_writes_nothing(office: Office, aws: Aws, backup: datetime) -> None:
    asked_for(Right.ERASURE, office)
    before = aws.items()
    assert replay(backup, office, dry_run=True).erased == 1
    assert aws.items() == before


@pytest.mark.parametrize("writes", range(1, 14))
def test_a_replay_that_is_killed_anywhere_is_finished_by_the_next(
    office: Office, aws: Aws, outbox: list[EmailMessage], backup: datetime, writes: int
) -> None:
    asked_for(Right.ERASURE, office)
    delivered(office, outbox)
    aws.product = use(local.TABLE)
    with suppress(Killed), aws.killed_after(writes):
        restoring.replay(OLD, backup, office)
    replay(backup, office)
    erasures.sweep(office)
    assert held(KARI, office) is None
    assert "kari" not in str(aws.items()).casefold()
    assert held(OLA, office)


def test_who_has_come_back_by_themselves_is_left_alone(
    office: Office, clock: Clock, backup: datetime
) -> None:
    asked_for(Right.ERASURE, office)
    clock.forward(days=1)
    use(local.TABLE)
    post(office, name="Kari Nordmann")
    done = replay(backup, office)
    assert (done.erased, done.left_alone) == (0, 1)
    assert held(KARI, office)


def test_what_was_restricted_at_the_backup_and_erased_since_goes(
    office: Office, clock: Clock, aws: Aws, backup: datetime
) -> None:
    asked_for(Right.ERASURE, office)
    use(local.TABLE)
    reference = asked_for(Right.RESTRICTION, office)
    changes.restrict(reference, "checked", office, actor="privacy:1")
    replay(backup, office)
    assert held(KARI, office) is None


def test_what_an_erasure_in_part_has_taken_goes_again(
    office: Office, clock: Clock, backup: datetime
) -> None:
    reference = asked_for(Right.ERASURE, office, OLA)
    answers.erase(reference, office, actor="privacy:1")
    assert (replay(backup, office).reduced, replay(backup, office).erased) == (1, 0)
    left = held(OLA, office)
    assert left
    assert {one.name for one in left.values} == {"name", "email", "products"}
    assert left.contacts == ()
    assert left.rule is Rule.CUSTOMER
    clock.forward(days=1)
    events.note(OLA, Event.CUSTOMER_END, office, at=clock.now())
    assert erasures.sweep(office).erased == 1


def test_an_objection_since_the_backup_still_stops_the_use(
    office: Office, backup: datetime
) -> None:
    asked_for(Right.OBJECTION, office)
    assert replay(backup, office).followed == 1
    told = held(KARI, office)
    assert told
    assert (agreed_to(told.consents), told.facts.subscribed_since) == ((), None)


def test_a_restriction_since_the_backup_still_stands(office: Office, backup: datetime) -> None:
    reference = asked_for(Right.RESTRICTION, office)
    changes.restrict(reference, "checked", office, actor="privacy:1")
    replay(backup, office)
    told = held(KARI, office)
    assert told
    assert (told.rule, told.facts.restricted_by) == (Rule.RESTRICTION, (reference,))


def test_a_request_goes_on_where_the_old_table_has_it(
    office: Office, set_apart: Callable[[], datetime]
) -> None:
    post(office)
    reference = asked_for(Right.RECTIFICATION, office)
    backup = set_apart()
    requests.answer(reference, office, actor="privacy:1", because="corrected")
    file = requests.read(reference)
    replay(backup, office)
    assert requests.read(reference) == replace(file, rev=file.rev + 1)
    told = held(KARI, office)
    assert told
    assert told.rule is Rule.DIALOGUE


def test_the_file_of_a_request_that_was_closed_since_has_its_end_and_nothing_of_the_person(
    office: Office,
    aws: Aws,
    outbox: list[EmailMessage],
    set_apart: Callable[[], datetime],
) -> None:
    reference = receiving.receive(
        Right.RECTIFICATION, KARI, office, language="en", details="it is Nordmann"
    ).reference
    requests.identify(reference, office, actor="privacy:1", because="by phone")
    delivered(office, outbox)
    backup = set_apart()
    casework.answer(reference, "nobody", {}, office, actor="privacy:1")
    delivered(office, outbox)
    assert "Nordmann" in str(aws.items())
    replay(backup, office)
    assert not [word for word in ("Nordmann", "kari") if word in str(aws.items())]
    file = [one for one in aws.items() if one["pk"]["S"] == f"REQ#{reference}"]
    assert len({one["ttl"]["N"] for one in file}) == 1
    assert verifying.request(reference, office).whole
