"""What functions do besides answering requests: no function is refused what it needs for it.

What is refused fails a test by itself (tests/conftest.py).
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import boto3
import pytest
from chalice.test import TestHTTPClient as Http

from functions import canary, documents, mail_events
from functions.reminders import remind
from functions.stream_cascade import cascade
from infra import local, resources
from infra.local import mails, uploads
from shared import wiring
from shared.gateways.clock import utc_now
from shared.gateways.documents import Bucket
from shared.gateways.mail import LETTER
from shared.model.requests import Channel, Right
from shared.policy import requests as policy
from shared.store import settling
from shared.wiring import Office
from shared.workflows import events, health, letters, receiving, requests
from shared.workflows.events import Event
from tests.documents import papers
from tests.functions.signing_in import Desk, signing_in, told
from tests.functions.test_health import key as canary_of
from tests.functions.test_schedule_and_stream import LAMBDA, removal
from tests.functions.test_signing_in import signed_in as browsing
from tests.permissions.walking import Walk, later, night
from tests.stand_ins import Aws, Clock
from tests.workflows.submitting import KARI, LATEST, NOTICE, post, send
from tests.workflows.test_erasures import DUE, expire

CUSTOMER, OLA = "customer@example.com", "ola@example.com"
PHONE = "+47 22 22 55 55"
NEW = "kari@example.org"
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def desk(http: Http, office: Office) -> Iterator[Desk]:
    with signing_in(http, office) as one:
        yield one


def walk(desk: Desk, aws: Aws, clock: Clock, right: Right, email: str, *, streams: bool) -> Walk:
    return Walk(desk.http, desk, desk.office, aws, clock, right, Channel.WEB, email, streams)


def becomes_customer(office: Office, clock: Clock, email: str) -> None:
    post(office, email=email)
    events.note(email, Event.CUSTOMER_START, office, at=clock.now())


def forms_beside(office: Office, clock: Clock) -> list[str]:
    """Two forms of a customer whose names stand beside."""
    becomes_customer(office, clock, CUSTOMER)
    found = []
    for name in ("Eva", "Eve"):
        clock.forward(minutes=1)
        found.append(post(office, email=CUSTOMER, name=name).reference)
    return found


def test_forms_are_taken_in(http: Http, office: Office, clock: Clock) -> None:
    assert http.get(health.PATH, headers=canary_of(office)).status_code == 200
    by_phone = {"phone": PHONE, "message": "Hi"}
    for number, (form, sent) in enumerate((("contact", {"email": KARI}), ("chat", by_phone)) * 2):
        clock.forward(days=1)
        body = json.dumps({**sent, "notice": NOTICE}).encode()
        for headers in (JSON, {**JSON, "Idempotency-Key": f'"{number}"'}) * 2:
            assert http.post(f"/forms/{form}", headers=headers, body=body).status_code == 202


@pytest.mark.parametrize("streams", [True, False])
def test_forms_are_settled(desk: Desk, aws: Aws, clock: Clock, streams: bool) -> None:
    becomes_customer(desk.office, clock, CUSTOMER)
    for email in (KARI, CUSTOMER):
        send(desk.office, email=email, name="Eva", choices=["newsletter"])
    walk(desk, aws, clock, Right.ACCESS, KARI, streams=streams).hear()
    assert list(settling.late(LATEST)) == []


@pytest.mark.parametrize("action", ["confirm", "reject"])
def test_a_person_says_which_values_are_right(desk: Desk, clock: Clock, action: str) -> None:
    reference, _ = forms_beside(desk.office, clock)
    path = letters.form_path(reference, desk.office)
    assert desk.http.get(path).status_code == 200
    body = json.dumps({"action": action}).encode()
    assert desk.http.post(path, headers=JSON, body=body).status_code == 200


def test_staff_read_and_note(desk: Desk, clock: Clock) -> None:
    forms = forms_beside(desk.office, clock)
    first, second = (post(desk.office, form).reference for form in ("contact", "download"))
    post(desk.office, "newsletter", email=OLA, choices=["newsletter"])
    receiving.receive(Right.OBJECTION, OLA, desk.office, language="en")
    clock.forward(days=1)
    note = {"email": KARI, "event": "phone", "because": "x"}
    told(desk.get("/staff/inbox", "support"))
    told(desk.post(f"/staff/inbox/{first}/read", "support"))
    told(desk.post(f"/staff/inbox/{first}/answered", "support"))
    told(desk.post(f"/staff/inbox/{second}/purpose-ended", "support"))
    told(desk.post("/staff/people", "support", email=KARI, purpose="reply"))
    told(desk.post("/staff/people/trail", "privacy", email=KARI))
    told(desk.post("/staff/people/events", "support", **note))
    told(desk.post("/staff/people/events", "support", email=OLA, event="unsubscribe"))
    for reference, action in zip(forms, ("confirm", "drop"), strict=True):
        said = {"email": CUSTOMER, "reference": reference, "action": action}
        told(desk.post("/staff/people/beside", "support", **said))


def test_staff_come_by_a_page_and_go(desk: Desk) -> None:
    with wiring.staffed_by(replace(desk.office, signs_in=True)):
        session = browsing(desk)
        for path in ("/staff/inbox", "/staff/requests"):
            assert desk.http.get(path, headers=session).status_code != 500
        assert desk.http.post("/staff/sign-out", headers=session).status_code == 303


@pytest.mark.parametrize("objects", [False, True])
def test_an_address_is_moved(desk: Desk, aws: Aws, clock: Clock, objects: bool) -> None:
    post(desk.office)
    here = walk(desk, aws, clock, Right.RECTIFICATION, KARI, streams=True)
    reference, other = here.ask(), replace(here, right=Right.ACCESS).ask()
    here.identify(reference)
    here.staff(reference, "answer", corrections={"email": NEW})
    here.hear()
    here.send(here.link(reference))
    if objects:
        objection = letters.objection_token(reference, desk.office)
        here.send(f"/confirm/{reference}/{objection}", action="object")
    clock.forward(days=2)
    assert remind({}, None)["failed"] == 0
    assert requests.read(reference).state == ("identified" if objects else "answered")
    assert requests.read(other).email == KARI
    later(aws, clock)


def test_with_the_last_download_the_address_is_forgotten(
    desk: Desk, aws: Aws, clock: Clock
) -> None:
    post(desk.office)
    here = walk(desk, aws, clock, Right.ACCESS, KARI, streams=True)
    reference = here.ask()
    here.identify(reference)
    here.finish(reference)
    for _ in range(policy.MOST_DOWNLOADS):
        here.download(reference)
    assert not here.read(reference).email


def test_what_an_erasure_had_to_leave_is_told_once_it_is_gone(
    desk: Desk, aws: Aws, clock: Clock
) -> None:
    becomes_customer(desk.office, clock, CUSTOMER)
    here = walk(desk, aws, clock, Right.ERASURE, CUSTOMER, streams=True)
    reference = here.ask()
    here.identify(reference)
    here.finish(reference)
    clock.forward(days=1)
    events.note(CUSTOMER, Event.CUSTOMER_END, desk.office, at=clock.now())
    night(aws)
    here.download(reference)
    told(desk.get(f"/staff/requests/{reference}", "privacy"))


def test_what_becomes_of_a_mail_is_noted(office: Office, clock: Clock) -> None:
    reference = receiving.receive(Right.ACCESS, KARI, office, language="en").reference
    event = mails.event("Bounce", {"To": KARI, LETTER: f"{reference}/000002.0"}, clock.now())
    for _ in range(2):
        assert mail_events.note(event, None)


def test_the_canary_asks(office: Office) -> None:
    with wiring.staffed_by(replace(office, site="http://127.0.0.1:1")):
        assert canary.ask({}, None) == {"ready": 0}


def test_documents_are_judged_and_discarded(office: Office, clock: Clock) -> None:
    resources.create_bucket(local.DOCUMENTS)
    post(office)
    asked, closed = (
        receiving.receive(Right.ACCESS, KARI, office, language="en").reference for _ in range(2)
    )
    requests.ask(asked, "who?", office, actor="privacy:1")
    receiving.withdraw(closed, office)
    for reference in (asked, closed):
        document = {"Bucket": local.DOCUMENTS, "Key": f"documents/{reference}"}
        boto3.client("s3").put_object(**document, Body=papers.PNG)
    taking = replace(office, documents=Bucket(local.DOCUMENTS, local.REGION))
    with wiring.staffed_by(taking):
        event = uploads.event(f"documents/{asked}")
        assert [documents.examine(event, None)["judged"] for _ in range(2)] == [1, 0]
        clock.set(utc_now() + timedelta(days=1))  # by S3's own time
        assert documents.examine({"only": "lost"}, None)["skipped"] == 1


def test_a_night_erases_files_anew_and_keeps(office: Office, aws: Aws, clock: Clock) -> None:
    post(office)
    post(office, "chat", email=None, phone=PHONE, message="Hi")
    becomes_customer(office, clock, CUSTOMER)
    receiving.receive(Right.OBJECTION, OLA, office, language="en")
    send(office, email=OLA, choices=["marketing_phone"])
    clock.set(DUE)
    receiving.receive(Right.ACCESS, KARI, office, language="en")
    night(aws)


def test_what_expired_is_finished_or_put_back(office: Office, aws: Aws, clock: Clock) -> None:
    def expired() -> None:
        event = {"Records": [removal(expire(aws), LAMBDA)]}
        for _ in range(2):
            assert cascade(event, None) == {"batchItemFailures": []}

    post(office)
    clock.set(DUE + timedelta(days=14))
    receiving.receive(Right.ACCESS, KARI, office, language="en")
    expired()
    post(office, "chat", email=None, phone=PHONE, message="Hi")
    clock.set(DUE + timedelta(days=800))
    expired()
    clock.set(DUE - timedelta(days=40))
    post(office)
    expired()
