"""The table's stream: what TTL removed is finished and accounted for."""

from typing import Any

from chalice import Blueprint

from functions import batches
from shared.wiring import office
from shared.workflows import erasures

stream = Blueprint(__name__)


@stream.lambda_function(name="stream_cascade")
def cascade(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Stream records in, `{"batchItemFailures": [...]}` out; all but TTL's removals are skipped."""
    return batches.in_order(filter(_is_expiry, event["Records"]), _finish)


def _is_expiry(record: dict[str, Any]) -> bool:
    """Lambda spells the identity's keys in lower case, the stream's API with capitals."""
    identity = record.get("userIdentity") or {}
    who = identity.get("principalId") or identity.get("PrincipalId")
    return record["eventName"] == "REMOVE" and who == "dynamodb.amazonaws.com"


def _finish(record: dict[str, Any]) -> None:
    erasures.finish_expired(record["dynamodb"]["OldImage"], record["eventID"], office())
