"""The bucket's events, as S3 sends them: every new object, told once."""

import logging
import threading
import time
from typing import Any
from urllib.parse import quote_plus

import boto3

from functions import documents, observing
from infra import local
from shared.gateways.documents import FOLDER

PAUSE = 0.5
_log = logging.getLogger(__name__)


def follow() -> None:
    """Tell of what is uploaded from now on; for ever, in a thread of its own."""
    threading.Thread(target=_follow, daemon=True).start()


def _follow() -> None:
    client = boto3.client("s3")
    told: set[tuple[str, str]] = set()
    while True:
        time.sleep(PAUSE)
        try:
            found = client.list_objects_v2(Bucket=local.DOCUMENTS, Prefix=FOLDER)
            listed = found.get("Contents", [])
            there = {(one["Key"], f"{one['ETag']} {one['LastModified']}") for one in listed}
            for key, _ in sorted(there - told):
                _tell(key)
            told = there
        except Exception as fault:  # the stack must not end because its bucket cannot be read
            _log.error("uploads: %s", type(fault).__name__)


def _tell(key: str) -> None:
    """What fails stays where it is: its fault is logged, and S3 would try twice more."""
    try:
        documents.examine(event(key), None)
    except observing.Failed as fault:
        _log.error("documents: %s", fault)


def event(key: str) -> dict[str, Any]:
    """S3's event of a new object, as far as anybody reads it."""
    there = {"bucket": {"name": local.DOCUMENTS}, "object": {"key": quote_plus(key, safe="/")}}
    return {"Records": [{"eventName": "ObjectCreated:Post", "s3": there}]}
