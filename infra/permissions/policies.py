"""What a policy file says of a need, as IAM reads it: an explicit Deny wins, silence is a no."""

import json
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from infra import local

CHALICE = Path(__file__).parents[2] / ".chalice"
LEADING_KEYS = "dynamodb:LeadingKeys"
ANY = "*"

Context = Mapping[str, tuple[str, ...]]
"""What AWS knows of a call besides: each condition key with its values."""


class Need(NamedTuple):
    """What a call needs.  `own`: of one item or resource, not of a whole transaction."""

    action: str
    resource: str
    context: Context
    own: bool = True


class Grant(NamedTuple):
    """One thing that a statement gives or takes: an action on a resource, under one condition."""

    action: str
    resource: str
    condition: str = ANY
    value: str = ANY


class Statement(NamedTuple):
    """A statement whose resources are spelled as the local stack's."""

    sid: str
    allows: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...]
    """Operator, condition key, values."""

    def grants(self) -> Iterator[Grant]:
        """Each of them by itself."""
        named = [
            (key, one)
            for operator, key, values in self.conditions
            for one in values
            if operator != "Null"
        ]
        for action in self.actions:
            for resource in self.resources:
                for key, value in named or [(ANY, ANY)]:
                    yield Grant(action, resource, key, value)

    def covers(self, need: Need) -> set[Grant]:
        """Those of its grants that a need falls under; none unless it does altogether."""
        resources = [one for one in self.resources if fnmatchcase(need.resource, one)]
        if need.action not in self.actions or not resources:
            return set()
        held = [_held(condition, need.context) for condition in self.conditions]
        if None in held:
            return set()
        named = [one for values in held for one in values or ()] or [(ANY, ANY)]
        return {Grant(need.action, resources[0], *one) for one in named}


def _held(condition: Any, context: Context) -> set[tuple[str, str]] | None:
    """Which values of a condition a call meets; None if it does not hold."""
    operator, key, values = condition
    asked = context.get(key, ())
    if operator == "Null":
        return set() if values == (str(not asked).lower(),) else None
    matches = fnmatchcase if operator.endswith("StringLike") else str.__eq__
    met = {one: {(key, value) for value in values if matches(one, value)} for one in asked}
    of_all = operator.startswith("ForAllValues:")
    if not all(met.values()) or not (asked or of_all):
        return None
    return set().union(*met.values())


def covering(statements: tuple[Statement, ...], need: Need) -> set[Grant]:
    """The grants that allow a need; none if it is denied."""
    if any(one.covers(need) for one in statements if not one.allows):
        return set()
    return set().union(*(one.covers(need) for one in statements if one.allows))


@cache
def of_functions() -> dict[str, tuple[Statement, ...]]:
    """What each function of `.chalice/config.json` may do."""
    config = json.loads((CHALICE / "config.json").read_text("utf-8"))
    functions = config["stages"]["lambda"]["lambda_functions"]
    return {name: read(CHALICE / told["iam_policy_file"]) for name, told in functions.items()}


def read(path: Path) -> tuple[Statement, ...]:
    """The statements of a policy file.  Raises ValueError for a condition that is unknown here."""
    told = json.loads(path.read_text("utf-8"))["Statement"]
    return tuple(_statement(one) for one in told)


OPERATORS = ("StringEquals", "StringLike", "ForAllValues:StringLike", "Null")


def _statement(told: Mapping[str, Any]) -> Statement:
    conditions = []
    for operator, keys in told.get("Condition", {}).items():
        if operator not in OPERATORS:
            message = f"{told['Sid']}: {operator} is none of {', '.join(OPERATORS)}"
            raise ValueError(message)
        for key, values in keys.items():
            conditions.append((operator, key, tuple(map(spelled, _listed(values)))))
    return Statement(
        sid=told["Sid"],
        allows=told["Effect"] == "Allow",
        actions=tuple(told["Action"]),
        resources=tuple(map(spelled, _listed(told["Resource"]))),
        conditions=tuple(conditions),
    )


def _listed(told: Any) -> list[Any]:
    return told if isinstance(told, list) else [told]


def arn(service: str, name: str) -> str:
    """A resource of the local stack."""
    return f"arn:aws:{service}:{local.REGION}:{local.ACCOUNT}:{name}"


TABLE = arn("dynamodb", f"table/{local.TABLE}")
KEY = arn("kms", "key/Key")
NAMES = {
    "AWS::AccountId": local.ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": local.REGION,
    "AWS::StackName": local.STACK,
    "Key.Arn": KEY,
    "Keys": arn("secretsmanager", f"secret:{local.KEYS_SECRET}"),
    "Sender": local.SENDER,
    "Table.Arn": TABLE,
    "Table.StreamArn": f"{TABLE}/stream/now",
}
"""What the template's names are in the local stack.  Others stand for themselves."""


def spelled(value: Any) -> str:
    """A value of the template, its intrinsic function carried out."""
    if isinstance(value, str):
        return value
    ((function, told),) = value.items()
    if function == "Fn::Sub":
        return re.sub(r"\$\{([^}]+)\}", lambda found: _named(found[1]), told)
    return _named(told if isinstance(told, str) else ".".join(told))


def _named(name: str) -> str:
    return NAMES.get(name, name)
