"""A form is confirmed or rejected over HTTP, by whoever was sent the link."""

import json
from urllib.parse import urlencode

import pytest
from chalice.test import TestHTTPClient as Http

from shared.wiring import Office
from shared.workflows import access, events, letters
from shared.workflows.events import Event
from tests.stand_ins import Clock
from tests.workflows.submitting import KARI, post, settle

JSON = {"Content-Type": "application/json"}
BROWSER = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}


@pytest.fixture
def path(office: Office, clock: Clock) -> str:
    """Where the link of a customer leads, about a form that came in."""
    post(office, name="Kari")
    events.note(KARI, Event.CUSTOMER_START, office, at=clock.now())
    clock.forward(minutes=1)
    sent = {"name": "<b>Mallory</b>", "interests": ["sun", "wind"], "choices": ["newsletter"]}
    return letters.form_path(post(office, "event", **sent).reference, office)


def name(office: Office) -> object:
    settle(office)
    values = access.report(KARI, office).values
    return next(one.value for one in values if one.name == "name" and one.current)


def test_the_page_shows_what_was_sent_and_changes_nothing(
    http: Http, office: Office, path: str
) -> None:
    for _ in range(2):
        response = http.get(f"{path}?language=en", headers=BROWSER)
        page = response.body.decode()
        assert response.status_code == 200
        assert "&lt;b&gt;Mallory&lt;/b&gt;" in page
        assert "sun, wind" in page
        assert office.statement.choices["newsletter"].text["en"] in page
        assert "22 November 2026" in page
    assert response.headers["Cache-Control"] == "no-store"
    assert name(office) == "Kari"


@pytest.mark.parametrize(("action", "kept"), [("confirm", "<b>Mallory</b>"), ("reject", "Kari")])
def test_a_browser_says_whether_it_was_them(
    http: Http, office: Office, path: str, action: str, kept: str
) -> None:
    response = http.post(path, headers=BROWSER, body=urlencode({"action": action}).encode())
    assert response.status_code == 200
    assert "Mallory" not in response.body.decode()
    assert name(office) == kept
    assert http.get(path).status_code == 404


def test_a_program_says_so_too(http: Http, office: Office, path: str) -> None:
    sent = json.dumps({"action": "confirm"}).encode()
    response = http.post(path, headers=JSON, body=sent)
    assert json.loads(response.body) == {"reference": path.split("/")[3]}
    assert http.post(path, headers=JSON, body=sent).status_code == 404


@pytest.mark.parametrize("sent", [{}, {"action": "x"}, {"action": ["confirm"]}])
def test_who_says_neither_is_asked_again(http: Http, path: str, sent: dict[str, object]) -> None:
    response = http.post(path, headers=JSON, body=json.dumps(sent).encode())
    assert response.status_code == 422


@pytest.mark.parametrize(
    "of", ["/confirm/form/{}/" + "b" * 32, "/confirm/form/" + "0" * 32 + "/{}"]
)
def test_another_link_leads_nowhere(http: Http, path: str, of: str) -> None:
    _, _, _, reference, token = path.split("/")
    wrong = of.format(reference if of.endswith("b") else token)
    for response in (
        http.get(wrong),
        http.post(wrong, headers=JSON, body=b'{"action": "confirm"}'),
    ):
        assert response.status_code == 404
