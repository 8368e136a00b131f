"""Refusals as RFC 9457 problem documents: the only place.

Both halves are needed: Chalice answers some requests itself, before or after our code, and those
answers are re-expressed here too.  No document repeats a value that was sent.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

from chalice import Response

from functions import observing
from shared.errors import (
    Conflict,
    Fault,
    Forbidden,
    Invalid,
    KeyReused,
    Malformed,
    Misconfigured,
    NotFound,
    PrivacyError,
    Superseded,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
    Unsupported,
)

MEDIA_TYPE = "application/problem+json"
STATUS: dict[type[PrivacyError], tuple[int, str, str]] = {
    Malformed: (400, "malformed", "The request cannot be read"),
    Invalid: (422, "invalid", "Some fields cannot be accepted"),
    TooLarge: (413, "too-large", "Too large"),
    Unsupported: (415, "unsupported-media-type", "Unsupported media type"),
    NotFound: (404, "not-found", "Not found"),
    Conflict: (409, "conflict", "Conflict"),
    Superseded: (409, "superseded", "Changed meanwhile"),
    KeyReused: (422, "key-reused", "Idempotency-Key used for something else"),
    TooMany: (429, "too-many-requests", "Too many requests"),
    Unauthenticated: (401, "unauthenticated", "Sign in first"),
    Forbidden: (403, "forbidden", "Not allowed"),
    Unavailable: (503, "unavailable", "Not available now"),
    Misconfigured: (500, "internal", "Internal server error"),
    PrivacyError: (500, "internal", "Internal server error"),
}
CHALICE = {
    400: (400, "malformed", "The request cannot be read"),
    405: (405, "method-not-allowed", "Method not allowed"),
    415: STATUS[Unsupported],
}
INTERNAL = STATUS[PrivacyError]
CHALLENGE, CHALLENGED = "Bearer", ("WWW-Authenticate", "X-WWW-Authenticate")
"""How to sign in (RFC 9110, 11.6.1), and the headers that say so: API Gateway renames the first.

The document says it too, as `challenge`.
"""
GATEWAY = {
    411: (411, "length-required", "Content-Length is needed"),
    429: STATUS[TooMany],
}
"""What is refused before it is ours."""

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer", "description": "As the answer's."},
        "detail": {"type": "string"},
        "challenge": {"type": "string", "description": "Of a 401, as in WWW-Authenticate."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {
                    "pointer": {"type": "string", "format": "json-pointer"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}


def problem(status: int, slug: str, title: str, detail: str = "", **facts: Any) -> Response:
    """A problem document; `facts` are further members and cannot override the standard ones."""
    body = {**facts, "type": f"/problems/{slug}", "title": title, "status": status}
    if detail:
        body["detail"] = detail
    return Response(
        body=json.dumps(body, ensure_ascii=False),
        status_code=status,
        headers={"Content-Type": MEDIA_TYPE, "Cache-Control": "no-store"},
    )


def from_error(refusal: PrivacyError) -> Response:
    """The document of a refusal: that of its class, or of the nearest class above it."""
    status, slug, title = next(STATUS[kind] for kind in type(refusal).__mro__ if kind in STATUS)
    if status == 500:
        observing.failed("refused to serve", refusal)
        return problem(*INTERNAL)
    told = {"challenge": CHALLENGE} if status == 401 else {}
    document = problem(status, slug, title, str(refusal), **told)
    if isinstance(refusal, TooMany):
        document.headers["Retry-After"] = str(refusal.seconds)
    if status == 401:
        document.headers.update(dict.fromkeys(CHALLENGED, CHALLENGE))
    if status == 503:
        observing.failed("cannot serve now", refusal)
    return document


def from_unexpected(fault: Exception) -> Response:
    """The document of what nobody foresaw; only its type is logged."""
    observing.failed("unexpected", fault)
    return problem(*INTERNAL)


def from_faults(faults: tuple[Fault, ...], words: dict[str, str]) -> Response:
    """The document of an invalid submission: every fault with its pointer and reason."""
    status, slug, title = STATUS[Invalid]
    return problem(
        status,
        slug,
        words.get("title", title),
        errors=[{"pointer": fault.pointer, "detail": words[fault.code]} for fault in faults],
    )


def translate(event: Any, get_response: Callable[[Any], Response]) -> Response:
    """Middleware: Chalice's own {"Code", "Message"} answers become problem documents."""
    response = get_response(event)
    if not (isinstance(response.body, dict) and set(response.body) == {"Code", "Message"}):
        return response
    document = problem(*CHALICE.get(response.status_code, INTERNAL))
    document.headers.update(_kept(response))
    return document


def _kept(response: Response) -> Iterator[tuple[str, str | list[str]]]:
    for name, value in response.headers.items():
        if name.lower() == "allow":
            yield name, value
