"""Addresses over HTTP: who is one person, where mails go, and what is refused in words."""

import json
from email.message import EmailMessage

import pytest
from chalice.test import TestHTTPClient as Http

from functions import rendering
from shared.wiring import Office
from shared.workflows import answers, requests
from tests.functions.test_intake import JSON
from tests.functions.test_subject_requests import (
    ask,
    download,
    link,
    reference_in,
    send,
    status,
)
from tests.workflows.submitting import post
from tests.workflows.test_requests import delivered


@pytest.mark.parametrize("language", ["nb", "en"])
@pytest.mark.parametrize("email", ["kåre@example.com", "İdil@example.com", "用户@例子.广告"])
def test_a_local_part_that_no_mail_reaches_is_refused_in_words(
    http: Http, email: str, language: str
) -> None:
    headers = {**JSON, "Accept-Language": language}
    notice = f"avara-2026-11-{language}"
    for path, sent in (("/forms/contact", {"notice": notice}), ("/requests", {"right": "access"})):
        body = json.dumps({**sent, "email": email}).encode()
        answer = http.post(path, headers=headers, body=body)
        assert answer.status_code == 422
        words = rendering.words(language)["faults"]["email_not_ascii"]
        told = json.loads(answer.body)["errors"]
        assert {"pointer": "/email", "detail": words} in told
        assert email not in answer.body.decode()


def test_a_mail_to_an_international_domain_goes_to_the_domain_that_is_registered(
    http: Http, office: Office, outbox: list[EmailMessage]
) -> None:
    ask(http, email="kari@blåbær.no")
    delivered(office, outbox)
    assert [str(one["To"]) for one in outbox] == ["kari@xn--blbr-roah.no"]


SAID = "this is for nobody else"


@pytest.mark.parametrize(
    ("one", "other"), [("info@faß.de", "info@fass.de"), ("info@σας.gr", "info@σασ.gr")]
)
def test_who_has_another_domain_reads_nothing_of_who_is_spelt_alike(
    http: Http, office: Office, one: str, other: str
) -> None:
    post(office, email=one, message=SAID)
    path = ask(http, email=other)
    assert send(http, link(path, office)).status_code == 200
    assert requests.read(reference_in(path)).subject_id == ""
    assert SAID not in json.dumps(status(http, path))


def test_who_has_it_reads_it_however_the_domain_is_written(http: Http, office: Office) -> None:
    post(office, email="kari@blåbær.no", message=SAID)
    path = ask(http, email="KARI@XN--BLBR-ROAH.no")
    send(http, link(path, office))
    answers.carry_out(reference_in(path), office)
    assert SAID in download(http, office, path).body.decode()
