"""The staff's steps over HTTP: what is sent again, who may take them, and what may be written."""

import re
from dataclasses import replace
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from chalice.test import TestHTTPClient as Http
from msgspec import structs

from shared.model.requests import Right
from shared.model.staff import Action
from shared.store import requests as store
from shared.wiring import Office
from shared.workflows import answers, events, requests
from shared.workflows.events import Event
from tests.functions.signing_in import signing_in, told
from tests.workflows.submitting import KARI, post
from tests.workflows.test_requests import ask

IDENTIFY: dict[str, Any] = {"do": "identify"}
TWICE = [
    (Right.RECTIFICATION, [IDENTIFY]),
    (Right.RECTIFICATION, [{"do": "ask"}]),
    (Right.RECTIFICATION, [IDENTIFY, {"do": "extend"}]),
    (Right.RECTIFICATION, [IDENTIFY, {"do": "answer", "corrections": {"name": "Eva"}}]),
    (Right.ACCESS, [IDENTIFY, {"do": "answer"}]),
    (Right.ERASURE, [IDENTIFY, {"do": "answer"}]),
    (Right.RESTRICTION, [IDENTIFY, {"do": "answer"}]),
    (Right.ERASURE, [{"do": "refuse", "reason": "unfounded"}]),
    (Right.ERASURE, [IDENTIFY, {"do": "hold"}]),
    (Right.ERASURE, [{"do": "hold"}, {"do": "release"}]),
]


@pytest.mark.parametrize(("right", "steps"), TWICE)
def test_a_step_that_is_sent_again_is_told_as_taken_and_taken_once(
    http: Http, office: Office, right: Right, steps: list[dict[str, Any]]
) -> None:
    post(office, name="Kari")
    reference = ask(office, right)
    with signing_in(http, office) as desk:
        for one in steps:
            sent = {"text": "because", **one}
            path = f"/staff/requests/{reference}/{sent.pop('do')}"
            answers = [desk.post(path, "privacy", **sent).status_code for _ in range(2)]
            assert answers == [200, 200], path
    taken = [one.step for one in store.history(reference) if one.actor != "system"]
    assert taken == ["receive", *(one["do"] for one in steps)]


def test_another_step_of_the_kind_is_refused_where_it_does_not_fit(
    http: Http, office: Office
) -> None:
    reference = ask(office, Right.RECTIFICATION)
    path = f"/staff/requests/{reference}/identify"
    with signing_in(http, office) as desk:
        assert desk.post(path, "privacy", text="by phone").status_code == 200
        assert desk.post(path, "privacy", text="by letter").status_code == 409


@pytest.mark.parametrize("action", ["hold", "release"])
def test_who_may_not_hold_may_do_so_by_no_route(http: Http, office: Office, action: str) -> None:
    post(office)
    reference = ask(office, Right.ERASURE)
    privacy = structs.replace(office.statement.roles["privacy"], may=frozenset({Action.REQUESTS}))
    roles = {**office.statement.roles, "privacy": privacy}
    statement = structs.replace(office.statement, roles=roles)
    with signing_in(http, replace(office, statement=statement)) as desk:
        refused = desk.post(f"/staff/requests/{reference}/{action}", "privacy", text="a claim")
        taken = desk.post(f"/staff/requests/{reference}/identify", "privacy", text="by phone")
    assert (refused.status_code, taken.status_code) == (403, 200)
    assert [one.step for one in store.history(reference)] == ["receive", "identify"]


@pytest.mark.parametrize("text", ["\u200b", "\u2800", "\u3164 \u115f", "\u00ad"])
@pytest.mark.parametrize("action", ["identify", "ask", "extend", "answer", "refuse", "hold"])
def test_a_reason_that_nobody_can_see_is_none(
    http: Http, office: Office, action: str, text: str
) -> None:
    reference = ask(office, Right.RECTIFICATION)
    with signing_in(http, office) as desk:
        path = f"/staff/requests/{reference}/{action}"
        assert desk.post(path, "privacy", text=text, reason="unfounded").status_code == 422
    assert len(store.history(reference)) == 1


def test_what_staff_write_of_somebody_is_looked_at_as_their_notes_are(
    http: Http, office: Office
) -> None:
    reference = ask(office, Right.RECTIFICATION)
    path, doubtful = f"/staff/requests/{reference}/identify", {"text": "Order 25926900059"}
    with signing_in(http, office) as desk:
        assert desk.post(path, "privacy", text="Fnr. 25926900059").status_code == 422
        assert told(desk.post(path, "privacy", **doubtful), 202)["warnings"]
        assert len(store.history(reference)) == 1
        assert desk.post(path, "privacy", confirmed=True, **doubtful).status_code == 200


@pytest.mark.parametrize("language", ["nb", "en"])
def test_a_page_asks_and_sends_the_same_again(http: Http, office: Office, language: str) -> None:
    post(office)
    reference = ask(office, Right.RECTIFICATION)
    path = f"/staff/requests/{reference}/identify?language={language}"
    with signing_in(http, office) as desk:
        form = {"Accept": "text/html", "Content-Type": "application/x-www-form-urlencoded"}
        headers = {**desk.headers("privacy"), **form}
        body = urlencode({"text": "Order <25926900059>"}).encode()
        page = http.post(path, headers=headers, body=body).body.decode()
        action = re.findall('form method="post" action="([^"]*)"', page)
        hidden = re.findall('type="hidden" name="([^"]*)" value="([^"]*)"', page)
        assert (action, dict(hidden)["confirmed"]) == ([path], "true")
        again = urlencode([(name, unescape(one)) for name, one in hidden]).encode()
        assert http.post(action[0], headers=headers, body=again).status_code == 303
    assert store.history(reference)[-1].because == "Order <25926900059>"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("nb", ["Kontakter: 2", "Trengs så lenge kundeforholdet varer", "Navn, E-postadresse"]),
        ("en", ["Contacts: 2", "Needed as long as the customer relation", "Name, E-mail address"]),
    ],
)
def test_staff_read_in_words_what_an_erasure_does(
    http: Http, office: Office, language: str, words: list[str]
) -> None:
    post(office)
    events.note(KARI, Event.CUSTOMER_START, office, at=office.now())
    reference = ask(office, Right.ERASURE)
    requests.identify(reference, office, actor="privacy:1", because="by phone")
    answers.plan(reference, office)
    with signing_in(http, office) as desk:
        headers = {**desk.headers("privacy"), "Accept": "text/html"}
        path = f"/staff/requests/{reference}?language={language}"
        page = unescape(http.get(path, headers=headers).body.decode())
    planned = page.partition("<ul>")[2].partition("</ul>")[0]
    assert [one for one in words if one not in planned] == []
    assert [one for one in ("interaction", "customer,", "email") if one in planned] == []
