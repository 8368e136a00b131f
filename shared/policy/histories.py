"""Histories: the chain of steps of a subject request shows what was done to it (GDPR art. 5(2)).

Pure.  Each step holds the digest of the one before it, and the request that of its last.
"""

import hashlib
from collections.abc import Sequence

import msgspec

from shared.model.requests import Happened, Request
from shared.policy import chain
from shared.policy.chain import Verified

OF_OLD = ("number", "previous", "step", "state", "at", "actor", "because")
"""The attributes of a step that an earlier release digested, also where they were empty."""


def digest(happened: Happened) -> str:
    """The digest of a step, which the next one commits to."""
    return chain.digest(happened)


def _digests(happened: Happened) -> tuple[str, str]:
    """The digests by today's way and by an earlier release's: what is stored holds either."""
    told = {name: getattr(happened, name) for name in OF_OLD}
    content = msgspec.json.encode(told, order="sorted")
    return digest(happened), hashlib.sha256(content).hexdigest()


def verify(request: Request, history: Sequence[Happened]) -> Verified:
    """Whether no step was changed, left out or put in between, and the last is the request's.

    `broken` has the steps that do not follow on the one before them, and the number that the
    request names as its latest where state, number or digest of that are others.
    """
    broken = set()
    number, heads, state = 0, ("", ""), None
    for one in history:
        if one.number != number + 1 or one.previous not in heads:
            broken.add(one.number)
        number, heads, state = one.number, _digests(one), one.state
    if (number, state) != (request.number, request.state) or request.head not in heads:
        broken.add(request.number)
    return Verified(
        entries=len(history),
        first=history[0].number if history else 0,
        opened=0,
        broken=tuple(sorted(broken)),
        head=request.head if request.head in heads else heads[0],
    )
