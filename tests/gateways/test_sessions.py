"""A session is good for four hours, for whom it was opened for, and made by us alone."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from shared.errors import Unauthenticated
from shared.gateways import sessions
from shared.model.staff import Staff
from tests.gateways.issuing import KEYS

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
KEY = b"k" * 32
NAME = "0" * 32
ANNA = Staff(subject="8f3a", roles=frozenset({"support", "privacy"}))


@pytest.mark.parametrize(
    ("passed", "good"),
    [
        (timedelta(0), True),
        (timedelta(hours=4) - timedelta(seconds=1), True),
        (timedelta(hours=4), False),
        (timedelta(days=1), False),
    ],
)
def test_a_session_lasts_four_hours(passed: timedelta, good: bool) -> None:
    session = sessions.opened(ANNA, NAME, KEY, NOW)
    if good:
        assert sessions.read(session, KEY, NOW + passed).staff == ANNA
    else:
        with pytest.raises(Unauthenticated):
            sessions.read(session, KEY, NOW + passed)


def forged(header: dict[str, str], key: OctKey, **claims: object) -> str:
    told = {"sub": "8f3a", "roles": ["privacy"], "exp": 4102444800, **claims}
    return jwt.encode(header, told, key, [header["alg"]])


HS256 = {"alg": "HS256"}
ODD = base64.urlsafe_b64encode(b'{"alg":"HS256","crit":5}').rstrip(b"=").decode()
NONE = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
GOOD = sessions.opened(ANNA, NAME, KEY, NOW)
OURS = OctKey.import_key(KEY)


@pytest.mark.parametrize(
    "session",
    [
        pytest.param("", id="nothing"),
        pytest.param("a.b.c", id="no token"),
        pytest.param("å", id="not ASCII"),
        pytest.param(forged(HS256, OctKey.import_key(b"x" * 32)), id="another key"),
        pytest.param(forged({"alg": "HS512"}, OURS), id="another algorithm"),
        pytest.param(f"{NONE}.{GOOD.split('.')[1]}.", id="no algorithm"),
        pytest.param(f"{ODD}.{GOOD.split('.', 1)[1]}", id="a header that is not as it should be"),
        pytest.param(forged(HS256, OURS, exp=None), id="for ever"),
        pytest.param(GOOD.swapcase(), id="changed"),
        pytest.param(
            jwt.encode({"alg": "ES256"}, {"sub": "8f3a", "exp": 4102444800}, KEYS["ec"][1]),
            id="of the issuer",
        ),
    ],
)
def test_what_we_have_not_made_is_no_session(session: str) -> None:
    with pytest.raises(Unauthenticated):
        sessions.read(session, KEY, NOW)
