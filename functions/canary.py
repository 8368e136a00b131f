"""The canary: every five minutes it asks for the deep check as anybody would, from outside."""

from typing import Any

from chalice import Blueprint

from functions import observing
from shared.wiring import early, office
from shared.workflows import health

NAME = "canary"

schedule = Blueprint(__name__)


@schedule.lambda_function(name=NAME)
def ask(event: dict[str, Any], context: object) -> dict[str, int]:
    """Answers `{"ready"}`: 1, or 0 where the check found something, or did not answer."""
    with observing.invocation(NAME, observing.request_of(context)) as told:
        told["status"] = health.ask(office())
        result = {"ready": int(told["status"] == 200)}
        told.update(result)
        observing.measure(NAME, **result)
    return result


early(office)
