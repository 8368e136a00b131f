"""The company's small website."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from chalice.test import TestHTTPClient as Http

from app import app
from tests.workflows.submitting import KARI, NOTICE

EVENTS = Path(__file__).parents[1] / "events"
REFERENCE = "0" * 32


@pytest.mark.parametrize(
    "path", ["/", "/page/contact", f"/thanks?form=contact&reference={REFERENCE}"]
)
def test_a_page_loads_nothing_from_elsewhere_and_runs_no_script(http: Http, path: str) -> None:
    response = http.get(path)
    assert response.status_code == 200
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert not re.search(r"<script|style=|(src|href)=.(https?:)?//", response.body.decode())


@pytest.mark.parametrize(
    ("header", "language"), [("nb-NO,nb;q=0.9", "nb"), ("nn", "nb"), ("en-GB", "en"), ("", "nb")]
)
def test_a_page_speaks_the_visitors_language(http: Http, header: str, language: str) -> None:
    response = http.get("/", headers={"Accept-Language": header})
    assert f'<html lang="{language}">' in response.body.decode()


@pytest.mark.parametrize(
    ("host", "page"),
    [
        ("avara.no", "http://avara.no/page/contact"),
        ("stack_1.example:8000", "http://stack_1.example:8000/page/contact"),
        ("blåbær.no", ""),
        ('x"><script>', ""),
    ],
)
def test_a_form_says_on_which_page_it_is_where_the_host_is_one(
    http: Http, host: str, page: str
) -> None:
    told = http.get("/page/contact", headers={"Host": host}).body.decode()
    assert f'name="page" value="{page}"' in told


def test_a_form_asks_the_questions_of_the_statement(http: Http) -> None:
    page = http.get("/page/event?language=en").body.decode()
    assert '<label for="answers-lunch">How many of you will join us for lunch?</label>' in page
    assert '<input id="answers-lunch" name="answers.lunch"' in page


def test_the_page_lists_every_form(http: Http) -> None:
    page = http.get("/?language=en").body.decode()
    assert len(set(re.findall(r'"/page/(\w+)\?', page))) == 6


def test_no_choice_is_ticked_before_it_is_made(http: Http) -> None:
    assert " checked" not in http.get("/page/contact").body.decode()


def test_the_thanks_page_says_what_why_and_until_when(http: Http) -> None:
    page = http.get(
        f"/thanks?language=en&form=contact&reference={REFERENCE}&erased_on=2028-11-23"
        "&stored=name+email"
    ).body.decode()
    assert "2028-11-23" in page
    assert all(word in page for word in ("nswer your request", "6(1)(f)", "7.5"))
    assert "E-mail address</li>" in page


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 404),
        ("form=nothing", 404),
        ("form=contact", 400),
        ("form=contact&reference=<b>", 400),
        (f"form=contact&reference={REFERENCE}&erased_on=soon", 400),
    ],
)
def test_a_thanks_page_that_no_form_led_to_is_a_problem(
    http: Http, query: str, status: int
) -> None:
    assert http.get(f"/thanks?{query}").status_code == status


def test_what_is_not_a_field_is_not_shown_on_the_thanks_page(http: Http) -> None:
    page = http.get(f"/thanks?form=contact&reference={REFERENCE}&stored=<script>+gold")
    assert b"gold</li>" not in page.body


def test_health_is_ready_when_the_office_is_open(http: Http) -> None:
    assert http.get("/health").json_body == {"status": "ready"}


# Behind a stage, or a custom domain's base path ------------------------------------------------


def asked(root: str, route: str, path: str, query: dict[str, str]) -> str:
    """The page that the gateway gets for a path under a root."""
    event: dict[str, Any] = json.loads((EVENTS / "api_get_page.json").read_text("utf-8"))
    event["requestContext"] |= {"path": root + path, "resourcePath": route}
    event["multiValueQueryStringParameters"] = {name: [one] for name, one in query.items()}
    page: str = app(event, None)["body"]
    return page


@pytest.mark.parametrize("root", ["", "/api", "/privacy/no"])
@pytest.mark.parametrize(
    ("route", "path", "query"),
    [
        ("/", "/", {}),
        ("/page/{form_name}", "/page/contact", {}),
        ("/thanks", "/thanks", {"form": "contact", "reference": REFERENCE}),
    ],
)
@pytest.mark.usefixtures("office")
def test_a_page_links_to_the_root_under_which_it_was_asked_for(
    root: str, route: str, path: str, query: dict[str, str]
) -> None:
    links = re.findall(r'(?:href|action)="(/[^"]*)"', asked(root, route, path, query))
    at_the_top = re.findall(r'(?:href|action)="(/[^"]*)"', asked("", route, path, query))
    assert links == [root + link for link in at_the_top]
    assert f"{root}/site.css" in links


@pytest.mark.usefixtures("office")
def test_a_form_records_the_address_that_it_was_asked_at() -> None:
    page = asked("/api", "/page/{form_name}", "/page/contact", {})
    host = "a1b2c3d4e5.execute-api.eu-north-1.amazonaws.com"
    assert f'name="page" value="https://{host}/api/page/contact"' in page


@pytest.mark.usefixtures("office")
def test_the_description_says_under_which_root_its_paths_lie() -> None:
    told = [
        json.loads(asked(root, "/openapi.json", "/openapi.json", {}))["servers"]
        for root in ("/api", "")
    ]
    assert told == [[{"url": "/api"}], [{"url": "/"}]]


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize("email", [KARI, "nobody"])
def test_a_browser_stays_under_the_root_that_it_sent_a_form_to(email: str) -> None:
    event = json.loads((EVENTS / "api_post_form.json").read_text("utf-8"))
    event["headers"]["Accept"] = "text/html"
    event["body"] = json.dumps({"email": email, "notice": NOTICE})
    answer = app(event, None)
    told = answer["headers"].get("Location", "") + answer["body"]
    assert ("/api/thanks?" in told) != ('action="/api/forms/contact"' in told)
