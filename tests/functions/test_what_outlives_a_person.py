"""What outlives an erasure says nothing that the person ever sent, wherever that was."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import boto3
import pytest
from chalice.test import TestHTTPClient as Http

from infra import local, resources
from shared import wiring
from shared.gateways.documents import Bucket
from shared.model.requests import Right
from shared.policy import imports
from shared.store import requests as store
from shared.wiring import Office
from shared.workflows import (
    answers,
    documents,
    erasures,
    events,
    letters,
    receiving,
    requests,
)
from shared.workflows.events import Event
from shared.workflows.imports import take_in
from tests.functions.signing_in import Desk, signing_in, told
from tests.scanning import found
from tests.stand_ins import Aws, Clock
from tests.workflows.submitting import NOTICE, settle
from tests.workflows.test_erasures import DUE, expire

EMAIL = "zq0mailbox@example.com"
OTHER_EMAIL = "zq0second@example.org"
PHONE, CHAT_PHONE = "+4770310086", "+4722225555"
JSON = {"Content-Type": "application/json"}


class Words:
    """Words that nobody else uses: each is one place where text can be sent."""

    def __init__(self) -> None:
        self.sent = {
            EMAIL,
            OTHER_EMAIL,
            PHONE,
            CHAT_PHONE,
            "zq0mailbox",
            "zq0second",
            "203.0.113.9",
        }

    def __call__(self, place: str) -> str:
        word = f"zq{len(self.sent)}{''.join(filter(str.isalpha, place))}"
        self.sent.add(word)
        return word


@pytest.fixture
def words() -> Words:
    return Words()


@pytest.fixture
def here(office: Office) -> Iterator[Office]:
    resources.create_bucket(local.DOCUMENTS)
    taking = replace(office, documents=Bucket(local.DOCUMENTS, local.REGION))
    with wiring.staffed_by(taking):
        yield taking


@pytest.fixture
def desk(http: Http, here: Office) -> Iterator[Desk]:
    with signing_in(http, here) as one:
        yield one


def headers(words: Words, place: str) -> dict[str, str]:
    """Of a browser that has agreed to everything, with a word in each that can carry one."""
    cookies = {
        "choices": f"functional.statistics.{words('cookie choice')}",
        "visitor": words("cookie"),
        words("cookie name"): words("another cookie"),
    }
    return {
        "User-Agent": f"Mozilla/5.0 {words('agent')}",
        "Referer": f"https://{words('referrer')}.example/{words('path')}?{words('query')}",
        "Accept-Language": f"nb,{words('language')[:20]};q=0.5",
        "Cookie": "; ".join(f"{name}={one}" for name, one in cookies.items()),
        "Idempotency-Key": f'"{place} {words("idempotency key")}"',
        "X-Forwarded-For": "203.0.113.9",
    }


def filled(form: str, words: Words, here: Office, **fixed: Any) -> dict[str, Any]:
    """Every field of a form, with words of its own."""
    statement, sent = here.statement, {}
    for name in statement.forms[form].fields:
        kind = statement.fields[name].kind
        if kind == "list":
            sent[name] = [words(f"{form} {name}"), words(f"{form} {name}")]
        elif kind in {"text", "long"}:
            sent[name] = words(f"{form} {name}")
    page = f"https://{words('host')}.example/{words('page')}?q={words('query')}#{words('fragment')}"
    choices = list(statement.forms[form].choices)
    return {**sent, "page": page, "notice": NOTICE, "choices": choices, **fixed}


def fill_in(http: Http, here: Office, words: Words) -> None:
    """Every form is sent once whole, and once with questions that the sender made up."""
    for form in here.statement.forms:
        sent = filled(form, words, here, email=EMAIL)
        if "phone" in here.statement.forms[form].fields:
            sent["phone"] = PHONE
        if questions := here.statement.forms[form].questions:
            sent["answers"] = {one: words(f"{form} {one}") for one in questions}
        told(http.post(f"/forms/{form}", headers=JSON | headers(words, form), body=body(sent)), 202)
    made_up = {**contact(EMAIL), "answers": {words("question"): words("answer")}}
    http.post("/forms/contact", headers=JSON | headers(words, "made up"), body=body(made_up))
    key = {"Idempotency-Key": EMAIL}
    told(http.post("/forms/contact", headers=JSON | key, body=body(contact(EMAIL))), 202)
    urlencoded = {"Content-Type": "application/x-www-form-urlencoded"}
    typed = {**contact(EMAIL), "name": words("name"), f"answers.{words('question')}": words("said")}
    http.post("/forms/contact", headers=urlencoded, body=urlencode(typed).encode())
    settle(here)


def contact(email: str) -> dict[str, str]:
    return {"email": email, "notice": NOTICE}


def chat(http: Http, here: Office, words: Words) -> None:
    sent = filled("chat", words, here, phone=CHAT_PHONE, choices=[])
    key = {"Idempotency-Key": f'"{CHAT_PHONE}"'}
    sent_with = JSON | headers(words, "chat") | key
    told(http.post("/forms/chat", headers=sent_with, body=body(sent)), 202)
    settle(here)


def body(sent: dict[str, Any]) -> bytes:
    return json.dumps(sent).encode()


def listed(words: Words, here: Office) -> None:
    """A row of a list, with a word in every column."""
    dates = {"Date", "Newsletter", "Email", "Phone"}
    columns = [one for one in imports.columns(here.statement) if not dates & set(one.split())]
    row = {name: words(name) for name in columns}
    read = imports.read({**row, "Email": EMAIL}, here.statement, here.now())
    assert isinstance(read, imports.Row)
    take_in(read, here)


def read_and_noted(desk: Desk, here: Office, aws: Aws, words: Words) -> None:
    """What staff read of it, and what they and operators note about it."""
    waits = told(desk.get("/staff/inbox", "support", "sales"))["entries"]
    assert waits
    for one in waits:
        told(desk.post(f"/staff/inbox/{one['reference']}/read", "support", "sales"))
    for role, purpose in (("support", "reply"), ("sales", "dialogue"), ("privacy", "rights")):
        desk.post("/staff/people", role, email=EMAIL, purpose=purpose)
    note = {"email": EMAIL, "confirmed": True}
    for event in (Event.PHONE, Event.REPLY, Event.OUTBOUND, Event.CUSTOMER_START):
        sent = {**note, "event": event, "because": words("note")}
        told(desk.post("/staff/people/events", "sales", **sent))
    for event in (Event.HOLD, Event.RELEASE):
        sent = {**note, "event": event, "because": words("reason")}
        told(desk.post("/staff/people/events", "privacy", **sent))
    events.note(EMAIL, Event.PHONE, here, at=here.now(), because=words("because"))
    events.note(EMAIL, Event.CUSTOMER_END, here, at=here.now(), because=words("because"))


def ask(http: Http, right: Right, words: Words, **more: str) -> str:
    sent = {"right": right, "email": EMAIL, "language": words("language"), **more}
    sent["details"] = words("details")
    answer = http.post("/requests", headers=JSON | headers(words, right), body=body(sent))
    taken = told(answer, 202)
    receiving.take_up(taken["reference"], wiring.office())
    return str(urlsplit(taken["status_url"]).path)


def confirm(http: Http, path: str, here: Office) -> str:
    reference = path.split("/")[2]
    token = letters.link_token(reference, 1, here)
    told(http.post(f"/confirm/{reference}/{token}", headers=JSON, body=b"{}"))
    return reference


def rights_used(http: Http, desk: Desk, here: Office, words: Words) -> None:
    """Requests in every state that they can be left in."""
    for right in (Right.ACCESS, Right.PORTABILITY):
        ask(http, right, words)  # and nobody confirms it
        answers.carry_out(confirm(http, ask(http, right, words), here), here)
    ask(http, Right.OBJECTION, words)
    moving = confirm(http, ask(http, Right.RECTIFICATION, words), here)
    corrected = {name: words("corrected") for name in ("name", "business")}
    sent = {"text": "as asked", "corrections": {**corrected, "email": OTHER_EMAIL}}
    told(desk.post(f"/staff/requests/{moving}/answer", "privacy", **sent))
    path = ask(http, Right.RESTRICTION, words)
    reference = path.split("/")[2]
    told(desk.post(f"/staff/requests/{reference}/ask", "privacy", text="Who are you?"))
    document = {"Bucket": local.DOCUMENTS, "Key": f"documents/{reference}"}
    boto3.client("s3").put_object(**document, Body=words("document").encode())
    documents.examine(reference, here)
    told(http.post(f"{path}/reply", headers=JSON, body=body({"answer": words("reply")})), 202)
    by_letter = {"email": EMAIL, "channel": "letter", "details": words("letter")}
    told(desk.post("/staff/requests", "privacy", right=Right.ACCESS, **by_letter), 202)


def left(aws: Aws, now: float, words: Words) -> set[tuple[str, str]]:
    """What can be found of what was sent; TTL has done its work."""
    items = [one for one in aws.items() if "ttl" not in one or int(one["ttl"]["N"]) > now]
    return found(words.sent, items)


def in_bucket() -> list[Any]:
    listed = boto3.client("s3").list_objects_v2(Bucket=local.DOCUMENTS)
    return list(listed.get("Contents", []))


@pytest.fixture
def known(http: Http, desk: Desk, here: Office, aws: Aws, clock: Clock, words: Words) -> Words:
    """Somebody who has written wherever one can write, and was written about."""
    ask(http, Right.ACCESS, words)  # before anything is held
    for act in (
        lambda: fill_in(http, here, words),
        lambda: listed(words, here),
        lambda: read_and_noted(desk, here, aws, words),
    ):
        clock.forward(minutes=1)
        act()
    clock.forward(minutes=1)
    assert len(found(words.sent, aws.items())) > 40
    return words


def test_after_an_erasure_on_request_no_word_is_left_that_the_person_ever_sent(
    http: Http, desk: Desk, here: Office, aws: Aws, clock: Clock, known: Words
) -> None:
    rights_used(http, desk, here, known)
    clock.forward(hours=1)
    reference = confirm(http, ask(http, Right.ERASURE, known), here)
    answers.carry_out(reference, here)
    assert requests.read(reference).certificate
    for one in list(store.unsent(here.now() + timedelta(seconds=1))):
        assert (one.letter.name, one.letter.reference) == ("erased", reference)
        store.sent(reference, one.sk)  # and the mail is on its way
    assert left(aws, 0, known) == set()
    assert in_bucket() == []


def test_after_a_sweep_no_word_is_left_either(
    http: Http, here: Office, aws: Aws, clock: Clock, known: Words
) -> None:
    events.note(EMAIL, Event.UNSUBSCRIBE, here, at=clock.now(), because=known("because"))
    chat(http, here, known)
    clock.set(DUE - timedelta(days=1))
    answers.carry_out(confirm(http, ask(http, Right.ACCESS, known), here), here)
    ask(http, Right.RECTIFICATION, known)
    clock.set(DUE + timedelta(days=1))
    assert erasures.sweep(here).erased == 2
    assert left(aws, clock.now().timestamp(), known) == set()


def test_after_ttl_has_removed_a_profile_no_word_is_left_either(
    http: Http, here: Office, aws: Aws, clock: Clock, known: Words
) -> None:
    events.note(EMAIL, Event.UNSUBSCRIBE, here, at=clock.now())
    clock.set(DUE + timedelta(days=14))
    answers.carry_out(confirm(http, ask(http, Right.ACCESS, known), here), here)
    assert erasures.finish_expired(expire(aws), "e" * 32, here, removed_at=here.now())
    assert left(aws, clock.now().timestamp(), known) == set()
