"""The staff sign in by a page: at the issuer, in the browser that began it, and for a while."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from chalice.test import HTTPResponse
from chalice.test import TestHTTPClient as Http

from shared import wiring
from shared.wiring import Office
from shared.workflows import signing_in as staffed
from tests.functions.signing_in import Desk, signing_in
from tests.functions.test_staff import problem
from tests.stand_ins import Aws, Clock

TLS = {"Host": "privacy.avara.no", "X-Forwarded-Proto": "https", "Accept": "text/html"}


@pytest.fixture
def desk(http: Http, office: Office) -> Iterator[Desk]:
    with signing_in(http, office) as desk:
        yield desk


def test_without_a_client_of_the_issuer_nobody_signs_in_by_a_page(desk: Desk) -> None:
    for path in ("/staff/sign-in", "/staff/signed-in?code=a&state=b"):
        assert problem(desk.http.get(path)) == (404, "Nobody signs in here by a page.")


@pytest.fixture
def by_page(desk: Desk) -> Iterator[Desk]:
    with wiring.staffed_by(replace(desk.office, signs_in=True)):
        yield desk


def away(desk: Desk, to: str = "") -> tuple[dict[str, str], dict[str, str]]:
    """What a browser is sent to the issuer with, and the headers that it comes back with."""
    sent = desk.http.get(f"/staff/sign-in?to={to}", headers=TLS)
    assert sent.status_code == 303
    asked = dict(parse_qsl(urlsplit(sent.headers["Location"]).query))
    name, *rest = sent.headers["Set-Cookie"].split("; ")
    assert set(rest) == {"Path=/staff", "Max-Age=600", "HttpOnly", "SameSite=Lax", "Secure"}
    return asked, {**TLS, "Cookie": name}


def entered(desk: Desk, *roles: str, to: str = "") -> tuple[HTTPResponse, list[str]]:
    """The page that somebody of the staff is let in by, and its cookies."""
    asked, headers = away(desk, to)
    claims = {"aud": asked["client_id"], "nonce": asked["nonce"], "roles": [*roles]}
    token = desk.issuer.token(desk.office.now(), **claims)
    desk.issuer.grant = (200, {"id_token": token})
    page = desk.http.get(f"/staff/signed-in?code=c0de&state={asked['state']}", headers=headers)
    assert page.status_code == 200, page.body
    cookies: Any = page.headers["Set-Cookie"]
    return page, cookies


def test_a_browser_signs_in_at_the_issuer_and_is_known_from_then_on(by_page: Desk) -> None:
    page, (session, over) = entered(by_page, "privacy", "director")
    assert by_page.issuer.exchanged[0]["redirect_uri"] == "https://privacy.avara.no/staff/signed-in"
    name, *rest = session.split("; ")
    assert set(rest) == {"Path=/staff", "Max-Age=14400", "HttpOnly", "SameSite=Strict", "Secure"}
    assert over.startswith("sign-in=; Path=/staff; Max-Age=0;")
    assert 'content="0; url=/staff/requests"' in page.body.decode()
    headers = {**TLS, "Cookie": name}
    assert by_page.http.get("/staff/requests", headers=headers).status_code == 200
    staff = staffed.staff_of(name.removeprefix("staff="), by_page.office)
    assert staff.roles == {"privacy"}, "roles that the statement does not have are not kept"
    refused = by_page.http.get("/staff/inbox", headers=headers)
    assert refused.status_code == 403


@pytest.mark.parametrize(
    ("to", "leads_to"),
    [
        ("/staff/requests/5d41402abc4b2a76", "/staff/requests/5d41402abc4b2a76"),
        ("/staff/inbox", "/staff/requests"),
        ("https://evil.example/staff/requests", "/staff/requests"),
        ("//evil.example", "/staff/requests"),
        ("/staff/requests/../../evil", "/staff/requests"),
        ("x;%20Domain=avara.no", "/staff/requests"),
        ("%0d%0aSet-Cookie:%20staff=theirs", "/staff/requests"),
        ("%C3%A5", "/staff/requests"),
        ("", "/staff/requests"),
    ],
)
def test_whoever_signs_in_goes_on_to_a_page_of_the_staffs(
    by_page: Desk, to: str, leads_to: str
) -> None:
    page, _ = entered(by_page, "privacy", to=to)
    assert f'<a href="{leads_to}">' in page.body.decode()


def test_a_sign_in_that_another_browser_began_is_refused(by_page: Desk) -> None:
    theirs, _ = away(by_page)
    _, ours = away(by_page)
    for headers in (ours, TLS):
        path = f"/staff/signed-in?code=c0de&state={theirs['state']}"
        answer = by_page.http.get(path, headers=headers)
        assert (answer.status_code, "Set-Cookie" in answer.headers) == (401, False)
        assert 'href="/staff/sign-in?to=/staff/requests"' in answer.body.decode()
    assert by_page.issuer.exchanged == []


@pytest.mark.parametrize(
    ("origin", "status"), [("https://privacy.avara.no", 303), ("https://evil.example", 403)]
)
def test_a_page_of_this_site_signs_out(by_page: Desk, origin: str, status: int) -> None:
    answer = by_page.http.post("/staff/sign-out", headers={**TLS, "Origin": origin})
    assert answer.status_code == status
    if status == 303:
        assert answer.headers["Set-Cookie"].startswith("staff=; Path=/staff; Max-Age=0;")


OTHERS = (
    "{}; flag",
    "{}; my cookie=1",
    "{}; =x",
    'session-data={{"id":"0.38","d":"2020-09-24T14:30:27.954Z"}}; {}',
    'foo="a b; {}',
    "flag; {}",
    "a=b=c; ;;{};",
    "ø=å; {}",
    "{}; staff=another.of.theirs",
)
"""What other sites of the domain have left in a browser, around the session."""


@pytest.mark.parametrize("beside", OTHERS)
def test_a_session_is_known_whatever_stands_beside_it(by_page: Desk, beside: str) -> None:
    _, (session, _) = entered(by_page, "privacy")
    headers = {**TLS, "Cookie": beside.format(session.partition(";")[0])}
    assert by_page.http.get("/staff/requests", headers=headers).status_code == 200


@pytest.mark.parametrize("beside", OTHERS[:-1])
def test_a_browser_comes_back_from_the_issuer_whatever_stands_beside_its_secret(
    by_page: Desk, beside: str
) -> None:
    asked, headers = away(by_page)
    claims = {"aud": asked["client_id"], "nonce": asked["nonce"], "roles": ["privacy"]}
    by_page.issuer.grant = (200, {"id_token": by_page.issuer.token(by_page.office.now(), **claims)})
    path = f"/staff/signed-in?code=c0de&state={asked['state']}"
    headers["Cookie"] = beside.format(headers["Cookie"])
    assert by_page.http.get(path, headers=headers).status_code == 200


# Sessions end here, and not only in the browser --------------------------------------------------


def signed_in(desk: Desk) -> dict[str, str]:
    """What a browser sends once somebody has signed in."""
    _, (session, _) = entered(desk, "privacy")
    return {**TLS, "Cookie": session.partition(";")[0], "Origin": "https://privacy.avara.no"}


def test_a_copy_of_the_cookie_is_dead_once_somebody_has_signed_out(by_page: Desk, aws: Aws) -> None:
    copy, other = signed_in(by_page), signed_in(by_page)
    assert by_page.http.get("/staff/requests", headers=copy).status_code == 200
    assert by_page.http.post("/staff/sign-out", headers=copy).status_code == 303
    assert by_page.http.get("/staff/requests", headers=copy).status_code == 401
    assert by_page.http.get("/staff/requests", headers=other).status_code == 200
    assert len([one for one in aws.items() if one["pk"]["S"].startswith("SESS#")]) == 1


@pytest.mark.parametrize("cookie", ["", "staff=", "staff=a.b.c"])
def test_who_is_not_signed_in_can_sign_out(by_page: Desk, cookie: str) -> None:
    headers = {**TLS, "Cookie": cookie, "Origin": "https://privacy.avara.no"}
    assert by_page.http.post("/staff/sign-out", headers=headers).status_code == 303


@pytest.mark.parametrize(("minutes", "status"), [(29.9, 200), (30, 401), (31, 401)])
def test_a_session_that_is_left_alone_for_half_an_hour_is_over(
    by_page: Desk, clock: Clock, minutes: float, status: int
) -> None:
    headers = signed_in(by_page)
    clock.forward(minutes=minutes)
    assert by_page.http.get("/staff/requests", headers=headers).status_code == status


def test_a_session_that_is_used_goes_on_for_four_hours(by_page: Desk, clock: Clock) -> None:
    headers, told = signed_in(by_page), []
    for _ in range(9):
        clock.forward(minutes=29)
        told.append(by_page.http.get("/staff/requests", headers=headers).status_code)
    assert told == [200] * 8 + [401]


def test_of_somebody_of_the_staff_the_table_knows_nothing(by_page: Desk, aws: Aws) -> None:
    signed_in(by_page)
    (item,) = (one for one in aws.items() if one["pk"]["S"].startswith("SESS#"))
    assert set(item) == {"pk", "sk", "seen", "ttl"}
