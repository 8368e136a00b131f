"""The company's small website."""

import re

import pytest
from chalice.test import TestHTTPClient as Http

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
