"""What only the local stack answers: its clock, its outbox, its AWS."""

import html
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chalice import Response

from functions import mail_events, problems, requests
from functions.api import Api
from infra import local
from infra.local import aws, mails
from infra.local.clock import Clock
from infra.local.issuer import Issuer, sign_in_page
from shared.errors import Malformed, NotFound
from shared.wiring import desk

FIRST_YEAR, LAST_YEAR = 1971, 2199
HTML: dict[str, str | list[str]] = {"Content-Type": "text/html; charset=utf-8"}
MAIL_KEYS = ("at", "to", "subject", "text")


def routes(clock: Clock, endpoint_url: str, issuer: Issuer) -> Api:
    """The /_local routes over a clock, an embedded AWS and an issuer of tokens."""
    api = Api(__name__)
    _sign_in(api, issuer)
    _mail(api, clock)

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


def _sign_in(api: Api, issuer: Issuer) -> None:
    """What an OpenID Connect issuer has, and a page to sign in with."""

    @api.route("/_local/.well-known/openid-configuration", methods=["GET"])
    def about() -> Response:
        """GET → 200 {"issuer", "jwks_uri", ...}."""
        return _json(issuer.about())

    @api.route("/_local/jwks.json", methods=["GET"])
    def keys() -> Response:
        """GET → 200 {"keys"}."""
        return _json(issuer.keys())

    @api.route("/_local/token", methods=["GET"])
    def token() -> Response:
        """GET ?role=privacy&sub=anna → 200 {"access_token", "token_type", "expires_in"}."""
        asked: Mapping[str, str] = api.current_request.query_params or {}
        return _json(issuer.token(asked.get("role", ""), asked.get("sub", "")))

    @api.route("/_local/token", methods=["POST"])
    def exchange() -> Response:
        """POST code, code_verifier, client_id, redirect_uri → 200 {"id_token", ...}; 400."""
        told = issuer.exchanged(requests.body_of(api.current_request, ()))
        return _json(told) if told else _json({"error": "invalid_grant"}, 400)

    @api.route("/_local/sign-in", methods=["GET"])
    def show_sign_in() -> Response:
        """GET → 200, a page to choose a role on; 404 unless a page of the staff's has led here."""
        _begun(api.current_request)
        return Response(sign_in_page(desk().statement), dict(HTML), 200)

    @api.route("/_local/sign-in", methods=["POST"])
    def sign_in() -> Response:
        """POST role, sub → 303 back to where the browser came from, with a code."""
        sent = requests.body_of(api.current_request, ())
        asked = _begun(api.current_request)
        url = issuer.granted(asked, str(sent.get("role", "")), str(sent.get("sub", "")))
        return Response("", {"Location": url}, 303)


def _mail(api: Api, clock: Clock) -> None:
    """The mails that were sent, and what becomes of them."""

    @api.route("/_local/outbox", methods=["GET"])
    def outbox() -> Response:
        """GET → 200, the mails: a page for a browser, or [{"to", "subject", ...}]."""
        mails = aws.outbox()
        return _page(mails) if requests.wants_page(api.current_request) else _json(mails)

    @api.route("/_local/bounce", methods=["POST"])
    def bounce() -> Response:
        """POST {"to", "kind"} → 200 {outcome: 1}: the newest mail to an address comes back.

        Or what else SES tells: `kind` is one of mails.ABOUT, "Bounce" if not given.  404, 422.
        """
        sent = requests.body_of(api.current_request, ())
        to, kind = sent.get("to"), sent.get("kind", "Bounce")
        if kind not in mails.ABOUT:
            detail = f"kind: one of {', '.join(mails.ABOUT)}"
            return problems.problem(422, "invalid", "Not a kind of event", detail)
        newest = next((one for one in reversed(aws.outbox()) if one["to"] == [to]), None)
        if newest is None:
            message = "No mail was sent to this address."
            raise NotFound(message)
        return _json(mail_events.note(mails.event(kind, newest["headers"], clock.now()), None))


def _begun(request: Any) -> dict[str, str]:
    """What a browser came with.  Raises NotFound if no page of the staff's has led here."""
    asked = dict(request.query_params or {})
    if not {"redirect_uri", "client_id", "state", "nonce", "code_challenge"} <= asked.keys():
        message = "Begin at /staff/sign-in."
        raise NotFound(message)
    return asked


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


def _json(body: Any, status: int = 200) -> Response:
    return Response(json.dumps(body), {"Content-Type": "application/json"}, status)


def _page(mails: list[dict[str, Any]]) -> Response:
    rows = "".join(
        "<tr>" + "".join(f"<td>{html.escape(str(mail[key]))}</td>" for key in MAIL_KEYS) + "</tr>"
        for mail in mails
    )
    heads = "".join(f"<th>{key}</th>" for key in MAIL_KEYS)
    body = (
        f"<!doctype html><title>Outbox</title><h1>Outbox</h1><table><tr>{heads}</tr>{rows}</table>"
    )
    return Response(body, dict(HTML), 200)
