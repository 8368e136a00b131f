"""The table's stream: forms are settled, requests taken up and answered, letters sent."""

from functools import partial
from typing import Any

from chalice import Blueprint

from functions import batches, observing
from shared.wiring import early, office
from shared.workflows import answers, posting, receiving, settling

NAME = "workers"
LETTER, REQUEST, UNSETTLED = "MAIL#", "REQUEST", "J#"
THROTTLED = "throttled"
"""The outcome of a letter after which none is tried: the mail service takes no more for now."""

stream = Blueprint(__name__)


@stream.lambda_function(name=NAME)
def work(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Stream records in, `{"batchItemFailures": [...]}` out.

    A record only says where to look: what is there is read again, so that one that comes late or
    twice does no harm.
    """
    counted = ("done", "waits", "unsent", "undelivered", "throttled")
    act = partial(_work_on, [])
    return batches.stream(NAME, counted, event, context, is_ours=_is_ours, act=act)


def _is_ours(record: dict[str, Any]) -> bool:
    keys, event = record["dynamodb"]["Keys"], record["eventName"]
    pk: str = keys["pk"]["S"]
    sk: str = keys["sk"]["S"]
    if event == "REMOVE":
        return False
    if pk.startswith("S#"):
        return sk.startswith(UNSETTLED)
    return sk == REQUEST or (event == "INSERT" and sk.startswith(LETTER))


def _work_on(posted: list[str], record: dict[str, Any]) -> str:
    """The outcome of a record; `posted` are those of the batch's letters before."""
    keys = record["dynamodb"]["Keys"]
    pk, sk = keys["pk"]["S"], keys["sk"]["S"]
    _, _, reference = pk.partition("#")
    if sk.startswith(UNSETTLED):
        return "done" if settling.settle(reference, sk, office()) else ""
    if sk == REQUEST:
        here = office()
        done = receiving.take_up(reference, here) or answers.carry_out(reference, here)
        return "done" if done else ""
    if THROTTLED not in posted:
        posted.append(_deliver(reference, sk))
    return posted[-1]


def _deliver(reference: str, sk: str) -> str:
    try:
        outcome = posting.deliver(reference, sk, office())
    except Exception as fault:  # it stays in the outbox, and holds up nothing behind it
        observing.failed("letter failed", fault)
        return "failed"
    return "done" if outcome == "sent" else outcome


early(office)
