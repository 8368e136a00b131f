"""Sessions: what a browser of the staff's keeps once its user has signed in.

A token of our own (RFC 7519, HS256), so that it is as short as a cookie must be and as long good
as a working day's half; it names nobody: an id that is opaque to us, and the roles of then.
"""

from datetime import datetime, timedelta

from shared.errors import Unauthenticated
from shared.model.staff import Staff

LASTS = timedelta(hours=4)
ALGORITHM = "HS256"


def opened(staff: Staff, key: bytes, now: datetime) -> str:
    """The session of somebody who has just signed in."""
    from joserfc import jwt  # noqa: PLC0415
    from joserfc.jwk import OctKey  # noqa: PLC0415

    claims = {
        "sub": staff.subject,
        "roles": sorted(staff.roles),
        "exp": int((now + LASTS).timestamp()),
    }
    return jwt.encode({"alg": ALGORITHM}, claims, OctKey.import_key(key), [ALGORITHM])


def staff_of(session: str, key: bytes, now: datetime) -> Staff:
    """Whose session it is.  Raises Unauthenticated."""
    from joserfc import jwt  # noqa: PLC0415
    from joserfc.errors import JoseError  # noqa: PLC0415
    from joserfc.jwk import OctKey  # noqa: PLC0415

    try:
        claims = jwt.decode(session, OctKey.import_key(key), [ALGORITHM]).claims
        registry = jwt.JWTClaimsRegistry(now=int(now.timestamp()), exp={"essential": True})
        registry.validate(claims)
    except (JoseError, ValueError, TypeError, KeyError, RecursionError):
        message = "You are signed in no longer."
        raise Unauthenticated(message) from None
    return Staff(subject=claims["sub"], roles=frozenset(claims["roles"]))
