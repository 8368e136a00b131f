"""The staff's steps over HTTP: what is sent again, who may take them, and what may be written."""

from typing import Any

import pytest
from chalice.test import TestHTTPClient as Http

from shared.model.requests import Right
from shared.store import requests as store
from shared.wiring import Office
from tests.functions.signing_in import signing_in
from tests.workflows.submitting import post
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
            told = [desk.post(path, "privacy", **sent).status_code for _ in range(2)]
            assert told == [200, 200], path
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
