"""What a policy says of a need; what of it is given too much; and what is Lambda's own."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra import local
from infra.permissions import policies
from infra.permissions.minimal import BY_LAMBDA, QUEUES, Used, given_too_much
from infra.permissions.policies import LEADING_KEYS, TABLE, Grant, Need, covering

DELETE, PUT = "dynamodb:DeleteItem", "dynamodb:PutItem"
BOTH = {
    "Sid": "Write",
    "Effect": "Allow",
    "Action": [DELETE, PUT],
    "Resource": {"Fn::GetAtt": ["Table", "Arn"]},
    "Condition": {"ForAllValues:StringLike": {LEADING_KEYS: ["AUD#*", "REQ#*"]}},
}
BUT = {
    "Sid": "NeverDeleteAlone",
    "Effect": "Deny",
    "Action": [DELETE],
    "Resource": {"Fn::GetAtt": ["Table", "Arn"]},
    "Condition": {
        "ForAllValues:StringLike": {LEADING_KEYS: ["AUD#*"]},
        "Null": {LEADING_KEYS: "false"},
    },
}


def read(folder: Path, *statements: dict[str, Any]) -> tuple[policies.Statement, ...]:
    file = folder / "policy.json"
    file.write_text(json.dumps({"Statement": statements}))
    return policies.read(file)


def keys(*those: str) -> dict[str, tuple[str, ...]]:
    return {LEADING_KEYS: those} if those else {}


@pytest.mark.parametrize(
    ("action", "asked", "may"),
    [
        (PUT, ["AUD#1"], True),
        (PUT, ["AUD#1", "REQ#1"], True),
        (PUT, ["AUD#1", "S#1"], False),
        (PUT, ["S#1"], False),
        (DELETE, ["REQ#1"], True),
        (DELETE, ["AUD#1"], False),
        (DELETE, ["AUD#1", "AUD#2"], False),
        (DELETE, ["AUD#1", "REQ#1"], True),
        (DELETE, [], True),
        ("dynamodb:UpdateItem", ["REQ#1"], False),
    ],
)
def test_all_keys_must_be_given_and_not_all_taken_back(
    tmp_path: Path, action: str, asked: list[str], may: bool
) -> None:
    found = read(tmp_path, BOTH, BUT)
    assert bool(covering(found, Need(action, TABLE, keys(*asked)))) is may
    assert not covering(found, Need(action, f"{TABLE}/index/due_index", keys(*asked)))


def test_a_condition_that_is_unknown_here_is_refused(tmp_path: Path) -> None:
    odd = {**BOTH, "Condition": {"ForAnyValue:StringLike": {LEADING_KEYS: ["AUD#*"]}}}
    with pytest.raises(ValueError, match="Write: ForAnyValue:StringLike is none of"):
        read(tmp_path, odd)


@pytest.mark.parametrize(
    ("statements", "used", "found"),
    [
        ([BOTH, BUT], {(DELETE, "REQ", True), (DELETE, "AUD", False)}, []),
        (
            [BOTH],
            {(DELETE, "REQ", True), (DELETE, "AUD", False)},
            [f"f: Write: {DELETE} on table/privacy, AUD#*"],
        ),
        ([BOTH, BUT], {(DELETE, "REQ", True)}, [f"f: Write: {DELETE} on table/privacy, AUD#*"]),
        (
            [BUT],
            set(),
            [f"f: NeverDeleteAlone: {DELETE} on table/privacy, AUD#*"],
        ),
    ],
)
def test_what_nothing_has_used_is_given_too_much(
    tmp_path: Path,
    statements: list[dict[str, Any]],
    used: set[tuple[str, str, bool]],
    found: list[str],
) -> None:
    puts = {(PUT, "REQ", True), (PUT, "AUD", True)}
    seen = {
        Used("f", Grant(action, TABLE, LEADING_KEYS, f"{kind}#*"), own)
        for action, kind, own in used | puts
    }
    assert list(given_too_much("f", read(tmp_path, *statements), seen)) == found


LOG = {("logs:CreateLogStream", "Logs.Arn"), ("logs:PutLogEvents", "Logs.Arn")}
STREAM = {
    ("dynamodb:DescribeStream", f"{TABLE}/stream/now"),
    ("dynamodb:GetRecords", f"{TABLE}/stream/now"),
    ("dynamodb:GetShardIterator", f"{TABLE}/stream/now"),
    ("dynamodb:ListStreams", f"{TABLE}/stream/*"),
}


def failures(queue: str) -> set[tuple[str, str]]:
    through = {(f"kms:{one}", policies.KEY) for one in ("Decrypt", "GenerateDataKey")}
    return {("sqs:SendMessage", f"{queue}.Arn"), *through}


LAMBDAS_OWN = {
    "mail_events": failures("MailEventsFailed"),
    "reminders": failures("RemindersFailed"),
    "retention_sweep": failures("SweepsFailed"),
    "stream_cascade": failures("ExpiriesFailed") | STREAM,
    "workers": failures("WorkFailed") | STREAM,
}
"""What Lambda does in a function's name besides its log: no call shows it."""


@pytest.mark.parametrize("function", policies.of_functions())
def test_lambda_may_do_in_a_functions_name_what_is_listed(function: str) -> None:
    found = {
        (grant.action, grant.resource)
        for statement in policies.of_functions()[function]
        for grant in statement.grants()
        if grant.action.startswith(BY_LAMBDA) or grant.value == QUEUES
    }
    assert found == LOG | LAMBDAS_OWN.get(function, set())


def test_nothing_of_a_person_is_deleted_by_what_strangers_reach() -> None:
    for function in ("intake", "subject_requests"):
        alone = Need(DELETE, TABLE, keys("S#1"))
        assert not covering(policies.of_functions()[function], alone)


def test_a_bucket_is_named_as_the_template_names_it() -> None:
    name = "${AWS::StackName}-documents-${AWS::AccountId}-${AWS::Region}"
    assert policies.spelled({"Fn::Sub": name}) == local.DOCUMENTS
