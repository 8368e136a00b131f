"""The schedule and the stream, with the events that AWS sends."""

import json
from datetime import timedelta
from typing import Any

import pytest

from functions.retention_sweep import sweep
from functions.stream_cascade import cascade
from shared.wiring import Office
from tests.stand_ins import Aws, Clock, Ending
from tests.workflows.submitting import post
from tests.workflows.test_erasures import DUE, expire

LAMBDA = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
STREAM_API = {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}


def removal(image: Any, identity: object, sequence: str = "1") -> dict[str, Any]:
    return {
        "eventID": "e" * 32,
        "eventName": "REMOVE",
        "userIdentity": identity,
        "dynamodb": {
            "ApproximateCreationDateTime": 1795338000,
            "OldImage": image,
            "SequenceNumber": sequence,
        },
    }


def test_the_nightly_sweep_answers_and_measures_what_it_did(
    office: Office, aws: Aws, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    post(office)
    clock.set(DUE)
    with aws.one_at_a_time():
        result = sweep({}, None)
    metrics = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (result["due"], result["erased"], result["failed"]) == (2, 1, 0)
    assert {"due", "erased", "kept", "failed", "technical"} <= set().union(*metrics)


def test_a_sweep_that_lambda_is_about_to_end_says_what_it_leaves(
    office: Office, aws: Aws, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    post(office)
    clock.set(DUE)
    with aws.one_at_a_time():
        result = sweep({}, Ending(20))
    (metrics,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (result["erased"], result["unfinished"]) == (0, 1)
    assert metrics["unfinished"] == [1]
    with aws.one_at_a_time():
        again = sweep({"only": "rest"}, Ending(900))
    assert (again["erased"], again["unfinished"]) == (1, 0)


@pytest.mark.parametrize(
    "identity", [LAMBDA, STREAM_API], ids=["as Lambda spells it", "as the API"]
)
def test_what_ttl_removed_is_finished(
    office: Office, aws: Aws, clock: Clock, identity: dict[str, str]
) -> None:
    post(office)
    clock.set(DUE + timedelta(days=14))
    answer = cascade({"Records": [removal(expire(aws), identity)]}, None)
    assert answer == {"batchItemFailures": []}
    assert aws.items_of_people() == []


def test_what_we_deleted_ourselves_is_left_alone(office: Office, aws: Aws) -> None:
    post(office)
    before = aws.items()
    cascade({"Records": [removal(aws.profile(), None)]}, None)
    assert aws.items() == before


def test_expired_items_other_than_profiles_need_nothing_more(office: Office, aws: Aws) -> None:
    post(office, key="k")
    others = [item for item in aws.items() if item["sk"]["S"] != "PROFILE"]
    before = aws.items()
    cascade({"Records": [removal(item, LAMBDA) for item in others]}, None)
    assert aws.items() == before


def test_a_record_that_fails_is_reported_and_holds_up_none_behind_it(
    office: Office, aws: Aws, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    post(office, email="secret@example.com")
    clock.set(DUE + timedelta(days=14))
    image = expire(aws)
    broken = {name: value for name, value in image.items() if name != "state"}
    records = [removal(broken, LAMBDA, "1"), removal(image, LAMBDA, "2")]
    assert cascade({"Records": records}, None) == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert aws.items_of_people() == []
    assert "secret" not in caplog.text
