"""What an invocation leaves behind: one line in the log, and metrics.  The only place.

Nothing of a person: names of functions, routes and forms, ids of requests, types of faults, and
numbers.  The log is the standard one: Lambda writes each record as JSON (decision 0009).
"""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from math import inf
from time import perf_counter
from typing import Any

from shared import wiring
from shared.errors import kind_of
from shared.gateways.clock import utc_now

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

Facts = dict[str, Any]
Middleware = Callable[[Any, Callable[[Any], Any]], Any]

_log = logging.getLogger(__name__)
_log.setLevel(logging.INFO)  # whatever the root's: what is too low for a stage, Lambda leaves out
for _other in ("botocore", "pynamodb", "urllib3"):  # what they say below that is what they send
    logging.getLogger(_other).setLevel(logging.WARNING)
_told: ContextVar[Facts] = ContextVar("told")


class Failed(Exception):
    """An invocation failed.  Says the kind of the fault: Lambda logs what a handler raises."""


@contextmanager
def invocation(function: str, request: str, **facts: Any) -> Iterator[Facts]:
    """One line for what happens in the block, with what the block adds.  Raises Failed.

    `function`: the area's name; `request`: the gateway's id of the request, or Lambda's.
    """
    told = {"function": function, "request": request, **facts}
    token = _told.set(told)
    started = perf_counter()
    try:
        yield told
    except Exception as fault:  # the boundary: what it says must not reach Lambda's own log
        told["fault"] = kind_of(fault)
        failed(function, fault)
        raise Failed(told["fault"]) from None
    finally:
        _told.reset(token)
        told["ms"] = round((perf_counter() - started) * 1000, 1)
        _log.info(function, extra=told)


def function() -> str:
    """The function whose invocation is under way; "" outside of one."""
    running: str = _told.get({}).get("function", "")
    return running


def tell(**facts: str) -> None:
    """Add to the line of the invocation that is under way."""
    _told.get().update(facts)


def failed(what: str, fault: BaseException) -> None:
    """Log that something failed: the kind of the fault, never its message."""
    name = kind_of(fault)
    _log.error("%s: %s", what, name, extra={"fault": name})


def request_of(context: object) -> str:
    """The id that Lambda gave to an invocation; "" where nobody gave one."""
    return str(getattr(context, "aws_request_id", ""))


def seconds_left(context: object) -> float:
    """Seconds until Lambda ends the invocation; infinity where nobody does."""
    ask = getattr(context, "get_remaining_time_in_millis", None)
    return ask() / 1000 if ask else inf


def routes(table: Mapping[str, Mapping[str, Any]]) -> Middleware:
    """Middleware: a line for each request, and for one that a form was read from a metric.

    `table`: the app's routes.  A view tells `form`, and `answer` where the status does not say it.
    """

    def observe(request: Any, get_response: Callable[[Any], Any]) -> Any:
        function = _area(table.get(request.path, {}))
        request_id = request.context.get("requestId") or request_of(request.lambda_context)
        method = request.method if request.method in METHODS else "other"
        with invocation(function, request_id, method=method, route=request.path) as told:
            response = get_response(request)
            told["status"] = response.status_code
            if "form" in told:
                told.setdefault("answer", "failed" if response.status_code >= 500 else "refused")
                dimensions = {name: told[name] for name in ("form", "answer")}
                measure(function, dimensions, submissions=1)
        return response

    return observe


def _area(methods: Mapping[str, Any]) -> str:
    return min(map(area_of, methods.values()), default="unknown")


def area_of(route: Any) -> str:
    """The module that has a route's view: functions.intake, intake."""
    module: str = route.view_function.__module__
    return module.rpartition(".")[2]


def measure(function: str, dimensions: Mapping[str, str] | None = None, /, **numbers: int) -> None:
    """Leave metrics of a function on standard output, in CloudWatch's embedded metric format.

    Written here: the library for it costs each new process 16 ms (decision 0023).
    """
    namespace = wiring.metrics_namespace()
    if not namespace:
        return
    of = {"service": function, **(dimensions or {})}
    units = {name: "None" if name.endswith("_days") else "Count" for name in numbers}
    directive = {
        "Namespace": namespace,
        "Dimensions": [[*of]],
        "Metrics": [{"Name": name, "Unit": unit} for name, unit in units.items()],
    }
    at = int(utc_now().timestamp() * 1000)
    told = {"_aws": {"Timestamp": at, "CloudWatchMetrics": [directive]}, **of}
    print(json.dumps({**told, **{name: [number] for name, number in numbers.items()}}))  # noqa: T201


def only_the_type(record: logging.LogRecord) -> bool:
    """Filter: of an exception that somebody else logs, only the type is left."""
    if record.exc_info and record.exc_info[0]:
        record.msg, record.args = "unexpected: %s", (record.exc_info[0].__name__,)
        record.exc_info = record.exc_text = None
    return True
