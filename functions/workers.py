"""The table's stream: forms are settled, requests taken up and answered, letters sent."""

from typing import Any

from chalice import Blueprint

from functions import batches
from shared.wiring import office
from shared.workflows import answers, posting, receiving, settling

NAME = "workers"
LETTER, REQUEST, UNSETTLED = "MAIL#", "REQUEST", "J#"

stream = Blueprint(__name__)


@stream.lambda_function(name=NAME)
def work(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Stream records in, `{"batchItemFailures": [...]}` out.

    A record only says where to look: what is there is read again, so that one that comes late or
    twice does no harm.
    """
    return batches.stream(NAME, "done", event, context, is_ours=_is_ours, act=_work_on)


def _is_ours(record: dict[str, Any]) -> bool:
    keys, event = record["dynamodb"]["Keys"], record["eventName"]
    pk: str = keys["pk"]["S"]
    sk: str = keys["sk"]["S"]
    if pk.startswith("S#"):
        return bool(event == "INSERT" and sk.startswith(UNSETTLED))
    return pk.startswith("REQ#") and event != "REMOVE" and (sk == REQUEST or sk.startswith(LETTER))


def _work_on(record: dict[str, Any]) -> bool:
    keys = record["dynamodb"]["Keys"]
    pk, sk = keys["pk"]["S"], keys["sk"]["S"]
    _, _, reference = pk.partition("#")
    if sk.startswith(UNSETTLED):
        return settling.settle(reference, sk, office())
    if sk == REQUEST:
        here = office()
        return receiving.take_up(reference, here) or answers.carry_out(reference, here)
    return posting.deliver(reference, sk, office())
