"""What only the local stack answers: its clock, its outbox, its AWS."""

import html
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chalice import Response

from functions import problems, requests
from functions.api import Api
from infra import local
from infra.local import aws
from infra.local.clock import Clock
from shared.errors import Malformed

FIRST_YEAR, LAST_YEAR = 1971, 2199
MAIL_KEYS = ("at", "to", "subject", "text")


def routes(clock: Clock, endpoint_url: str) -> Api:
    """The /_local routes over a clock and an embedded AWS."""
    api = Api(__name__)

    @api.route("/_local/clock", methods=["GET"])
    def show_clock() -> Response:
        """GET → 200 {"now"}."""
        return _json({"now": _spelled(clock.now())})

    @api.route("/_local/clock", methods=["POST"])
    def set_clock() -> Response:
        """POST {"now"} → 200 {"now", "ran"} when all that became due is done; 400, 422."""
        now = _instant(requests.body_of(api.current_request, ()).get("now"))
        if now is None:
            detail = "now: an aware RFC 3339 time between 1971 and 2199"
            return problems.problem(422, "invalid", "Not an instant", detail)
        ran = clock.set(now)
        return _json({"now": _spelled(clock.now()), "ran": ran})

    @api.route("/_local/outbox", methods=["GET"])
    def outbox() -> Response:
        """GET → 200, the mails: a page for a browser, or [{"to", "subject", ...}]."""
        mails = aws.outbox()
        return _page(mails) if requests.wants_page(api.current_request) else _json(mails)

    @api.route("/_local/aws", methods=["GET"])
    def show_aws() -> Response:
        """GET → 200 {"endpoint_url", "region", "table"}."""
        return _json({"endpoint_url": endpoint_url, "region": local.REGION, "table": local.TABLE})

    @api.route("/_local/statement", methods=["GET"])
    def show_statement() -> Response:
        """GET → 200 {"path"}: which statement file this stack runs; "" is the shipped one."""
        path = os.environ.get("STATEMENT", "")
        return _json({"path": str(Path(path).resolve()) if path else ""})

    return api


def _instant(text: object) -> datetime | None:
    if not isinstance(text, str):
        message = 'Send {"now": "2028-11-24T01:00:00Z"}.'
        raise Malformed(message)
    try:
        instant = datetime.fromisoformat(text)
        sensible = FIRST_YEAR <= instant.year <= LAST_YEAR
        return instant.astimezone(UTC) if instant.tzinfo and sensible else None
    except (ValueError, OverflowError):
        return None


def _spelled(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _json(body: Any) -> Response:
    return Response(json.dumps(body), {"Content-Type": "application/json"}, 200)


def _page(mails: list[dict[str, Any]]) -> Response:
    rows = "".join(
        "<tr>" + "".join(f"<td>{html.escape(str(mail[key]))}</td>" for key in MAIL_KEYS) + "</tr>"
        for mail in mails
    )
    heads = "".join(f"<th>{key}</th>" for key in MAIL_KEYS)
    body = (
        f"<!doctype html><title>Outbox</title><h1>Outbox</h1><table><tr>{heads}</tr>{rows}</table>"
    )
    return Response(body, {"Content-Type": "text/html; charset=utf-8"}, 200)
