"""Staff correct what is held on a page or as a program, and are told what cannot be."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from chalice.test import HTTPResponse
from chalice.test import TestHTTPClient as Http

from functions.rendering import words
from shared.model.requests import RequestState
from shared.store import subjects
from shared.wiring import Office
from shared.workflows import events, requests
from tests.functions.signing_in import signing_in
from tests.functions.test_subject_requests import PAGE, ask, reference_in
from tests.workflows.submitting import KARI, post

FORM = {**PAGE, "Content-Type": "application/x-www-form-urlencoded"}
HELD: dict[str, Any] = {"name": "Kari", "industry": "Fishing", "interests": ["boats", "nets"]}


def identified(http: Http, office: Office) -> str:
    reference = reference_in(ask(http, "rectification"))
    requests.identify(reference, office, actor="privacy:1", because="by phone")
    return f"/staff/requests/{reference}"


def answer(http: Http, office: Office, path: str, **corrections: Any) -> HTTPResponse:
    with signing_in(http, office) as desk:
        return desk.post(f"{path}/answer", "privacy", text="As asked.", corrections=corrections)


def by_page(http: Http, office: Office, path: str, **typed: str) -> HTTPResponse:
    with signing_in(http, office) as desk:
        headers = {**desk.headers("privacy"), **FORM}
        body = urlencode({"text": "Som du ba om.", **typed}).encode()
        return http.post(f"{path}/answer", headers=headers, body=body)


def held(office: Office) -> dict[str, Any]:
    person = subjects.read(events.find(KARI, office))
    assert person
    return {one.name: one.value for one in person.values}


@pytest.mark.parametrize(
    ("sent", "left"),
    [
        ({"interests": []}, {"name": "Kari", "industry": "Fishing"}),
        ({"industry": None, "name": "Eva"}, {"name": "Eva", "interests": ("boats", "nets")}),
    ],
)
def test_what_is_cleared_is_held_no_longer(
    http: Http, office: Office, sent: dict[str, Any], left: dict[str, Any]
) -> None:
    post(office, **HELD)
    path = identified(http, office)
    assert answer(http, office, path, **sent).status_code == 200
    assert held(office) == {"email": KARI, **left}


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"products": []}, "not_held"),
        ({"position": None}, "not_held"),
        ({"name": "Kari"}, "same_as_held"),
    ],
)
def test_what_corrects_nothing_is_refused_and_nothing_is_answered(
    http: Http, office: Office, sent: dict[str, Any], code: str
) -> None:
    post(office, **HELD)
    path = identified(http, office)
    refused = answer(http, office, path, **sent)
    (fault,) = json.loads(refused.body)["errors"]
    (name,) = sent
    assert refused.status_code == 422
    assert (fault["pointer"], fault["detail"]) == (
        f"/corrections/{name}",
        words("nb")["faults"][code],
    )
    state = requests.read(path.rpartition("/")[2]).state
    assert (state, held(office)["name"]) == (RequestState.IDENTIFIED, "Kari")


def test_a_page_sets_texts_and_lists_removes_what_is_ticked_and_leaves_the_rest(
    http: Http, office: Office
) -> None:
    post(office, **HELD, phone="22222222", business="Fish AS")
    path = identified(http, office)
    with signing_in(http, office) as desk:
        page = http.get(f"{path}?language=nb", headers={**PAGE, **desk.headers("privacy")})
    shown = page.body.decode()
    assert 'name="remove.industry"' in shown
    assert 'name="remove.email"' not in shown, "who is found by nothing is lost"
    typed = {f"set.{name}": "" for name in ("name", "phone", "business", "industry", "email")}
    typed |= {"set.interests": "sails\r\n\r\nboats", "set.products": "", "set.name": "Eva"}
    typed |= {"remove.industry": "yes", "remove.business": "yes"}
    assert by_page(http, office, path, **typed).status_code == 303
    assert held(office) == {
        "email": KARI,
        "name": "Eva",
        "phone": "+4722222222",
        "interests": ("sails", "boats"),
    }


def test_a_page_says_which_correction_is_wrong(http: Http, office: Office) -> None:
    post(office)
    path = f"/staff/requests/{reference_in(ask(http, 'rectification'))}"
    requests.identify(path.rpartition("/")[2], office, actor="privacy:1", because="by phone")
    page = by_page(http, office, f"{path}/answer?language=nb", **{"set.email": "a@b"})
    assert "Rettinger (E-postadresse): Dette er ikke en e-postadresse." in page.body.decode()


def test_a_page_that_corrects_nothing_is_refused(http: Http, office: Office) -> None:
    post(office, **HELD)
    path = identified(http, office)
    assert (
        by_page(http, office, path, **{"set.name": "", "set.interests": "\r\n"}).status_code == 422
    )
