"""Each function, imported from the unzipped artefact by a bare interpreter, with AWS's event."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.artefact.conftest import Built

EVENTS = Path(__file__).parents[1] / "events"
SENT = {
    "Canary": "schedule",
    "Documents": "object_created",
    "Intake": "api_post_form",
    "MailEvents": "mail_bounce",
    "Pages": "api_get_page",
    "Reminders": "schedule",
    "RetentionSweep": "schedule",
    "Staff": "api_get_inbox",
    "StaffRequests": "api_get_queue",
    "StreamCascade": "stream_expiry",
    "SubjectRequests": "api_post_request",
    "Workers": "stream_letter",
}


def event(name: str) -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text("utf-8"))


def test_every_function_of_the_template_is_tried(built: Built) -> None:
    assert set(SENT) == set(built.functions())


def answer(built: Built, function: str, endpoint_url: str) -> Any:
    handler = built.functions()[function]
    return built.run(handler, "handler(event, Context())", event(SENT[function]), endpoint_url)


def test_a_form_is_taken_in(built: Built, endpoint_url: str) -> None:
    told = answer(built, "Intake", endpoint_url)
    assert told["statusCode"] == 202
    assert set(json.loads(told["body"])) == {"reference", "erased_on", "warnings"}
    assert told["multiValueHeaders"] | told["headers"]


def test_a_page_is_shown(built: Built, endpoint_url: str) -> None:
    told = answer(built, "Pages", endpoint_url)
    assert told["statusCode"] == 200
    assert '<form method="post" action="/api/forms/contact">' in told["body"]


def test_a_subject_request_is_taken_in(built: Built, endpoint_url: str) -> None:
    told = answer(built, "SubjectRequests", endpoint_url)
    assert told["statusCode"] == 202
    assert set(json.loads(told["body"])) == {"reference", "status_url"}


def test_a_document_that_is_gone_is_left_alone(built: Built, endpoint_url: str) -> None:
    assert answer(built, "Documents", endpoint_url) == {"judged": 0, "skipped": 1}


def test_a_bounce_marks_the_address_though_the_request_is_gone(
    built: Built, endpoint_url: str
) -> None:
    assert answer(built, "MailEvents", endpoint_url) == {"bounced": 1}


def test_a_letter_that_is_gone_is_not_sent(built: Built, endpoint_url: str) -> None:
    assert answer(built, "Workers", endpoint_url) == {"batchItemFailures": []}


def test_the_queue_is_watched(built: Built, endpoint_url: str) -> None:
    assert answer(built, "Reminders", endpoint_url)["failed"] == 0


@pytest.mark.parametrize("function", ["Staff", "StaffRequests"])
def test_the_staff_are_asked_who_they_are(built: Built, endpoint_url: str, function: str) -> None:
    told = answer(built, function, endpoint_url)
    assert (told["statusCode"], json.loads(told["body"])["type"]) == (403, "/problems/forbidden")


def test_the_canary_finds_nobody_at_an_address_that_is_not_the_sites(
    built: Built, endpoint_url: str
) -> None:
    assert answer(built, "Canary", endpoint_url) == {"ready": 0}


def test_a_sweep_sweeps(built: Built, endpoint_url: str) -> None:
    assert answer(built, "RetentionSweep", endpoint_url)["failed"] == 0


def test_what_ttl_removed_is_finished(built: Built, endpoint_url: str) -> None:
    assert answer(built, "StreamCascade", endpoint_url) == {"batchItemFailures": []}


@pytest.mark.parametrize(
    ("function", "unused"),
    [
        ("Pages", {"pynamodb", "botocore", "phonenumbers", "ua_parser", "multipart"}),
        ("Intake", {"jinja2", "multipart", "ua_parser", "joserfc"}),
        ("Staff", {"jinja2", "multipart", "ua_parser", "joserfc"}),
        ("RetentionSweep", {"jinja2", "ua_parser", "multipart", "joserfc", "cryptography"}),
        ("SubjectRequests", {"jinja2", "multipart", "ua_parser", "joserfc", "pyhanko"}),
        ("StaffRequests", {"jinja2", "multipart", "ua_parser", "joserfc", "pyhanko"}),
        ("Workers", {"jinja2", "multipart", "ua_parser", "joserfc", "pyhanko"}),
        ("StreamCascade", {"jinja2", "ua_parser", "multipart"}),
    ],
)
def test_a_function_loads_only_what_it_uses(
    built: Built, endpoint_url: str, function: str, unused: set[str]
) -> None:
    loaded = built.run(
        built.functions()[function], "sorted(name.split('.')[0] for name in sys.modules)", {}, ""
    )
    assert unused.isdisjoint(loaded)
