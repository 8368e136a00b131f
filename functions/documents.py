"""The bucket of documents: what was uploaded for a subject request is judged, and deleted."""

from typing import Any
from urllib.parse import unquote_plus

from chalice import Blueprint

from functions import observing
from shared.wiring import office
from shared.workflows import documents

NAME = "documents"

uploads = Blueprint(__name__)


@uploads.lambda_function(name=NAME)
def examine(event: dict[str, Any], context: object) -> dict[str, int]:
    """S3's event in, `{"judged", "skipped"}` out.  What fails raises: Lambda tries twice again.

    An event only says where to look: one that comes late or twice finds nothing to do.
    """
    with observing.invocation(NAME, observing.request_of(context)) as told:
        outcomes = [documents.examine(_reference(record), office()) for record in event["Records"]]
        judged = [str(one) for one in outcomes if one]
        numbers = {"judged": len(judged), "skipped": len(outcomes) - len(judged)}
        told.update(numbers)
        for outcome in judged:
            observing.measure(NAME, {"outcome": outcome}, documents=1)
    return numbers


def _reference(record: dict[str, Any]) -> str:
    """The last part of the key, which S3 spells as in a URL."""
    key: str = unquote_plus(record["s3"]["object"]["key"])
    return key.rpartition("/")[2]
