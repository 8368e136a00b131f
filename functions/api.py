"""HTTP routes: every refusal a problem document, every answer readable by the allowed origins."""

import functools
import json
from collections.abc import Callable
from typing import Any

import msgspec
from chalice import Blueprint, Chalice, Response

from functions import observing, problems, requests
from shared.errors import Conflict, Misconfigured, PrivacyError
from shared.wiring import desk

SECURE = {
    "Strict-Transport-Security": "max-age=63072000",
    "X-Content-Type-Options": "nosniff",
}
"""Headers of every answer: only by TLS from now on, and to be taken for what it says it is."""

MOST_BYTES = 6_291_556 - 16_384
"""The size of an answer as Lambda returns it: its body as JSON, and room for the headers."""

View = Callable[..., Response]
AsPage = Callable[[Any, Response], Response]


class Api(Blueprint):
    """A blueprint whose views may raise any PrivacyError; by itself a Lambda function's app.

    `as_page`: what shows a browser that has asked for a page the problem document as one.
    """

    def __init__(self, import_name: str, *, as_page: AsPage | None = None) -> None:
        super().__init__(import_name)
        self._as_page = as_page

    @functools.cached_property
    def alone(self) -> Chalice:
        """An app of these routes only, as the area's Lambda function has it.

        Only in a process of its own: the blueprint then belongs to the app made here.
        """
        return serving(self)

    def route(self, path: str, **options: Any) -> Callable[[View], View]:
        """As Chalice's, but for any content type: what can be read is decided by the view."""
        register = super().route(path, **{"content_types": ["*/*"], **options})

        def decorate(view: View) -> View:
            @functools.wraps(view)
            def answered(**named: str) -> Response:
                response = _answer(view, named)
                if self._as_page and response.headers.get("Content-Type") == problems.MEDIA_TYPE:
                    return self._as_page(self.current_request, response)
                return response

            registered: View = register(answered)
            return registered

        return decorate


def json_answer(status: int, body: object) -> Response:
    """Nouns and plain values as JSON, kept by nobody on the way.

    Raises Conflict where no answer can hold them.
    """
    text = msgspec.json.encode(body).decode()
    if len(text) > MOST_BYTES / 6 and len(json.dumps(text)) > MOST_BYTES:  # a sign is six at most
        message = "This is larger than an answer can be; the operator's command line shows it."
        raise Conflict(message)
    headers: dict[str, str | list[str]] = {
        "Content-Type": "application/json",
        "Cache-Control": "no-store",
    }
    return Response(text, headers, status)


def serving(*blueprints: Blueprint) -> Chalice:
    """An app for some of the routes, or all; it is also the handler of a Lambda function."""
    app = Chalice(app_name="avara-privacy", configure_logs=False)
    app.log.addFilter(observing.only_the_type)
    app.api.binary_types.append("multipart/form-data")
    app.register_middleware(observing.routes(app.routes), "http")
    app.register_middleware(readable, "http")
    app.register_middleware(problems.translate, "http")
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    return app


def _answer(view: View, named: dict[str, str]) -> Response:
    try:
        requests.demand_names(named)
        return view(**named)
    except PrivacyError as refusal:
        return problems.from_error(refusal)
    except Exception as fault:  # the boundary: nothing else may reach the caller
        return problems.from_unexpected(fault)


def readable(request: Any, get_response: Callable[[Any], Response]) -> Response:
    """Middleware: every answer, Chalice's own too, says whose pages may read it, and how."""
    response = get_response(request)
    response.headers.update({**origin_headers(request), **SECURE})
    return response


def origin_headers(request: Any) -> dict[str, str]:
    """What lets a page of a configured origin read the answer; nothing for any other."""
    origin = request.headers.get("origin", "")
    try:
        allowed = origin in desk().origins
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
