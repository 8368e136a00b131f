"""Subject requests over HTTP: asked, proved, followed; nothing told to who only guesses."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from email.message import EmailMessage
from itertools import product
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from chalice.test import HTTPResponse
from chalice.test import TestHTTPClient as Http

from functions import rendering
from functions.reminders import remind
from shared import wiring
from shared.gateways import certificates
from shared.model.requests import Refusal, Right
from shared.wiring import Office
from shared.workflows import (
    access,
    answers,
    auditing,
    changes,
    events,
    letters,
    receiving,
    requests,
)
from shared.workflows.events import Event
from tests.functions.signing_in import signing_in
from tests.functions.test_intake import BROWSER, JSON, problem
from tests.functions.test_observing import CONTEXT, Written, written  # noqa: F401
from tests.stand_ins import Aws, Clock
from tests.workflows.submitting import KARI, post
from tests.workflows.test_requests import delivered

FAULTS = rendering.words("en")["faults"]
PAGE = {"Accept": "text/html,*/*"}
ODD = "<b onload=x>Kari&\"'"
WRONG = "0" * 64
RANDOM = re.compile("[0-9a-f]{32}|[bcdfghjkmnpqrstv]{32}")
"""The references and secrets of an answer."""


def send(http: Http, path: str, **sent: Any) -> HTTPResponse:
    return http.post(path, headers=JSON, body=json.dumps(sent).encode())


def submit(http: Http, path: str, **sent: Any) -> HTTPResponse:
    return http.post(path, headers=BROWSER, body=urlencode(sent).encode())


def ask(http: Http, right: str = "access", **sent: Any) -> str:
    """The path under which a request can be followed that was sent, and taken up."""
    fields = {"right": right, "email": KARI, "language": "en", **sent}
    answer = send(http, "/requests", **fields)
    assert answer.status_code == 202
    path = str(json.loads(answer.body)["status_url"]).removeprefix("https://www.avara.no")
    assert receiving.take_up(reference_in(path), wiring.office())
    return path


def reference_in(path: str) -> str:
    return path.split("/")[2]


def link(path: str, office: Office, number: int = 1) -> str:
    reference = reference_in(path)
    return f"/confirm/{reference}/{letters.link_token(reference, number, office)}"


def proved(http: Http, office: Office, right: str = "access") -> str:
    path = ask(http, right)
    assert send(http, link(path, office)).status_code == 200
    answers.carry_out(reference_in(path), office)
    return path


def code(path: str, office: Office) -> str:
    proof = requests.read(reference_in(path)).code
    assert proof
    return letters.code_of(reference_in(path), proof.number, office)


def download(http: Http, office: Office, path: str, wanted: str = "json") -> HTTPResponse:
    assert send(http, f"{path}/code").status_code == 202
    return send(http, f"{path}/result", code=code(path, office), format=wanted)


def status(http: Http, path: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(http.get(path).body)
    return told


# The whole way -----------------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", ["html", "json", "csv"])
def test_a_program_asks_proves_and_downloads(http: Http, office: Office, wanted: str) -> None:
    post(office, name="Kari")
    path = proved(http, office)
    told = status(http, path)
    assert (told["state"], told["formats"]) == ("answered", ["html", "json", "csv"])
    file = download(http, office, path, wanted)
    assert (file.status_code, KARI in file.body.decode()) == (200, True)
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert status(http, path)["history"][-1]["step"] == "download"


def test_a_browser_is_led_from_page_to_page(http: Http, office: Office) -> None:
    post(office)
    asked = submit(http, "/requests", right="access", email=KARI, language="en")
    path = asked.headers["Location"]
    assert (asked.status_code, path[:10]) == (303, "/requests/")
    receiving.take_up(reference_in(path), office)
    assert http.get(link(path, office), headers=PAGE).status_code == 200
    confirmed = submit(http, link(path, office), action="confirm")
    assert (confirmed.status_code, confirmed.headers["Location"]) == (303, path)
    answers.carry_out(reference_in(path), office)
    assert submit(http, f"{path}/code").status_code == 303
    page = http.get(path, headers=PAGE).body.decode()
    assert f"{path}/result" in page
    assert submit(http, f"{path}/result", code=code(path, office), format="html").body


def test_a_certificate_needs_no_code_and_verifies_with_the_published_keys(
    http: Http, office: Office
) -> None:
    post(office)
    path = proved(http, office, "erasure")
    file = send(http, f"{path}/result", format="certificate")
    keys = json.loads(http.get("/certificates/keys.json").body)["keys"]
    assert certificates.verify(file.body.decode(), keys)["whole"]
    assert set(keys[0]) == {"kty", "crv", "x", "kid", "use"}


def test_known_and_unknown_addresses_get_the_same_answer(http: Http, office: Office) -> None:
    post(office)
    known, unknown = (
        send(http, "/requests", right="access", email=email)
        for email in (KARI, "nobody@example.com")
    )
    paths = [json.loads(one.body)["status_url"] for one in (known, unknown)]
    strip = lambda one: RANDOM.sub("-", one.body.decode())  # noqa: E731
    assert (strip(known), known.headers) == (strip(unknown), unknown.headers)
    told = [status(http, path.removeprefix("https://www.avara.no")) for path in paths]
    for one in told:
        del one["reference"]
    assert told[0] == told[1]


def subscribed(office: Office, email: str) -> None:
    post(office, "newsletter", email=email, choices=["newsletter"])


def a_customer(office: Office, email: str) -> None:
    subscribed(office, email)
    events.note(email, Event.CUSTOMER_START, office, at=office.now())


def held(office: Office, email: str) -> None:
    post(office, email=email)
    events.note(email, Event.HOLD, office, at=office.now(), because="a claim")


def stopped(office: Office, email: str) -> None:
    subscribed(office, email)
    receiving.receive(Right.OBJECTION, email, office, language="en")


PEOPLE: dict[str, Callable[[Office, str], object]] = {
    "nobody@example.com": lambda *_: None,
    "known@example.com": lambda office, email: post(office, email=email),
    "subscribed@example.com": subscribed,
    "customer@example.com": a_customer,
    "held@example.com": held,
    "stopped@example.com": stopped,
}


def asked_of_the_table(made: list[tuple[str, dict[str, Any]]]) -> str:
    """The calls, the kinds of item that they touch and the attributes of what is written."""
    told: list[Any] = []
    for operation, request in made:
        for one in request.get("TransactItems", [{operation: request}]):
            ((name, action),) = one.items()
            there = action.get("Item", action.get("Key"))
            kind, _, _ = there["pk"]["S"].partition("#")
            told.append((name, kind, there["sk"]["S"], sorted(there)))
    return RANDOM.sub("-", str(told))


@pytest.mark.parametrize("right", Right)
def test_whoever_a_request_is_of_it_is_taken_in_and_back_by_the_same_calls(
    http: Http, office: Office, aws: Aws, right: str
) -> None:
    seen = set()
    for email, make in PEOPLE.items():
        make(office, email)
        with aws.requests() as made:
            answer = send(http, "/requests", right=right, email=email, details="please")
        path = json.loads(answer.body)["status_url"].removeprefix("https://www.avara.no")
        receiving.take_up(reference_in(path), office)
        with aws.requests() as back:
            assert send(http, f"{path}/withdraw").status_code == 202
        assert len(made) == 1
        seen.add((asked_of_the_table(made), asked_of_the_table(back)))
    assert len(seen) == 1


def test_nobody_is_told_whether_a_mail_was_one_too_many(
    http: Http, office: Office, outbox: list[EmailMessage]
) -> None:
    post(office)
    told = []
    for email in (KARI, "nobody@example.com"):
        for _ in range(7):
            answer = send(http, "/requests", right="access", email=email)
            path = json.loads(answer.body)["status_url"].removeprefix("https://www.avara.no")
            receiving.take_up(reference_in(path), office)
            again = send(http, f"{path}/link")
            page = http.get(path, headers=PAGE)
            delivered(office, outbox)
            shown = [(one.status_code, one.body.decode()) for one in (answer, again, page)]
            told.append(RANDOM.sub("-", str(shown)))
    assert (len(set(told)), len(outbox)) == (1, 10)


def test_a_page_says_of_every_code_the_same(
    http: Http, office: Office, outbox: list[EmailMessage]
) -> None:
    post(office)
    path = proved(http, office)
    told = []
    for _ in range(7):
        assert submit(http, f"{path}/code").status_code == 303
        delivered(office, outbox)
        told.append(http.get(path, headers=PAGE).body)
    assert len(set(told)) == 1
    assert len([one for one in outbox if one["Subject"] == "Your code – Avara AS"]) == 5


# What is refused ---------------------------------------------------------------------------------


def test_every_fault_is_told_and_no_value_repeated(http: Http, aws: Aws) -> None:
    sent = {"right": "secret", "email": "secret@", "shoe": "secret", "details": ["secret"]}
    body = json.dumps({**sent, "language": ["secret"]}).encode()
    answer = http.post("/requests", headers={**JSON, "Accept-Language": "en"}, body=body)
    assert problem(answer) == (422, "/problems/invalid")
    told = {one["pointer"]: one["detail"] for one in json.loads(answer.body)["errors"]}
    assert told == {
        "": FAULTS["unknown_field"],
        "/right": FAULTS["unknown_right"],
        "/email": FAULTS["not_an_email"],
        "/details": FAULTS["not_text"],
        "/language": FAULTS["not_text"],
    }
    assert (b"secret" in answer.body, aws.items()) == (False, [])


@pytest.mark.parametrize(
    ("sent", "pointers"),
    [
        ({}, ["/right", "/email"]),
        ({"right": None, "email": None}, ["/right", "/email"]),
        ({"right": "access", "email": KARI, "details": "x" * 10_001}, ["/details"]),
        ({"right": "access", "email": KARI, "details": 0}, ["/details"]),
        ({"right": "access", "email": KARI, "details": False}, ["/details"]),
        ({"right": "access", "email": f"{KARI}\nBcc: ola@example.com"}, ["/email"]),
        ({"right": ["access"], "email": KARI}, ["/right"]),
        ({"right": "access", "email": KARI, "language": {}}, ["/language"]),
    ],
)
def test_what_does_not_fit_is_refused(
    http: Http, sent: dict[str, Any], pointers: list[str]
) -> None:
    answer = send(http, "/requests", **sent)
    assert [one["pointer"] for one in json.loads(answer.body)["errors"]] == pointers


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b'{"\\ud800": 1}'])
def test_what_cannot_be_read_is_refused(http: Http, office: Office, body: bytes) -> None:
    path = ask(http)
    for where in ("/requests", f"{path}/result", f"{path}/reply", link(path, office)):
        assert http.post(where, headers=JSON, body=body).status_code == 400


@pytest.mark.parametrize("field", ["right", "email", "details", "language", "shoe"])
def test_what_was_typed_is_shown_again_as_text(http: Http, field: str) -> None:
    sent = {"right": "access", "email": "x", "details": "", "language": "en", field: ODD}
    page = submit(http, "/requests", **sent)
    assert page.status_code == 422
    assert "<b onload" not in page.body.decode()


@pytest.mark.parametrize("language", ["nb", "en"])
@pytest.mark.parametrize("right", Right)
def test_every_page_is_text_whatever_was_written(
    http: Http, office: Office, right: Right, language: str
) -> None:
    post(office, name=ODD, message=ODD)
    path = ask(http, right, details=ODD, language=language)
    reference = reference_in(path)
    there = f"?language={language}"
    pages = [
        http.get(path + there, headers=PAGE),
        http.get(link(path, office) + there, headers=PAGE),
    ]
    requests.ask(reference, ODD, office, actor="privacy:1")
    pages.append(http.get(path + there, headers=PAGE))
    submit(http, f"{path}/reply", answer=ODD)
    requests.identify(reference, office, actor="privacy:1", because=ODD)
    pages.append(http.get(path + there, headers=PAGE))
    answers.carry_out(reference, office)
    pages.append(http.get(path + there, headers=PAGE))
    pages.append(http.get(link(path, office) + there, headers=PAGE))
    for page in pages:
        assert (page.status_code, "<b onload" in page.body.decode()) in {(200, False), (404, False)}


# Guessing ----------------------------------------------------------------------------------------


def test_who_guesses_finds_nothing(http: Http, office: Office, aws: Aws) -> None:
    path = ask(http)
    reference, secret = path.split("/")[2:]
    before = aws.items()
    for guess in (WRONG, "x", "%C3%B8", "%FF", "'", secret[:-1], secret.upper() + "0"):
        assert http.get(f"/requests/{reference}/{guess}").status_code == 404
        assert http.get(f"/requests/{guess}/{secret}").status_code == 404
        assert http.get(f"/confirm/{reference}/{guess}").status_code == 404
        assert send(http, f"/confirm/{guess}/{secret}").status_code == 404
        for what in ("link", "code", "result", "reply", "withdraw"):
            assert send(http, f"/requests/{reference}/{guess}/{what}").status_code == 404
    assert aws.items() == before
    assert http.get(path).status_code == 200


def test_wrong_links_use_up_none_and_a_new_link_ends_the_one_before(
    http: Http, office: Office
) -> None:
    path = ask(http)
    wrong = f"/confirm/{reference_in(path)}/{WRONG}"
    assert [send(http, wrong).status_code for _ in range(6)] == [404] * 6
    assert send(http, f"{path}/link").status_code == 202
    assert send(http, link(path, office)).status_code == 404
    assert send(http, link(path, office, 2)).status_code == 200


def test_a_code_can_be_guessed_at_five_times(http: Http, office: Office) -> None:
    post(office)
    path = proved(http, office)
    send(http, f"{path}/code")
    right = code(path, office)
    statuses = [
        send(http, f"{path}/result", code=one, format="json").status_code
        for one in ("", "wrong", "ø", "00000000", "1" * 99, right)
    ]
    assert statuses == [404] * 6
    assert download(http, office, path).status_code == 200


@pytest.mark.parametrize(("minutes", "status_code"), [(14.99, 200), (15, 404)])
def test_a_code_is_good_for_a_quarter_of_an_hour(
    http: Http, office: Office, clock: Clock, minutes: float, status_code: int
) -> None:
    post(office)
    path = proved(http, office)
    send(http, f"{path}/code")
    clock.forward(minutes=minutes)
    answer = send(http, f"{path}/result", code=code(path, office), format="json")
    assert answer.status_code == status_code


@pytest.mark.parametrize(("hours", "status_code"), [(23.99, 200), (24, 404)])
def test_a_link_is_good_for_a_day(
    http: Http, office: Office, clock: Clock, hours: float, status_code: int
) -> None:
    path = ask(http)
    clock.forward(hours=hours)
    assert send(http, link(path, office)).status_code == status_code


def test_a_link_that_comes_again_changes_nothing(http: Http, office: Office, aws: Aws) -> None:
    post(office)
    path = proved(http, office)
    before = aws.items()
    again = send(http, link(path, office))
    assert (again.status_code, json.loads(again.body)["state"]) == (200, "answered")
    assert send(http, link(path, office), action="undo").status_code == 409
    assert aws.items() == before


def test_one_code_is_one_download(http: Http, office: Office) -> None:
    post(office)
    path = proved(http, office)
    send(http, f"{path}/code")
    sent = {"code": code(path, office), "format": "json"}
    statuses = [send(http, f"{path}/result", **sent).status_code for _ in range(2)]
    assert statuses == [200, 404]


def test_of_every_code_and_link_that_is_refused_a_program_is_told_the_same(
    http: Http, office: Office, clock: Clock
) -> None:
    post(office)
    unproved, path = ask(http), proved(http, office)

    def tries(*codes: str) -> list[HTTPResponse]:
        return [send(http, f"{path}/result", code=one, format="json") for one in codes]

    told = tries("1")
    send(http, f"{path}/code")
    told += tries(*["00000000"] * 5, code(path, office))
    send(http, f"{path}/code")
    clock.forward(minutes=15)
    told += tries(code(path, office))
    nothing = f"/confirm/{'0' * 32}/{WRONG}"
    for one in (f"/confirm/{reference_in(unproved)}/{WRONG}", nothing, link(unproved, office, 2)):
        told.append(send(http, one))
    clock.forward(days=1)
    told.append(send(http, link(unproved, office)))
    assert {(one.status_code, one.body) for one in told} == {(404, told[0].body)}


def test_there_are_five_downloads(http: Http, office: Office) -> None:
    post(office)
    path = proved(http, office)
    assert [download(http, office, path).status_code for _ in range(5)] == [200] * 5
    assert send(http, f"{path}/code").status_code == 409
    assert send(http, f"{path}/result", code="1", format="json").status_code == 409


def test_after_a_week_there_is_nothing_to_download(
    http: Http, office: Office, clock: Clock
) -> None:
    post(office)
    path = proved(http, office)
    clock.forward(days=7)
    for _ in range(2):
        assert send(http, f"{path}/code").status_code == 409
        assert send(http, f"{path}/result", code="1", format="json").status_code == 409
        assert status(http, path)["formats"] == []
        remind({}, CONTEXT)


@pytest.mark.parametrize("wanted", ["pdf", "certificate", "vcard", "", None, ["json"]])
def test_a_format_that_there_is_not_is_refused(http: Http, office: Office, wanted: object) -> None:
    post(office)
    path = proved(http, office)
    answer = send(http, f"{path}/result", code="1", format=wanted)
    assert problem(answer) == (422, "/problems/invalid")


@pytest.mark.parametrize("answer", ["", " ", None, 5, "x" * 10_001])
def test_an_empty_or_endless_reply_is_refused(http: Http, office: Office, answer: object) -> None:
    path = ask(http)
    requests.ask(reference_in(path), "Which Kari?", office, actor="privacy:1")
    assert send(http, f"{path}/reply", answer=answer).status_code == 422
    assert send(http, f"{path}/reply", answer="Kari of Oslo").status_code == 202
    assert send(http, f"{path}/reply", answer="Kari of Oslo").status_code == 409


def test_what_is_taken_back_is_closed(http: Http, office: Office) -> None:
    path = ask(http)
    for what, expected in (("withdraw", 202), ("withdraw", 409), ("link", 409), ("code", 409)):
        assert send(http, f"{path}/{what}").status_code == expected
    assert status(http, path)["state"] == "withdrawn"


def test_what_was_stopped_is_taken_back_by_the_link(http: Http, office: Office) -> None:
    post(office, "newsletter", choices=["newsletter"])
    path = ask(http, "objection")
    for _ in range(2):
        undone = send(http, link(path, office), action="undo")
        assert json.loads(undone.body)["state"] == "withdrawn"


# Pages -------------------------------------------------------------------------------------------


def test_after_a_wrong_code_the_page_is_still_that_of_the_request(
    http: Http, office: Office
) -> None:
    post(office)
    path = proved(http, office)
    before = http.get(path, headers=PAGE).body.decode()
    assert submit(http, f"{path}/code?language=nb").headers["Location"] == f"{path}?language=nb"
    page = http.get(path, headers=PAGE).body.decode()
    assert ('id="code-sent"' in before, 'id="code-sent"' in page) == (False, True)
    assert "until 10:15" in page
    wrong = submit(http, f"{path}/result", code="00000000", format="json")
    assert wrong.status_code == 409
    actions = re.findall(r'action="([^"]+)"', wrong.body.decode())
    assert actions == [f"{path}/code?language=en", f"{path}/result?language=en"]


@pytest.mark.parametrize("chosen", ["nb", "en"])
def test_a_page_of_a_request_is_in_the_language_chosen_with_it(
    http: Http, office: Office, chosen: str
) -> None:
    path = ask(http, language=chosen)
    other = {"nb": "en", "en": "nb"}[chosen]
    browser = {**PAGE, "Accept-Language": other}
    for one in (path, link(path, office)):
        assert f'<html lang="{chosen}">' in http.get(one, headers=browser).body.decode()
        page = http.get(f"{one}?language={other}", headers=browser).body.decode()
        assert f'<html lang="{other}">' in page


@pytest.mark.parametrize("language", ["nb", "en"])
def test_a_browser_is_told_in_words_what_is_refused_and_where_to_go_on(
    http: Http, office: Office, language: str
) -> None:
    path, there, say = ask(http), f"?language={language}", rendering.words(language)["problems"]
    requests.ask(reference_in(path), "Which Kari?", office, actor="privacy:1")
    empty = submit(http, f"{path}/reply{there}", answer=" ")
    assert submit(http, f"{path}/withdraw{there}").status_code == 303
    again = submit(http, f"{path}/withdraw{there}")
    nobody = http.get(f"{path[:-1]}x{there}", headers=PAGE)
    for page, status_code, kind, way_on in (
        (empty, 422, "invalid", path),
        (again, 409, "conflict", path),
        (nobody, 404, "not-found", "/requests"),
    ):
        text = page.body.decode()
        assert (page.status_code, page.headers["Content-Type"]) == (
            status_code,
            "text/html; charset=utf-8",
        )
        assert f"<h1>{say['kinds'][kind]['title']}</h1>" in text
        assert f'<a href="{way_on}{there}">' in text
        assert page.headers["Referrer-Policy"] == "no-referrer"
    assert rendering.words(language)["faults"]["required"] in empty.body.decode()
    assert problem(send(http, f"{path}/withdraw")) == (409, "/problems/conflict")


def test_a_link_that_is_over_says_so_before_a_button_is_pressed(
    http: Http, office: Office, clock: Clock
) -> None:
    path = ask(http)
    clock.forward(hours=24)
    seen = http.get(link(path, office), headers=PAGE)
    pressed = submit(http, link(path, office), action="confirm")
    assert (seen.status_code, pressed.status_code) == (200, 409)
    for page in (seen.body.decode(), pressed.body.decode()):
        assert "This link is no longer good" in page
        assert (f'href="{path}?language=en"' in page, "<button" in page) == (True, False)


def test_what_has_happened_is_told_in_the_language_of_the_page(
    http: Http, office: Office, clock: Clock
) -> None:
    post(office)
    path = proved(http, office)
    said = rendering.words("nb")["requests"]["said"]
    page = http.get(f"{path}?language=nb", headers=PAGE).body.decode()
    for one in status(http, path)["history"]:
        assert not one["because"] or said[one["because"]] in page
    late = ask(http, "rectification")
    requests.identify(reference_in(late), office, actor="privacy:1", because="known")
    clock.forward(days=32)
    remind({}, CONTEXT)
    assert [one["step"] for one in status(http, late)["history"]] == ["receive", "identify"]
    requests.refuse(reference_in(late), Refusal.UNFOUNDED, "Nei.", office, actor="privacy:1")
    page = http.get(f"{late}?language=nb", headers=PAGE).body.decode()
    assert "Åpenbart grunnløst (art. 12(5)): <span>Nei.</span>" in page


@pytest.mark.parametrize("language", ["nb", "en"])
@pytest.mark.parametrize("right", ["access", "objection", "withdrawal"])
@pytest.mark.parametrize("known", [True, False])
def test_a_mail_says_only_of_what_was_stopped_that_it_goes_on(
    http: Http, office: Office, outbox: list[EmailMessage], right: str, language: str, known: bool
) -> None:
    if known:
        post(office)
    path = ask(http, right, language=language)
    submit(http, f"{path}/withdraw")
    receiving.take_up(reference_in(path), office)
    delivered(office, outbox)
    first, last = (str(one.get_body(("plain",)).get_content()) for one in outbox)
    goes_on = {"nb": "fortsetter som før", "en": "goes on as before"}[language]
    assert (goes_on in last) == (known and right != "access")
    marketing = {"nb": "ikke skal brukes til markedsføring", "en": "not be used for marketing"}
    assert (marketing[language] in first) == (not known and right != "access")
    for mail in outbox:
        assert mail["Subject"].endswith(f"({reference_in(path)[:8]}) – Avara AS")
        assert mail["Date"].endswith("+0100")


@pytest.mark.parametrize(("language", "day"), [("nb", "29. november 2026"), ("en", "29 November")])
def test_a_mail_spells_days_in_its_language(
    http: Http, office: Office, outbox: list[EmailMessage], language: str, day: str
) -> None:
    post(office)
    path = ask(http, language=language)
    send(http, link(path, office))
    answers.carry_out(reference_in(path), office)
    delivered(office, outbox)
    assert day in outbox[-1].get_content()


def test_staff_are_refused_in_words_and_keep_their_language(http: Http, office: Office) -> None:
    http_page = {**PAGE, "Content-Type": "application/x-www-form-urlencoded"}
    with signing_in(http, replace(office, signs_in=True)) as desk:
        nobody = http.get("/staff/requests?language=nb", headers=PAGE)
        assert (nobody.status_code, nobody.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert '<a href="/staff/sign-in?to=/staff/requests">Logg inn</a>' in nobody.body.decode()
        headers = {**desk.headers("privacy"), **http_page}
        queue = http.get("/staff/requests?language=nb", headers=headers).body.decode()
        assert ('value="web"' in queue, 'name="language"' in queue) == (False, True)

        def sent(path: str, **fields: str) -> HTTPResponse:
            there = f"/staff/requests{path}?language=nb"
            return http.post(there, headers=headers, body=urlencode(fields).encode())

        wrong = sent("", right="access", channel="letter", email="kari")
        assert (wrong.status_code, "E-postadresse: " in wrong.body.decode()) == (422, True)
        fields = {"right": "access", "channel": "letter", "email": KARI, "language": "en"}
        opened = sent("", **fields).headers["Location"]
        assert re.fullmatch(r"/staff/requests/[0-9a-f]{32}\?language=nb", opened)
        path = opened.removeprefix("/staff/requests").partition("?")[0]
        assert '<html lang="nb">' in http.get(opened, headers=headers).body.decode()
        assert requests.read(path[1:]).language == "en"
        early = sent(f"{path}/extend", text="Ja.")
        assert (early.status_code, f'href="{opened}"' in early.body.decode()) == (409, True)


def test_staff_are_told_every_fault_of_a_request_that_they_open(
    http: Http, office: Office, aws: Aws
) -> None:
    sent = {"right": "secret", "email": "secret", "channel": "web", "details": "x" * 10_001}
    with signing_in(http, office) as desk:
        answer = desk.post("/staff/requests", "privacy", **sent)
    assert problem(answer) == (422, "/problems/invalid")
    told = [one["pointer"] for one in json.loads(answer.body)["errors"]]
    assert (told, aws.items()) == (["/channel", "/right", "/email", "/details"], [])


def test_what_a_closed_erasure_has_kept_can_still_be_held_and_released_on_its_page(
    http: Http, office: Office
) -> None:
    post(office)
    events.note(KARI, Event.CUSTOMER_START, office, at=office.now())
    reference = reference_in(proved(http, office, "erasure"))
    answers.erase(reference, office, actor="privacy:8f3a")
    assert requests.read(reference).state == "answered"
    with signing_in(http, office) as desk:
        page = http.get(
            f"/staff/requests/{reference}", headers={**PAGE, **desk.headers("privacy")}
        ).body.decode()
    actions = re.findall(rf'action="/staff/requests/{reference}/(\w+)', page)
    assert actions == ["hold", "release"]


def shown_to_privacy(http: Http, office: Office, reference: str) -> dict[str, Any]:
    with signing_in(http, office) as desk:
        told: dict[str, Any] = json.loads(desk.get(f"/staff/requests/{reference}", "privacy").body)
    return told


def test_staff_who_correct_see_what_their_role_sees_of_what_is_held(
    http: Http, office: Office
) -> None:
    post(office, name="Kari <Nordmann>", position="Baker")
    reference = reference_in(ask(http, "rectification"))
    told = shown_to_privacy(http, office, reference)
    assert told["values"] == {"email": KARI, "name": "Kari <Nordmann>"}
    requests.identify(reference, office, actor="privacy:8f3a", because="by phone")
    with signing_in(http, office) as desk:
        headers = {**PAGE, **desk.headers("privacy")}
        page = http.get(f"/staff/requests/{reference}?language=en", headers=headers).body.decode()
    assert '<p class="hint" id="now-name">Now: Kari &lt;Nordmann&gt;</p>' in page
    assert 'id="set-position"' in page, "what was asked for can be corrected unseen"
    assert "Baker" not in page


def test_staff_without_the_address_in_their_fields_do_not_see_whose_request_it_is(
    http: Http, office: Office
) -> None:
    post(office, name="Kari")
    reference = reference_in(ask(http))
    privacy = msgspec.structs.replace(office.statement.roles["privacy"], fields=("name",))
    roles = {**office.statement.roles, "privacy": privacy}
    statement = msgspec.structs.replace(office.statement, roles=roles)
    told = shown_to_privacy(http, replace(office, statement=statement), reference)
    assert (told["email"], told["values"]) == ("", {"name": "Kari"})


@pytest.mark.parametrize("known", [True, False])
def test_whoever_of_the_staff_reads_a_request_is_on_record(
    http: Http, office: Office, known: bool
) -> None:
    if known:
        post(office)
    reference = reference_in(ask(http))
    shown_to_privacy(http, office, reference)
    whose = requests.read(reference).subject_id or reference
    (entry,) = auditing.trail(whose)
    assert (entry.event, entry.actor, entry.reference) == ("read", "privacy:8f3a", reference)
    assert (entry.purpose, entry.fields) == ("rights", ("email",) if known else ())


def test_staff_choose_on_the_page_which_holds_they_release(http: Http, office: Office) -> None:
    post(office)
    form = {**PAGE, "Content-Type": "application/x-www-form-urlencoded"}
    path = f"/staff/requests/{reference_in(ask(http, 'erasure'))}"
    with signing_in(http, office) as desk:
        headers = {**desk.headers("privacy"), **form}

        def sent(action: str, ground: str, text: str = "Ja.") -> int:
            body = urlencode({"text": text, "ground": ground}).encode()
            return http.post(f"{path}/{action}", headers=headers, body=body).status_code

        assert [sent("hold", ground) for ground in ("", "accounting")] == [303, 303]
        assert sent("release", "accounting") == 303
        assert [one.ground for one in access.report(KARI, office).facts.holds] == [""]
        assert sent("release", "accounting", "Nei.") == 409
        page = http.get(f"{path}?language=nb", headers=headers).body.decode()
    chosen = page.partition('<select id="release-ground" name="ground">')[2].partition("</select>")
    assert re.findall('value="([a-z]*)"', chosen[0]) == ["", "accounting"]
    assert ("Alt som holdes tilbake" in chosen[0], "Sletting ble holdt tilbake" in page) == (
        True,
        True,
    )


def staff_page(http: Http, office: Office, path: str) -> str:
    with signing_in(http, office) as desk:
        headers = {**PAGE, **desk.headers("privacy")}
        return http.get(f"/staff/requests{path}?language=en", headers=headers).body.decode()


def test_staff_are_not_spoken_to_as_if_they_were_the_person(http: Http, office: Office) -> None:
    post(office)
    path = ask(http, "rectification")
    requests.ask(reference_in(path), "Which Kari?", office, actor="privacy:1")
    waiting = "Waiting for the person&#39;s answer"
    assert waiting in staff_page(http, office, "")
    assert waiting in staff_page(http, office, f"/{reference_in(path)}")
    send(http, f"{path}/reply", answer="This one.")
    page = staff_page(http, office, f"/{reference_in(path)}")
    assert ("The person answered (by the person)" in page, "by you" in page) == (True, False)


def test_staff_lift_a_restriction_that_stands_and_no_other(http: Http, office: Office) -> None:
    post(office)
    reference = reference_in(proved(http, office, "restriction"))
    changes.restrict(reference, "as asked", office, actor="privacy:1")
    assert "and lift the restriction" in staff_page(http, office, f"/{reference}")
    changes.lift(reference, office)
    assert "and lift the restriction" not in staff_page(http, office, f"/{reference}")


@pytest.mark.parametrize("right", ["access", "objection"])
def test_a_used_link_leads_on_to_the_request(http: Http, office: Office, right: str) -> None:
    path = ask(http, right)
    send(http, link(path, office))
    page = http.get(link(path, office), headers=PAGE).body.decode()
    assert (f'href="{path}?language=en"' in page, "Nothing more is needed" in page) == (True, False)


def test_a_link_to_a_new_address_does_not_lead_to_the_request(http: Http, office: Office) -> None:
    post(office)
    path = proved(http, office, "rectification")
    new = {"email": "kari@example.org"}
    changes.rectify(reference_in(path), new, "new job", office, actor="privacy:1")
    shown = http.get(path, headers=PAGE).body.decode()
    assert ("erased" in shown, "It was decided what is done" in shown) == (False, True)
    submit(http, f"{path}/withdraw")
    assert path not in http.get(link(path, office, 2), headers=PAGE).body.decode()


@pytest.mark.parametrize("right", Right)
def test_whoever_has_just_sent_a_request_reads_that_a_mail_comes(http: Http, right: Right) -> None:
    sent = submit(http, "/requests", right=right, email=KARI, language="en")
    page = http.get(sent.headers["Location"], headers=PAGE).body.decode()
    assert ("We send a link to the address" in page, "/link?" in page) == (True, False)


@pytest.mark.parametrize("right", ["access", "objection", "withdrawal"])
def test_a_page_says_at_once_that_a_use_was_stopped(
    http: Http, office: Office, clock: Clock, right: str
) -> None:
    path = ask(http, right)
    page = http.get(path, headers=PAGE).body.decode()
    stops = right != "access"
    assert ("stopped already" in page, "goes on as before" in page) == (stops, stops)
    clock.forward(days=31)
    remind({}, CONTEXT)
    page = http.get(path, headers=PAGE).body.decode()
    assert ("without a confirmation" in page, "could not do" in page) == (True, False)


def test_what_cannot_be_taken_back_is_not_offered_to_be(http: Http, office: Office) -> None:
    post(office)
    events.note(KARI, Event.CUSTOMER_START, office, at=office.now())
    path = proved(http, office, "withdrawal")
    page = http.get(f"{path}?language=nb", headers=PAGE).body.decode()
    assert f"{path}/withdraw" not in page
    assert "Trengs så lenge kundeforholdet varer (§ 9)" in page
    assert "9: customer" not in page


# Looking -----------------------------------------------------------------------------------------


def test_who_only_looks_changes_nothing(http: Http, office: Office, aws: Aws) -> None:
    post(office)
    unproved, answered = ask(http, "objection"), proved(http, office)
    send(http, f"{answered}/code")
    before = aws.items()
    paths = ["/requests", "/certificates/keys.json"]
    for path in (unproved, answered):
        paths += [path, link(path, office), f"{path}/code", f"{path}/result", f"{path}/withdraw"]
    for path, method in product(paths, ("GET", "HEAD", "GET")):
        http.request(method, path, headers=PAGE)
    assert aws.items() == before


@pytest.mark.parametrize("headers", [PAGE, JSON])
def test_what_has_a_secret_in_its_address_is_told_to_nobody(
    http: Http, office: Office, headers: dict[str, str]
) -> None:
    post(office)
    path = proved(http, office)
    send(http, f"{path}/code")
    body = json.dumps({"code": code(path, office), "format": "html"}).encode()
    answered = [
        http.get(path, headers=headers),
        http.get(link(path, office), headers=headers),
        http.post(f"{path}/code", headers={**headers, **JSON}),
        http.post(link(path, office), headers={**headers, **JSON}),
        http.get(f"{path[:-1]}x", headers=headers),
        http.post(f"{path}/withdraw", headers={**headers, **JSON}),
    ]
    send(http, f"{path}/code")
    body = json.dumps({"code": code(path, office), "format": "html"}).encode()
    answered.append(http.post(f"{path}/result", headers={**headers, **JSON}, body=body))
    for one in answered:
        assert one.headers["Cache-Control"] == "no-store"
        if one.status_code < 400:
            assert one.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/requests"),
        ("DELETE", "/requests/a/b"),
        ("POST", "/requests/a/b"),
        ("GET", "/requests/a/b/code"),
        ("DELETE", "/confirm/a/b"),
        ("POST", "/certificates/keys.json"),
    ],
)
def test_another_method_is_not_allowed(http: Http, method: str, path: str) -> None:
    assert problem(http.request(method, path)) == (405, "/problems/method-not-allowed")


# Nothing of a person -----------------------------------------------------------------------------


def test_no_log_line_and_no_mail_holds_anything_of_the_person(
    http: Http,
    office: Office,
    outbox: list[EmailMessage],
    written: Callable[[], Written],  # noqa: F811
) -> None:
    post(office, name="Kari Nordmann", message="I am Kari")
    for right in Right:
        path = ask(http, right, details="I am Kari Nordmann")
        send(http, f"/confirm/{reference_in(path)}/{WRONG}")
        send(http, link(path, office))
        answers.carry_out(reference_in(path), office)
        if right is Right.ACCESS:
            download(http, office, path, "html")
            send(http, f"{path}/result", code="12345678", format="json")
    remind({}, CONTEXT)
    delivered(office, outbox)
    assert len(outbox) > len(Right)
    text = written().text
    secrets = [letters.status_secret(reference_in(path), office), reference_in(path)]
    assert not [one for one in ("ari", "ordmann", "example.com", *secrets[:1]) if one in text]
    for mail in outbox:
        assert mail["To"] == KARI
        assert list(mail) == [
            *("To", "Subject", "Date", "Reply-To", "Auto-Submitted", "X-Letter"),
            *("Content-Type", "Content-Transfer-Encoding", "MIME-Version"),
        ]
        content = f"{mail['Subject']} {mail.get_content()}"
        assert not [one for one in ("Kari", KARI, "ordmann", "192.0.2") if one in content]
