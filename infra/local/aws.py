"""An embedded AWS: moto behind one lock, because moto is not safe for threads."""

import json
import logging
import secrets
import threading
from collections.abc import Iterable
from email import message_from_string, policy
from typing import Any

import boto3
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.ses.models import RawMessage, ses_backends
from werkzeug.serving import BaseWSGIServer, make_server

from infra import local, resources

ACCOUNT = "123456789012"


class OneAtATime:
    """A WSGI application that serves one request at a time."""

    def __init__(self) -> None:
        self._application = DomainDispatcherApplication(create_backend_app)
        self._lock = threading.Lock()

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        with self._lock:
            return list(self._application(environ, start_response))


def start() -> BaseWSGIServer:
    """Serve AWS on a free port of this machine only."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, OneAtATime(), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def furnish() -> None:
    """Create what the template describes: the table, and new random keys."""
    resources.create_table(local.TABLE)
    keys = {use: secrets.token_hex(32) for use in ("lookup", "erasure", "suppression")}
    boto3.client("secretsmanager").create_secret(
        Name=local.KEYS_SECRET, SecretString=json.dumps({"version": "1", **keys})
    )


def outbox() -> list[dict[str, Any]]:
    """Every mail handed to the embedded SES as a raw message, oldest first."""
    sent = ses_backends[ACCOUNT][local.REGION].sent_messages
    return [_mail(message) for message in sent if isinstance(message, RawMessage)]


def _mail(message: RawMessage) -> dict[str, Any]:
    mail = message_from_string(message.raw_data, policy=policy.default)
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    return {
        "to": list(message.destinations),
        "subject": str(mail["subject"] or ""),
        "text": text.get_content() if text else "",
        "html": html.get_content() if html else "",
        "headers": {name: str(value) for name, value in mail.items()},
        "at": str(mail["date"] or ""),
    }
