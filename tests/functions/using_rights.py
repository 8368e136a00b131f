"""What the functions of subject requests do, each at its work."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from functions import mail_events
from functions.reminders import remind
from functions.workers import work
from infra.local import mails
from shared.gateways.mail import LETTER
from shared.model.requests import Right
from shared.model.staff import Staff
from shared.store import requests as store
from shared.wiring import Office
from shared.workflows import answers, changes, erasures, events, letters, receiving, requests
from shared.workflows import signing_in as by_page
from shared.workflows.events import Event
from tests.functions.signing_in import signing_in, told
from tests.stand_ins import Clock
from tests.workflows import moving_people
from tests.workflows.submitting import KARI, post
from tests.workflows.submitting import send as send_form

JSON = {"Content-Type": "application/json"}
Stage = Any
"""tests.functions.test_policies.Stage."""


def send(stage: Stage, path: str, **body: Any) -> Any:
    with stage.acting():
        answer = stage.http.post(path, headers=JSON, body=json.dumps(body))
    return answer.json_body if answer.body else None


def ask(stage: Stage, right: Right, email: str = KARI) -> tuple[str, str]:
    """Reference and path of the status of a request that is sent."""
    taken = send(stage, "/requests", right=right, email=email)
    receiving.take_up(taken["reference"], stage.office)
    return taken["reference"], urlsplit(taken["status_url"]).path


def link(stage: Stage, reference: str) -> str:
    request = requests.read(reference)
    assert request.link
    token = letters.link_token(reference, request.link.number, stage.office)
    return f"/confirm/{reference}/{token}"


def code(stage: Stage, reference: str) -> str:
    request = requests.read(reference)
    assert request.code
    return letters.code_of(reference, request.code.number, stage.office)


def used_by_subject_requests(stage: Stage) -> None:
    ((reference, _), _) = beside(stage.office, stage.clock)
    path = letters.form_path(reference, stage.office)
    with stage.acting():
        stage.http.get(path)
    send(stage, path, action="confirm")
    post(stage.office, choices=["newsletter"])
    ask(stage, Right.ACCESS, "nobody@example.com")
    reference, _ = ask(stage, Right.OBJECTION)
    send(stage, link(stage, reference), action="undo")
    receiving.take_up(reference, stage.office)
    reference, path = ask(stage, Right.ACCESS)
    with stage.acting():
        stage.http.get(path)
    send(stage, f"{path}/link")
    send(stage, f"/confirm/{reference}/{'b' * 32}")
    send(stage, link(stage, reference))
    answers.carry_out(reference, stage.office)
    send(stage, f"{path}/code")
    send(stage, f"{path}/result", code=code(stage, reference), format="json")
    reference, path = ask(stage, Right.RESTRICTION)
    requests.ask(reference, "who?", stage.office, actor="privacy:1")
    send(stage, f"{path}/reply", answer="me")
    send(stage, f"{path}/withdraw")
    receiving.take_up(reference, stage.office)
    ask(stage, Right.OBJECTION)
    reference, _ = ask(stage, Right.RECTIFICATION)
    send(stage, link(stage, reference))
    corrected = {"email": "k@example.org"}
    changes.rectify(reference, corrected, "moved", stage.office, actor="privacy:1")
    send(stage, link(stage, reference))
    objection = letters.objection_token(reference, stage.office)
    send(stage, f"/confirm/{reference}/{objection}", action="object")
    reference, path = ask(stage, Right.ERASURE, erased_in_part(stage))
    send(stage, link(stage, reference))
    answers.plan(reference, stage.office)
    answers.erase(reference, stage.office, actor="privacy:1")
    rest_erased(stage)
    with stage.acting():
        stage.http.get(path)
    send(stage, f"{path}/result", format="certificate")


CUSTOMER = "customer@example.com"


def beside(office: Office, clock: Clock) -> list[tuple[str, str]]:
    """Two forms whose values stand beside, and what staff say of them."""
    post(office, email=CUSTOMER)
    events.note(CUSTOMER, Event.CUSTOMER_START, office, at=clock.now())
    found = []
    for action in ("confirm", "drop"):
        clock.forward(minutes=1)
        found.append((post(office, email=CUSTOMER, name=action).reference, action))
    return found


def erased_in_part(stage: Stage) -> str:
    """The address of a customer, of whom an erasure has to leave something."""
    post(stage.office, email=CUSTOMER)
    events.note(CUSTOMER, Event.CUSTOMER_START, stage.office, at=stage.clock.now())
    return CUSTOMER


def rest_erased(stage: Stage) -> None:
    stage.clock.forward(days=1)
    events.note(CUSTOMER, Event.CUSTOMER_END, stage.office, at=stage.clock.now())
    assert erasures.sweep(stage.office).erased


def used_by_staff_requests(stage: Stage) -> None:
    post(stage.office)
    sent = {"email": KARI, "channel": "letter", "text": "because"}
    with signing_in(stage.http, stage.office) as desk:

        def act(right: Right, *steps: dict[str, Any]) -> str:
            with stage.acting():
                taken = told(desk.post("/staff/requests", "privacy", right=right, **sent), 202)
                path = f"/staff/requests/{taken['reference']}"
                told(desk.get("/staff/requests", "privacy"))
                for one in steps:
                    told(desk.post(f"{path}/{one.pop('do')}", "privacy", **sent | one))
                told(desk.get(path, "privacy"))
            return str(taken["reference"])

        session = by_page.begin(Staff(subject="8f3a", roles=frozenset({"privacy"})), desk.office)
        with stage.acting():
            stage.http.get("/staff/requests", headers={"Cookie": f"staff={session}"})
        identify = {"do": "identify"}
        act(Right.RECTIFICATION, dict(identify), {"do": "answer", "corrections": {"name": "K"}})
        reference = act(Right.RESTRICTION, {"do": "ask"}, dict(identify), {"do": "answer"})
        with stage.acting():
            desk.post(f"/staff/requests/{reference}/release", "privacy", **sent)
        changes.lift(reference, stage.office)
        act(Right.ACCESS, dict(identify), {"do": "extend"}, {"do": "answer"})
        act(Right.ERASURE, {"do": "refuse", "reason": "unfounded"})
        act(
            Right.ERASURE,
            dict(identify),
            {"do": "hold"},
            {"do": "answer"},
        )
        stage.clock.forward(days=1)
        act(Right.ERASURE, dict(identify), {"do": "release"}, {"do": "answer"})
        sent["email"] = erased_in_part(stage)
        reference = act(Right.ERASURE, dict(identify), {"do": "answer"})
        rest_erased(stage)
        with stage.acting():
            told(desk.get(f"/staff/requests/{reference}", "privacy"))


def used_by_workers(stage: Stage) -> None:
    for right in (Right.ACCESS, Right.WITHDRAWAL):
        post(stage.office)
        reference = receiving.receive(right, KARI, stage.office, language="en").reference
        requests.identify(reference, stage.office, actor="data subject", because="x")
        _work(stage)
    post(stage.office, email="customer@example.com")
    events.note("customer@example.com", Event.CUSTOMER_START, stage.office, at=stage.clock.now())
    receiving.receive(Right.ACCESS, "customer@example.com", stage.office, language="en")
    post(stage.office, choices=["newsletter"])
    for undone in (KARI, "nobody@example.com"):
        reference = _taken_in(stage, Right.OBJECTION, undone)
        _work(stage)
        receiving.withdraw(reference, stage.office)
        _work(stage)
    reference = receiving.receive(Right.RESTRICTION, KARI, stage.office, language="en").reference
    requests.identify(reference, stage.office, actor="privacy:1", because="x")
    changes.restrict(reference, "x", stage.office, actor="privacy:1")
    changes.announce_lifting(reference, "x", stage.office, actor="privacy:1")
    _work(stage)
    send_form(stage.office, email="new@example.com", choices=["newsletter"])
    _work(stage)


def _taken_in(stage: Stage, right: Right, email: str = KARI) -> str:
    return receiving.take_in(right, email, stage.office, language="en").reference


def _work(stage: Stage) -> None:
    keys = [
        {"pk": one["pk"], "sk": one["sk"]}
        for one in stage.aws.items()
        if one["pk"]["S"].startswith("REQ#") or one["sk"]["S"].startswith("J#")
    ]
    records = [
        {"eventName": "INSERT", "dynamodb": {"Keys": one, "SequenceNumber": "1"}} for one in keys
    ]
    with stage.acting():
        done = work({"Records": records}, None)
    assert done == {"batchItemFailures": []}


def used_by_mail_events(stage: Stage) -> None:
    reference = receiving.receive(Right.ACCESS, KARI, stage.office, language="en").reference
    told = mails.event("Bounce", {"To": KARI, LETTER: f"{reference}/000002.0"}, stage.clock.now())
    with stage.acting():
        for _ in range(2):
            mail_events.note(told, None)


def used_by_reminders(stage: Stage) -> None:
    for right in (Right.ACCESS, Right.ERASURE, Right.RESTRICTION):
        post(stage.office)
        reference = receiving.receive(right, KARI, stage.office, language="en").reference
        requests.identify(reference, stage.office, actor="data subject", because="x")
        stage.clock.forward(hours=1)
        with stage.acting():
            assert remind({}, None)["failed"] == 0
    post(stage.office, choices=["newsletter"])
    send_form(stage.office, email="new@example.com", choices=["newsletter"])
    for email in (KARI, "nobody@example.com"):
        reference = _taken_in(stage, Right.OBJECTION, email)
        stage.clock.forward(hours=1)
        with stage.acting():
            assert remind({}, None)["taken_up"] == 1
        receiving.withdraw(reference, stage.office)
        stage.clock.forward(hours=1)
        with stage.acting():
            assert remind({}, None)["taken_up"] == 1
    post(stage.office)
    reference = receiving.receive(Right.RECTIFICATION, KARI, stage.office, language="en").reference
    requests.identify(reference, stage.office, actor="privacy:1", because="x")
    moving_people.propose(reference, stage.office)
    moving_people.prove(reference, stage.office)
    stage.clock.forward(days=1)
    with stage.acting():
        assert remind({}, None)["failed"] == 0
    receiving.receive(Right.ACCESS, "nobody@example.com", stage.office, language="en")
    for hours in (8 * 24, 16 * 24, 14 * 24, 1):
        stage.clock.forward(hours=hours)
        with stage.acting():
            assert remind({}, None)["failed"] == 0
    assert list(store.unsent(stage.clock.now() + timedelta(days=1))) == []
