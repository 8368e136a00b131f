"""Chalice's local server, with API Gateway's part of the answers."""

import sys
from email.message import Message
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import unquote

from chalice import Chalice, Response
from chalice.config import Config
from chalice.local import (
    ChaliceRequestHandler,
    LocalChalice,
    LocalDevServer,
    LocalGateway,
    LocalGatewayException,
    ThreadedHTTPServer,
)

from functions import api, problems
from shared.errors import TooLarge

MOST_BYTES = 10 * 1024 * 1024
"""API Gateway's own limit; ours is far below it."""
MOST_DIGITS = 20
"""Of a length: int() reads no number of thousands of digits."""


class Gateway(LocalGateway):
    """Reads paths as they are meant, and answers no OPTIONS by itself."""

    def _generate_lambda_event(self, *arguments: Any, **named: Any) -> dict[str, Any]:
        event: dict[str, Any] = super()._generate_lambda_event(*arguments, **named)
        event["pathParameters"] = {
            name: unquote(value) for name, value in event["pathParameters"].items()
        }
        return event

    def _has_user_defined_options_method(self, lambda_event: Any) -> bool:
        return True


class Handler(ChaliceRequestHandler):
    """Says what the gateway says in infra/resources.yaml, and logs no address and no query."""

    areas: ClassVar[set[str]] = set()
    headers: Message

    def setup(self) -> None:
        super().setup()
        self.local_gateway.__class__ = Gateway

    def _parse_payload(self) -> tuple[Any, bytes | None]:
        length = ", ".join(self.headers.get_all("content-length", ["0"]))
        if "transfer-encoding" in self.headers:
            self.close_connection = True
            raise _Refused(problems.problem(*problems.GATEWAY[411]))
        if not length.isdecimal():
            self.close_connection = True
            raise _Refused(problems.problem(*problems.CHALICE[400]))
        if len(length) > MOST_DIGITS or int(length) > MOST_BYTES:
            self.close_connection = True
            raise _Refused(problems.problem(*problems.STATUS[TooLarge]))
        headers, body = super()._parse_payload()
        trips_chalice = "authorization"  # on a path that it does not know, by its letters
        return {
            name: one
            for name, one in headers.items()
            if one.isascii() or name.lower() != trips_chalice
        }, body

    def _generic_handle(self) -> None:
        try:
            super()._generic_handle()
        except _Refused as refusal:
            self._send_problem(refusal.document)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = do_PATCH = _generic_handle  # noqa: N815
    do_OPTIONS = do_TRACE = do_QUERY = _generic_handle  # noqa: N815

    def _send_error_response(self, error: LocalGatewayException) -> None:
        self._send_problem(
            problems.problem(
                404,
                "not-found",
                "Not found",
                "There is nothing at this path, or not for this method.",
            )
        )

    def _send_problem(self, document: Response) -> None:
        """As the gateway's own: it says nothing, so that any page may read it."""
        headers = {**document.headers, **api.SECURE, "Vary": "Origin"}
        if origin := self.headers["Origin"]:
            headers["Access-Control-Allow-Origin"] = " ".join(origin.split())
        self._send_http_response(document.status_code, headers, document.body)

    def _send_http_response_with_body(self, code: int, headers: Any, body: str | bytes) -> None:
        if self.command == "HEAD" or not body:  # a body here would be read as the next answer
            self._send_http_response_no_body(code, headers)
        else:
            super()._send_http_response_with_body(code, headers, body)

    def _send_http_response_no_body(self, code: int, headers: Any) -> None:
        length = {} if code == HTTPStatus.NO_CONTENT else {"Content-Length": "0"}  # RFC 9110 8.6
        self.send_response(code)
        self._send_headers({**headers, **length})

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        sys.stderr.write(f"{self.command} {self._area()} {int(code)}\n")

    def _area(self) -> str:
        """The first part of the path where it is one of ours: nothing that somebody typed."""
        first = self.path.partition("?")[0].split("/")[1:2]
        return f"/{first[0]}" if first and first[0] in self.areas else "-"

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What http.server refuses by itself: no request line, or no method that anybody knows."""
        self.close_connection = True
        self.command, self.path, self.headers = "", "", Message()
        self.request_version = self.protocol_version  # or the answer would have no head
        self._send_problem(problems.problem(code, "malformed", "The request cannot be read"))

    def log_error(self, format: str, *args: Any) -> None:  # noqa: A002  # its name in the base
        """Nothing: it would repeat the request, and its answer is logged anyway."""


class Server(ThreadedHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Says what kind of fault it was, and not whose request: often somebody just went away."""
        sys.stderr.write(f"no answer: {type(sys.exception()).__name__}\n")


class _Refused(Exception):
    def __init__(self, document: Response) -> None:
        super().__init__()
        self.document = document


def serve(app: Chalice, port: int) -> LocalDevServer:
    """A server for the app on this machine only.  Raises OSError if the port is taken."""
    app.__class__ = LocalChalice
    Handler.areas = {route.split("/")[1] for route in app.routes}
    return LocalDevServer(app, Config.create(), "127.0.0.1", port, Handler, Server)
