"""The table's stream: what TTL removed is finished and accounted for."""

from datetime import UTC, datetime
from typing import Any

from chalice import Blueprint

from functions import batches
from shared.wiring import early, office
from shared.workflows import erasures

NAME = "stream_cascade"

stream = Blueprint(__name__)


@stream.lambda_function(name=NAME)
def cascade(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Stream records in, `{"batchItemFailures": [...]}` out; all but TTL's removals are skipped."""
    return batches.stream(NAME, ("finished",), event, context, is_ours=_is_expiry, act=_finish)


def _is_expiry(record: dict[str, Any]) -> bool:
    """Lambda spells the identity's keys in lower case, the stream's API with capitals."""
    identity = record.get("userIdentity") or {}
    who = identity.get("principalId") or identity.get("PrincipalId")
    return record["eventName"] == "REMOVE" and who == "dynamodb.amazonaws.com"


def _finish(record: dict[str, Any]) -> str:
    told, event_id = record["dynamodb"], record["eventID"]
    removed_at = datetime.fromtimestamp(told["ApproximateCreationDateTime"], UTC)
    ours = erasures.finish_expired(told["OldImage"], event_id, office(), removed_at=removed_at)
    return "finished" if ours else ""


early(office)
