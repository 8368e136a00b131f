"""Which AWS, and whose clock: the caller's, or that of a running local stack."""

import json
import os
import urllib.error
import urllib.request
from datetime import datetime
from typing import Any

from infra import local
from infra.deploy.stack import Stack
from shared import wiring
from shared.errors import Malformed, Misconfigured
from shared.gateways.clock import utc_now
from shared.wiring import Office


def connect(local_url: str | None, stage: str = "") -> Office:
    """The office of the environment, of a stage, or of a local stack with its statement and clock.

    Raises Malformed or Misconfigured.
    """
    if not local_url:
        if stage:
            told = outputs_of(stage)
            os.environ.update(TABLE=told["TableName"], KEYS_SECRET=told["KeysSecret"])
        return wiring.open_office(os.environ)
    told = ask(local_url, "/_local/aws")
    ahead = datetime.fromisoformat(ask(local_url, "/_local/clock")["now"]) - utc_now()
    statement = ask(local_url, "/_local/statement")["path"]
    os.environ.update(local.environment(told["endpoint_url"]), STATEMENT=statement)
    return wiring.open_office(os.environ, now=lambda: utc_now() + ahead)


def outputs_of(stage: str) -> dict[str, str]:
    """What a stage's stack says about itself.  Raises Malformed, or Misconfigured."""
    if not stage:
        message = "--stage: say which"
        raise Malformed(message)
    stack = Stack(stage)
    told = stack.outputs()
    if not told:
        message = f"--stage: there is no stack {stack.name} in this account and region"
        raise Misconfigured(message)
    return told


def ask(local_url: str, path: str) -> Any:
    """What a local stack answers, read as JSON.  Raises Malformed."""
    url = local_url.rstrip("/") + path
    if not url.startswith(("http://", "https://")):
        message = f"{local_url}: is not the address of a local stack"
        raise Malformed(message)
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310  # checked above
            return json.load(answer)
    except (urllib.error.URLError, ValueError, OSError):
        message = f"{local_url}: no local stack answers"
        raise Malformed(message) from None
