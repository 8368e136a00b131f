"""What docs/operations.md computes is what the script computes today."""

from pathlib import Path

from infra.bench import costs

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"


def test_the_costs_are_those_of_the_units_that_the_tests_hold() -> None:
    assert costs.table() in OPERATIONS.read_text("utf-8")


def test_every_part_of_the_costs_has_a_budget() -> None:
    assert all(costs.monthly(size)["table: writes"] > 0 for size in costs.SIZES)
