"""Certificates: signed with Ed25519, as a JSON Web Signature (RFC 7515, RFC 9864).

The file that a person gets holds the certificate to read and the signature over the same content;
anybody who has the public key can check it, without asking us.
"""

import base64
import hashlib
import json
from typing import Any

from shared.errors import Forged, Malformed, Misconfigured

ALGORITHM = "Ed25519"
MOST_LEVELS = 16
Json = dict[str, Any]


def sign(certificate: Json, seed: bytes) -> str:
    """The file: certificate and proof.  Raises Misconfigured without a signing key."""
    from joserfc import jws  # noqa: PLC0415  # who signs nothing does without

    header = {"alg": ALGORITHM, "kid": public_key(seed)["kid"]}
    key = _imported({**public_key(seed), "d": _spelled(seed)})
    proof = jws.serialize_compact(header, _canonical(certificate), key, algorithms=[ALGORITHM])
    return json.dumps({"certificate": certificate, "proof": proof}, ensure_ascii=False, indent=1)


def public_key(seed: bytes) -> Json:
    """The JSON Web Key (RFC 8037) that checks what a seed has signed."""
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415

    if len(seed) != 32:
        message = "the keys' secret holds no signing key of 32 bytes"
        raise Misconfigured(message)
    public = ed25519.Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    kid = hashlib.sha256(public).hexdigest()[:16]
    return {"kty": "OKP", "crv": "Ed25519", "x": _spelled(public), "kid": kid, "use": "sig"}


def verify(file: str, keys: list[Json]) -> Json:
    """The certificate of a file, if one of the keys has signed just that.

    Raises Malformed (no certificate, or one that can be read in two ways) or Forged.
    """
    from joserfc import jws  # noqa: PLC0415
    from joserfc.errors import JoseError  # noqa: PLC0415

    try:
        content = json.loads(file, object_pairs_hook=_members, parse_constant=_no_number)
        _demand_shallow(content)
        certificate, proof = content["certificate"], content["proof"]
        for key in keys:
            try:
                signed = jws.deserialize_compact(proof, _imported(key), algorithms=[ALGORITHM])
            except JoseError:
                continue
            if signed.payload == _canonical(certificate):
                return dict(certificate)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        message = "This is not a certificate."
        raise Malformed(message) from None
    message = "The certificate is not signed by this controller, or was changed."
    raise Forged(message)


def _members(pairs: list[tuple[str, Any]]) -> Json:
    """An object's members.  Raises ValueError for a name that is there twice (RFC 8259, 4)."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _no_number(_: str) -> None:
    """NaN and the infinities, which are no JSON.  Raises ValueError."""
    raise ValueError


def _demand_shallow(content: object, levels: int = MOST_LEVELS) -> None:
    """Raises ValueError for what is nested deeper than any certificate is."""
    if not levels:
        raise ValueError
    inner = list(content.values()) if isinstance(content, dict) else content
    for one in inner if isinstance(inner, list) else ():
        _demand_shallow(one, levels - 1)


def _imported(key: Json) -> Any:
    from joserfc.jwk import OKPKey  # noqa: PLC0415

    return OKPKey.import_key(key)


def _canonical(certificate: Json) -> bytes:
    return json.dumps(certificate, sort_keys=True, separators=(",", ":")).encode()


def _spelled(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
