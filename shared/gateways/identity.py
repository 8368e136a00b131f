"""Identity: who of the staff asks, by a token of an OpenID Connect issuer.

A token is believed when the issuer's own key has signed it (RFC 7515, 7519), by an algorithm of
the list below, for this audience, and for now.  The keys are found as OpenID Connect Discovery
says, kept for an hour, and asked for again when a token names one that is not among them.
Nothing of a token is in an error.

A program brings an access token.  A browser is sent to the issuer and comes back with a code,
which is exchanged for an ID token (OpenID Connect Core 3.1, with PKCE as RFC 7636 has it): no
secret is shared with the issuer, and the one of the browser never leaves it and us.

What reads tokens is loaded with the first of them: only the staff's routes need it.
"""

import hashlib
import hmac
import json
import re
import threading
from collections.abc import Mapping
from contextlib import closing, suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from shared.errors import Misconfigured, Unauthenticated, Unavailable
from shared.gateways import web
from shared.model.staff import Staff
from shared.settings import Issuer

if TYPE_CHECKING:
    from joserfc.jws import JWSRegistry

ALGORITHMS = ("RS256", "ES256", "EdDSA", "Ed25519")
KEY_TYPES = ("RSA", "EC", "OKP")
LEEWAY = timedelta(seconds=60)
KEPT_FOR = timedelta(hours=1)
ASKED_EVERY = timedelta(seconds=30)
PATIENCE = 5.0
MOST_BYTES = 512 * 1024
MOST_CHARACTERS = 16 * 1024
NO_ANSWER = (*web.NO_ANSWER, ValueError, RecursionError)
COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")

Keys = Mapping[str, Mapping[str, Any]]
"""Public keys as the issuer publishes them, by key id."""


class Identity:
    """What tells one issuer's staff by their tokens."""

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self._lock = threading.Lock()
        self._about: Mapping[str, Any] = {}
        self._keys: Keys = {}
        self._read_at: datetime | None = None
        self._asked_at: datetime | None = None

    def staff(self, token: str, now: datetime) -> Staff:
        """Who a token is for.  Raises Unauthenticated or Unavailable.

        Refused before the issuer is asked: what is no token, and what no key could have signed.
        """
        return self._staff(self._claims(token, self._issuer.audience, now))

    def entrance(self, secret: str, back: str, now: datetime) -> str:
        """Where a browser signs in, to come `back` with a code.  Raises Unavailable.

        `secret` is the browser's own, random: of it the issuer sees digests alone.
        """
        asked = {
            "response_type": "code",
            "client_id": self._issuer.client_id,
            "redirect_uri": back,
            "scope": "openid",
            "state": _digest(f"state:{secret}"),
            "nonce": _digest(f"nonce:{secret}"),
            "code_challenge": _digest(secret),
            "code_challenge_method": "S256",
        }
        url = self._endpoint("authorization_endpoint", now)
        return f"{url}{'&' if '?' in url else '?'}{urlencode(asked)}"

    def entered(self, code: str, state: str, secret: str, back: str, now: datetime) -> Staff:
        """Who came `back` with a code and a state.  Raises Unauthenticated or Unavailable."""
        if not (code and secret) or not _same(state, _digest(f"state:{secret}")):
            message = "This sign-in was not begun here, or not granted; begin again."
            raise Unauthenticated(message)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "client_id": self._issuer.client_id,
            "code_verifier": secret,
        }
        token = _exchanged(self._endpoint("token_endpoint", now), form)
        claims = self._claims(token, self._issuer.client_id, now)
        if not _same(str(claims.get("nonce")), _digest(f"nonce:{secret}")):
            message = "The token is of another sign-in."
            raise Unauthenticated(message)
        return self._staff(claims)

    def _claims(self, token: str, audience: str, now: datetime) -> dict[str, Any]:
        header = _header_of(token)
        claims = _verified(token, self._key(header["kid"], now))
        _check(claims, self._issuer.url, audience, now)
        return claims

    def _staff(self, claims: Mapping[str, Any]) -> Staff:
        return Staff(subject=claims["sub"], roles=_roles(claims, self._issuer.roles_claim))

    def _endpoint(self, name: str, now: datetime) -> str:
        with self._lock:
            if self._is_stale(now):
                self._read(now)
            return _endpoint(self._about, name)

    def _key(self, kid: str, now: datetime) -> Mapping[str, Any]:
        with self._lock:
            if self._is_stale(now) or (kid not in self._keys and self._may_ask(now)):
                self._read(now)
            if kid not in self._keys:
                message = "The token is signed with a key that its issuer does not have."
                raise Unauthenticated(message)
            return self._keys[kid]

    def _is_stale(self, now: datetime) -> bool:
        return self._read_at is None or not timedelta(0) <= now - self._read_at < KEPT_FOR

    def _may_ask(self, now: datetime) -> bool:
        return self._asked_at is None or abs(now - self._asked_at) >= ASKED_EVERY

    def _read(self, now: datetime) -> None:
        """Ask the issuer; keys that are still good outlive an issuer that does not answer."""
        stale, may_ask = self._is_stale(now), self._may_ask(now)
        if not may_ask and self._read_at is None:
            message = "The issuer of tokens does not answer."
            raise Unavailable(message)
        self._asked_at = now
        try:
            about = _about(self._issuer.url)
            self._about, self._keys, self._read_at = about, _published(about), now
        except Unavailable:
            if stale:
                self._read_at = None
                raise


WHY = {
    "iss": "The token is of another issuer.",
    "aud": "The token is for another audience.",
    "sub": "The token does not say whose it is.",
    "exp": "The token does not say until when it is good.",
    "nbf": "The token is not yet valid.",
    "iat": "The token is not yet valid.",
}


def _check(claims: Mapping[str, Any], issuer: str, audience: str, now: datetime) -> None:
    from joserfc.errors import ExpiredTokenError, JoseError  # noqa: PLC0415
    from joserfc.jwt import JWTClaimsRegistry  # noqa: PLC0415

    registry = JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=int(LEEWAY.total_seconds()),
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": audience},
        exp={"essential": True},
        sub={"essential": True},
    )
    try:
        registry.validate(dict(claims))
    except ExpiredTokenError:
        message = "The token has expired."
        raise Unauthenticated(message) from None
    except JoseError as fault:
        raise Unauthenticated(_why(fault)) from None


def _why(fault: Exception) -> str:
    """Which claim is wrong, in words of ours: a library's could repeat what was sent."""
    claims = set(getattr(fault, "claim", "").split(",")) & set(WHY)
    return next((why for claim, why in WHY.items() if claim in claims), "The token is not valid.")


def _header_of(token: str) -> dict[str, Any]:
    """The header, once it names an algorithm of ours and a key.  Raises Unauthenticated."""
    from joserfc.util import urlsafe_b64decode  # noqa: PLC0415

    header: Any = None
    if len(token) <= MOST_CHARACTERS and COMPACT.fullmatch(token):
        try:
            header = json.loads(urlsafe_b64decode(token.partition(".")[0].encode()))
        except (ValueError, RecursionError):
            header = None
    if not isinstance(header, dict):
        message = "This is not a token."
        raise Unauthenticated(message)
    if header.get("alg") not in ALGORITHMS:
        message = f"The token must be signed by one of {', '.join(ALGORITHMS)}."
        raise Unauthenticated(message)
    if not isinstance(header.get("kid"), str):
        message = "The token does not name its key."
        raise Unauthenticated(message)
    return header


def _registry() -> "JWSRegistry":
    """Of our algorithms.  EdDSA has got a longer name (RFC 9864), and the issuers still say it."""
    from joserfc.jws import JWSRegistry  # noqa: PLC0415

    class Registry(JWSRegistry):
        max_header_length = 4096

        def get_alg(self, name: str) -> Any:
            return self.algorithms[name if name in ALGORITHMS else ""]

    return Registry(algorithms=list(ALGORITHMS), strict_check_header=False)


def _verified(token: str, key: Mapping[str, Any]) -> dict[str, Any]:
    """The claims, if this key has signed them.  Raises Unauthenticated."""
    from joserfc.errors import BadSignatureError, JoseError  # noqa: PLC0415
    from joserfc.jwk import JWKRegistry  # noqa: PLC0415
    from joserfc.jwt import decode  # noqa: PLC0415

    try:
        imported = JWKRegistry.import_key(dict(key))
        return decode(token, imported, list(ALGORITHMS), _registry()).claims
    except BadSignatureError:
        message = "The token's signature is wrong."
    except (JoseError, ValueError, TypeError, KeyError, RecursionError):
        message = "The token cannot be verified."
    raise Unauthenticated(message)


def _roles(claims: Mapping[str, Any], name: str) -> frozenset[str]:
    """A claim by its name, or by a path of names: "realm_access.roles"; one role, or a list."""
    found: Any = claims.get(name)
    if found is None:
        found = claims
        for part in name.split("."):
            found = found.get(part) if isinstance(found, dict) else None
    listed = found.split() if isinstance(found, str) else found
    listed = listed if isinstance(listed, list) else []
    return frozenset(one for one in listed if isinstance(one, str))


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _digest(content: str) -> str:
    """SHA-256 in base64url without padding, as RFC 7636 spells it."""
    from joserfc.util import urlsafe_b64encode  # noqa: PLC0415

    return urlsafe_b64encode(hashlib.sha256(content.encode()).digest()).decode()


def _published(about: Mapping[str, Any]) -> Keys:
    """The keys that an issuer publishes for signing.  Raises Unavailable or Misconfigured."""
    published = _fetched(_endpoint(about, "jwks_uri")).get("keys")
    listed = published if isinstance(published, list) else []
    return {
        one["kid"]: one
        for one in listed
        if isinstance(one, dict)
        and isinstance(one.get("kid"), str)
        and one.get("kty") in KEY_TYPES
        and one.get("use", "sig") == "sig"
    }


def _about(issuer: str) -> dict[str, Any]:
    """What an issuer says of itself.  Raises Unavailable or Misconfigured."""
    about = _fetched(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if about.get("issuer") != issuer:
        message = "OIDC_ISSUER: what is published there is not of this issuer"
        raise Misconfigured(message)
    return about


def _endpoint(about: Mapping[str, Any], name: str) -> str:
    """Raises Misconfigured."""
    url = about.get(name)
    if not isinstance(url, str):
        message = f"OIDC_ISSUER: it does not publish its {name}"
        raise Misconfigured(message)
    return url


def _fetched(url: str) -> dict[str, Any]:
    """Raises Unavailable or Misconfigured."""
    status, content = _asked(url)
    if status != 200 or content is None:
        message = "The issuer of tokens does not answer."
        raise Unavailable(message)
    return content


def _exchanged(url: str, form: Mapping[str, str]) -> str:
    """The ID token for a code (RFC 6749 4.1.3).  Raises Unauthenticated or Unavailable."""
    status, content = _asked(url, form)
    if status >= 500 or (status == 200 and content is None):
        message = "The issuer of tokens does not answer."
        raise Unavailable(message)
    token = content.get("id_token") if content else None
    if status != 200 or not isinstance(token, str):
        message = "The issuer does not take this sign-in; begin again."
        raise Unauthenticated(message)
    return token


def _asked(url: str, form: Mapping[str, str] | None = None) -> tuple[int, dict[str, Any] | None]:
    """Status and JSON object of an answer, 503 and None for none.  Redirects are not followed.

    Over TLS, or on this machine.  Raises Misconfigured.
    """
    where = web.connection(url, PATIENCE)
    if where is None:
        message = "OIDC_ISSUER: keys are only fetched over https"
        raise Misconfigured(message)
    connection, path = where
    method, headers, body = "GET", {"Accept": "application/json"}, None
    if form is not None:
        method, body = "POST", urlencode(form)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    status, content = 503, None
    with closing(connection), suppress(*NO_ANSWER):
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        said, status = answer.read(MOST_BYTES), answer.status
        content = json.loads(said)
    return status, content if isinstance(content, dict) else None
