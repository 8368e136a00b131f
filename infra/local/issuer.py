"""An issuer of tokens for the staff of a local stack: whoever asks is whoever they say."""

import hashlib
import html
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import ECKey
from joserfc.util import urlsafe_b64encode

from infra.local.clock import Clock
from shared.gateways.references import new_reference
from shared.statement.types import Statement

AUDIENCE = "privacy"
CLIENT = "privacy-pages"
PATH = "/_local"
GOOD_FOR = timedelta(hours=1)
SOMEBODY = "anna"


class Issuer:
    """Signs with a key of its own, made at the start; its tokens' times are the local clock's."""

    def __init__(self, url: str, clock: Clock) -> None:
        self.url, self._clock = url, clock
        self._key = ECKey.generate_key("P-256", auto_kid=True)
        self._codes: dict[str, dict[str, str]] = {}

    def token(self, roles: str, subject: str) -> dict[str, Any]:
        """A token as an issuer's token endpoint answers it; `roles` separated by blanks."""
        return {
            "access_token": self._signed(AUDIENCE, roles, subject),
            "token_type": "Bearer",
            "expires_in": int(GOOD_FOR.total_seconds()),
        }

    def granted(self, asked: Mapping[str, str], roles: str, subject: str) -> str:
        """Where a browser goes on that has signed in: `asked` is what it came with."""
        code = new_reference()
        self._codes[code] = {**asked, "roles": roles, "subject": subject}
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def exchanged(self, form: Mapping[str, str]) -> dict[str, Any] | None:
        """The tokens for a code, once, to whoever has the secret behind its challenge."""
        asked = self._codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = urlsafe_b64encode(digest).decode()
        if asked is None or asked["code_challenge"] != challenge:
            return None
        if any(asked[name] != form.get(name) for name in ("client_id", "redirect_uri")):
            return None
        roles, subject = asked["roles"], asked["subject"]
        identity = self._signed(asked["client_id"], roles, subject, nonce=asked["nonce"])
        return {**self.token(roles, subject), "id_token": identity}

    def _signed(self, audience: str, roles: str, subject: str, **more: str) -> str:
        now = self._clock.now()
        claims = {
            "iss": self.url,
            "aud": audience,
            "sub": subject or SOMEBODY,
            "roles": roles.split(),
            "iat": int(now.timestamp()),
            "exp": int((now + GOOD_FOR).timestamp()),
            **more,
        }
        return jwt.encode({"alg": "ES256", "kid": self._key.kid}, claims, self._key)

    def about(self) -> dict[str, Any]:
        """What OpenID Connect Discovery asks for."""
        return {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/jwks.json",
            "authorization_endpoint": f"{self.url}/sign-in",
            "token_endpoint": f"{self.url}/token",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "code_challenge_methods_supported": ["S256"],
            "id_token_signing_alg_values_supported": ["ES256"],
        }

    def keys(self) -> dict[str, Any]:
        return {"keys": [{**self._key.as_dict(private=False), "use": "sig", "alg": "ES256"}]}


def sign_in_page(statement: Statement) -> str:
    """Choose a role, and a name to go by."""
    texts = {name: next(iter(role.text.values())) for name, role in statement.roles.items()}
    options = "".join(
        f'<option value="{html.escape(name)}">{html.escape(text)}</option>'
        for name, text in texts.items()
    )
    return (
        "<!doctype html><html lang=en><title>Sign in</title><h1>Sign in</h1><form method=post>"
        f"<p><label>Role <select name=role>{options}</select></label>"
        f"<p><label>Name <input name=sub value={SOMEBODY}></label>"
        "<p><button>Sign in</button></form>"
    )
