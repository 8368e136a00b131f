"""What docs/operations.md computes is what the script computes today."""

import json
from pathlib import Path

from infra.bench import costs
from shared.store._items import Item

ROOT = Path(__file__).parents[2]
OPERATIONS = ROOT / "docs" / "operations.md"
UNRESERVED = 100
"""Executions at once that AWS keeps for the functions of an account that reserve none."""
SLOWEST = 10
"""Seconds that moto has taken for a transaction on a busy machine."""


def test_the_costs_are_those_of_the_units_that_the_tests_hold() -> None:
    assert costs.table() in OPERATIONS.read_text("utf-8")


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
