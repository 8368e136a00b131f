"""What staff do with a request is on record with it and with the person, or is not done."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from shared.errors import Conflict, Invalid, NotFound
from shared.model.audit import AuditEvent
from shared.model.requests import Refusal, RequestState, Right, Step
from shared.model.staff import Action
from shared.policy import access_rights
from shared.policy import requests as policy
from shared.store import requests as store
from shared.wiring import Office
from shared.workflows import (
    access,
    answers,
    auditing,
    casework,
    changes,
    events,
    requests,
    verifying,
)
from shared.workflows.events import Event
from tests.stand_ins import Aws, Clock, Killed
from tests.workflows.submitting import KARI, post
from tests.workflows.test_requests import ask, confirm, take_back

STAFF = "privacy:8f3a"
GROUND = "accounting"
Act = Callable[[str, Office], object]


def person(office: Office) -> str:
    return events.find(KARI, office)


def steps_in_trail(office: Office) -> list[tuple[str, str, str]]:
    return [
        (one.actor, one.because, one.reference)
        for one in auditing.trail(person(office))
        if one.event is AuditEvent.NOTED
    ]


def grounds(office: Office) -> list[str]:
    return [one.ground for one in access.report(KARI, office).facts.holds]


def hold(reference: str, office: Office, ground: str = "") -> None:
    casework.hold(reference, "a claim", ground, office, actor=STAFF)


def release(reference: str, office: Office, ground: str = "") -> None:
    casework.release(reference, "settled", office, actor=STAFF, ground=ground)


# Holds -----------------------------------------------------------------------------------------


def test_a_hold_and_its_release_are_steps_in_the_history_and_in_the_trail(office: Office) -> None:
    post(office)
    reference = ask(office, Right.RECTIFICATION)
    hold(reference, office)
    assert grounds(office) == [""]
    release(reference, office)
    assert grounds(office) == []
    history = store.history(reference)[1:]
    assert [(one.step, one.actor, one.because) for one in history] == [
        (Step.HOLD, STAFF, "a claim"),
        (Step.RELEASE, STAFF, "settled"),
    ]
    assert steps_in_trail(office) == [
        (STAFF, Step.HOLD, reference),
        (STAFF, Step.RELEASE, reference),
    ]
    assert verifying.request(reference, office).whole


@pytest.mark.parametrize("writes", [0, 1])
@pytest.mark.parametrize("act", [hold, release])
def test_killed_anywhere_a_hold_and_its_record_are_both_there_or_neither(
    office: Office, aws: Aws, act: Act, writes: int
) -> None:
    post(office)
    reference = ask(office, Right.RECTIFICATION)
    if act is release:
        hold(reference, office)
    before = len(grounds(office)), len(store.history(reference)), len(steps_in_trail(office))

    def kill() -> None:
        raise Killed

    killed = aws.killed_after(1) if writes else aws.between("TransactWriteItems", kill)
    with suppress(Killed), killed:
        act(reference, office)
    after = len(grounds(office)), len(store.history(reference)), len(steps_in_trail(office))
    held = 1 if act is hold else -1
    changed = (before[0] + held, before[1] + 1, before[2] + 1)
    assert after == (changed if writes else before)


def closed_by(state: RequestState, reference: str, office: Office) -> None:
    if state is RequestState.WITHDRAWN:
        take_back(reference, office)
    elif state is RequestState.REFUSED:
        requests.refuse(reference, Refusal.UNFOUNDED, "no", office, actor=STAFF)
    else:
        requests.identify(reference, office, actor=STAFF, because="by phone")
        requests.answer(reference, office, actor=STAFF, because="done")


@pytest.mark.parametrize("state", sorted(set(RequestState) - policy.OPEN))
def test_of_a_request_that_is_closed_what_is_held_is_held_and_released_all_the_same(
    office: Office, clock: Clock, state: RequestState
) -> None:
    post(office)
    reference = ask(office, Right.RECTIFICATION)
    closed_by(state, reference, office)
    before = requests.read(reference)
    clock.forward(days=1)
    hold(reference, office)
    assert grounds(office) == [""]
    release(reference, office)
    after = requests.read(reference)
    assert grounds(office) == []
    assert (after.state, after.closed_at) == (state, before.closed_at)
    assert access.report(KARI, office).facts.open_requests == ()


def test_a_release_of_a_ground_leaves_what_is_held_on_others(office: Office) -> None:
    post(office)
    reference = ask(office, Right.ERASURE)
    confirm_by_staff(reference, office)
    for ground in ("", GROUND, GROUND):
        hold(reference, office, ground)
    release(reference, office, GROUND)
    assert grounds(office) == [""]
    hold(reference, office, GROUND)
    release(reference, office)
    assert grounds(office) == []


def confirm_by_staff(reference: str, office: Office) -> None:
    requests.identify(reference, office, actor=STAFF, because="by phone")


@pytest.mark.parametrize("ground", ["", GROUND, "whim"])
def test_what_is_not_held_is_not_released_and_nothing_is_put_on_record(
    office: Office, ground: str
) -> None:
    post(office)
    reference = ask(office, Right.RECTIFICATION)
    if ground:
        hold(reference, office)
    before = store.history(reference), auditing.trail(person(office))
    with pytest.raises(Conflict):
        release(reference, office, ground)
    assert (store.history(reference), auditing.trail(person(office))) == before


def test_of_a_restriction_a_ground_says_that_a_hold_is_meant(office: Office) -> None:
    post(office)
    reference = ask(office, Right.RESTRICTION)
    hold(reference, office, GROUND)
    release(reference, office, GROUND)
    assert grounds(office) == []
    with pytest.raises(Conflict):
        release(reference, office)


@pytest.mark.parametrize("act", [hold, release])
def test_of_whom_nothing_is_held_nothing_is_put_on_hold(office: Office, act: Act) -> None:
    reference = ask(office, Right.RECTIFICATION)
    with pytest.raises(Conflict):
        act(reference, office)
    assert len(store.history(reference)) == 1


def test_an_erasure_is_planned_anew_after_each_change_of_what_is_held(office: Office) -> None:
    post(office, name="Kari")
    reference = ask(office, Right.ERASURE)
    confirm_by_staff(reference, office)
    wholes = []
    for act in (hold, release):
        act(reference, office)
        scheme = requests.read(reference).scheme
        wholes.append(scheme and scheme.whole)
    assert wholes == [False, True]


def test_a_hold_and_somebody_elses_entry_at_once_are_both_on_record(
    office: Office, aws: Aws
) -> None:
    post(office)
    reference, whose = ask(office, Right.RECTIFICATION), person(office)
    other = partial(auditing.note, whose, AuditEvent.READ, "support:1", office)
    with aws.between("TransactWriteItems", lambda: other() and None):
        hold(reference, office)
    assert [one.event for one in auditing.trail(whose)] == [AuditEvent.READ, AuditEvent.NOTED]
    assert auditing.verify(whose, office).whole
    assert (grounds(office), len(store.history(reference))) == ([""], 2)


# Who did what ----------------------------------------------------------------------------------


def test_each_step_of_the_staff_is_in_the_trail_and_by_role_in_the_report(office: Office) -> None:
    post(office)
    reference = ask(office, Right.RESTRICTION)
    requests.ask(reference, "who?", office, actor=STAFF)
    requests.reply(reference, "me", office)
    requests.identify(reference, office, actor=STAFF, because="by phone")
    requests.extend(reference, "many", office, actor=STAFF)
    changes.restrict(reference, "checked", office, actor=STAFF)
    changes.announce_lifting(reference, "done", office, actor=STAFF)
    refused = ask(office, Right.RECTIFICATION)
    requests.refuse(refused, Refusal.UNFOUNDED, "no", office, actor=STAFF)
    taken = [(one, reference) for one in ("ask", "identify", "extend", "lift")]
    taken.append(("refuse", refused))
    assert steps_in_trail(office) == [(STAFF, *one) for one in taken]
    (done,) = [one for one in access.report(KARI, office).audited if one.event != "noted"]
    assert (done.event, done.reference) == (AuditEvent.RESTRICTED, reference)
    told = [one for one in access.report(KARI, office).audited if one.event is AuditEvent.NOTED]
    assert [(one.because, one.reference) for one in told] == taken
    assert {one.role for one in told} == {"privacy"}


def test_what_the_person_and_the_system_do_is_in_the_history_alone(office: Office) -> None:
    post(office)
    confirm(ask(office), office)
    assert auditing.trail(person(office)) == []


def test_a_step_about_nobody_is_in_the_history_alone(office: Office, aws: Aws) -> None:
    reference = ask(office)
    confirm_by_staff(reference, office)
    assert store.history(reference)[-1].actor == STAFF
    assert not [one for one in aws.items() if one["pk"]["S"].startswith("AUD#")]


# Verified --------------------------------------------------------------------------------------


def tampered(aws: Aws, reference: str, sk: str, old: str, new: str) -> None:
    key = {"pk": {"S": f"REQ#{reference}"}, "sk": {"S": sk}}
    item = aws.client.get_item(TableName=aws.table, Key=key)["Item"]
    content = item["content"]["S"].replace(old, new)
    assert content != item["content"]["S"]
    aws.client.put_item(TableName=aws.table, Item={**item, "content": {"S": content}})


@pytest.mark.parametrize(
    ("sk", "old", "new", "broken"),
    [
        pytest.param("EVENT#000001", "data subject", "nobody", (2,), id="an earlier step"),
        pytest.param("EVENT#000002", STAFF, "privacy:0000", (3,), id="a step in the middle"),
        pytest.param("EVENT#000003", "settled", "annoyed", (3,), id="the last step"),
        pytest.param("REQUEST", '"received"', '"answered"', (3,), id="the state"),
        pytest.param("REQUEST", '"number": 3', '"number": 2', (2,), id="the number"),
    ],
)
def test_what_is_done_to_a_request_or_its_history_shows(
    office: Office, aws: Aws, sk: str, old: str, new: str, broken: tuple[int, ...]
) -> None:
    post(office)
    reference = ask(office, Right.RECTIFICATION)
    hold(reference, office)
    release(reference, office)
    assert verifying.request(reference, office).broken == ()
    tampered(aws, reference, sk, old, new)
    assert verifying.request(reference, office).broken == broken


def test_a_request_is_verified_after_the_person_is_erased(office: Office) -> None:
    post(office)
    reference = ask(office, Right.ERASURE)
    confirm_by_staff(reference, office)
    whose = person(office)
    answers.carry_out(reference, office)
    with pytest.raises(NotFound):
        person(office)
    assert verifying.request(reference, office).whole
    assert list(verifying.requests_of(whose, office)) == [reference]


def test_a_step_taken_meanwhile_is_no_tampering(office: Office, aws: Aws) -> None:
    post(office)
    reference = ask(office, Right.RECTIFICATION)
    with aws.between("Query", partial(hold, reference, office)):
        verified = verifying.request(reference, office)
    assert (verified.broken, verified.entries) == ((), 2)


def test_the_requests_of_somebody_are_those_that_trail_and_file_name(
    office: Office, clock: Clock
) -> None:
    submitted = post(office).reference
    auditing.note(person(office), AuditEvent.READ, STAFF, office, reference=submitted)
    seen, unseen = ask(office, Right.RECTIFICATION), ask(office, Right.RESTRICTION)
    privacy = access_rights.permitted(["privacy"], Action.REQUESTS, office.statement)
    casework.show(seen, office, permission=privacy, actor=STAFF)
    ask(office, email="nobody@example.com")
    assert list(verifying.requests_of(person(office), office)) == [seen, unseen]
    assert set(verifying.requests_of("0" * 32, office)) == set()


@pytest.mark.parametrize("over", [False, True])
def test_a_request_past_its_period_is_not_there(office: Office, clock: Clock, over: bool) -> None:
    post(office)
    events.note(KARI, Event.HOLD, office, at=clock.now(), because="a claim")
    reference = ask(office, Right.RECTIFICATION)
    take_back(reference, office)
    until: Any = requests.ttl(requests.read(reference), office)
    clock.set(until - (timedelta() if over else timedelta(seconds=1)))
    assert list(verifying.requests_of(person(office), office)) == ([] if over else [reference])
    if over:
        with pytest.raises(NotFound):
            verifying.request(reference, office)


# What staff say, and when it is so ---------------------------------------------------------------


@pytest.mark.parametrize("right", [Right.ACCESS, Right.OBJECTION])
@pytest.mark.parametrize("known", [True, False])
def test_whoever_of_the_staff_answers_before_the_system_is_named_with_their_words(
    office: Office, right: Right, known: bool
) -> None:
    if known:
        post(office)
    reference = ask(office, right)
    requests.identify(reference, office, actor=STAFF, because="by phone")
    casework.answer(reference, "in my words", {}, office, actor=STAFF)
    answered = store.history(reference)[-1]
    assert (answered.step, answered.actor, answered.because) == ("answer", STAFF, "in my words")


@pytest.mark.parametrize("right", [Right.RECTIFICATION, Right.RESTRICTION])
def test_the_trail_tells_of_no_change_that_was_not_made(
    office: Office, aws: Aws, right: Right
) -> None:
    post(office, name="Kari")
    reference = ask(office, right)
    requests.identify(reference, office, actor=STAFF, because="by phone")

    def refuse() -> None:
        requests.refuse(reference, Refusal.UNFOUNDED, "no", office, actor=STAFF)

    with aws.between("TransactWriteItems", refuse), pytest.raises(Conflict):
        casework.answer(reference, "as asked", {"name": "Eva"}, office, actor=STAFF)
    events_told = {one.event for one in auditing.trail(person(office))}
    assert events_told == {AuditEvent.NOTED}


def test_an_answer_without_a_correction_corrects_nothing(office: Office) -> None:
    post(office)
    reference = ask(office, Right.RECTIFICATION)
    requests.identify(reference, office, actor=STAFF, because="by phone")
    with pytest.raises(Invalid) as refusal:
        casework.answer(reference, "Done!", {}, office, actor=STAFF)
    assert [one.pointer for one in refusal.value.faults] == ["/corrections"]
    assert requests.read(reference).state is RequestState.IDENTIFIED


def test_an_address_that_waits_for_its_link_is_not_lost_by_another_answer(office: Office) -> None:
    post(office)
    reference = ask(office, Right.RECTIFICATION)
    requests.identify(reference, office, actor=STAFF, because="by phone")
    casework.answer(reference, "new job", {"email": "k@example.org"}, office, actor=STAFF)
    with pytest.raises(Conflict):
        casework.answer(reference, "and this", {"name": "Eva"}, office, actor=STAFF)
    assert requests.read(reference).new_email == "k@example.org"
