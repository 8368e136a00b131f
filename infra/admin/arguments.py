"""What commands are given: whom, when, and against which stack.  Raises Malformed in a line."""

import getpass
import re
from datetime import UTC, datetime
from typing import Annotated, NamedTuple

import boto3
import typer

from infra.admin.connection import connect
from shared.errors import Malformed
from shared.policy import addresses, imports
from shared.wiring import Office

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of words.")]
ROLE = "operator"
Email = Annotated[str, typer.Argument(help="The data subject's e-mail address.")]


NAME = re.compile(r"[A-Za-z0-9._@-]{1,64}")


class Given(NamedTuple):
    """The options before every command: whose AWS, which stage, and who operates."""

    local: str
    name: str
    stage: str


def office_of(context: typer.Context) -> Office:
    return connect(context.obj.local or None, context.obj.stage)


def actor_of(context: typer.Context) -> str:
    """The operator as the audit trail has them: "operator:kari".

    Without a name it is that of their identity with AWS; beside a local stack, the user's.
    """
    try:
        name = context.obj.name or (getpass.getuser() if context.obj.local else _identity())
    except (OSError, KeyError):
        name = ""
    if not NAME.fullmatch(name):
        message = "--as: say who you are, with 1 to 64 of a-z, 0-9 and ._@-"
        raise Malformed(message)
    return f"{ROLE}:{name}"


def _identity() -> str:
    """Of whoever's credentials they are: the user, or the session of a role that was taken on."""
    arn: str = boto3.client("sts").get_caller_identity()["Arn"]
    return arn.replace(":root", "/root").rpartition("/")[2]


def address(text: str) -> str:
    """An e-mail address, normalised."""
    try:
        return addresses.email(text)
    except ValueError as fault:
        message = f"EMAIL: is {fault}"
        raise Malformed(message) from None


def moment(text: str, office: Office, option: str = "--at") -> datetime:
    """An instant in UTC that is not to come; without a zone it is the controller's."""
    try:
        at = imports.moment(text, office.statement)
    except ValueError:
        message = f"{option}: is not a time such as 2026-05-31 or 2026-05-31T14:30:00+02:00"
        raise Malformed(message) from None
    if at > office.now():
        message = f"{option}: lies in the future"
        raise Malformed(message)
    return at.astimezone(UTC)
