"""Each function, imported from the unzipped artefact by a bare interpreter, with AWS's event."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.artefact.conftest import Built

EVENTS = Path(__file__).parents[1] / "events"
SENT = {
    "Intake": "api_post_form",
    "Pages": "api_get_page",
    "RetentionSweep": "schedule",
    "Staff": "api_get_inbox",
    "StreamCascade": "stream_expiry",
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


def test_the_staff_are_asked_who_they_are(built: Built, endpoint_url: str) -> None:
    told = answer(built, "Staff", endpoint_url)
    assert (told["statusCode"], json.loads(told["body"])["type"]) == (403, "/problems/forbidden")


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
        ("RetentionSweep", {"jinja2", "ua_parser", "multipart"}),
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
