"""HTTP routes: every refusal a problem document, every answer readable by the allowed origins."""

import functools
from collections.abc import Callable
from typing import Any

from chalice import Blueprint, Response

from functions import problems
from shared.errors import Misconfigured, PrivacyError
from shared.wiring import office

View = Callable[..., Response]


class Api(Blueprint):
    """A blueprint whose views may raise any PrivacyError."""

    def route(self, path: str, **options: Any) -> Callable[[View], View]:
        """As Chalice's, but for any content type: what can be read is decided by the view."""
        register = super().route(path, **{"content_types": ["*/*"], **options})

        def decorate(view: View) -> View:
            @functools.wraps(view)
            def answered(*arguments: Any, **named: Any) -> Response:
                response = _answer(view, *arguments, **named)
                response.headers.update(origin_headers(self.current_request))
                return response

            registered: View = register(answered)
            return registered

        return decorate


def _answer(view: View, *arguments: Any, **named: Any) -> Response:
    try:
        return view(*arguments, **named)
    except PrivacyError as refusal:
        return problems.from_error(refusal)
    except Exception as fault:  # the boundary: nothing else may reach the caller
        return problems.from_unexpected(fault)


def origin_headers(request: Any) -> dict[str, str]:
    """What lets a page of a configured origin read the answer; nothing for any other."""
    origin = request.headers.get("origin", "")
    try:
        allowed = origin in office().origins
    except Misconfigured:
        allowed = False
    if not allowed:
        return {"Vary": "Origin"}
    return {
        "Vary": "Origin",
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": "GET, POST",
        "Access-Control-Allow-Headers": "Content-Type, Idempotency-Key",
        "Access-Control-Max-Age": "600",
    }
