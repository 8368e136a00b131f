"""The schedules of subject requests: what the stream missed is done, and deadlines are watched."""

from functools import partial
from typing import Any

from chalice import Blueprint
from msgspec import structs

from functions import observing
from shared.wiring import early, office
from shared.workflows import posting, queue

NAME = "reminders"
LETTERS = "letters"
"""The wish of the schedule of every five minutes: `{"only": "letters"}`."""

schedule = Blueprint(__name__)


@schedule.lambda_function(name=NAME)
def remind(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answers `{"open", "overdue", "nearest_days", "reminded", ...}`: queue.Watched.

    For the letters alone `{"sent", "unsent", "undelivered", ...}`: posting.Caught.
    """
    with observing.invocation(NAME, observing.request_of(context)) as told:
        look = posting.catch_up if event.get("only") == LETTERS else queue.watch
        result = structs.asdict(look(office(), partial(observing.seconds_left, context)))
        told.update(result)
        observing.measure(NAME, **result)
    return result


early(office)
