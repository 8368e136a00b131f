"""The table's stream: requests are taken up, proved ones answered, and letters sent."""

from typing import Any

from chalice import Blueprint

from functions import batches
from shared.wiring import office
from shared.workflows import answers, posting, receiving

NAME = "workers"
LETTER, REQUEST = "MAIL#", "REQUEST"

stream = Blueprint(__name__)


@stream.lambda_function(name=NAME)
def work(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Stream records in, `{"batchItemFailures": [...]}` out.

    A record only says where to look: what is there is read again, so that one that comes late or
    twice does no harm.
    """
    return batches.stream(NAME, "done", event, context, is_ours=_is_ours, act=_work_on)


def _is_ours(record: dict[str, Any]) -> bool:
    keys = record["dynamodb"]["Keys"]
    sk: str = keys["sk"]["S"]
    ours: bool = keys["pk"]["S"].startswith("REQ#")
    return ours and (sk == REQUEST or sk.startswith(LETTER)) and record["eventName"] != "REMOVE"


def _work_on(record: dict[str, Any]) -> bool:
    keys = record["dynamodb"]["Keys"]
    reference, sk = keys["pk"]["S"].removeprefix("REQ#"), keys["sk"]["S"]
    if sk == REQUEST:
        here = office()
        return receiving.take_up(reference, here) or answers.carry_out(reference, here)
    return posting.deliver(reference, sk, office())
