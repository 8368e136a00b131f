"""Web: connections to what is asked over HTTP, by TLS or on this machine."""

import http.client
from urllib.parse import urlsplit

HERE = frozenset({"127.0.0.1", "localhost"})
NO_ANSWER = (OSError, http.client.HTTPException)


def connection(url: str, patience: float) -> tuple[http.client.HTTPConnection, str] | None:
    """Where to ask, and for which path; None for what is neither.  Redirects are not followed.

    `patience`: seconds to wait for an answer.
    """
    parts = urlsplit(url)
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    if parts.scheme == "https" and parts.hostname:
        return http.client.HTTPSConnection(parts.netloc, timeout=patience), path
    if parts.scheme == "http" and parts.hostname in HERE:
        return http.client.HTTPConnection(parts.netloc, timeout=patience), path
    return None
