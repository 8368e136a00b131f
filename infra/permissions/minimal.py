"""What a policy gives that was never used."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from infra import local
from infra.permissions.policies import LEADING_KEYS, Grant, Need, Statement, covering

BY_LAMBDA = (
    "logs:",
    "sqs:SendMessage",
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
)
QUEUES = f"sqs.{local.REGION}.amazonaws.com"
"""With these, what Lambda does in a function's name: no call of ours shows it."""


class Used(NamedTuple):
    """A grant that a function has used; `own` as of Need."""

    function: str
    grant: Grant
    own: bool


def given_too_much(
    function: str, statements: tuple[Statement, ...], used: Collection[Used]
) -> Iterator[str]:
    """Each grant that nothing has used, and each refusal that refuses nothing, in words."""
    allowing = tuple(one for one in statements if one.allows)
    for statement in statements:
        for grant in statement.grants():
            if grant.action.startswith(BY_LAMBDA) or grant.value == QUEUES:
                continue
            if not statement.allows:
                needless = not covering(allowing, _alone(grant))
            elif Used(function, grant, own=False) in used:
                needless = Used(function, grant, own=True) not in used and bool(
                    covering(statements, _alone(grant))
                )
            else:
                needless = Used(function, grant, own=True) not in used
            if needless:
                what = f"{grant.action} on {grant.resource.rpartition(':')[2]}"
                yield f"{function}: {statement.sid}: {what}, {grant.value}"


def _alone(grant: Grant) -> Need:
    """To do to one item, by itself, what is granted."""
    return Need(grant.action, grant.resource, {LEADING_KEYS: (grant.value.replace("*", "x"),)})
