"""Subject requests, from the first click to a result that can be proved."""

from contextlib import suppress
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from shared.errors import Conflict, NotFound
from shared.gateways import certificates
from shared.model.audit import AuditEvent
from shared.model.requests import RequestState, Right
from shared.model.retention import Rule
from shared.policy import retention
from shared.store import requests as store
from shared.store import suppression
from shared.wiring import Office
from shared.workflows import (
    access,
    answers,
    auditing,
    casework,
    changes,
    erasures,
    events,
    letters,
    posting,
    proving,
    queue,
    receiving,
    requests,
    status,
)
from shared.workflows.events import Event
from tests.stand_ins import Aws, Clock, Killed
from tests.workflows.moving_people import carry_out
from tests.workflows.submitting import KARI, post

KEY = b"c" * 32
NAMED = {"name", "email", "position"}


def ask(office: Office, right: Right = Right.ACCESS, email: str = KARI) -> str:
    return receiving.receive(right, email, office, language="en").reference


def take_back(reference: str, office: Office) -> None:
    receiving.withdraw(reference, office)
    assert receiving.take_up(reference, office)


def confirm(reference: str, office: Office) -> None:
    token = letters.link_token(reference, 1, office)
    proving.confirm(reference, token, office)
    answers.carry_out(reference, office)


def delivered(office: Office, outbox: list[EmailMessage]) -> list[str]:
    """The subjects of the mails sent until now."""
    for one in list(store.unsent(office.now() + timedelta(seconds=1))):
        posting.deliver(one.letter.reference, one.sk, office)
    return [str(one["Subject"]).partition(" (")[0] for one in outbox]


def test_an_access_request_is_answered_once_it_is_confirmed(office: Office) -> None:
    post(office)
    reference = ask(office)
    answers.carry_out(reference, office)
    assert requests.read(reference).state is RequestState.RECEIVED
    confirm(reference, office)
    assert requests.read(reference).state is RequestState.ANSWERED


def test_an_erasure_leaves_nothing_but_evidence(
    office: Office, aws: Aws, outbox: list[EmailMessage]
) -> None:
    post(office, choices=["newsletter"])
    reference = ask(office, Right.ERASURE)
    delivered(office, outbox)
    confirm(reference, office)
    file = requests.read(reference).certificate
    told = certificates.verify(file, [certificates.public_key(KEY)])
    assert (told["whole"], told["stores"][0]["left"], told["kept"]) == (True, 0, [])
    assert delivered(office, outbox) == ["Confirm your request", "Your data is erased"]
    assert "kari" not in str(aws.items())
    assert not [one for one in aws.items() if one["pk"]["S"].startswith(("S#", "E#"))]


def test_a_customers_erasure_waits_for_staff_and_keeps_what_the_contract_needs(
    office: Office, clock: Clock
) -> None:
    post(office, name="Kari", position="Baker", products=["Bread"])
    events.note(KARI, Event.CUSTOMER_START, office, at=clock.now())
    reference = ask(office, Right.ERASURE)
    confirm(reference, office)
    waiting = requests.read(reference)
    assert waiting.state is RequestState.IDENTIFIED
    assert waiting.scheme
    answers.erase(reference, office, actor="privacy:1")
    held = access.report(KARI, office)
    assert {one.name for one in held.values} == {"name", "email", "products"}
    assert held.contacts == ()
    clock.forward(days=1)
    events.note(KARI, Event.CUSTOMER_END, office, at=clock.now())
    assert erasures.sweep(office).erased == 1


def test_a_correction_replaces_the_value_and_keeps_what_it_was_on_record(office: Office) -> None:
    post(office, name="Kari", position="Baker")
    reference = ask(office, Right.RECTIFICATION)
    confirm(reference, office)
    sent = {"name": "Kari Nordmann", "position": None}
    changes.rectify(reference, sent, "as asked", office, actor="privacy:1")
    held = {
        one.name: one.value
        for one in access.report(KARI, office).values
        if one.current and one.name in NAMED
    }
    assert held == {"name": "Kari Nordmann", "email": KARI}
    (told,) = access.report(KARI, office).audited
    assert told.values["before"] == {"name": "Kari", "position": "Baker"}


def test_another_address_counts_once_it_is_proved_and_a_day_has_passed(
    office: Office, clock: Clock, outbox: list[EmailMessage]
) -> None:
    post(office)
    reference = ask(office, Right.RECTIFICATION)
    confirm(reference, office)
    changes.rectify(reference, {"email": "k@example.org"}, "new job", office, actor="privacy:1")
    told = ["Confirm your new address", "Is your address to be changed?"]
    assert sorted(delivered(office, outbox)[-2:]) == told
    outbox.sort(key=lambda one: str(one["To"]) == "k@example.org")
    assert [one["To"] for one in outbox[-2:]] == [KARI, "k@example.org"]
    assert letters.link_token(reference, 2, office) in outbox[-1].get_content()
    assert events.find(KARI, office)
    carry_out(reference, office, clock)
    assert events.find("k@example.org", office)
    with pytest.raises(NotFound):
        events.find(KARI, office)


def test_a_restriction_is_lifted_only_when_the_person_has_been_told(
    office: Office, outbox: list[EmailMessage]
) -> None:
    post(office)
    reference = ask(office, Right.RESTRICTION)
    confirm(reference, office)
    changes.restrict(reference, "checked", office, actor="privacy:1")
    assert access.report(KARI, office).rule is Rule.RESTRICTION
    changes.announce_lifting(reference, "done", office, actor="privacy:1")
    assert access.report(KARI, office).rule is Rule.RESTRICTION
    assert "We are about to use your data again" in delivered(office, outbox)
    assert access.report(KARI, office).rule is Rule.DIALOGUE


@pytest.mark.parametrize("right", [Right.ACCESS, Right.RECTIFICATION])
@pytest.mark.parametrize("confirmed", [True, False])
def test_after_a_recorded_doubt_staff_identify_and_no_link(
    office: Office, clock: Clock, right: Right, confirmed: bool
) -> None:
    post(office)
    reference = ask(office, right)
    link = letters.link_token(reference, 1, office)
    if confirmed:
        proving.confirm(reference, link, office)
    requests.ask(reference, "The name is another one.", office, actor="privacy:1")
    assert access.report(KARI, office).facts.open_requests == ()
    clock.forward(days=2)
    for state in (RequestState.PAUSED, RequestState.RECEIVED):
        assert proving.confirm(reference, link, office).state is state
        assert not answers.carry_out(reference, office)
        with pytest.raises(Conflict):
            proving.new_link(requests.read(reference), office)
        if state is RequestState.PAUSED:
            requests.reply(reference, "I have married.", office)
    assert casework.is_for_staff(requests.read(reference))
    requests.identify(reference, office, actor="privacy:1", because="by phone")
    assert access.report(KARI, office).facts.open_requests == (reference,)
    asked, *_, identified = store.history(reference)[1 + confirmed :]
    assert (asked.because, identified.actor) == ("The name is another one.", "privacy:1")


def restrict(office: Office) -> str:
    reference = ask(office, Right.RESTRICTION)
    confirm(reference, office)
    changes.restrict(reference, "checked", office, actor="privacy:1")
    return reference


def expired(reference: str, aws: Aws, at: datetime) -> set[bool]:
    """Whether TTL removes the items of a request's file: {True} for all, {False} for none."""
    file = [one for one in aws.items() if one["pk"]["S"] == f"REQ#{reference}"]
    return {"ttl" in one and int(one["ttl"]["N"]) <= at.timestamp() for one in file}


def test_the_file_of_a_restriction_outlives_its_period_until_it_is_lifted(
    office: Office, aws: Aws, clock: Clock, outbox: list[EmailMessage]
) -> None:
    post(office)
    reference = restrict(office)
    delivered(office, outbox)
    clock.forward(days=8)
    queue.watch(office)
    clock.forward(days=4 * 366)
    assert expired(reference, aws, clock.now()) == {False}
    casework.release(reference, "no longer disputed", office, actor="privacy:1")
    delivered(office, outbox)
    assert access.report(KARI, office).rule is Rule.DIALOGUE


@pytest.mark.parametrize(
    ("days", "gone"),
    [
        pytest.param(-1, False, id="the day before"),
        pytest.param(0, True, id="the day"),
        pytest.param(1, True, id="the day after"),
    ],
)
def test_a_lifted_restriction_lets_the_files_of_all_its_requests_go(
    office: Office, aws: Aws, clock: Clock, outbox: list[EmailMessage], days: int, gone: bool
) -> None:
    post(office)
    first, second = restrict(office), restrict(office)
    delivered(office, outbox)
    clock.forward(days=4 * 366)
    changes.announce_lifting(second, "done", office, actor="privacy:1")
    delivered(office, outbox)
    law = office.statement.retention
    lifted_on = retention.local_day(clock.now(), law)
    end = retention.ttl_of(law.subject_request.length.after(lifted_on), law)
    at = end + timedelta(days=days)
    assert [expired(one, aws, at) for one in (first, second)] == [{gone}, {gone}]


def test_a_lifting_that_is_killed_anywhere_is_finished_by_the_next(
    office: Office, aws: Aws, outbox: list[EmailMessage]
) -> None:
    post(office)
    first, second = restrict(office), restrict(office)
    delivered(office, outbox)
    changes.announce_lifting(second, "done", office, actor="privacy:1")
    for writes in range(1, 4):
        with suppress(Killed), aws.killed_after(writes):
            delivered(office, outbox)
    delivered(office, outbox)
    assert access.report(KARI, office).facts.restricted_since is None
    assert [requests.read(one).lifted_at for one in (first, second)] == [office.now()] * 2
    assert list(store.unsent(office.now() + timedelta(seconds=1))) == []
    trail = auditing.trail(events.find(KARI, office))
    assert [one.event for one in trail].count(AuditEvent.LIFTED) == 1


def test_what_a_proved_request_stopped_no_undoing_starts_again(office: Office) -> None:
    post(office, choices=["newsletter"])
    forged, proved = ask(office, Right.OBJECTION), ask(office, Right.OBJECTION)
    confirm(proved, office)
    take_back(forged, office)
    assert access.report(KARI, office).facts.subscribed_since is None
    kept = suppression.read(office.keys.suppression(requests.address(KARI)))
    assert kept.reasons == {office.keys.reason(proved)}


def shown(reference: str, office: Office) -> tuple[dict[str, Any], bool]:
    """The certificate as it is handed over now, {} if there is none; whether anything is kept."""
    request = answers.completed(requests.read(reference), office)
    file = request.certificate
    told = certificates.verify(file, [certificates.public_key(KEY)]) if file else {}
    return told, bool(status.status(request, office)["kept"])


def test_an_erasure_in_part_is_certified_wholly_once_the_rest_has_gone(
    office: Office, clock: Clock
) -> None:
    post(office, name="Kari", position="Baker", products=["Bread"])
    events.note(KARI, Event.CUSTOMER_START, office, at=clock.now())
    reference = ask(office, Right.ERASURE)
    confirm(reference, office)
    answers.erase(reference, office, actor="privacy:1")
    clock.forward(days=1)
    first, keeps = shown(reference, office)
    assert (first["whole"], keeps) == (False, True)
    events.note(KARI, Event.CUSTOMER_END, office, at=clock.now())
    assert shown(reference, office) == (first, True)
    erasures.sweep(office)
    erased_at = clock.now()
    clock.forward(days=400)
    post(office)
    last, keeps = shown(reference, office)
    assert (last["whole"], last["kept"], keeps) == (True, [], False)
    assert datetime.fromisoformat(last["erased_at"]) == erased_at
    assert last["earlier"]["certificate"] == first
    assert shown(reference, office) == (last, False)


def test_an_erasure_that_was_held_wholly_is_certified_once_it_is_done(
    office: Office, clock: Clock
) -> None:
    post(office)
    events.note(KARI, Event.HOLD, office, at=clock.now(), because="a claim")
    reference = ask(office, Right.ERASURE)
    confirm(reference, office)
    answers.erase(reference, office, actor="privacy:1")
    clock.forward(days=1)
    assert shown(reference, office) == ({}, True)
    events.note(KARI, Event.RELEASE, office, at=clock.now())
    erasures.sweep(office)
    told, keeps = shown(reference, office)
    assert (told["whole"], "earlier" in told, keeps) == (True, False, False)


def test_where_everything_is_held_no_erasure_is_certified(office: Office, clock: Clock) -> None:
    post(office)
    events.note(KARI, Event.HOLD, office, at=clock.now(), because="a claim")
    reference = ask(office, Right.ERASURE)
    confirm(reference, office)
    done = answers.erase(reference, office, actor="privacy:1")
    assert (done.state, done.certificate) == (RequestState.ANSWERED, "")
    assert access.report(KARI, office).contacts


def test_what_a_stranger_wrote_lies_with_the_request_until_it_is_closed(
    office: Office, aws: Aws
) -> None:
    taken = receiving.receive(
        Right.RECTIFICATION, KARI, office, language="en", details="it is Nordmann"
    )
    requests.identify(taken.reference, office, actor="privacy:1", because="by phone")
    asked = store.asked(requests.read(taken.reference))
    assert asked
    assert asked.details == "it is Nordmann"
    casework.answer(taken.reference, "nobody", {}, office, actor="privacy:1")
    assert "Nordmann" not in str(aws.items())
