"""The mail service's events, as SNS hands them on: read, acted on, and nothing of them kept."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from functions import observing
from functions.mail_events import note
from infra.local import mails
from shared.gateways.mail import LETTER
from shared.model.requests import Step
from shared.wiring import Office
from tests.functions.test_observing import Written, written  # noqa: F401
from tests.stand_ins import Aws
from tests.workflows.submitting import KARI
from tests.workflows.test_posting import steps
from tests.workflows.test_requests import ask

EVENT = json.loads((Path(__file__).parents[1] / "events" / "mail_bounce.json").read_text("utf-8"))
"""A bounce as AWS sends it."""
Read = Callable[[], Written]


def sent(message: str) -> dict[str, Any]:
    return {"Records": [{"Sns": {"Message": message}}]}


def about(reference: str, kind: str, office: Office, **more: Any) -> dict[str, Any]:
    """An event about the first mail of a request; `more` is changed in what SES tells."""
    headers = {"To": KARI, LETTER: f"{reference}/000002.0"}
    event = mails.event(kind, headers, office.now())
    message = json.loads(event["Records"][0]["Sns"]["Message"])
    return sent(json.dumps({**message, **more}))


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("Bounce", "bounced"),
        ("Transient", "transient"),
        ("Complaint", "complained"),
        ("Delivery", "delivered"),
        ("Reject", "rejected"),
    ],
)
def test_each_kind_of_event_is_counted(office: Office, kind: str, outcome: str) -> None:
    assert note(about(ask(office), kind, office), None) == {outcome: 1}


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"bounce": {"bounceType": "Undetermined"}}, id="undetermined"),
        pytest.param({"bounce": {"bounceType": "Transient"}}, id="transient"),
    ],
)
def test_a_bounce_that_is_not_for_good_changes_nothing(
    office: Office, more: dict[str, Any]
) -> None:
    reference = ask(office)
    assert note(about(reference, "Bounce", office, **more), None) == {"transient": 1}
    assert steps(reference) == [Step.RECEIVE]


@pytest.mark.parametrize(
    ("feedback", "counted"),
    [
        ({}, "complained"),
        ({"complaintFeedbackType": "abuse"}, "complained"),
        ({"complaintFeedbackType": "not-spam"}, "unknown"),
    ],
)
def test_whoever_takes_a_mail_out_of_the_unwanted_ones_does_not_complain(
    office: Office, feedback: dict[str, str], counted: str
) -> None:
    event = about(ask(office), "Complaint", office, complaint=feedback)
    assert note(event, None) == {counted: 1}


@pytest.mark.parametrize(
    "message",
    [
        pytest.param("Successfully validated SNS topic for Amazon SES event publishing.", id="SES"),
        pytest.param(
            json.dumps({"eventType": "Bounce", "mail": {"headers": []}}), id="a mail of others"
        ),
    ],
)
def test_what_is_no_letter_of_ours_is_counted_and_left(
    office: Office, aws: Aws, message: str
) -> None:
    assert note(sent(message), None) == {"unknown": 1}
    assert aws.items() == []


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param({"bounce": {}}, id="a bounce of no kind"),
        pytest.param({"mail": {"headers": [{"name": LETTER, "value": f"{0:032x}/1.0"}]}}, id="to"),
    ],
)
def test_what_cannot_be_read_of_ours_is_tried_again_and_not_lost(
    office: Office, broken: dict[str, Any]
) -> None:
    with pytest.raises(observing.Failed, match="KeyError"):
        note(about(ask(office), "Bounce", office, **broken), None)


def test_an_event_of_awss_leads_to_its_letter(office: Office) -> None:
    reference = ask(office)
    assert f"{reference}/000002.0" in EVENT["Records"][0]["Sns"]["Message"]
    assert note(EVENT, None) == {"bounced": 1}
    assert steps(reference) == [Step.RECEIVE, Step.UNDELIVERED]


def test_nothing_of_an_event_is_left_behind_but_its_outcome(
    office: Office,
    written: Read,  # noqa: F811
) -> None:
    ask(office)
    written()
    note(EVENT, None)
    left = written()
    (line,) = left.lines()
    assert line == {"function": "mail_events", "request": "", "bounced": 1}
    assert "kari" not in left.text
    broken = json.loads(json.dumps(EVENT).replace("Permanent", "").replace("bounceType", "kind"))
    with pytest.raises(observing.Failed) as failed:
        note(broken, None)
    assert "kari" not in written().text + str(failed.value)
