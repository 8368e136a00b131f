"""Keyring: keyed hashes of addresses, so that an address can be found but not read.

Three keys, one for each thing that must not be linkable to the others: finding a living data
subject, naming an erasure record, remembering a suppressed address.  They come from Secrets
Manager as `{"version": "1", "lookup": hex, "erasure": hex, "suppression": hex, "signing": hex}`;
the version stands in front of every hash, so that a later release can tell which keys made it;
they cannot be rotated yet.  What opens a request's pages, and the sessions of the staff, hang on
the first too.  "signing" signs certificates; it is no part of any hash.
"""

import hmac
import json
import secrets
from datetime import date
from typing import Any

from shared.errors import Misconfigured, kind_of
from shared.model.contacts import Address
from shared.model.noun import Noun


class Keyring(Noun, frozen=True, kw_only=True):
    """HMAC-SHA256 under one key for each use."""

    private = ("lookup_key", "erasure_key", "suppression_key", "signing_key")

    version: str
    lookup_key: bytes
    erasure_key: bytes
    suppression_key: bytes
    signing_key: bytes = b""

    def lookup(self, address: Address) -> str:
        return self._hash(self.lookup_key, f"{address.kind}:{address.value}")

    def erasure(self, address: Address) -> str:
        return self._hash(self.erasure_key, f"{address.kind}:{address.value}")

    def suppression(self, address: Address) -> str:
        return self._hash(self.suppression_key, f"{address.kind}:{address.value}")

    def reason(self, reference: str) -> str:
        """The tag of a request that suppresses an address: it does not lead to its file."""
        return self._hash(self.suppression_key, f"request:{reference}")

    def record_id(self, reference: str) -> str:
        """The id of the record that a request's erasure leaves: only the key links it."""
        content = f"record:{reference}"
        return hmac.new(self.erasure_key, content.encode(), "sha256").hexdigest()[:32]

    def idempotency(self, key: str) -> str:
        """The hash of the key that a client chose, which may be an address."""
        return self._hash(self.lookup_key, f"idempotency:{key}")

    def fingerprint(self, content: str) -> str:
        """Of a request, to tell a repetition from another one under the same idempotency key."""
        return self._hash(self.lookup_key, f"request:{content}")

    def mailed(self, letter: str, address: Address, day: date) -> str:
        """Of a kind of letter to an address on one day: linked to no other, and to nothing else."""
        content = f"mailed:{letter}:{day}:{address.kind}:{address.value}"
        return self._hash(self.lookup_key, content)

    def sent(self, address: Address, day: date) -> str:
        """The hash that counts an address's forms of one day: linked to nothing else."""
        return self._hash(self.lookup_key, f"sent:{day}:{address.kind}:{address.value}")

    def proof(self) -> str:
        """What no other three keys come to: the table keeps it, and refuses those others."""
        others = hmac.new(self.erasure_key, self.suppression_key, "sha256").hexdigest()
        return self._hash(self.lookup_key, f"keys:{others}")

    def unreachable(self, address: Address) -> str:
        """The hash of an address that takes no mail for now: linked to nothing else."""
        return self._hash(self.lookup_key, f"unreachable:{address.kind}:{address.value}")

    def capability(self, what: str) -> str:
        """What opens a page to whoever was sent it; never stored, as it can be made again."""
        return hmac.new(self.lookup_key, f"capability:{what}".encode(), "sha256").hexdigest()

    @property
    def session_key(self) -> bytes:
        """Of what a browser keeps of somebody who has signed in."""
        return hmac.digest(self.lookup_key, b"session", "sha256")

    def _hash(self, key: bytes, content: str) -> str:
        return f"{self.version}.{hmac.new(key, content.encode(), 'sha256').hexdigest()}"


def read_keyring(secret: str) -> Keyring:
    """Read the secret's JSON.  Raises Misconfigured, without repeating any of it."""
    try:
        content = json.loads(secret)
        keys = {use: bytes.fromhex(content[use]) for use in ("lookup", "erasure", "suppression")}
        signing = bytes.fromhex(content.get("signing", ""))
        version = str(content["version"])
    except (ValueError, KeyError, TypeError):
        message = "the keys' secret does not hold version, lookup, erasure and suppression"
        raise Misconfigured(message) from None
    if len(set(keys.values())) < 3 or min(map(len, keys.values())) < 32:
        message = "the keys' secret must hold three different keys of at least 32 bytes"
        raise Misconfigured(message)
    return Keyring(
        version=version,
        lookup_key=keys["lookup"],
        erasure_key=keys["erasure"],
        suppression_key=keys["suppression"],
        signing_key=signing,
    )


def new_secret() -> str:
    """A secret as `read_keyring` reads it, with new random keys: made once for a stage."""
    uses = ("lookup", "erasure", "suppression", "signing")
    keys = {use: secrets.token_hex(32) for use in uses}
    return json.dumps({"version": "1", **keys})


class Secret:
    """Where a stage's keys lie: a secret of Secrets Manager.

    `session`: of botocore, for who has one; a second costs as much as all that a form does.
    """

    def __init__(self, name: str, region: str, session: Any = None) -> None:
        self._name, self._region, self._session = name, region, session
        self._made: list[Any] = []

    def fetch(self) -> Keyring:
        """The keys as they lie there now.  Raises Misconfigured."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            answer = self._client().get_secret_value(SecretId=self._name)
        except (BotoCoreError, ClientError) as fault:
            message = f"the keys' secret cannot be read: {kind_of(fault)}"
            raise Misconfigured(message) from None
        return read_keyring(str(answer["SecretString"]))

    def _client(self) -> Any:
        if not self._made:
            import botocore.session  # noqa: PLC0415  # 40 ms that tests and tools do without

            session = self._session or botocore.session.get_session()
            self._made.append(session.create_client("secretsmanager", region_name=self._region))
        return self._made[0]
