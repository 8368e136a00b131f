"""What docs/operations.md computes is what the script computes today."""

import json
import re
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra import resources
from infra.admin import __main__ as admin
from infra.admin.redriving import QUEUES
from infra.bench import costs
from shared.settings import read_settings
from shared.store._items import Item

ROOT = Path(__file__).parents[2]
OPERATIONS = ROOT / "docs" / "operations.md"
UNRESERVED = 100
"""Executions at once that AWS keeps for the functions of an account that reserve none."""
SLOWEST = 10
"""Seconds that moto has taken for a transaction on a busy machine."""


def test_the_costs_are_those_of_the_units_that_the_tests_hold() -> None:
    assert costs.table() in OPERATIONS.read_text("utf-8")


def test_the_region_is_read_where_the_runbook_says(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    said = re.search(r"`(AWS_\w+)` in the environment", OPERATIONS.read_text("utf-8"))
    assert said
    monkeypatch.setenv(said[1], "eu-north-1")
    assert boto3.Session().region_name == "eu-north-1"
    read_settings({said[1]: "eu-north-1", "TABLE": "t", "KEYS_SECRET": "k"})


def test_every_part_of_the_costs_has_a_budget() -> None:
    assert all(costs.monthly(size)["table: writes"] > 0 for size in costs.SIZES)


def test_the_account_needs_what_the_functions_reserve_and_what_aws_keeps() -> None:
    config = json.loads((ROOT / ".chalice" / "config.json").read_text("utf-8"))
    functions = config["stages"]["lambda"]["lambda_functions"].values()
    reserved = sum(one["reserved_concurrency"] for one in functions)
    said = OPERATIONS.read_text("utf-8")
    assert f"reserve {reserved} executions at once" in said
    assert f"has to be {reserved + UNRESERVED} at least" in said


def test_the_table_is_waited_for_longer_than_an_engine_takes_and_not_as_long_as_a_function() -> (
    None
):
    config = json.loads((ROOT / ".chalice" / "config.json").read_text("utf-8"))
    patience = {
        one["lambda_timeout"]
        for one in config["stages"]["lambda"]["lambda_functions"].values()
        if "dynamodb:" in (ROOT / ".chalice" / one["iam_policy_file"]).read_text("utf-8")
    }
    assert SLOWEST < Item.Meta.read_timeout_seconds < min(patience)


def alarms() -> dict[str, Any]:
    found = resources.resources().items()
    return {
        name: one["Properties"]
        for name, one in found
        if one.get("Type") == "AWS::CloudWatch::Alarm"
    }


def paragraph(alarm: str) -> str:
    """What the runbook says to an alarm."""
    (told,) = re.findall(
        rf"^\*\*`{alarm}`\*\*: (.+?)\n\n", OPERATIONS.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    return " ".join(told.split())


def test_the_runbook_has_a_paragraph_for_every_alarm_and_for_nothing_else() -> None:
    told = re.findall(r"^\*\*`(\w+)`\*\*: ", OPERATIONS.read_text("utf-8"), re.MULTILINE)
    assert sorted(told) == sorted(alarms())


@pytest.mark.parametrize("alarm", alarms())
def test_every_alarm_has_something_that_mends_it_and_is_there(alarm: str) -> None:
    told = paragraph(alarm)
    commands = {one.name or one.callback.__name__ for one in admin.app.registered_commands}
    makefile = (ROOT / "Makefile").read_text("utf-8")
    outputs = resources.outputs()
    asked = set(re.findall(r"`admin (\S+?)[ `]", told))
    assert asked <= commands
    assert set(re.findall(r"`admin redrive (\w+)", told)) <= set(QUEUES)
    assert set(re.findall(r"`invoke (\w+)", told)) <= set(outputs)
    assert set(re.findall(r"\$\(output (\w+)\)", told)) <= set(outputs)
    for target in re.findall(r"`make (\w+)", told):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
    mends = r"`(admin|invoke|make|aws) |`/staff|`reserved_concurrency`|`controller.email`|As `"
    assert re.search(mends, told) or "](#" in told


@pytest.mark.parametrize("name", QUEUES)
def test_every_failure_queue_is_emptied_as_the_paragraph_of_its_alarm_says(name: str) -> None:
    queue = QUEUES[name].queue
    (alarm,) = (
        alarm
        for alarm, one in alarms().items()
        if {"Name": "QueueName", "Value": {"Fn::GetAtt": [queue, "QueueName"]}}
        in one.get("Dimensions", ())
    )
    assert f"`admin redrive {name}`" in paragraph(alarm)
    assert {queue, QUEUES[name].function} <= set(resources.outputs())


def test_no_failure_queue_is_without_a_command_that_empties_it() -> None:
    queues = {
        name for name, one in resources.resources().items() if one.get("Type") == "AWS::SQS::Queue"
    }
    assert {one.queue for one in QUEUES.values()} == queues
