"""Small inputs from life, sent to a running stack: each stands for its whole kind."""

from collections.abc import Callable, Mapping

import requests

from tests.local import walking
from tests.local.stack import Stack

OTHER_CENTURIES = ("0001-01-01", "0026-11-20", "1899-12-31", "2006-11-20", "1969-12-31")
ODD_PAGES = (
    "https://www.avara.no/kontakt?fbclid=" + "x" * 1990,
    "about:srcdoc",
    "capacitor://localhost/kontakt",
    "file:///android_asset/index.html",
    "http://my_host.example/page/contact",
    "http://blåbær.example/page/contact",
)
NAMES = (
    {"name": "Christian Bakke"},
    {"name": "Kristen Lie"},
    {"name": "Ola Kristensen"},
    {"name": "Kari Hivju"},
    {"business": "Kreftforeningen"},
    {"business": "Apache Hive konsulenter"},
    {"position": "Medisinsk sekretær"},
    {"address": "Kristensens gate 4"},
    {"message": "Hindustan Unilever sender ordre"},
)
NOTES = (
    "Ringte tilbake til Christian",
    "Avtalt med Kristensen i Bergen",
    "Snakket om Hive-databasen",
)
COOKIES = (
    "staff={session}; flag",
    "staff={session}; my cookie=1",
    "staff={session}; =x",
    'session-data={{"id":"0.38","d":"2020-09-24T14:30:27.954Z"}}; staff={session}',
    'foo="a b; staff={session}',
)


def two_mailboxes_are_two_people(stack: Stack) -> None:
    stack.fill_in("contact", email="info@faß.de", message="hemmelig")
    path = walking.answered(stack, "access", "info@fass.de")
    told = stack.get(path, headers=walking.JSON).json()
    assert told["formats"] == []
    assert "hemmelig" in str(walking.access(stack, "info@xn--fa-hia.de")["values"])


def a_mail_goes_to_the_domain_as_the_net_spells_it(stack: Stack) -> None:
    asked = {"right": "access", "language": "nb"}
    assert stack.post("/requests", json={**asked, "email": "kari@blåbær.no"}).status_code == 202
    walking.in_mail(stack, "kari@xn--blbr-roah.no", "/confirm/")
    for email in ("kåre@example.com", "İdil@example.com", "用户@例子.广告"):
        refused = stack.post("/requests", json={**asked, "email": email})
        assert refused.status_code == 422, email
        (error,) = refused.json()["errors"]
        assert error["pointer"] == "/email"
        assert email not in refused.text


def a_name_is_no_confession(stack: Stack) -> None:
    for index, fields in enumerate(NAMES):
        told = stack.fill_in("contact", email=f"name{index}@example.com", **fields)
        assert told["warnings"] == [], fields
    for text in NOTES:
        noted = {"email": "name0@example.com", "event": "phone", "because": text}
        answer = stack.post("/staff/people/events", json=noted, headers=_bearer(stack, "support"))
        assert answer.status_code == 200, (text, answer.text)


def an_extension_is_no_other_persons(stack: Stack) -> None:
    """Refused in words: both are asked for a number that is theirs alone."""
    for extension in ("12", "34"):
        sent = {"phone": f"+47 70 31 00 99 ext. {extension}", "message": "privat"}
        answer = stack.post("/forms/chat", json={"notice": "avara-2026-11-nb", **sent})
        assert answer.status_code == 422
        assert [one["pointer"] for one in answer.json()["errors"]] == ["/phone"]


def a_refusal_repeats_nothing_of_a_body(stack: Stack) -> None:
    body = '{"right":"erasure","email":"hemmelig.person@example.com"}'
    for path in ("/requests", "/forms/contact"):
        for kind in (None, "application/x-www-form-urlencoded", "text/plain"):
            headers = {"Content-Type": kind} if kind else {}
            answer = stack.post(path, data=body.encode(), headers=headers)
            assert answer.status_code in (400, 415, 422) or kind is None, (path, kind)
            assert "hemmelig" not in answer.text


def an_odd_page_loses_no_message(stack: Stack) -> None:
    for index, page in enumerate(ODD_PAGES):
        stack.fill_in("contact", email=f"page{index}@example.com", message="Hei", page=page)


def a_session_is_known_beside_any_cookie(stack: Stack) -> None:
    with requests.Session() as browser:
        session = _signed_in(stack, browser)
    for cookies in COOKIES:
        headers = {"Cookie": cookies.format(session=session), "Accept": "application/json"}
        assert stack.get("/staff/requests", headers=headers).status_code == 200, cookies


def _signed_in(stack: Stack, browser: requests.Session) -> str:
    """The session of somebody who has signed in by the pages."""
    form = browser.get(f"{stack.url}/staff/sign-in")
    back = browser.post(form.url, data={"role": "privacy", "sub": "anna"})
    assert back.status_code == 200, back.text
    return str(browser.cookies["staff"])


def a_reason_can_be_seen(stack: Stack) -> None:
    headers = _bearer(stack, "privacy")
    sent = {"right": "access", "email": "seen@example.com", "channel": "letter"}
    taken = stack.post("/staff/requests", json=sent, headers=headers)
    path = f"/staff/requests/{taken.json()['reference']}"
    stack.post(f"{path}/identify", json={"text": "passport"}, headers=headers)
    for blank in ("\u200b", "\u2800", " \u00ad\u3164 "):
        extended = stack.post(f"{path}/extend", json={"text": blank}, headers=headers)
        said = {"text": blank, "reason": "unfounded"}
        refused = stack.post(f"{path}/refuse", json=said, headers=headers)
        assert (extended.status_code, refused.status_code) == (422, 422), repr(blank)


def a_letter_came_on_a_day_of_our_time(stack: Stack) -> None:
    headers = _bearer(stack, "privacy")
    sent = {"right": "access", "email": "kari@example.com", "channel": "letter"}
    for day in OTHER_CENTURIES:
        answer = stack.post("/staff/requests", json={**sent, "received_on": day}, headers=headers)
        assert answer.status_code == 422, day
        (error,) = answer.json()["errors"]
        assert error["pointer"] in {"/received_on", "/because"}, "a day of our time, or a reason"


def _bearer(stack: Stack, role: str) -> dict[str, str]:
    token = stack.get(f"/_local/token?role={role}&sub=anna").json()["access_token"]
    return {"Authorization": f"Bearer {token}"}


CASES: Mapping[str, Callable[[Stack], None]] = {
    one.__name__: one
    for one in (
        two_mailboxes_are_two_people,
        a_mail_goes_to_the_domain_as_the_net_spells_it,
        a_name_is_no_confession,
        an_extension_is_no_other_persons,
        a_refusal_repeats_nothing_of_a_body,
        an_odd_page_loses_no_message,
        a_session_is_known_beside_any_cookie,
        a_reason_can_be_seen,
        a_letter_came_on_a_day_of_our_time,
    )
}
