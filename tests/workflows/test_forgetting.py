"""Whoever is erased is erased in the files of all their requests too."""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from email.message import EmailMessage

import pytest

from shared.errors import Conflict
from shared.gateways import certificates
from shared.model.requests import Refusal, Request, RequestState, Right
from shared.store import requests as store
from shared.wiring import Office
from shared.workflows import (
    answers,
    changes,
    erasures,
    events,
    letters,
    proving,
    receiving,
    requests,
    verifying,
)
from shared.workflows.events import Event
from tests.stand_ins import Aws, Clock, Killed
from tests.workflows.submitting import KARI, post
from tests.workflows.test_erasures import DUE, expire
from tests.workflows.test_requests import KEY, ask, confirm, delivered

Erase = Callable[[Office, Aws, Clock], None]
EVENTUALLY = 60
"""More writes than any erasure here takes."""


def by_request(office: Office, _aws: Aws, _clock: Clock) -> None:
    confirm(ask(office, Right.ERASURE), office)


def by_sweep(office: Office, _aws: Aws, _clock: Clock) -> None:
    assert erasures.sweep(office).erased == 1


def by_ttl(office: Office, aws: Aws, _clock: Clock) -> None:
    assert erasures.finish_expired(expire(aws), "e" * 32, office, removed_at=office.now())


ERASED = pytest.mark.parametrize("erase", [by_request, by_sweep, by_ttl])


def with_requests(office: Office, clock: Clock) -> dict[str, str]:
    """Kari is due tomorrow; by what they are, her requests in all the states that they stay in."""
    before = ask(office)
    post(office, name="Kari")
    clock.set(DUE + timedelta(days=14))
    left = {
        "sent before": before,
        "not confirmed": ask(office, Right.RECTIFICATION),
        "answered": ask(office),
        "portable": ask(office, Right.PORTABILITY),
        "withdrawn": ask(office),
        "asked": ask(office, Right.RESTRICTION),
    }
    confirm(left["answered"], office)
    confirm(left["portable"], office)
    proving.new_code(requests.read(left["answered"]), office)
    receiving.withdraw(left["withdrawn"], office)
    requests.ask(left["asked"], "Who are you?", office, actor="privacy:1")
    return left


def files(left: dict[str, str]) -> dict[str, Request]:
    return {name: requests.read(one) for name, one in left.items()}


@ERASED
def test_an_erasure_forgets_the_address_in_all_of_the_persons_request_files(
    office: Office, aws: Aws, clock: Clock, erase: Erase
) -> None:
    left = with_requests(office, clock)
    assert str(aws.items()).count(KARI) > len(left)
    erase(office, aws, clock)
    mails = list(store.unsent(clock.now() + timedelta(seconds=1)))
    assert [one.letter.name for one in mails] == (["erased"] if erase is by_request else [])
    for one in mails:
        store.sent(one.letter.reference, one.sk)
    assert KARI not in str(aws.items())
    assert not [one for one in aws.items() if one["pk"]["S"].startswith(("BY#", "E#", "S#"))]


@ERASED
def test_what_was_open_is_closed_and_what_could_be_fetched_no_longer_can(
    office: Office, aws: Aws, clock: Clock, erase: Erase
) -> None:
    left = with_requests(office, clock)
    erase(office, aws, clock)
    found = files(left)
    closed = {name for name, one in found.items() if one.refusal is Refusal.ERASED}
    assert closed == {"sent before", "not confirmed", "asked"}
    for name in ("answered", "portable"):
        assert found[name].state is RequestState.ANSWERED
        with pytest.raises(Conflict):
            proving.new_code(found[name], office)
        with pytest.raises(Conflict):
            proving.try_code(found[name], "00000000", office)
    assert all(verifying.request(one, office).whole for one in left.values())


def test_a_letter_about_a_form_does_not_outlive_its_person(
    office: Office, aws: Aws, clock: Clock
) -> None:
    post(office, name="Karl")
    corrected = ask(office, Right.RECTIFICATION)
    confirm(corrected, office)
    changes.rectify(corrected, {"name": "Kari"}, "as asked", office, actor="privacy:1")
    clock.forward(minutes=1)
    form = post(office, name="Ola").reference
    waiting = [one.letter.reference for one in store.unsent(clock.now() + timedelta(seconds=1))]
    assert form in waiting
    confirm(ask(office, Right.ERASURE), office)
    assert [one for one in aws.items() if one["pk"]["S"] == f"REQ#{form}"] == []


@pytest.mark.parametrize("erase", [by_request, by_sweep])
def test_an_erasure_that_is_killed_anywhere_has_forgotten_the_address_once_it_is_finished(
    office: Office, aws: Aws, clock: Clock, erase: Erase
) -> None:
    left = with_requests(office, clock)
    asked = ask(office, Right.ERASURE) if erase is by_request else ""
    if asked:
        with suppress(Killed), aws.killed_after(3):
            confirm(asked, office)
    for writes in range(1, EVENTUALLY):
        with suppress(Killed), aws.killed_after(writes):
            if asked:
                answers.carry_out(asked, office)
            erasures.sweep(office)
            break
    else:
        pytest.fail("it is never finished")
    for one in list(store.unsent(clock.now() + timedelta(seconds=1))):
        store.sent(one.letter.reference, one.sk)
    assert KARI not in str(aws.items())
    assert requests.read(left["sent before"]).refusal is Refusal.ERASED


def test_the_certificate_says_in_how_many_files_the_address_was(
    office: Office, clock: Clock
) -> None:
    left = with_requests(office, clock)
    reference = ask(office, Right.ERASURE)
    confirm(reference, office)
    file = requests.read(reference).certificate
    told = certificates.verify(file, [certificates.public_key(KEY)])["stores"]
    found = {one["store"]: (one["found"], one["left"]) for one in told}
    assert found["files of other requests"] == (len(left), 0)


def test_letters_on_their_way_to_whoever_is_erased_are_not_sent_but_the_last(
    office: Office, clock: Clock, outbox: list[EmailMessage]
) -> None:
    with_requests(office, clock)
    confirm(ask(office, Right.ERASURE), office)
    assert delivered(office, outbox) == ["Your data is erased"]


def test_a_request_that_is_identified_as_somebodys_lies_with_their_data(
    office: Office, aws: Aws, clock: Clock
) -> None:
    taken = receiving.receive(Right.RECTIFICATION, KARI, office, language="en", details="Nordmann")
    post(office)
    requests.identify(taken.reference, office, actor="privacy:1", because="by phone")
    asked = [(one["pk"], one["sk"]["S"]) for one in aws.items() if "Nordmann" in str(one)]
    assert asked == [(aws.profile()["pk"], f"R#{taken.reference}")]


def test_the_file_of_who_had_the_address_before_is_left_alone(
    office: Office, aws: Aws, clock: Clock
) -> None:
    post(office, name="Kari")
    confirm(ask(office, Right.RESTRICTION), office)
    first = ask(office)
    confirm(first, office)
    aws.client.delete_item(TableName=aws.table, Key=lookup_of(aws))  # as if she had moved
    post(office, name="Karianne")
    confirm(ask(office, Right.ERASURE), office)
    request = requests.read(first)
    assert (request.email, request.state) == (KARI, RequestState.ANSWERED)


def lookup_of(aws: Aws) -> dict[str, dict[str, str]]:
    (found,) = (one for one in aws.items() if one["pk"]["S"].startswith("E#"))
    return {"pk": found["pk"], "sk": found["sk"]}


def taken_back(reference: str, office: Office) -> None:
    receiving.withdraw(reference, office)
    receiving.take_up(reference, office)


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(taken_back, id="taken back"),
        pytest.param(confirm, id="answered: nothing is held"),
    ],
)
def test_what_leads_from_an_address_to_a_request_goes_with_the_address(
    office: Office, aws: Aws, end: Callable[[str, Office], None]
) -> None:
    reference = ask(office)
    assert [one for one in aws.items() if one["pk"]["S"].startswith("BY#")]
    end(reference, office)
    assert not [one for one in aws.items() if one["pk"]["S"].startswith("BY#")]


def test_a_partial_erasure_leaves_what_is_open_and_the_sweep_after_it_forgets_the_rest(
    office: Office, aws: Aws, clock: Clock
) -> None:
    post(office, name="Kari", position="Baker")
    events.note(KARI, Event.CUSTOMER_START, office, at=clock.now())
    answered, waiting = ask(office), ask(office, Right.RECTIFICATION)
    confirm(answered, office)
    reference = ask(office, Right.ERASURE)
    confirm(reference, office)
    answers.erase(reference, office, actor="privacy:1")
    assert requests.read(answered).email == ""
    assert requests.read(waiting).state is RequestState.RECEIVED
    clock.forward(days=1)
    events.note(KARI, Event.CUSTOMER_END, office, at=clock.now())
    assert erasures.sweep(office).erased == 1
    assert requests.read(waiting).refusal is Refusal.ERASED
    assert KARI not in str([one for one in aws.items() if not one["sk"]["S"].startswith("MAIL")])


# What can be linked ------------------------------------------------------------------------------


def test_without_the_keys_nothing_that_outlives_an_erasure_leads_from_one_hash_to_another(
    office: Office, aws: Aws, clock: Clock
) -> None:
    post(office)
    reference = ask(office, Right.ERASURE)
    confirm(reference, office)
    items = [one for one in aws.items() if not one["sk"]["S"].startswith("MAIL#")]
    records = [one for one in items if one["pk"]["S"].startswith("TOMB#")]
    hashes = [
        one["pk"]["S"].partition("#")[2]
        for one in items
        if one["pk"]["S"].startswith(("TOMB#", "SUPP#"))
    ]
    assert len(hashes) == 2
    assert [one for one in records if reference in json.dumps(one)] == []
    for one in hashes:
        assert len([item for item in items if one in json.dumps(item)]) == 1


def test_an_erasure_that_began_before_this_release_recognises_its_own_record(
    office: Office, aws: Aws, clock: Clock
) -> None:
    post(office)
    reference = ask(office, Right.ERASURE)
    proving.confirm(reference, letters.link_token(reference, 1, office), office)
    answers.plan(reference, office)
    with suppress(Killed), aws.killed_after(2):  # suppressed, claimed
        answers.erase(reference, office, actor="system")
    profile = aws.profile()
    plan = json.loads(profile["erasure"]["S"]) | {"erasure_id": reference}
    profile["erasure"] = {"S": json.dumps(plan)}
    aws.client.put_item(TableName=aws.table, Item=profile)
    assert erasures.sweep(office).erased == 1
    answers.carry_out(reference, office)
    assert requests.read(reference).state is RequestState.ANSWERED
    assert requests.read(reference).certificate


def test_who_was_erased_and_proves_the_address_is_told_what_remains(office: Office) -> None:
    post(office)
    confirm(ask(office, Right.ERASURE), office)
    reference = ask(office)
    assert requests.read(reference).remains == ()
    confirm(reference, office)
    told = [one.kind.value for one in requests.read(reference).remains]
    assert told == ["suppression", "record", "trail", "requests", "backups"]
