"""An issuer of tokens for the staff of a local stack: whoever asks is whoever they say."""

import html
from datetime import timedelta
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

from functions import guard
from infra.local.clock import Clock
from shared.statement.types import Statement

AUDIENCE = "privacy"
PATH = "/_local"
SIGN_IN = f"{PATH}/sign-in"
GOOD_FOR = timedelta(hours=1)
SOMEBODY = "anna"


class Issuer:
    """Signs with a key of its own, made at the start; its tokens' times are the local clock's."""

    def __init__(self, url: str, clock: Clock) -> None:
        self.url, self._clock = url, clock
        self._key = ECKey.generate_key("P-256", auto_kid=True)

    def token(self, roles: str, subject: str) -> dict[str, Any]:
        """A token as an issuer's token endpoint answers it; `roles` separated by blanks."""
        now = self._clock.now()
        claims = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": subject or SOMEBODY,
            "roles": roles.split(),
            "iat": int(now.timestamp()),
            "exp": int((now + GOOD_FOR).timestamp()),
        }
        header = {"alg": "ES256", "kid": self._key.kid}
        return {
            "access_token": jwt.encode(header, claims, self._key),
            "token_type": "Bearer",
            "expires_in": int(GOOD_FOR.total_seconds()),
        }

    def about(self) -> dict[str, Any]:
        """What OpenID Connect Discovery asks for."""
        return {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/jwks.json",
            "id_token_signing_alg_values_supported": ["ES256"],
        }

    def keys(self) -> dict[str, Any]:
        return {"keys": [{**self._key.as_dict(private=False), "use": "sig", "alg": "ES256"}]}

    def cookie(self, roles: str, subject: str) -> str:
        """The session of a page of the staff; without Secure, since this is http."""
        token = self.token(roles, subject)
        return (
            f"{guard.COOKIE}={token['access_token']}; Path=/staff; HttpOnly; SameSite=Strict; "
            f"Max-Age={token['expires_in']}"
        )


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
