"""Where the routes lie for whoever asks: behind a stage, at a domain's root, or under a path."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from app import app
from shared.wiring import Office
from shared.workflows import letters
from tests.workflows.test_requests import ask

EVENTS = Path(__file__).parents[1] / "events"
PLACES = pytest.mark.parametrize(
    ("host", "root"),
    [
        pytest.param("a1b2c3d4e5.execute-api.eu-north-1.amazonaws.com", "/api", id="a stage"),
        pytest.param("privacy.avara.no", "", id="a domain of ours"),
        pytest.param("www.avara.no", "/privacy", id="a path of a domain of ours"),
        pytest.param("www.avara.no", "/requests", id="a path that is named like a route"),
        pytest.param("www.avara.no", "/a/b", id="a path of two parts"),
    ],
)


def asked(method: str, resource: str, host: str, root: str, **names: str) -> dict[str, Any]:
    """API Gateway's event: behind a stage `path` is without it, behind a domain's path with it."""
    event: dict[str, Any] = json.loads((EVENTS / "api_get_page.json").read_text("utf-8"))
    path = resource.format(**names)
    told = {
        "httpMethod": method,
        "path": f"{root}{path}",
        "resourcePath": resource,
    }
    event["requestContext"] |= told
    return event | {
        "resource": resource,
        "path": path if root == "/api" else f"{root}{path}",
        "httpMethod": method,
        "headers": event["headers"] | {"Host": host},
        "pathParameters": names or None,
    }


def addresses(page: str) -> set[str]:
    """The paths of this site to which a page leads and sends."""
    found = re.findall(r'(?:href|action|src)="([^"]*)"', page)
    return {urlsplit(one).path for one in found if one.startswith("/")}


@PLACES
@pytest.mark.parametrize("resource", ["/", "/page/{form_name}", "/requests"])
def test_links_and_forms_of_a_page_stay_where_it_is(
    office: Office, host: str, root: str, resource: str
) -> None:
    names = {"form_name": "contact"} if "{" in resource else {}
    page = app(asked("GET", resource, host, root, **names), None)
    assert page["statusCode"] == 200
    found = addresses(page["body"])
    assert found
    assert {one for one in found if not one.startswith(f"{root}/")} == set()
    if resource == "/requests":
        assert f"{root}/requests" in found


@PLACES
def test_the_page_of_a_request_sends_to_itself(office: Office, host: str, root: str) -> None:
    reference = ask(office)
    names = {"reference": reference, "secret": letters.status_secret(reference, office)}
    page = app(asked("GET", "/requests/{reference}/{secret}", host, root, **names), None)
    here = f"{root}/requests/{reference}/{names['secret']}"
    assert page["statusCode"] == 200
    assert {f"{here}/link", f"{here}/withdraw"} <= addresses(page["body"])


@PLACES
def test_whoever_has_sent_a_form_is_led_on_where_it_came_from(
    office: Office, host: str, root: str
) -> None:
    event = asked("POST", "/requests", host, root)
    event["headers"] |= {"Content-Type": "application/x-www-form-urlencoded"}
    answer = app(event | {"body": "right=access&email=kari%40example.com"}, None)
    assert answer["statusCode"] == 303
    assert answer["headers"]["Location"].startswith(f"{root}/requests/")
