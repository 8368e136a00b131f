"""`python -m infra.local`: start the local stack on PORT, default 8000; Ctrl-C ends it."""

import os
import signal
import sys
import threading
from types import FrameType

from infra import local
from infra.local import aws, logs, server, stream, uploads
from infra.local.clock import Clock
from infra.local.issuer import AUDIENCE, CLIENT, PATH, Issuer
from infra.local.routes import routes
from infra.permissions import enforcing
from shared import wiring
from shared.errors import Misconfigured


def main() -> int:
    """Serve for ever; 2 when the stack cannot start."""
    logs.begin(os.environ)
    enforcing.enforce()
    port = os.environ.get("PORT", "8000")
    if not (port.isascii() and port.isdecimal()) or int(port) > 65535:
        return _refuse(f"PORT is not a port: {port}")
    engine = os.environ.get("ENGINE") or aws.MOTO
    try:
        endpoint_url = aws.start(engine)
    except Misconfigured as refusal:
        return _refuse(str(refusal))
    os.environ.update(local.environment(endpoint_url))
    here = f"http://127.0.0.1:{port} http://localhost:{port}"
    os.environ["ORIGINS"] = f"{os.environ.get('ORIGINS', '')} {here}"
    os.environ["SITE"] = f"http://127.0.0.1:{port}"
    aws.furnish(engine)
    clock = Clock()
    issuer = Issuer(f"http://127.0.0.1:{port}{PATH}", clock)
    os.environ.setdefault("OIDC_ISSUER", issuer.url)
    os.environ.setdefault("OIDC_AUDIENCE", AUDIENCE)
    os.environ.setdefault("OIDC_CLIENT_ID", CLIENT)
    try:
        office = wiring.open_office(os.environ, now=clock.now)
    except Misconfigured as refusal:
        return _refuse(str(refusal))
    clock.keep(office.statement.retention.zone)

    from app import app  # noqa: PLC0415  # reads nothing, but registers its routes once

    app.register_blueprint(routes(clock, endpoint_url, issuer))
    try:
        http = server.serve(app, int(port))
    except OSError as fault:
        return _refuse(f"port {port}: {fault.strerror}")
    threading.Thread(target=clock.tick, daemon=True).start()
    with wiring.staffed_by(office):
        stream.follow()
        uploads.follow()
        print(f"{office.statement.controller.name} on http://127.0.0.1:{port}", flush=True)
        http.server.serve_forever()
    return 0


def run() -> int:
    """As `main`, until Ctrl-C or SIGTERM; even where they were ignored before, or come early."""
    signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGTERM, _stop)
    try:
        return main()
    except KeyboardInterrupt:
        print("Stopped.", flush=True)
        return 0


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _refuse(reason: str) -> int:
    print(reason, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(run())
