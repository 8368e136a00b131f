"""Whatever is sent, and wherever to: no answer is a fault of ours, and every answer is secured."""

import json
from collections.abc import Iterator
from itertools import product
from typing import Any
from urllib.parse import quote

import pytest
from chalice.app import Request
from chalice.test import HTTPResponse
from chalice.test import TestHTTPClient as Http

from app import app
from functions import requests
from functions.api import SECURE, json_answer
from shared.errors import Conflict
from shared.model.requests import Right
from shared.policy.asking import FIELDS
from shared.wiring import Office
from shared.workflows import letters, receiving
from tests.functions.signing_in import Desk, signing_in
from tests.stand_ins import Aws
from tests.workflows.submitting import KARI, post

ROUTES = sorted((path, method) for path, methods in app.routes.items() for method in methods)
NAMED = sorted({part[1:-1] for path, _ in ROUTES for part in path.split("/") if part[:1] == "{"})
ODD_NAMES = ("x", "0" * 31, "0" * 2045, "F" * 32, "e" * 63, "å", "\x00", "'", "%", "0" * 32 + "\n")
SENT = (
    *FIELDS,
    *("code", "format", "answer", "content_type", "action", "text", "ground", "reason"),
    *("corrections", "set.name", "channel", "received_on", "purpose", "event", "at", "because"),
    *("confirmed", "notice", "choices", "answers", "interests", "name", "phone", "message"),
)
ODD_VALUES: tuple[Any, ...] = (
    *(None, True, 0, -1, 1.5, 10**400, [], {}, [[]], [None], {"a": {"b": []}}, {"": ""}),
    *("", " ", "\x00", "\U0001f6f7", "x" * 20_000, "2026-02-30", "9999-12-31T23:59:59Z"),
)
ODD_QUERIES = ("language=", "before=x", f"before={'0' * 9000}", "to=%00", "=&&=", "purpose[]=1")
ODD_HEADERS: tuple[dict[str, str], ...] = (
    {"Accept": "å,;q=nan,text/html;q=x", "Accept-Language": ";q=,q=nan;-,en;q=1e999"},
    {"Content-Type": ""},
    {"Content-Type": "multipart/form-data; boundary="},
    {"Content-Type": 'multipart/form-data; boundary="'},
    {"Content-Type": "å/å; charset=å"},
    {"Cookie": "=;;;staff=å;sign-in=å:;\x7f"},
    {"Authorization": "Bearer å"},
    {"Authorization": "Bearer ..."},
    {"Host": "", "X-Forwarded-Proto": "x"},
    {"Origin": "å", "Referer": "http://[", "User-Agent": "\x00" * 600},
    {"Idempotency-Key": '"\\"'},
)


def asked(http: Http, method: str, path: str, body: Any, **headers: str) -> HTTPResponse:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = http.request(method, path, {"Content-Type": "application/json", **headers}, sent)
    assert answer.status_code < 500, (method, path, headers, body)
    assert SECURE.items() <= answer.headers.items(), (method, path)
    return answer


@pytest.fixture
def desk(http: Http, office: Office) -> Iterator[Desk]:
    with signing_in(http, office) as desk:
        yield desk


@pytest.fixture
def known(office: Office) -> dict[str, str]:
    """What stands in paths, where each is good."""
    post(office, choices=["newsletter"])
    right = Right.RECTIFICATION
    reference = receiving.receive(right, KARI, office, language="en").reference
    return {
        "reference": reference,
        "secret": letters.status_secret(reference, office),
        "token": letters.link_token(reference, 1, office),
        "form_name": "contact",
        "step": "read",
        "action": "identify",
    }


def test_every_part_of_a_path_that_names_something_is_matched() -> None:
    assert set(NAMED) == set(requests.NAMES)


def test_what_cannot_be_a_name_is_not_found_and_nobody_is_asked_for_it(
    desk: Desk, aws: Aws, known: dict[str, str]
) -> None:
    staff = desk.headers("privacy", "support")
    with aws.calls() as made:
        for (path, method), odd in product(ROUTES, ODD_NAMES):
            for name in (one for one in NAMED if f"{{{one}}}" in path):
                where = path.format_map({**known, name: quote(odd, safe="")})
                if requests.NAMES[name].fullmatch(odd) is None:
                    answer = asked(desk.http, method, where, {}, **staff)
                    assert answer.status_code == 404, (method, where)
    assert made == []


BODIES = (b"", b"[]", b"\xff", b"[" * 30_000, b"--x\r\n\r\n\r\n--x--", b'{"a":NaN}')
STEPS = ("extend", "answer", "refuse", "hold")
BASE = {
    "right": "access",
    "email": KARI,
    "text": "x",
    "language": "en",
    "channel": "phone",
    "reason": "unfounded",
    "event": "phone",
    "purpose": "reply",
}


@pytest.mark.parametrize(("path", "method"), ROUTES)
def test_nothing_that_is_sent_rings_an_alarm(
    desk: Desk, known: dict[str, str], path: str, method: str
) -> None:
    where = path.format_map(known)
    who = desk.headers("privacy", "support") if path.startswith("/staff") else {}
    for query in ODD_QUERIES:
        asked(desk.http, method, f"{where}?{query}", {}, **who)
    for headers in ODD_HEADERS:
        asked(desk.http, method, where, BASE, **{**who, **headers})
    if method != "POST":
        return
    for body, kind in product(BODIES, ("application/json", "multipart/form-data; boundary=x")):
        asked(desk.http, method, where, body, **{**who, "Content-Type": kind})
    for odd in ODD_VALUES:
        asked(desk.http, method, where, dict.fromkeys(SENT, odd), **who, Accept="text/html")
    for name in SENT:
        asked(desk.http, method, where, {**BASE, name: {"a": [{}]}}, **who)


@pytest.mark.parametrize("step", STEPS)
def test_no_step_of_the_staffs_rings_an_alarm(desk: Desk, known: dict[str, str], step: str) -> None:
    who = desk.headers("privacy")
    for name, odd in product(("reason", "ground", "corrections", "set.name"), ODD_VALUES[::3]):
        path = f"/staff/requests/{known['reference']}/{step}"
        asked(desk.http, "POST", path, {**BASE, name: odd}, **who)


def test_an_answer_of_chalices_own_is_secured(http: Http) -> None:
    asked(http, "PUT", "/forms/contact", {})
    asked(http, "PATCH", "/staff/requests", {})
    asked(http, "GET", "/site.css", b"")


BARE = {
    "multiValueQueryStringParameters": None,
    "pathParameters": None,
    "requestContext": {"httpMethod": "GET", "resourcePath": "/"},
    "body": None,
    "isBase64Encoded": False,
    "stageVariables": None,
}
"""What a request has besides its headers, as the gateway tells it."""


def test_cookies_of_several_headers_are_all_read() -> None:
    several = {"cookie": ["a=1; b=2", "c=3"]}
    event = {**BARE, "headers": {"cookie": "c=3"}, "multiValueHeaders": several}
    assert requests.cookies_of(Request(event, None)) == {"a": "1", "b": "2", "c": "3"}


def test_cookies_of_one_header_are_read() -> None:
    for several in (None, {}):
        headers = {"cookie": "a=1; b=2"}
        event = {**BARE, "headers": headers, "multiValueHeaders": several}
        assert requests.cookies_of(Request(event, None)) == {"a": "1", "b": "2"}


@pytest.mark.parametrize(
    ("sign", "number"), [("a", 6_200_000), ("å", 1_040_000), ("\n", 2_080_000)]
)
def test_an_answer_that_lambda_cannot_give_is_refused_in_words(sign: str, number: int) -> None:
    assert json_answer(200, sign * number).status_code == 200
    with pytest.raises(Conflict, match="larger than an answer can be"):
        json_answer(200, sign * number * 2)
