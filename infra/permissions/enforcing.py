"""Every call of an invocation, held to the policy of its function, and refused as AWS refuses it.

Outside of an invocation nothing is held: the command line, `/_local` and what a test does itself.
"""

import logging
import threading
from contextvars import copy_context
from typing import Any

from botocore.exceptions import ClientError
from botocore.handlers import BUILTIN_HANDLERS

from functions import observing
from infra.permissions import needs, policies
from infra.permissions.minimal import Used
from infra.permissions.policies import LEADING_KEYS, Need

used: set[Used] = set()
"""What functions have needed and were given, in this process."""
denied: list[str] = []
"""What they have needed and were not, in words."""

FORM = "s3-presign-post-policy"
BUCKET = "bucket of permissions"
_log = logging.getLogger(__name__)


def enforce() -> None:
    """Hold the calls of every botocore client that is made from now on.

    By the handlers that botocore gives to each session, as moto does.  A thread that an invocation
    starts belongs to it, which Python 3.14 can do by itself (`thread_inherit_context`).
    """
    BUILTIN_HANDLERS.append(("before-parameter-build", _hold))
    BUILTIN_HANDLERS.append(("before-sign.s3.PutObject", _hold_form))
    BUILTIN_HANDLERS.append(("after-call.s3.GetObject", _hold_missing))
    start = threading.Thread.start

    def started(self: threading.Thread) -> None:
        if observing.function():
            run, context = self.run, copy_context()
            self.run = lambda: context.run(run)  # type: ignore[method-assign]
        start(self)

    threading.Thread.start = started  # type: ignore[method-assign]


def _hold(params: Any, model: Any, context: Any, **_: Any) -> None:
    """A `before-parameter-build` hook.  Raises ClientError."""
    if context.get("is_presign_request") and model.name == "CreateBucket":
        return  # of a form, whose address is a bucket's: see _hold_form
    service = model.service_model.service_name
    context[BUCKET] = params.get("Bucket")
    refused = _refused(lambda: needs.of_call(service, model.name, params))
    if refused:
        told: dict[str, Any] = {"Error": _error(service, refused)}
        if model.name == "TransactWriteItems":
            told["Error"]["Code"] = "TransactionCanceledException"
            told["CancellationReasons"] = _reasons(params["TransactItems"], refused)
        raise ClientError(told, model.name)


def _hold_form(request: Any, operation_name: str, **_: Any) -> None:
    """A `before-sign` hook: S3 takes what comes by a form from whoever has signed it."""
    if FORM in request.context:
        named = {
            name: value
            for one in request.context[FORM]["conditions"]
            if isinstance(one, dict)
            for name, value in one.items()
        }
        sent = {"Bucket": named["bucket"], "Key": named["key"]}
        if refused := _refused(lambda: needs.of_call("s3", operation_name, sent)):
            raise ClientError({"Error": _error("s3", refused)}, operation_name)


def _hold_missing(parsed: Any, context: Any, **_: Any) -> None:
    """An `after-call` hook: that an object is not there is told only to who may list them."""
    if parsed.get("Error", {}).get("Code") != "NoSuchKey":
        return
    if refused := _refused(lambda: [needs.of_missing_object(context[BUCKET])]):
        parsed["Error"] = _error("s3", refused)


def _refused(asked: Any) -> list[Need]:
    """Those of a call's needs that the function under way is not given."""
    function = observing.function()
    statements = policies.of_functions().get(function)
    if statements is None:  # nobody's, or the local stack's own
        return []
    refused = []
    for need in asked():
        if covering := policies.covering(statements, need):
            used.update(Used(function, grant, need.own) for grant in covering)
        else:
            refused.append(need)
            denied.append(f"{function} may not {_in_words(need)}")
            _log.error("%s", denied[-1])
    return refused


def _in_words(need: Need) -> str:
    """The statement that is missing, without anybody's key."""
    what = f"{need.action} on {need.resource.rpartition(':')[2]}"
    kinds = [f"{one.partition('#')[0]}#*" for one in need.context.get(LEADING_KEYS, ())]
    return f"{what} with {', '.join(sorted(set(kinds)))}" if kinds else what


def _error(service: str, refused: list[Need]) -> dict[str, str]:
    code = "AccessDenied" if service in ("s3", "ses") else "AccessDeniedException"
    return {"Code": code, "Message": f"not authorized to perform: {refused[0].action}"}


def _reasons(items: list[dict[str, Any]], refused: list[Need]) -> list[dict[str, str]]:
    actions = {need.action for need in refused}
    codes = [
        "AccessDenied" if {f"dynamodb:{name}Item" for name in one} & actions else "None"
        for one in items
    ]
    return [{"Code": code} for code in codes]
