"""What each access pattern may cost: the table of docs/data-model.md is the budget."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from infra import local
from infra.bench import costs
from infra.bench.meter import metered
from shared import wiring
from shared.model.audit import AuditEvent
from shared.model.erasures import Kind
from shared.model.requests import MailEvent, MailOutcome, Right
from shared.model.staff import Action, Staff
from shared.policy import access_rights, imports
from shared.policy.notes import Reading
from shared.store import subjects
from shared.store import unreachable as marks
from shared.store.due import DueEntry
from shared.wiring import Office
from shared.workflows import (
    access,
    auditing,
    erasures,
    events,
    inbox,
    people,
    posting,
    receiving,
    requests,
    settling,
    signing_in,
    undelivered,
)
from shared.workflows.events import Event
from shared.workflows.imports import take_in
from tests.stand_ins import Aws, Clock
from tests.workflows.submitting import KARI, post, send
from tests.workflows.test_erasures import DUE

BUDGET = costs.budget()
SUPPORT = Staff(subject="8f3a", roles=frozenset({"support"}))

Given = Callable[[Office, Clock], None]
Act = Callable[[Office, Aws], None]


def nothing(_office: Office, _clock: Clock) -> None:
    """Nobody is known."""


def known(office: Office, clock: Clock) -> None:
    post(office)
    clock.forward(days=1)


def known_today(office: Office, clock: Clock) -> None:
    post(office)
    clock.forward(minutes=1)


def answered(office: Office, _clock: Clock) -> None:
    post(office, key="k")


def subscribed(office: Office, clock: Clock) -> None:
    known(office, clock)
    post(office, "newsletter", choices=["newsletter"])
    clock.forward(days=1)


def customer(office: Office, clock: Clock) -> None:
    known(office, clock)
    events.note(KARI, Event.CUSTOMER_START, office, at=clock.now())
    clock.set(DUE)


def contacted_later(office: Office, clock: Clock) -> None:
    known(office, clock)
    clock.forward(days=200)
    post(office)
    clock.set(DUE)


def due(office: Office, clock: Clock) -> None:
    post(office)
    clock.set(DUE)


def fifty_items(office: Office, clock: Clock) -> None:
    """A profile, 24 contacts, 24 pieces of technical data, a consent."""
    post(office, choices=["marketing_phone"])
    for _ in range(23):
        clock.forward(minutes=50)
        post(office)


def fifty_items_due(office: Office, clock: Clock) -> None:
    fifty_items(office, clock)
    clock.set(DUE + timedelta(days=1))


def twenty_six_waiting(office: Office, clock: Clock) -> None:
    """One more than a page."""
    for number in range(26):
        post(office, email=f"kari{number}@example.com")
        clock.forward(minutes=1)


def submit(office: Office, _aws: Aws) -> None:
    send(office)


def repeat(office: Office, _aws: Aws) -> None:
    send(office, key="k")


def submit_late(office: Office, _aws: Aws) -> None:
    earlier = office.now() - timedelta(days=2)
    send(replace(office, now=lambda: earlier))


def settle_it(office: Office, aws: Aws) -> None:
    """As the stream has it done: without the query that finds it."""
    (sk,) = (one["sk"]["S"] for one in aws.items() if one["sk"]["S"].startswith("J#"))
    settling.settle(aws.profile()["pk"]["S"].removeprefix("S#"), sk, office)


def sent(office: Office, _clock: Clock) -> None:
    send(office)


def sent_again(office: Office, clock: Clock) -> None:
    known(office, clock)
    send(office)


def sent_by_a_subscriber(office: Office, clock: Clock) -> None:
    subscribed(office, clock)
    send(office)


def sent_with_a_choice(office: Office, _clock: Clock) -> None:
    send(office, choices=["newsletter"])


def take_in_a_row(office: Office, _aws: Aws) -> None:
    cells = {"Email": KARI, "First Name": "Kari", "Last Activity Date": "2026-11-21"}
    row = imports.read(cells, office.statement, office.now())
    take_in(row, office)


def note_a_call(office: Office, _aws: Aws) -> None:
    events.note(KARI, Event.PHONE, office, at=office.now())


def unsubscribe(office: Office, _aws: Aws) -> None:
    events.note(KARI, Event.UNSUBSCRIBE, office, at=office.now())


def report(office: Office, _aws: Aws) -> None:
    access.report(KARI, office)


def list_the_inbox(office: Office, _aws: Aws) -> None:
    inbox.page(SUPPORT, "reply", "", office)


def waiting_reference(aws: Aws) -> str:
    (found,) = (one["sk"]["S"] for one in aws.items() if one["sk"]["S"].startswith("I#"))
    return found.rpartition("#")[2]


def read_an_entry(office: Office, aws: Aws) -> None:
    inbox.read(SUPPORT, waiting_reference(aws), office)


def answer_an_entry(office: Office, aws: Aws) -> None:
    inbox.answered(SUPPORT, waiting_reference(aws), office)


def read_a_person(office: Office, _aws: Aws) -> None:
    permission = access_rights.permitted(SUPPORT.roles, Action.READ, office.statement, "reply")
    people.read(SUPPORT, permission, Reading(email=KARI, purpose="reply"), office)


def read_a_trail(office: Office, _aws: Aws) -> None:
    privacy = Staff(subject="8f3a", roles=frozenset({"privacy"}))
    permission = access_rights.permitted(privacy.roles, Action.AUDIT, office.statement)
    people.read_trail(privacy, permission, KARI, office)


def note_a_reading(office: Office, aws: Aws) -> None:
    subject_id = aws.profile()["pk"]["S"].removeprefix("S#")
    auditing.note(subject_id, AuditEvent.READ, "support:8f3a", office, fields=("name", "email"))


def note_a_correction(office: Office, aws: Aws) -> None:
    subject_id = aws.profile()["pk"]["S"].removeprefix("S#")
    values = {"name": "Kari"}
    auditing.note(subject_id, AuditEvent.CORRECTED, "support:8f3a", office, values=values)


def audited(office: Office, clock: Clock) -> None:
    post(office)
    for item in subjects.every():
        auditing.note(item.subject_id, AuditEvent.READ, "system", office)
    clock.forward(days=1)


def sweep(office: Office, _aws: Aws) -> None:
    erasures.sweep(office)


def process(office: Office, aws: Aws) -> None:
    """The sweep of one data subject, without the queries that find it."""
    profile = aws.profile()
    entry = DueEntry(
        subject_id=profile["pk"]["S"].removeprefix("S#"),
        kind=Kind.PROFILE,
        sk="PROFILE",
        due_on=date.fromisoformat(profile["due_sk"]["S"][:10]),
    )
    erasures.process(entry, office)


def begin_and_use_a_session(office: Office, _aws: Aws) -> None:
    signing_in.staff_of(signing_in.begin(SUPPORT, office), office)


def take_a_request_in(office: Office, _aws: Aws) -> None:
    receiving.take_in(Right.OBJECTION, KARI, office, language="en", details="no more")


def taken_in(office: Office, clock: Clock) -> None:
    """Of nobody known."""
    receiving.take_in(Right.OBJECTION, KARI, office, language="en", details="no more")


def taken_in_of_a_subscriber(office: Office, clock: Clock) -> None:
    subscribed(office, clock)
    taken_in(office, clock)


def written_to(office: Office, clock: Clock) -> None:
    known(office, clock)
    receiving.receive(Right.ACCESS, KARI, office, language="en")


def unreachable(office: Office, clock: Clock) -> None:
    written_to(office, clock)
    address = requests.address(KARI)
    until = clock.now() + timedelta(days=1)
    marks.mark(office.keys.unreachable(address), MailOutcome.BOUNCED, until)


def letter_in(aws: Aws) -> tuple[str, str]:
    """Reference and key of the only letter."""
    (found,) = (one for one in aws.items() if one["sk"]["S"].startswith("MAIL#"))
    return found["pk"]["S"].removeprefix("REQ#"), found["sk"]["S"]


def send_the_letter(office: Office, aws: Aws) -> None:
    posting.deliver(*letter_in(aws), office)


def hear_of_a_bounce(office: Office, aws: Aws) -> None:
    reference, sk = letter_in(aws)
    event = MailEvent(
        outcome=MailOutcome.BOUNCED,
        reference=reference,
        number=sk.removeprefix("MAIL#"),
        to=KARI,
        at=office.now(),
    )
    undelivered.note(event, office)


def take_the_request_up(office: Office, aws: Aws) -> None:
    (found,) = (one["pk"]["S"] for one in aws.items() if one["sk"]["S"] == "REQUEST")
    assert receiving.take_up(found.removeprefix("REQ#"), office)


def opened(office: Office, _clock: Clock) -> None:
    wiring.keys_of(office)


def open_it(office: Office, _aws: Aws) -> None:
    wiring.keys_of(office)


PATTERNS: dict[str, tuple[Given, Act]] = {
    "office opened, and its keys asked for every five minutes": (opened, open_it),
    "office opened on a table without a proof of keys": (nothing, open_it),
    "submission, new data subject": (nothing, submit),
    "submission, known": (known, submit),
    "submission, known, the same day again": (known_today, submit),
    "submission, known and subscribed, customer or held": (subscribed, submit),
    "settled, of a new data subject": (sent, settle_it),
    "settled, of a known one": (sent_again, settle_it),
    "settled, of a subscriber, customer or held": (sent_by_a_subscriber, settle_it),
    "settled, subscribing": (sent_with_a_choice, settle_it),
    "the same Idempotency-Key again": (answered, repeat),
    "contact that arrives late": (known, submit_late),
    "import of a row, new": (nothing, take_in_a_row),
    "import of a row, known": (known, take_in_a_row),
    "phone call or reply noted": (known, note_a_call),
    "unsubscription noted": (subscribed, unsubscribe),
    "subject request taken in, whoever's it is": (known, take_a_request_in),
    "subject request taken up, of nobody": (taken_in, take_the_request_up),
    "subject request taken up, that stops a subscription": (
        taken_in_of_a_subscriber,
        take_the_request_up,
    ),
    "letter sent, to somebody known": (written_to, send_the_letter),
    "letter not tried, as its address takes no mail": (unreachable, send_the_letter),
    "mail that came back": (written_to, hear_of_a_bounce),
    "access, 50 items": (fifty_items, report),
    "sweep, nothing due": (known, sweep),
    "sweep, one filed elsewhere": (contacted_later, process),
    "sweep, one parked": (customer, process),
    "erasure, 3 items": (due, process),
    "erasure, 50 items": (fifty_items_due, process),
    "inbox, a page of 25": (twenty_six_waiting, list_the_inbox),
    "inbox, one read": (known, read_an_entry),
    "inbox, one answered": (known, answer_an_entry),
    "a person read by the staff": (known, read_a_person),
    "a trail read by the staff": (audited, read_a_trail),
    "a session of the staff begun, and used": (nothing, begin_and_use_a_session),
    "audit entry appended": (audited, note_a_reading),
    "audit entry appended, with values": (audited, note_a_correction),
}


def test_every_pattern_has_a_budget() -> None:
    assert list(BUDGET) == list(PATTERNS)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_costs_what_the_data_model_says(
    pattern: str, office: Office, clock: Clock, aws: Aws
) -> None:
    given, act = PATTERNS[pattern]
    given(office, clock)
    with metered(aws.product, local.TABLE) as cost:
        act(office, aws)
    calls = ", ".join(f"{number} {name}" for name, number in cost.calls.items())
    assert (calls, cost.read_units, cost.write_units) == BUDGET[pattern]
