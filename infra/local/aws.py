"""An embedded AWS: moto behind one lock, because moto is not safe for threads.

Its DynamoDB can be AWS's own engine instead; then what is for DynamoDB is passed on to that.
"""

import logging
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from email import message_from_string, policy
from typing import Any

import boto3
from moto.core.model_instances import reset_model_data
from moto.dynamodb.models.table import StreamRecord
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.ses.models import RawMessage, ses_backends
from werkzeug.middleware.http_proxy import ProxyMiddleware
from werkzeug.serving import make_server

from infra import engine, local, resources
from infra.local import relay
from shared.errors import Misconfigured
from shared.gateways import keyring

MOTO = "moto"

Application = Callable[[Any, Any], Iterable[bytes]]


class OneAtATime:
    """A WSGI application that serves one request at a time."""

    def __init__(self) -> None:
        # moto copies all of the stream for each transaction
        StreamRecord.__deepcopy__ = _itself  # type: ignore[attr-defined]
        self._application = DomainDispatcherApplication(create_backend_app)
        self._lock = threading.Lock()

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        with self._lock:
            answer = list(self._application(environ, start_response))
            reset_model_data()  # moto keeps every copy of a table that a transaction ever made
            return answer


def _itself(record: StreamRecord, _memo: Any) -> StreamRecord:
    """A record, which nobody changes, as its own copy."""
    return record


class WithEngine:
    """A WSGI application that passes to DynamoDB Local what is for DynamoDB and its streams.

    The engine runs away from any network, behind a door that is open on this machine only, and
    ends with this process, whose end of the pipe to it then closes.  Raises Misconfigured.
    """

    PATH = "/-dynamodb-local/"

    def __init__(self, others: Application) -> None:
        with socket.create_server(("127.0.0.1", 0)) as door:
            self._process = _behind(door)
            url = f"http://127.0.0.1:{door.getsockname()[1]}"
        routes = {self.PATH: {"target": url, "remove_prefix": True}}
        self._routed = ProxyMiddleware(others, routes, timeout=60)

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        if environ.get("HTTP_X_AMZ_TARGET", "").startswith("DynamoDB"):
            environ["PATH_INFO"] = self.PATH
        return self._routed(environ, start_response)


def _behind(door: socket.socket) -> subprocess.Popen[str]:
    python = sys.executable
    command = [python, "-m", "infra.engine", python, "-m", "infra.local.relay", str(door.fileno())]
    process = subprocess.Popen(
        ["unshare", "-rn", *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        pass_fds=[door.fileno()],
        start_new_session=True,
    )
    if process.stdout is None or process.stdout.readline().strip() != relay.READY:
        message = "DynamoDB Local cannot be used"
        raise Misconfigured(message)
    return process


def start(engine_name: str) -> str:
    """Serve AWS on a free port of this machine only; its URL.  Raises Misconfigured."""
    application: Application = OneAtATime()
    if engine_name == engine.NAME:
        application = WithEngine(application)
    elif engine_name != MOTO:
        message = f"ENGINE is not {MOTO} or {engine.NAME}: {engine_name}"
        raise Misconfigured(message)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, application, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def furnish(engine_name: str) -> None:
    """Create what the template describes: the table, the bucket, and new random keys.

    moto expires nothing; an engine would by the true time, so that the local clock does it there.
    """
    resources.create_table(local.TABLE)
    if engine_name == MOTO:
        resources.enable_ttl(local.TABLE)
    resources.create_bucket(local.DOCUMENTS)
    boto3.client("ses").verify_email_identity(EmailAddress=local.SENDER)
    boto3.client("secretsmanager").create_secret(
        Name=local.KEYS_SECRET, SecretString=keyring.new_secret()
    )


def outbox() -> list[dict[str, Any]]:
    """Every mail handed to the embedded SES as a raw message, oldest first."""
    sent = ses_backends[local.ACCOUNT][local.REGION].sent_messages
    return [_mail(message) for message in sent if isinstance(message, RawMessage)]


def _mail(message: RawMessage) -> dict[str, Any]:
    mail = message_from_string(message.raw_data, policy=policy.default)
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    return {
        "to": list(dict.fromkeys(message.destinations)),  # moto adds those of the headers
        "subject": str(mail["subject"] or ""),
        "text": text.get_content() if text else "",
        "html": html.get_content() if html else "",
        "headers": {name: str(value) for name, value in mail.items()},
        "at": str(mail["date"] or ""),
    }
