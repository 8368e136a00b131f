"""The staff over HTTP: who asks, what waits, people as a role may see them, what happened."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from chalice.test import HTTPResponse
from chalice.test import TestHTTPClient as Http

from app import app
from functions import rendering
from shared import wiring
from shared.model.audit import AuditEntry, AuditEvent
from shared.model.contacts import Visit
from shared.model.requests import Right
from shared.model.staff import Staff
from shared.wiring import Office
from shared.workflows import access, auditing, erasures, events, receiving
from shared.workflows import signing_in as signing_in_by_page
from shared.workflows.events import Event
from tests.functions.signing_in import Desk, signing_in, told
from tests.stand_ins import Aws, Clock
from tests.workflows.submitting import KARI, post
from tests.workflows.test_erasures import DUE
from tests.workflows.test_requests import take_back
from tests.workflows.test_requests_attacked import import_row

NORWEGIAN = rendering.words("nb")
NUMBER = "25926900059"
ROUTES = (
    ("GET", "/staff/inbox"),
    ("POST", "/staff/inbox/5d41402abc4b2a76b9719d911017c592/read"),
    ("POST", "/staff/inbox/5d41402abc4b2a76b9719d911017c592/answered"),
    ("POST", "/staff/inbox/5d41402abc4b2a76b9719d911017c592/purpose-ended"),
    ("POST", "/staff/people"),
    ("POST", "/staff/people/trail"),
    ("POST", "/staff/people/events"),
)


@pytest.fixture
def desk(http: Http, office: Office) -> Iterator[Desk]:
    with signing_in(http, office) as one:
        yield one


def ask(http: Http, method: str, path: str, headers: dict[str, str]) -> HTTPResponse:
    if method == "GET":
        return http.get(path, headers=headers)
    return http.post(path, headers={"Content-Type": "application/json", **headers}, body=b"{}")


def problem(response: HTTPResponse) -> tuple[int, str]:
    document = json.loads(response.body)
    assert response.headers["Content-Type"] == "application/problem+json"
    return response.status_code, document.get("detail", "")


def trail(office: Office) -> list[AuditEntry]:
    return auditing.trail(events.find(KARI, office))


# Who asks --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"Authorization": "Bearer"}, id="a scheme alone"),
        pytest.param({"Authorization": "Basic a2FyaTprYXJp"}, id="a password"),
        pytest.param({"Authorization": "Bearer kari"}, id="garbage"),
        pytest.param({"Cookie": "staff=kari", "Origin": "x"}, id="a cookie that is garbage"),
    ],
)
def test_without_a_good_token_nobody_gets_in_and_nothing_is_asked_of_the_table(
    desk: Desk, aws: Aws, headers: dict[str, str]
) -> None:
    for method, path in ROUTES:
        with aws.calls() as made:
            response = ask(desk.http, method, path, headers)
        if "Origin" in headers and method == "POST":
            assert response.status_code == 403
        else:
            assert problem(response)[0] == 401
            for name in ("WWW-Authenticate", "X-WWW-Authenticate"):
                assert response.headers[name] == "Bearer"
            assert json.loads(response.body)["challenge"] == "Bearer"
        assert made == []
        assert b"kari" not in response.body


def test_a_token_that_has_expired_is_refused_on_every_route(desk: Desk, clock: Clock) -> None:
    headers = desk.headers("support")
    clock.forward(minutes=12)
    for method, path in ROUTES:
        assert problem(ask(desk.http, method, path, headers)) == (401, "The token has expired.")


@pytest.mark.parametrize("roles", [(), ("operator",), ("director",), ("Support",)])
def test_without_a_role_that_may_nobody_gets_in(desk: Desk, roles: tuple[str, ...]) -> None:
    for method, path in ROUTES:
        status, detail = problem(ask(desk.http, method, path, desk.headers(*roles)))
        clause = "§13" if path == "/staff/people/trail" else "§10"
        assert (status, detail.partition(" ")[0].rstrip(",")) == (403, clause)


def test_where_no_issuer_is_set_no_staff_signs_in(http: Http) -> None:
    response = http.get("/staff/inbox", headers={"Authorization": "Bearer a.b.c"})
    assert problem(response) == (
        403,
        "The staff cannot sign in here: no issuer of tokens is set.",
    )


def test_an_issuer_that_is_away_is_said_and_the_token_is_not_in_the_log(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.issuer.silent = True
    headers = desk.headers("support")
    with caplog.at_level(logging.DEBUG):
        response = desk.http.get("/staff/inbox", headers=headers)
    assert problem(response) == (503, "The issuer of tokens does not answer.")
    assert headers["Authorization"].partition(" ")[2] not in caplog.text
    assert "eyJ" not in caplog.text


def with_cookie(desk: Desk, path: str, **headers: str) -> HTTPResponse:
    anna = Staff(subject="8f3a", roles=frozenset({"support"}))
    session = signing_in_by_page.begin(anna, desk.office)
    told = {"Cookie": f"staff={session}", "Host": "staff.avara.no", **headers}
    return ask(desk.http, "GET" if path.endswith("inbox") else "POST", path, told)


def test_a_page_is_known_by_its_cookie(desk: Desk) -> None:
    assert with_cookie(desk, "/staff/inbox").status_code == 200


def test_a_token_of_the_issuer_is_no_session_and_a_session_is_no_token(desk: Desk) -> None:
    token = desk.headers("support")["Authorization"].removeprefix("Bearer ")
    anna = Staff(subject="8f3a", roles=frozenset({"support"}))
    session = signing_in_by_page.begin(anna, desk.office)
    for headers in ({"Cookie": f"staff={token}"}, {"Authorization": f"Bearer {session}"}):
        assert desk.http.get("/staff/inbox", headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ({"Origin": "https://staff.avara.no", "X-Forwarded-Proto": "https"}, 422),
        ({"Origin": "http://staff.avara.no"}, 422),
        ({"Origin": "https://staff.avara.no"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://staff.avara.no.evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://privacy.avara.no"}, 422),
        ({"Origin": "http://privacy.avara.no"}, 403),
        ({"Origin": "https://privacy.avara.no.evil.example"}, 403),
        ({"Origin": "https://privacy.avara.no/rights"}, 403),
        ({"Origin": "https://www.avara.no"}, 403),
        ({"Origin": ""}, 403),
        ({}, 403),
    ],
)
def test_what_a_page_sends_must_come_from_a_page_of_this_site(
    desk: Desk, origin: dict[str, str], status: int
) -> None:
    with wiring.staffed_by(replace(desk.office, site="https://privacy.avara.no/rights")):
        assert with_cookie(desk, "/staff/people", **origin).status_code == status


@pytest.mark.parametrize("site", ["", "privacy.avara.no"])
def test_a_site_that_is_none_lets_nobody_in(desk: Desk, site: str) -> None:
    with wiring.staffed_by(replace(desk.office, site=site)):
        for origin in ("", "null", "://", "https://privacy.avara.no"):
            assert with_cookie(desk, "/staff/people", Origin=origin).status_code == 403


def test_a_site_whose_pages_may_send_forms_may_not_send_what_staff_send() -> None:
    """A browser asks first, and nothing answers: there is no preflight."""
    routes = {path: methods for path, methods in app.routes.items() if path.startswith("/staff")}
    assert {method for methods in routes.values() for method in methods} == {"GET", "POST"}


# What waits ------------------------------------------------------------------------------------


def entries(desk: Desk, *roles: str, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = told(desk.get(f"/staff/inbox{query}", *roles))["entries"]
    return found


def test_what_arrived_waits_newest_first_and_names_no_value(
    desk: Desk, office: Office, clock: Clock
) -> None:
    first = post(office, name="Kari", message=f"Hello {NUMBER}")
    clock.forward(minutes=5)
    second = post(office, "download", email="ola@example.com", industry="Shipping")
    response = desk.get("/staff/inbox", "support")
    assert not any(word in response.body for word in (b"Kari", b"ola@", b"Shipping", b"Hello"))
    assert told(response) == {
        "before": "",
        "entries": [
            {
                "reference": second.reference,
                "at": "2026-11-22T09:05:00Z",
                "form": "download",
                "purpose": "material",
                "fields": ["email"],
                "flags": [],
            },
            {
                "reference": first.reference,
                "at": "2026-11-22T09:00:00Z",
                "form": "contact",
                "purpose": "reply",
                "fields": ["email", "name", "message"],
                "flags": ["national_id"],
            },
        ],
    }


@pytest.mark.parametrize(
    ("query", "status", "forms"),
    [
        ("", 200, ["download", "contact"]),
        ("?purpose=reply", 200, ["contact"]),
        ("?purpose=material", 200, ["download"]),
        ("?purpose=customer_care", 200, []),
        ("?purpose=newsletter", 403, []),
        ("?purpose=nothing", 403, []),
    ],
)
def test_only_the_callers_purposes_are_shown(
    desk: Desk, office: Office, clock: Clock, query: str, status: int, forms: list[str]
) -> None:
    post(office)
    clock.forward(minutes=5)
    post(office, "download")
    response = desk.get(f"/staff/inbox{query}", "support")
    assert [one["form"] for one in told(response, status).get("entries", [])] == forms


def test_a_long_inbox_comes_in_pages_without_a_gap_or_a_repetition(
    desk: Desk, office: Office, clock: Clock
) -> None:
    sent = []
    for number in range(51):
        form = ("contact", "download")[number % 3 == 0]
        sent.append(post(office, form, visit=Visit(), email=f"kari{number}@example.com").reference)
        clock.forward(seconds=number % 2)
    seen, before = [], ""
    for size in (25, 25, 1):
        page = told(desk.get(f"/staff/inbox?before={before.replace('#', '%23')}", "support"))
        assert len(page["entries"]) == size
        seen += [one["reference"] for one in page["entries"]]
        before = page["before"]
    assert (before, sorted(seen)) == ("", sorted(sent))


def test_what_was_sent_is_read_one_at_a_time_and_is_on_record_before_it_is_shown(
    desk: Desk, office: Office
) -> None:
    reference = post(office, name="Kari", position="Boss", message="Hello").reference
    shown = told(desk.post(f"/staff/inbox/{reference}/read", "support"))
    values = {one["name"]: one["value"] for one in shown["values"]}
    assert values == {"email": KARI, "name": "Kari", "message": "Hello"}
    (entry,) = trail(office)
    assert (entry.event, entry.actor, entry.because) == (AuditEvent.READ, "support:8f3a", "inbox")
    assert (entry.purpose, entry.reference) == ("reply", reference)
    assert set(entry.fields) == set(values)


def test_without_a_record_nothing_is_shown(desk: Desk, office: Office, aws: Aws) -> None:
    reference = post(office).reference

    def fail() -> None:
        raise OSError

    asked = {"email": KARI, "purpose": "reply"}
    for path, role, sent in (
        (f"/staff/inbox/{reference}/read", "support", asked),
        ("/staff/people", "support", asked),
        ("/staff/people/trail", "privacy", {"email": KARI}),
    ):
        with aws.between("PutItem", fail):
            response = desk.post(path, role, **sent)
        assert problem(response)[0] == 500
        assert KARI.encode() not in response.body


@pytest.mark.parametrize("step", ["read", "answered", "purpose-ended"])
def test_what_waits_for_others_is_not_there(desk: Desk, office: Office, step: str) -> None:
    with wiring.staffed_by(replace(desk.office, statement=without(office, "support", "reply"))):
        reference = post(office).reference
        response = desk.post(f"/staff/inbox/{reference}/{step}", "support")
        assert problem(response) == (404, "Nothing waits under this reference.")
        assert trail(office) == []


def without(office: Office, role: str, purpose: str) -> Any:
    from msgspec.structs import replace as other  # noqa: PLC0415

    roles = dict(office.statement.roles)
    kept = tuple(name for name in roles[role].purposes if name != purpose)
    roles[role] = other(roles[role], purposes=kept)
    return other(office.statement, roles=roles)


def test_what_is_answered_waits_no_longer_and_the_answer_is_a_contact_from_us(
    desk: Desk, office: Office, clock: Clock
) -> None:
    reference = post(office).reference
    clock.forward(days=3)
    verdict = told(desk.post(f"/staff/inbox/{reference}/answered", "support"))
    assert verdict["erased_on"] == "2028-11-23"
    report = access.report(KARI, office)
    assert [one.channel for one in report.contacts] == ["form", "outbound"]
    assert entries(desk, "support") == []
    assert desk.post(f"/staff/inbox/{reference}/answered", "support").status_code == 404
    assert [one.because for one in trail(office)] == ["outbound"]


def test_an_answered_question_without_another_reason_is_erased_earlier(
    desk: Desk, office: Office, clock: Clock
) -> None:
    reference = post(office).reference
    clock.forward(minutes=1)
    told(desk.post(f"/staff/inbox/{reference}/purpose-ended", "support"))
    assert entries(desk, "support") == []
    assert [one.channel for one in access.report(KARI, office).contacts] == [
        "form",
        "purpose-ended",
    ]
    assert [one.because for one in trail(office)] == ["purpose-ended"]


def test_a_step_that_nobody_knows_is_not_found(desk: Desk, office: Office) -> None:
    reference = post(office).reference
    assert desk.post(f"/staff/inbox/{reference}/eaten", "support").status_code == 404
    assert len(entries(desk, "support")) == 1


def test_who_is_erased_waits_no_longer(desk: Desk, office: Office, clock: Clock, aws: Aws) -> None:
    post(office)
    clock.set(DUE)
    erasures.sweep(office)
    assert entries(desk, "support") == []
    assert [
        item for item in aws.items() if "due_pk" in item and item["due_pk"]["S"][:2] == "IN"
    ] == []


def test_what_is_restricted_is_not_read(desk: Desk, office: Office, aws: Aws) -> None:
    reference = post(office).reference
    restrict(aws)
    assert desk.post(f"/staff/inbox/{reference}/read", "support").status_code == 404
    assert desk.post("/staff/people", "support", email=KARI, purpose="reply").status_code == 404
    assert desk.post("/staff/people", "privacy", email=KARI, purpose="rights").status_code == 200


def restrict(aws: Aws) -> None:
    profile = aws.profile()
    aws.client.update_item(
        TableName=aws.table,
        Key={"pk": profile["pk"], "sk": profile["sk"]},
        UpdateExpression="SET restricted_since = :at",
        ExpressionAttributeValues={":at": {"S": "2026-11-22T09:00:00.000000+0000"}},
    )


# People ----------------------------------------------------------------------------------------


def test_a_person_is_shown_as_the_role_may_see_them(
    desk: Desk, office: Office, clock: Clock
) -> None:
    post(office, name="Kari", position="Boss", message="Hello", choices=["newsletter"])
    shown = told(desk.post("/staff/people", "support", email=" Kari@Example.com", purpose="reply"))
    assert [one["name"] for one in shown["values"]] == ["email", "name", "message"]
    assert shown["values"][0] == {
        "name": "email",
        "value": KARI,
        "source": {"kind": "form", "at": "2026-11-22T09:00:00Z", "form": "contact", "record": ""},
        "purpose": "reply",
    }
    assert (shown["erased_on"], shown["agreed_to"]) == (None, [])
    assert shown["because"].startswith("§9 subscribed")
    (entry,) = trail(office)
    assert (entry.actor, entry.purpose) == ("support:8f3a", "reply")
    assert entry.fields == ("email", "name", "message")


def test_what_somebody_agrees_to_is_read_for_until_they_no_longer_do(
    desk: Desk, office: Office, clock: Clock
) -> None:
    def seen() -> HTTPResponse:
        return desk.post("/staff/people", "marketing", email=KARI, purpose="newsletter")

    post(office, name="Kari", message="Hello")
    assert seen().status_code == 404
    clock.forward(minutes=1)
    post(office, "newsletter", choices=["newsletter"])
    assert told(seen())["agreed_to"] == ["newsletter"]
    assert {one["name"] for one in told(seen())["values"]} == {"name", "email"}
    clock.forward(minutes=1)
    events.note(KARI, Event.UNSUBSCRIBE, office, at=clock.now())
    assert seen().status_code == 404


def test_after_an_objection_nothing_is_read_for_a_dialogue_nor_of_what_is_held_for_one(
    desk: Desk, office: Office, clock: Clock
) -> None:
    def seen(purpose: str) -> list[str] | int:
        answer = desk.post("/staff/people", "sales", email=KARI, purpose=purpose)
        ok = answer.status_code == 200
        return [one["name"] for one in told(answer)["values"]] if ok else answer.status_code

    import_row(office)
    assert (seen("dialogue"), seen("reply")) == (["email", "name"], ["email", "name"])
    clock.forward(minutes=1)
    reference = receiving.receive(Right.OBJECTION, KARI, office, language="en").reference
    assert (seen("dialogue"), seen("reply")) == (404, 404)
    clock.forward(minutes=1)
    post(office, message="Do call me")
    assert (seen("dialogue"), seen("reply")) == (404, ["email", "message"])
    take_back(reference, office)
    assert seen("dialogue") == ["name", "email", "message"]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"email": "nobody@example.com", "purpose": "reply"}, 404),
        ({"email": KARI, "purpose": "newsletter"}, 403),
        ({"email": KARI, "purpose": "gossip"}, 422),
        ({"email": KARI}, 422),
        ({"email": "kari", "purpose": "reply"}, 422),
        ({"email": 5, "purpose": ["reply"]}, 422),
        ({"email": KARI, "purpose": "reply", "kari": 1}, 422),
    ],
)
def test_who_asks_says_what_for(
    desk: Desk, office: Office, sent: dict[str, Any], status: int
) -> None:
    post(office)
    response = desk.post("/staff/people", "support", **sent)
    assert problem(response)[0] == status
    assert KARI.encode() not in response.body
    assert trail(office) == []


def test_a_person_who_is_unknown_and_one_who_may_not_be_seen_look_alike(
    desk: Desk, office: Office
) -> None:
    post(office)
    unknown, unseen = (
        desk.post("/staff/people", "marketing", email=email, purpose="newsletter").body
        for email in ("nobody@example.com", KARI)
    )
    assert unknown == unseen


# What was done ---------------------------------------------------------------------------------


def read_trail(desk: Desk, *roles: str, email: object = KARI, **sent: Any) -> HTTPResponse:
    return desk.post("/staff/people/trail", *roles, email=email, **sent)


def test_a_trail_is_told_whole_with_the_reading_of_it_last(desk: Desk, office: Office) -> None:
    post(office, name="Kari")
    told(desk.post("/staff/people", "support", email=KARI, purpose="reply"))
    shown = told(read_trail(desk, "privacy", email=" Kari@Example.com"))
    entries = [(one["number"], one["actor"], one["event"]) for one in shown["entries"]]
    assert entries == [(1, "support:8f3a", "read"), (2, "privacy:8f3a", "read")]
    assert (shown["entries"][1]["because"], shown["entries"][1]["purpose"]) == ("audit", "rights")
    assert shown["whole"] is True
    assert shown["because"] == "GDPR art. 5(2): everything follows on what stands before it"
    assert [one.number for one in trail(office)] == [1, 2]


def test_a_trail_that_is_not_as_it_was_written_is_told_so(
    desk: Desk, office: Office, aws: Aws
) -> None:
    post(office)
    subject_id = events.find(KARI, office)
    for _ in range(3):
        auditing.note(subject_id, AuditEvent.READ, "support:8f3a", office)
    key = {"pk": {"S": f"AUD#{subject_id}"}, "sk": {"S": "00000002"}}
    aws.client.delete_item(TableName=aws.table, Key=key)
    shown = told(read_trail(desk, "privacy"))
    assert [one["number"] for one in shown["entries"]] == [1, 3, 4]
    assert shown["whole"] is False
    assert shown["because"] == "GDPR art. 5(2): not as it was written: 3"


@pytest.mark.parametrize(
    ("role", "sent", "status"),
    [
        ("privacy", {"email": "nobody@example.com"}, 404),
        ("privacy", {"email": "kari"}, 422),
        ("privacy", {"email": ""}, 422),
        ("privacy", {"email": KARI, "purpose": "rights"}, 422),
        ("support", {}, 403),
        ("sales", {}, 403),
        ("operator", {}, 403),
    ],
)
def test_a_trail_is_for_who_may_audit_it(
    desk: Desk, office: Office, role: str, sent: dict[str, Any], status: int
) -> None:
    post(office)
    assert problem(read_trail(desk, role, **sent))[0] == status
    assert trail(office) == []


def test_a_trail_is_not_there_to_be_fetched(desk: Desk) -> None:
    assert desk.get("/staff/people/trail", "privacy").status_code == 405


# What happened ---------------------------------------------------------------------------------


def note(desk: Desk, event: str, *roles: str, **sent: Any) -> HTTPResponse:
    return desk.post("/staff/people/events", *roles, email=KARI, event=event, **sent)


@pytest.mark.parametrize(
    ("event", "may"),
    [
        ("phone", {"marketing", "support", "sales", "privacy"}),
        ("reply", {"marketing", "support", "sales", "privacy"}),
        ("outbound", {"marketing", "support", "sales", "privacy"}),
        ("unsubscribe", {"marketing", "support", "sales", "privacy"}),
        ("customer-start", {"support", "sales"}),
        ("customer-end", {"support", "sales"}),
        ("purpose-ended", {"support", "sales"}),
        ("hold", {"privacy"}),
        ("release", {"privacy"}),
    ],
)
def test_who_may_note_what_is_said_by_the_role(
    desk: Desk, office: Office, clock: Clock, event: str, may: set[str]
) -> None:
    for role in office.statement.roles:
        post(office, choices=["newsletter"])
        if event == "customer-end":
            events.note(KARI, Event.CUSTOMER_START, office, at=clock.now())
        if event == "release":
            events.note(KARI, Event.HOLD, office, at=clock.now(), because="a claim")
        clock.forward(minutes=1)
        response = note(desk, event, role, because="a claim")
        assert response.status_code == (200 if role in may else 403), (role, response.body)
        clock.forward(minutes=1)
    noted = {one.actor.partition(":")[0] for one in trail(office) if one.because == event}
    assert noted == may


def test_a_call_moves_the_day_and_its_note_is_kept_with_the_person(
    desk: Desk, office: Office, clock: Clock
) -> None:
    post(office)
    clock.forward(days=10)
    verdict = told(note(desk, "phone", "sales", because="Wants a boat"))
    assert verdict == {
        "erased_on": "2028-12-03",
        "because": "§9 active dialogue: 2 years from the last contact",
    }
    assert access.report(KARI, office).contacts[-1].note == "Wants a boat"
    (entry,) = trail(office)
    assert (entry.event, entry.actor, entry.because) == (AuditEvent.NOTED, "sales:8f3a", "phone")
    assert entry.commitment
    assert "boat" not in repr(entry)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (f"Fødselsnummer {NUMBER}", ["national_id"]),
        (f"fnr: {NUMBER[:6]} {NUMBER[6:]}", ["national_id"]),
        ("She has been given a diagnosis", ["special_category"]),
        (f"National ID {NUMBER}, is pregnant", ["national_id", "special_category"]),
    ],
)
@pytest.mark.parametrize("confirmed", [False, True])
def test_what_must_not_be_written_is_refused_with_a_hint_and_not_repeated(
    desk: Desk,
    office: Office,
    aws: Aws,
    text: str,
    codes: list[str],
    confirmed: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    post(office)
    before = aws.items()
    with caplog.at_level(logging.DEBUG, "functions"):
        response = note(desk, "phone", "support", because=text, confirmed=confirmed)
    details = [one["detail"] for one in told(response, 422)["errors"]]
    assert details == [NORWEGIAN["faults"][code] for code in codes]
    assert aws.items() == before
    assert NUMBER not in response.body.decode() + caplog.text


def test_a_number_that_may_be_one_is_to_be_confirmed(
    desk: Desk, office: Office, clock: Clock, aws: Aws
) -> None:
    post(office)
    clock.forward(days=1)
    before = aws.items()
    response = note(desk, "phone", "support", because=f"Order {NUMBER}")
    assert told(response, 202)["warnings"] == [NORWEGIAN["staff"]["confirm"]["national_id"]]
    assert (aws.items(), NUMBER in response.body.decode()) == (before, False)
    told(note(desk, "phone", "support", because=f"Order {NUMBER}", confirmed=True))
    contact = access.report(KARI, office).contacts[-1]
    assert (contact.note, contact.flags) == (f"Order {NUMBER}", ("national_id",))


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        ({"event": "eaten"}, "/event"),
        ({"event": 5}, "/event"),
        ({"event": None}, "/event"),
        ({"email": ""}, "/email"),
        ({"at": "yesterday"}, "/at"),
        ({"at": "2026-11-22T08:00:00"}, "/at"),
        ({"at": "2027-01-01T08:00:00Z"}, "/at"),
        ({"at": "1900-01-01T08:00:00Z"}, "/at"),
        ({"at": 5}, "/at"),
        ({"because": ["x"]}, "/because"),
        ({"because": "x" * 2001}, "/because"),
        ({"confirmed": "true"}, "/confirmed"),
        ({"a/b~c": 1}, ""),
    ],
)
def test_every_fault_is_named_by_where_it_is(
    desk: Desk, office: Office, sent: dict[str, Any], pointer: str
) -> None:
    post(office)
    body = {"email": KARI, "event": "phone", **sent}
    response = desk.post("/staff/people/events", "support", **body)
    assert [one["pointer"] for one in told(response, 422)["errors"]] == [pointer]


def test_a_hold_needs_a_reason(desk: Desk, office: Office) -> None:
    post(office)
    response = note(desk, "hold", "privacy")
    assert [one["pointer"] for one in told(response, 422)["errors"]] == ["/because"]


def test_what_does_not_fit_is_a_conflict(desk: Desk, office: Office) -> None:
    post(office)
    assert problem(note(desk, "release", "privacy"))[0] == 409
    assert problem(note(desk, "customer-end", "sales"))[0] == 409
    assert trail(office) == []


def test_an_event_may_have_happened_before(desk: Desk, office: Office, clock: Clock) -> None:
    post(office)
    clock.forward(days=10)
    at = (clock.now() - timedelta(days=5)).isoformat()
    assert told(note(desk, "phone", "sales", at=at))["erased_on"] == "2028-11-28"


# Two at once -----------------------------------------------------------------------------------

ACTS: dict[str, str] = {
    "phone": "a contact",
    "customer-start": "a change",
}


@pytest.mark.parametrize("event", ACTS, ids=ACTS.values())
def test_what_is_noted_is_on_record_even_when_the_trail_grows_meanwhile(
    desk: Desk, office: Office, clock: Clock, aws: Aws, event: str
) -> None:
    post(office)
    clock.forward(days=1)

    def grow() -> None:
        auditing.note(events.find(KARI, office), AuditEvent.READ, "sales:other", office)

    with aws.between("TransactWriteItems", grow):
        told(note(desk, event, "support"))
    assert [one.channel for one in access.report(KARI, office).contacts] == ["form", event]
    assert [(one.number, one.actor) for one in trail(office)] == [
        (1, "sales:other"),
        (2, "support:8f3a"),
    ]
    assert auditing.verify(events.find(KARI, office), office).broken == ()


@pytest.mark.parametrize("step", ["answered", "purpose-ended"])
def test_of_two_who_answer_one_is_told_that_nothing_waits(
    desk: Desk, office: Office, clock: Clock, aws: Aws, step: str
) -> None:
    path = f"/staff/inbox/{post(office).reference}"
    clock.forward(days=1)

    def other() -> None:
        told(desk.post(f"{path}/answered", "sales"))

    with aws.between("TransactWriteItems", other):
        assert desk.post(f"{path}/{step}", "support").status_code == 404
    assert [one.actor for one in trail(office)] == ["sales:8f3a"]
    assert [one.channel for one in access.report(KARI, office).contacts] == ["form", "outbound"]


def test_a_submission_that_comes_while_another_is_answered_waits(
    desk: Desk, office: Office, clock: Clock, aws: Aws
) -> None:
    first = post(office).reference
    clock.forward(days=1)
    with aws.between("TransactWriteItems", lambda: post(office) and None):
        told(desk.post(f"/staff/inbox/{first}/purpose-ended", "support"))
    (left,) = entries(desk, "support")
    assert left["reference"] != first


@pytest.mark.parametrize("before", ["x", "0" * 3000, "2026-11-22T09:00:00.000000Z#x", "å"])
def test_a_page_of_the_inbox_begins_only_where_one_has_ended(desk: Desk, before: str) -> None:
    assert desk.get(f"/staff/inbox?before={quote(before)}", "support").status_code == 400
