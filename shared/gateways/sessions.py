"""Sessions: what a browser of the staff's keeps once its user has signed in.

A token of our own (RFC 7519, HS256), so that it is as short as a cookie must be and as long good
as a working day's half; it names nobody: an id that is opaque to us, and the roles of then.
Whether the session that it names has ended meanwhile, only the table knows.
"""

from datetime import datetime, timedelta

from shared.errors import Unauthenticated
from shared.model.noun import Noun
from shared.model.staff import Staff

LASTS = timedelta(hours=4)
ALGORITHM = "HS256"


class Session(Noun, frozen=True, kw_only=True):
    """A session by its name, and whose it is."""

    name: str
    staff: Staff


def opened(staff: Staff, name: str, key: bytes, now: datetime) -> str:
    """The session of somebody who has just signed in."""
    from joserfc import jwt  # noqa: PLC0415
    from joserfc.jwk import OctKey  # noqa: PLC0415

    claims = {
        "jti": name,
        "sub": staff.subject,
        "roles": sorted(staff.roles),
        "exp": int((now + LASTS).timestamp()),
    }
    return jwt.encode({"alg": ALGORITHM}, claims, OctKey.import_key(key), [ALGORITHM])


def read(session: str, key: bytes, now: datetime) -> Session:
    """A session as it was opened.  Raises Unauthenticated."""
    from joserfc import jwt  # noqa: PLC0415
    from joserfc.errors import JoseError  # noqa: PLC0415
    from joserfc.jwk import OctKey  # noqa: PLC0415

    try:
        claims = jwt.decode(session, OctKey.import_key(key), [ALGORITHM]).claims
        registry = jwt.JWTClaimsRegistry(now=int(now.timestamp()), exp={"essential": True})
        registry.validate(claims)
        staff = Staff(subject=claims["sub"], roles=frozenset(claims["roles"]))
        return Session(name=claims["jti"], staff=staff)
    except (JoseError, ValueError, TypeError, KeyError, RecursionError):
        message = "You are signed in no longer."
        raise Unauthenticated(message) from None
