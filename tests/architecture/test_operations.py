"""What docs/operations.md computes is what the script computes today."""

import json
from pathlib import Path

from infra.bench import costs

ROOT = Path(__file__).parents[2]
OPERATIONS = ROOT / "docs" / "operations.md"
UNRESERVED = 100
"""Executions at once that AWS keeps for the functions of an account that reserve none."""


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
