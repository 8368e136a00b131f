"""The bucket of documents: what was uploaded for a subject request is judged, and deleted."""

from functools import partial
from typing import Any
from urllib.parse import unquote_plus

from chalice import Blueprint

from functions import observing
from shared.wiring import early, office
from shared.workflows import documents

NAME = "documents"
LOST, SELF_TEST = "lost", "self-test"
"""The wish of the hourly schedule, `{"only": "lost"}`, and of an operator."""

uploads = Blueprint(__name__)


@uploads.lambda_function(name=NAME)
def examine(event: dict[str, Any], context: object) -> dict[str, int]:
    """S3's event in, `{"judged", "skipped"}` out.  What fails raises: Lambda tries twice again.

    An event only says where to look: one that comes late or twice finds nothing to do.  For those
    that no event has told of `{"judged", "skipped", "left"}`: documents.Caught.  For the self-test
    `{"judged": 1, "skipped": 0}`, once a signed document of our own was judged as it must be.
    """
    with observing.invocation(NAME, observing.request_of(context)) as told:
        if event.get("only") == LOST:
            caught = documents.catch_up(office(), partial(observing.seconds_left, context))
            outcomes, besides = caught.outcomes, {"left": caught.left}
            observing.measure(NAME, found=len(outcomes), **besides)
        elif event.get("only") == SELF_TEST:
            outcomes, besides = (documents.self_test(),), {}
        else:
            references = map(_reference, event.get("Records", ()))  # S3's own test has none
            outcomes, besides = tuple(documents.examine(one, office()) for one in references), {}
        judged = [str(one) for one in outcomes if one]
        numbers = {"judged": len(judged), "skipped": len(outcomes) - len(judged), **besides}
        told.update(numbers)
        for outcome in judged:
            observing.measure(NAME, {"outcome": outcome}, documents=1)
    return numbers


def _reference(record: dict[str, Any]) -> str:
    """The last part of the key, which S3 spells as in a URL."""
    key: str = unquote_plus(record["s3"]["object"]["key"])
    return key.rpartition("/")[2]


early(office)
