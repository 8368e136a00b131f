"""Forms over HTTP: as JSON, as a web form, from other origins; refusals as problem documents."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from chalice.test import HTTPResponse
from chalice.test import TestHTTPClient as Http
from jsonschema import Draft202012Validator

from functions import rendering
from shared.policy import forms
from shared.policy.reports import Report
from shared.wiring import Office
from shared.workflows import access
from tests.stand_ins import Aws, Clock
from tests.workflows.submitting import KARI, NOTICE, settle

JSON = {"Content-Type": "application/json"}
BROWSER = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html,*/*"}
ENGLISH, NORWEGIAN = (rendering.words(language)["faults"] for language in ("en", "nb"))
SENT = {"email": KARI, "notice": NOTICE}


def post(http: Http, path: str = "/forms/contact", /, **sent: Any) -> HTTPResponse:
    return http.post(path, headers=JSON, body=json.dumps({**SENT, **sent}).encode())


def urlencoded(http: Http, **sent: Any) -> HTTPResponse:
    return http.post(
        "/forms/contact", headers=BROWSER, body=urlencode({**SENT, **sent}, doseq=True).encode()
    )


def multipart(http: Http, parts: list[tuple[str, str]]) -> HTTPResponse:
    body = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}\r\n\r\n{content}\r\n'
        for name, content in parts
    )
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    return http.post("/forms/contact", headers=headers, body=f"{body}--x--\r\n".encode())


def report(office: Office) -> Report:
    """What is held once what was sent is settled."""
    settle(office)
    return access.report(KARI, office)


def values(office: Office) -> dict[str, Any]:
    return {one.name: one.value for one in report(office).values}


def problem(response: HTTPResponse) -> tuple[int, str]:
    """Status and kind of a problem document, which says its own status."""
    document = json.loads(response.body)
    assert response.headers["Content-Type"] == "application/problem+json"
    assert document["status"] == response.status_code
    return response.status_code, document["type"]


# The form --------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["contact", "newsletter", "download", "event", "order", "chat"])
@pytest.mark.parametrize("language", ["nb", "en"])
def test_each_form_tells_its_fields_its_notice_and_its_choices(
    http: Http, form: str, language: str
) -> None:
    told = json.loads(http.get(f"/forms/{form}?language={language}").body)
    Draft202012Validator.check_schema(told["fields"])
    assert told["notice"]["id"] == f"avara-2026-11-{language}"
    assert [one["id"] for one in told["choices"]] == [
        "newsletter",
        "marketing_email",
        "marketing_phone",
    ]


def test_the_schema_accepts_what_the_form_accepts(http: Http, office: Office) -> None:
    schema = json.loads(http.get("/forms/event").body)["fields"]
    sent = {"email": KARI, "interests": ["solar"], "answers": {"lunch": "none"}}
    Draft202012Validator(schema).validate(sent)
    assert post(http, "/forms/event", **sent).status_code == 202
    assert values(office)["answers.lunch"] == "none"


# The three ways to send it ---------------------------------------------------------------------


def test_a_json_client_gets_a_reference_and_a_date(http: Http) -> None:
    response = post(http, name="Kari", message="Hello")
    told = json.loads(response.body)
    assert response.status_code == 202
    assert told == {"reference": told["reference"], "erased_on": "2028-11-23", "warnings": []}


def test_a_web_form_means_the_same_as_json(http: Http, office: Office) -> None:
    urlencoded(
        http,
        name="Kari",
        interests="solar\r\nwind",
        choices=["newsletter", "marketing_phone"],
        **{"answers.heard": "none"},
    )
    told = values(office)
    assert (told["interests"], told["answers.heard"]) == (("solar", "wind"), "none")
    assert len(report(office).consents) == 2


def test_multipart_means_the_same_as_json(http: Http, office: Office) -> None:
    sent = [*SENT.items(), ("name", "Kåre"), ("choices", "newsletter"), ("interests", "a\r\nb")]
    response = multipart(http, [(f'{name}"', content) for name, content in sent])
    assert response.status_code == 202
    assert (values(office)["name"], values(office)["interests"]) == ("Kåre", ("a", "b"))


def test_a_file_is_refused(http: Http, aws: Aws) -> None:
    sent = [('email"', KARI), ('notice"', NOTICE), ('message"; filename="a.txt"', "Secret")]
    response = multipart(http, sent)
    assert problem(response) == (422, "/problems/invalid")
    assert aws.items() == []


def test_a_browser_is_led_to_the_thanks_page_with_no_value_in_the_address(
    http: Http,
) -> None:
    response = urlencoded(http, name="Kari", message="25926900059")
    location = response.headers["Location"]
    assert (response.status_code, location.partition("?")[0]) == (303, "/thanks")
    assert location.endswith("stored=email+name+message#national_id")
    assert not any(value in location for value in ("Kari", "example", "25926900059"))


def test_a_browser_gets_its_faults_with_what_was_typed(http: Http, aws: Aws) -> None:
    response = urlencoded(http, email="kari", name="<b>Kari</b>")
    page = response.body.decode()
    assert response.status_code == 422
    assert "This is not an e-mail address." in page
    assert 'value="&lt;b&gt;Kari&lt;/b&gt;"' in page


@pytest.mark.parametrize("odd", [5, True, {"a": 1}, ["x", 1], "x"])
def test_a_page_of_faults_shows_whatever_was_sent(http: Http, odd: object) -> None:
    headers = {**JSON, "Accept": "text/html"}
    sent = dict.fromkeys(["name", "email", "interests", "answers", "choices", "page"], odd)
    response = http.post("/forms/contact", headers=headers, body=json.dumps(sent).encode())
    assert response.status_code == 422


# Refusals --------------------------------------------------------------------------------------


def test_all_faults_come_with_pointer_and_reason_and_no_value(http: Http) -> None:
    response = post(http, email="secret@", shoe="secret", phone="secret")
    assert problem(response) == (422, "/problems/invalid")
    assert json.loads(response.body)["errors"] == [
        {"pointer": "", "detail": ENGLISH["unknown_field"]},
        {"pointer": "/email", "detail": ENGLISH["not_an_email"]},
        {"pointer": "/phone", "detail": ENGLISH["not_a_phone"]},
    ]
    assert b"secret" not in response.body


@pytest.mark.parametrize("path", ["/forms/contact", "/requests"])
@pytest.mark.parametrize("kind", [None, "application/x-www-form-urlencoded", "text/plain", "x"])
@pytest.mark.parametrize(
    "body",
    [
        b'{"right":"erasure","email":"hemmelig.person@example.com"}',
        b' {"hemmelig": "hemmelig"}',
        b"hemmelig",
        b"hemmelig=1&hemmelig.person=2&answers.hemmelig=3",
        b'["hemmelig"]',
        b'--x\r\nContent-Disposition: form-data; name="hemmelig"\r\n\r\nhemmelig\r\n--x--\r\n',
    ],
)
def test_a_refusal_has_no_word_of_a_body_whatever_it_claims_to_be(
    http: Http, path: str, kind: str | None, body: bytes
) -> None:
    headers = {"Content-Type": kind} if kind else {}
    response = http.post(path, headers=headers, body=body)
    told = response.body.decode().casefold()
    assert response.status_code in {400, 415, 422} or (path, kind) == ("/requests", None)
    assert "hemmelig" not in told


def test_faults_are_told_in_the_language_of_the_notice(http: Http) -> None:
    response = post(http, notice="avara-2026-11-nb", email="x")
    assert json.loads(response.body)["errors"][0]["detail"] == NORWEGIAN["not_an_email"]


@pytest.mark.parametrize(
    ("body", "kind", "expected"),
    [
        pytest.param(b"{", "application/json", (400, "/problems/malformed"), id="broken JSON"),
        pytest.param(b"[]", "application/json", (400, "/problems/malformed"), id="no object"),
        pytest.param(b"\xff", "application/json", (400, "/problems/malformed"), id="no UTF-8"),
        pytest.param(
            b"[" * 60_000, "application/json", (400, "/problems/malformed"), id="deep nesting"
        ),
        pytest.param(
            b"a=%FF",
            "application/x-www-form-urlencoded",
            (400, "/problems/malformed"),
            id="a web form that is no UTF-8",
        ),
        pytest.param(
            b"x", "multipart/form-data", (400, "/problems/malformed"), id="parts without a boundary"
        ),
        pytest.param(
            b"--x\r\n",
            "multipart/form-data; boundary=x",
            (400, "/problems/malformed"),
            id="a part cut off",
        ),
        pytest.param(
            b"<x/>", "text/xml", (415, "/problems/unsupported-media-type"), id="another media type"
        ),
        pytest.param(
            b" " * 65_537, "application/json", (413, "/problems/too-large"), id="a byte over 64 KiB"
        ),
        pytest.param(
            b'{"\\ud800": 1}',
            "application/json",
            (400, "/problems/malformed"),
            id="half a character",
        ),
        pytest.param(
            b"answers=1&answers.q=2",
            "application/x-www-form-urlencoded",
            (422, "/problems/invalid"),
            id="answers that are one and many",
        ),
        pytest.param(
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n'
            b"Content-Type: text/plain; charset=bogus\r\n\r\n\xff\r\n--x--\r\n",
            "multipart/form-data; boundary=x",
            (400, "/problems/malformed"),
            id="a part in another charset",
        ),
        pytest.param(b"", "application/json", (400, "/problems/malformed"), id="nothing"),
    ],
)
def test_what_cannot_be_read_is_a_problem_document(
    http: Http, aws: Aws, body: bytes, kind: str, expected: tuple[int, str]
) -> None:
    response = http.post("/forms/contact", headers={"Content-Type": kind}, body=body)
    assert problem(response) == expected
    assert aws.items() == []


def test_a_body_of_exactly_64_kib_is_read(http: Http) -> None:
    body = json.dumps(SENT).encode().ljust(65_536)
    assert http.post("/forms/contact", headers=JSON, body=body).status_code == 202


def test_an_unknown_form_is_not_found(http: Http) -> None:
    assert problem(http.get("/forms/nothing")) == (404, "/problems/not-found")
    assert problem(post(http, "/forms/nothing")) == (404, "/problems/not-found")


def test_a_method_that_a_path_does_not_have_is_a_problem_document(http: Http) -> None:
    response = http.put("/forms/contact", headers=JSON, body=b"{}")
    assert problem(response) == (405, "/problems/method-not-allowed")
    assert response.headers["Allow"] == "GET, POST, OPTIONS"


def test_get_and_head_change_nothing(http: Http, aws: Aws) -> None:
    for path in ("/", "/forms/contact", "/page/contact", "/health", "/thanks", "/site.css"):
        http.get(path)
        http.head(path)
    assert aws.items() == []


# Repetition ------------------------------------------------------------------------------------


@pytest.mark.parametrize("spelled", ['"key 1"', "key1"], ids=["quoted", "bare"])
def test_a_repetition_gets_the_first_answer(http: Http, spelled: str) -> None:
    headers = {**JSON, "Idempotency-Key": spelled}
    body = json.dumps(SENT).encode()
    first = http.post("/forms/contact", headers=headers, body=body)
    again = http.post("/forms/contact", headers=headers, body=body)
    assert (again.status_code, again.body) == (202, first.body)


def test_a_key_with_another_payload_is_a_problem(http: Http) -> None:
    headers = {**JSON, "Idempotency-Key": '"k"'}
    http.post("/forms/contact", headers=headers, body=json.dumps(SENT).encode())
    other = json.dumps({**SENT, "name": "Kari"}).encode()
    response = http.post("/forms/contact", headers=headers, body=other)
    assert problem(response) == (422, "/problems/key-reused")


@pytest.mark.parametrize("key", ['""', '"a', "a b", "x" * 256])
def test_a_key_that_is_none_is_refused(http: Http, key: str) -> None:
    headers = {**JSON, "Idempotency-Key": key}
    response = http.post("/forms/contact", headers=headers, body=json.dumps(SENT).encode())
    assert problem(response) == (400, "/problems/malformed")


# So much a day --------------------------------------------------------------------------------


def test_what_is_too_much_for_a_day_is_a_problem_that_says_when_there_is_room_again(
    http: Http, clock: Clock
) -> None:
    for _ in range(forms.MOST_FORMS_A_DAY):
        assert post(http).status_code == 202
    response = post(http)
    assert problem(response) == (429, "/problems/too-many-requests")
    assert response.headers["Retry-After"] == str(14 * 3600)  # ten in the morning in Oslo
    clock.forward(hours=14)
    assert post(http).status_code == 202


def test_a_browser_keeps_what_was_typed_when_it_is_too_much_for_a_day(http: Http) -> None:
    for _ in range(forms.MOST_FORMS_A_DAY):
        urlencoded(http)
    response = urlencoded(http, message="<i>Call me</i>")
    page = response.body.decode()
    assert (response.status_code, response.headers["Retry-After"]) == (429, str(14 * 3600))
    assert rendering.words("en")["full"] in page
    assert "&lt;i&gt;Call me&lt;/i&gt;" in page


# Other origins ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://www.avara.no", "https://www.avara.no"),
        ("https://shop.avara.no", "https://shop.avara.no"),
        ("https://evil.example", None),
        ("null", None),
        ("", None),
    ],
)
def test_only_configured_origins_may_read_the_answer(
    http: Http, origin: str, allowed: str | None
) -> None:
    for response in (
        http.options("/forms/contact", headers={"Origin": origin}),
        http.get("/forms/contact", headers={"Origin": origin}),
        http.post("/forms/contact", headers={**JSON, "Origin": origin}, body=b"{"),
        http.put("/forms/contact", headers={**JSON, "Origin": origin}),
    ):
        assert response.headers.get("Access-Control-Allow-Origin") == allowed
        assert response.headers["Vary"] == "Origin"


# The visit -------------------------------------------------------------------------------------


def test_technical_data_is_read_from_the_request(http: Http, office: Office) -> None:
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
    headers = {
        **JSON,
        "User-Agent": agent,
        "Accept-Language": "en;q=0.5, nb-NO",
        "Referer": "https://www.avara.no/prices?name=Kari",
        "Cookie": "choices=statistics; prefill=p-1; visitor=v-1",
    }
    http.post("/forms/contact", headers=headers, body=json.dumps(SENT).encode())
    told = values(office)
    assert (told["browser"], told["system"], told["language"]) == ("Firefox", "Linux", "nb-NO")
    assert (told["behaviour"], told["identification"]) == ("https://www.avara.no/prices", "v-1")
    assert told["ip"] == "127.0.0.1"


@pytest.mark.parametrize(
    "cookies",
    [
        "choices=statistics; visitor=v-1; flag",
        'data={"a":"b"}; choices="statistics"; =x; visitor="v-1"',
        'foo="a b; choices=statistics; visitor=v-1',
    ],
)
def test_the_choice_of_cookies_is_read_whatever_stands_beside_it(
    http: Http, office: Office, cookies: str
) -> None:
    headers = {**JSON, "Cookie": cookies}
    http.post("/forms/contact", headers=headers, body=json.dumps(SENT).encode())
    assert values(office)["identification"] == "v-1"


def test_sec_gpc_is_an_objection(http: Http, office: Office) -> None:
    headers = {**JSON, "Sec-GPC": "1", "Cookie": "choices=statistics; visitor=v-1"}
    http.post("/forms/contact", headers=headers, body=json.dumps(SENT).encode())
    assert "identification" not in values(office)
    assert {one.method for one in report(office).consents} == {"Sec-GPC"}
