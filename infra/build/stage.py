"""A stage's file: what differs between stages."""

import json
from pathlib import Path

from shared.errors import Misconfigured

STAGES = Path(__file__).parents[1] / "stages"
NO_PARAMETERS = ("MonthlyBudget",)
"""What it says to the deployment alone: not every region's CloudFormation knows of budgets."""


def read(stage: str) -> dict[str, str]:
    """All that a stage's file says.  Raises Misconfigured."""
    path = STAGES / f"{stage}.json"
    try:
        found: dict[str, str] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        message = f"infra/stages/{path.name}: cannot be read"
        raise Misconfigured(message) from None
    return found


def parameters(stage: str) -> dict[str, str]:
    """What the template is told.  Raises Misconfigured."""
    return {name: one for name, one in read(stage).items() if name not in NO_PARAMETERS}
