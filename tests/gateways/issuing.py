"""An issuer of tokens on this machine: real HTTP, real keys, and a count of what it was asked."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

from joserfc import jwt
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from shared.gateways.identity import Identity
from shared.settings import Issuer

AUDIENCE = "privacy"
CLIENT = "privacy-pages"
KEYS: dict[str, tuple[str, Key]] = {
    "rsa": ("RS256", RSAKey.generate_key(2048)),
    "ec": ("ES256", ECKey.generate_key("P-256")),
    "ed": ("EdDSA", OKPKey.generate_key("Ed25519")),
}
SPARE = ECKey.generate_key("P-256")


def public(kid: str, key: Key) -> dict[str, Any]:
    return {**key.as_dict(private=False), "kid": kid, "use": "sig"}


@dataclass
class Issuing:
    """What it publishes may be changed; `asked` are the paths that were.

    `exchanged` are the forms that codes came with, `grant` what they are answered with.
    """

    url: str
    keys: list[dict[str, Any]] = field(
        default_factory=lambda: [public(kid, key) for kid, (_, key) in KEYS.items()]
    )
    about: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    silent: bool = False
    exchanged: list[dict[str, str]] = field(default_factory=list)
    grant: tuple[int, Any] = (400, {"error": "invalid_grant"})

    def answer(self, path: str) -> Any:
        self.asked.append(path)
        if path == "/keys":
            return {"keys": self.keys}
        return {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/keys",
            "authorization_endpoint": f"{self.url}/enter?tenant=avara",
            "token_endpoint": f"{self.url}/token",
            **self.about,
        }

    def identity(self, roles_claim: str = "roles") -> Identity:
        return Identity(
            Issuer(url=self.url, audience=AUDIENCE, roles_claim=roles_claim, client_id=CLIENT)
        )

    def claims(self, now: datetime, **changed: Any) -> dict[str, Any]:
        """Of a good token; None takes a claim out."""
        claims = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "8f3a",
            "iat": int(now.timestamp()),
            "nbf": int(now.timestamp()),
            "exp": int((now + timedelta(minutes=10)).timestamp()),
            "roles": ["support"],
            **changed,
        }
        return {name: one for name, one in claims.items() if one is not None}

    def token(self, now: datetime, kid: str = "ec", **changed: Any) -> str:
        algorithm, key = KEYS[kid]
        header = {"alg": "Ed25519" if algorithm == "EdDSA" else algorithm, "kid": kid}
        return jwt.encode(header, self.claims(now, **changed), key, [header["alg"]])


@contextmanager
def issuing() -> Iterator[Issuing]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(200, issuer.answer(self.path))

        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers["Content-Length"])).decode()
            issuer.exchanged.append(dict(parse_qsl(form)))
            self._answer(*issuer.grant)

        def _answer(self, status: int, content: Any) -> None:
            told = content if isinstance(content, bytes) else json.dumps(content).encode()
            body = b"" if issuer.silent else told
            self.send_response(503 if issuer.silent else status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing: a test's output is its own."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer = Issuing(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
