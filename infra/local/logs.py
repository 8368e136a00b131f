"""What the local stack writes: lines to be read, or on request those that AWS would be given."""

import json
import logging
import traceback
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any

READABLE = "%(levelname)s %(name)s %(message)s"
ORDINARY = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class Json(logging.Formatter):
    """A record as one JSON object with its `extra`, as Lambda writes it where LogFormat is JSON."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
        }
        if record.exc_info and record.exc_info[0]:
            kind, fault, trace = record.exc_info
            told |= {"errorType": kind.__name__, "errorMessage": str(fault)}
            told["stackTrace"] = traceback.format_tb(trace)
        told |= {name: one for name, one in vars(record).items() if name not in ORDINARY}
        return json.dumps(told, ensure_ascii=False)


def begin(environ: MutableMapping[str, str]) -> None:
    """Write warnings; or as AWS_LAMBDA_LOG_FORMAT=JSON asks, every invocation and its metrics."""
    as_on_aws = environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON"
    handler = logging.StreamHandler()
    handler.setLevel(logging.INFO if as_on_aws else logging.WARNING)
    handler.setFormatter(Json() if as_on_aws else logging.Formatter(READABLE))
    logging.basicConfig(level=handler.level, handlers=[handler])
    if not as_on_aws:
        environ["METRICS_NAMESPACE"] = ""
