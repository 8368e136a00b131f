"""The whole system in one process, over HTTP, with a clock that can be set."""

import email.message
import re
import socket
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
import requests
from moto.dynamodb.models.table import Table

from infra import local, resources
from infra.local import aws, clock
from tests.local.stack import NOTICE, Stack, refused_start, running

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PROBLEM = "application/problem+json"
SWEPT = ["retention_sweep", "reminders"]
"""What runs when the clock is moved by days: each schedule once, in the order of their times."""


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    with running(tmp_path) as started:
        yield started


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack whose clock nobody sets."""
    with running(tmp_path_factory.mktemp("stack")) as started:
        yield started


def client(stack: Stack, service: str) -> Any:
    told = stack.get("/_local/aws").json()
    return boto3.client(service, endpoint_url=told["endpoint_url"], region_name=told["region"])


def items(stack: Stack, *kinds: str) -> list[dict[str, Any]]:
    """The items whose pk begins with one of these."""
    pages = client(stack, "dynamodb").get_paginator("scan").paginate(TableName=local.TABLE)
    return [item for page in pages for item in page["Items"] if item["pk"]["S"].startswith(kinds)]


def later(stack: Stack, **passed: float) -> str:
    return (datetime.fromisoformat(stack.now()) + timedelta(**passed)).isoformat()


def bearer(stack: Stack, role: str) -> dict[str, str]:
    token = stack.get(f"/_local/token?role={role}&sub=anna").json()
    assert (token["token_type"], token["expires_in"]) == ("Bearer", 3600)
    return {"Authorization": f"Bearer {token['access_token']}"}


def test_the_staff_sign_in_with_a_token_of_the_stack_whose_time_is_the_stacks(
    stack: Stack,
) -> None:
    stack.fill_in("contact", email="kari@example.com", message="Hei")
    before = bearer(stack, "support")
    assert stack.get("/staff/inbox", headers=before).status_code == 200
    stack.set_clock(later(stack, days=3))
    answer = stack.get("/staff/inbox", headers=before)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    (entry,) = stack.get("/staff/inbox", headers=bearer(stack, "support")).json()["entries"]
    path = f"/staff/inbox/{entry['reference']}"
    read = stack.post(f"{path}/read", headers=bearer(stack, "support")).json()
    assert [one["value"] for one in read["values"]] == ["kari@example.com", "Hei"]
    assert stack.post(f"{path}/answered", headers=bearer(stack, "operator")).status_code == 403
    assert stack.post(f"{path}/answered", headers=bearer(stack, "sales")).status_code == 200
    assert stack.get("/staff/inbox", headers=bearer(stack, "sales")).json()["entries"] == []
    assert "kari" not in stack.output()
    assert "eyJ" not in stack.output()


def test_a_page_of_the_staff_signs_in_and_only_staff_is_sent_its_cookie(quiet: Stack) -> None:
    browser = requests.Session()
    issuer = browser.get(f"{quiet.url}/staff/sign-in")
    assert 'value="privacy"' in issuer.text
    answer = browser.post(issuer.url, data={"role": "support", "sub": "anna"})
    assert "/staff/requests" in answer.text
    (cookie,) = browser.cookies
    assert (cookie.name, cookie.path, cookie.secure) == ("staff", "/staff", False)
    cookie = {"Cookie": f"staff={cookie.value}"}
    assert quiet.get("/staff/inbox", headers=cookie).status_code == 200
    asked = {"email": "nobody@example.com", "purpose": "reply"}
    for origin, status in ((quiet.url, 404), ("http://127.0.0.1:1", 403)):
        headers = {**cookie, "Origin": origin}
        assert quiet.post("/staff/people", json=asked, headers=headers).status_code == status


def test_it_says_that_it_is_ready(quiet: Stack) -> None:
    answer = quiet.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param({"json": {"email": "j@example.com", "notice": NOTICE}}, id="as JSON"),
        pytest.param({"data": {"email": "u@example.com", "notice": NOTICE}}, id="as a web form"),
        pytest.param(
            {"files": {"email": (None, "m@example.com"), "notice": (None, NOTICE)}},
            id="as a web form in parts",
        ),
    ],
)
def test_a_form_is_taken_in(quiet: Stack, sent: dict[str, Any]) -> None:
    answer = quiet.post("/forms/contact", **sent)
    assert answer.status_code == 202
    assert set(answer.json()) == {"reference", "erased_on", "warnings"}


def test_a_browser_is_sent_to_a_page_that_thanks(quiet: Stack) -> None:
    sent = {"email": "b@example.com", "notice": NOTICE}
    answer = quiet.post("/forms/contact", data=sent, headers={"Accept": "text/html"})
    assert answer.history[0].status_code == 303
    assert answer.status_code == 200
    assert urlsplit(answer.url).path == "/thanks"


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        pytest.param("GET", "/nothing/here", {}, 404, id="an unknown path"),
        pytest.param("GET", "/forms/nothing", {}, 404, id="an unknown form"),
        pytest.param("POST", "/_local/nothing", {}, 404, id="an unknown path of the stack"),
        pytest.param("DELETE", "/forms/contact", {}, 405, id="an unknown method"),
        pytest.param("PUT", "/_local/clock", {}, 405, id="an unknown method of the stack"),
        pytest.param("POST", "/forms/contact", {"data": b"x" * 65537}, 413, id="too large"),
        pytest.param(
            "POST", "/forms/contact", {"data": b"x" * (11 << 20)}, 413, id="far too large"
        ),
        pytest.param(
            "POST",
            "/forms/contact",
            {"data": b"<a/>", "headers": {"Content-Type": "text/xml"}},
            415,
            id="of a kind that is not read",
        ),
        pytest.param(
            "POST",
            "/forms/contact",
            {"data": b"{", "headers": {"Content-Type": "application/json"}},
            400,
            id="half a document",
        ),
        pytest.param("POST", "/forms/contact", {"json": {}}, 422, id="nothing filled in"),
    ],
)
def test_what_is_wrong_is_answered_with_a_problem_document(
    quiet: Stack, method: str, path: str, options: dict[str, Any], status: int
) -> None:
    answer = requests.request(method, quiet.url + path, timeout=60, **options)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, PROBLEM)
    assert answer.json()["status"] == status


def test_any_aws_client_can_look_in(quiet: Stack) -> None:
    told = quiet.get("/_local/aws").json()
    assert (told["region"], told["table"]) == (local.REGION, local.TABLE)
    table = client(quiet, "dynamodb").describe_table(TableName=told["table"])["Table"]
    assert table["TableStatus"] == "ACTIVE"


@pytest.mark.parametrize(
    ("now", "status"),
    [
        pytest.param("2028-11-24T01:00:00", 422, id="a naive time"),
        pytest.param("tomorrow", 422, id="words"),
        pytest.param("", 422, id="an empty text"),
        pytest.param(1, 400, id="a number"),
        pytest.param(None, 400, id="nothing"),
    ],
)
def test_the_clock_takes_nothing_but_an_aware_time(quiet: Stack, now: object, status: int) -> None:
    answer = quiet.post("/_local/clock", json={"now": now})
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, PROBLEM)


def test_the_clock_ticks(quiet: Stack) -> None:
    first = datetime.fromisoformat(quiet.now())
    second = datetime.fromisoformat(quiet.now())
    assert first < second < first + timedelta(minutes=1)


def test_the_clock_fires_the_sweep_once_forwards_and_never_backwards(stack: Stack) -> None:
    stack.set_clock("2027-05-10T12:00:00+02:00")
    assert stack.set_clock("2027-05-10T23:59:00+02:00") == ["reminders"]
    assert stack.set_clock("2027-05-20T12:00:00Z") == SWEPT
    backwards = stack.set_clock("2027-05-01T12:00:00Z")
    assert (backwards, stack.set_clock("2027-05-02T12:00:00Z")) == ([], SWEPT)


def test_the_clock_knows_every_function_that_has_a_schedule() -> None:
    schedules = resources.schedules(resources.default_time_zone())
    assert {one.function for one in schedules} == clock.FUNCTIONS.keys()


def test_deadlines_are_watched_at_a_quarter_past_every_hour(stack: Stack) -> None:
    stack.set_clock("2027-05-10T12:16:00Z")
    assert stack.set_clock("2027-05-10T13:14:00Z") == []
    assert stack.set_clock("2027-05-10T13:16:00Z") == ["reminders"]


def test_the_sweep_fires_at_half_past_midnight_where_the_controller_is(stack: Stack) -> None:
    stack.set_clock("2027-05-10T12:00:00+02:00")
    assert stack.set_clock("2027-05-11T00:29:00+02:00") == ["reminders"]
    assert stack.set_clock("2027-05-11T00:31:00+02:00") == ["retention_sweep"]
    assert datetime.fromisoformat(stack.now()) >= datetime.fromisoformat("2027-05-10T22:31:00Z")


def test_a_person_is_erased_when_the_time_has_come_and_the_record_stands(stack: Stack) -> None:
    told = stack.fill_in("contact", email="kari@example.com", message="Hei")
    kept_until = datetime.fromisoformat(f"{told['erased_on']}T00:00:00+01:00")
    stack.set_clock((kept_until - timedelta(minutes=5)).isoformat())
    assert len(items(stack, "S#", "E#")) == 3
    assert stack.set_clock((kept_until + timedelta(hours=2)).isoformat()) == SWEPT
    assert (items(stack, "S#", "E#"), len(items(stack, "TOMB#"))) == ([], 1)


def test_technical_data_is_gone_after_thirty_days_and_the_person_is_not(stack: Stack) -> None:
    stack.fill_in("contact", email="kari@example.com", page="https://www.avara.no/om?a=b")
    visits = [item for item in items(stack, "S#") if item["sk"]["S"].startswith("V#")]
    stack.set_clock(later(stack, days=32))
    left = {item["sk"]["S"][:2] for item in items(stack, "S#")}
    assert (len(visits), left) == (1, {"PR", "I#"})


def test_a_mail_that_was_sent_lies_in_the_outbox(stack: Stack) -> None:
    assert stack.get("/_local/outbox", headers={"Accept": "application/json"}).json() == []
    mail = email.message.EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = "Hei på deg", "post@avara.no", "kari@example.com"
    mail.set_content("Takk <b>Kari</b>.\n")
    ses = client(stack, "ses")
    ses.verify_email_identity(EmailAddress="post@avara.no")
    ses.send_raw_email(RawMessage={"Data": mail.as_bytes()})
    (found,) = stack.get("/_local/outbox", headers={"Accept": "application/json"}).json()
    assert set(found) == {"to", "subject", "text", "html", "headers", "at"}
    assert (found["to"], found["subject"]) == (["kari@example.com"], "Hei på deg")
    page = stack.get("/_local/outbox", headers={"Accept": "text/html"}).text
    assert "Takk &lt;b&gt;Kari&lt;/b&gt;." in page


@pytest.mark.parametrize(
    ("environ", "reason"),
    [
        pytest.param({"PORT": "http"}, "PORT is not a port", id="words for a port"),
        pytest.param({"PORT": "65536"}, "PORT is not a port", id="a port too high"),
        pytest.param({"PORT": "-1"}, "PORT is not a port", id="a port too low"),
        pytest.param(
            {"PORT": "0", "STATEMENT": "missing.toml"},
            "missing.toml: file: cannot be read: No such file or directory",
            id="a statement that is not there",
        ),
    ],
)
def test_it_says_in_one_line_why_it_does_not_start(environ: dict[str, str], reason: str) -> None:
    ended = refused_start(**environ)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert len(ended.stderr.splitlines()) == 1
    assert reason in ended.stderr


def test_a_port_that_is_taken_is_said_in_one_line(quiet: Stack) -> None:
    ended = refused_start(PORT=quiet.url.rpartition(":")[2])
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1


def hang_up(stack: Stack, sent: bytes) -> None:
    """Send something and go away without waiting for the answer."""
    host, _, port = urlsplit(stack.url).netloc.partition(":")
    with socket.create_connection((host, int(port))) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        line.sendall(sent)


PERSON = {
    "name": "Kari Nordmann",
    "email": "kari.nordmann@example.com",
    "phone": "+4790123456",
    "business": "Nordmann Skogdrift",
    "message": "Fødselsnummeret mitt er 01010750160 og diagnosen er alvorlig.",
}
PERSONAL = re.compile(
    "kari|nordmann|90123456|skogdrift|fødselsnummer|01010750160|diagnose|alvorlig|firefox|127.0.0.1",
    re.IGNORECASE,
)


def test_no_personal_data_is_in_any_line_of_a_full_run(stack: Stack) -> None:
    headers = {"User-Agent": AGENT, "Referer": "https://www.avara.no/kari"}
    page = "https://www.avara.no/?name=kari"
    stack.fill_in("contact", **PERSON, page=page)
    stack.post("/forms/contact?email=kari@example.com", data=PERSON, headers=headers)
    stack.post("/forms/contact", json={**PERSON, "kari": "Nordmann"}, headers=headers)
    stack.post("/forms/contact", data=b"kari.nordmann", headers=headers)
    for path in ("/forms/kari@example.com", "/kari", "/health;kari", "/page/kari"):
        requests.put(stack.url + path, timeout=10)
    hang_up(stack, b"kari.nordmann@example.com is not a request\r\n\r\n")
    hang_up(stack, b"GET /?name=kari HTTP/1.1\r\nHost: x\r\n\r\n" * 50)
    hang_up(stack, b"POST /forms/contact HTTP/1.1\r\nContent-Length: 900\r\n\r\nkari")
    stack.set_clock(later(stack, days=800))
    stack.set_clock(later(stack, days=1200))
    announced, *lines = stack.output().splitlines()
    assert announced == f"Avara AS on {stack.url}"
    assert [line for line in lines if PERSONAL.search(line)] == []
    assert any(line.endswith("POST /forms 202") for line in lines)
    assert not any(line.startswith("{") for line in lines)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(b"PROPFIND /kari HTTP/1.1\r\nHost: x\r\n", 501, id="a method of nobody"),
        pytest.param(b"kari\r\n", 400, id="no request line"),
        pytest.param(b"GET /kari HTTP/7\r\n", 400, id="no version"),
        pytest.param(b"GET /kari HTTP/1.1\r\nauthorization: \xe6\r\n", 404, id="letters unknown"),
        pytest.param(b"GET /%kari%00\xff HTTP/1.1\r\nHost: x\r\n", 404, id="a path of no letters"),
        pytest.param(
            b"POST /forms/contact HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n",
            400,
            id="two lengths",
        ),
        pytest.param(
            b"POST /forms/contact HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n",
            413,
            id="a length of thousands of digits",
        ),
    ],
)
def test_what_is_no_request_is_a_problem_and_is_not_repeated(
    quiet: Stack, sent: bytes, status: int
) -> None:
    host, _, port = quiet.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), 10) as connection:
        connection.sendall(sent + b"\r\n")
        connection.shutdown(socket.SHUT_WR)
        answer = connection.makefile("rb").read().decode()
    assert answer.startswith(f"HTTP/1.1 {status} ")
    assert "application/problem+json" in answer
    assert "kari" not in answer


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "QUERY", "DELETE"])
def test_a_method_that_a_path_lacks_is_refused_with_those_it_has(quiet: Stack, method: str) -> None:
    answer = requests.request(method, f"{quiet.url}/health", timeout=60)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")
    assert answer.headers["Content-Type"] == PROBLEM


def test_what_the_gateway_refuses_any_page_may_read(quiet: Stack) -> None:
    answer = quiet.get("/nothing/here", headers={"Origin": "https://www.example.com"})
    assert answer.headers["Access-Control-Allow-Origin"] == "https://www.example.com"
    assert answer.headers["Vary"] == "Origin"


def test_a_path_is_read_as_it_is_meant(quiet: Stack) -> None:
    assert quiet.get("/page/cont%61ct").status_code == 200


def test_an_answer_without_content_has_no_length(quiet: Stack) -> None:
    answer = requests.options(f"{quiet.url}/forms/contact", timeout=60)
    assert answer.status_code == 204
    assert not {"Content-Length", "Content-Type"} & answer.headers.keys()


def test_the_embedded_aws_lets_go_of_what_it_copied() -> None:
    """It copies a whole table for each write of a transaction: gigabytes after some hundreds."""
    Table.instances_tracked.append(Table)
    boto3.client("dynamodb", endpoint_url=aws.start(aws.MOTO)).list_tables()
    assert Table.instances_tracked == []


@pytest.mark.parametrize("year", ["0001", "1970", "2200", "9999"])
def test_a_clock_beyond_all_sense_is_refused(quiet: Stack, year: str) -> None:
    now = f"{year}-12-31T23:59:59Z"
    assert quiet.post("/_local/clock", json={"now": now}).status_code == 422


def test_another_statement_runs_on_its_own_clock_and_rules(tmp_path: Path) -> None:
    kayak = Path(__file__).parents[1] / "statement" / "kayak.toml"
    with running(tmp_path, STATEMENT=str(kayak)) as stack:
        stack.set_clock("2026-11-22T09:00:00Z")
        sent = {"notice": "kayak-3", "mail": "kim@example.com", "boat": "Canoe"}
        assert stack.post("/forms/trip", json=sent).json()["erased_on"] == "2028-05-23"
        assert stack.ask("subject", "kim@example.com")["because"].startswith("§6 eighteen months")
        assert stack.set_clock("2028-05-22T11:29:00Z") == SWEPT
        assert stack.ask("erasures")["erasures"] == []
        stack.set_clock("2028-05-22T12:31:00Z")
        assert len(stack.ask("erasures")["erasures"]) == 1
