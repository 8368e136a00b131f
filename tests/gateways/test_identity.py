"""Who asks: a token is believed only as its issuer signed it, for us, and for now."""

import base64
import hmac
import json
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jws, jwt

from shared.errors import Misconfigured, Unauthenticated, Unavailable
from shared.gateways.identity import Identity
from shared.settings import Issuer
from tests.gateways.issuing import AUDIENCE, CLIENT, KEYS, SPARE, Issuing, issuing, public

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
def issuer() -> Iterator[Issuing]:
    with issuing() as started:
        yield started


def seconds(passed: float) -> int:
    return int((NOW + timedelta(seconds=passed)).timestamp())


def part(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


# What is believed ------------------------------------------------------------------------------


@pytest.mark.parametrize("kid", KEYS)
def test_a_token_that_the_issuer_signed_says_who_asks(issuer: Issuing, kid: str) -> None:
    staff = issuer.identity().staff(issuer.token(NOW, kid), NOW)
    assert (staff.subject, staff.roles) == ("8f3a", {"support"})


def test_the_older_name_of_edwards_curves_is_read_and_nobody_is_warned(issuer: Issuing) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        header = {"alg": "EdDSA", "kid": "ed"}
        token = jwt.encode(header, issuer.claims(NOW), KEYS["ed"][1], ["EdDSA"])
    assert issuer.identity().staff(token, NOW).subject == "8f3a"


@pytest.mark.parametrize(
    ("claim", "claims", "roles"),
    [
        ("roles", {"roles": ["sales", "support"]}, {"sales", "support"}),
        ("roles", {"roles": "sales"}, {"sales"}),
        ("roles", {"roles": ["sales", 5, None]}, {"sales"}),
        ("roles", {"roles": {"sales": True}}, set()),
        ("roles", {"roles": None}, set()),
        ("realm_access.roles", {"realm_access": {"roles": ["sales"]}}, {"sales"}),
        ("realm_access.roles", {"realm_access": "sales"}, set()),
        ("https://avara.no/roles", {"https://avara.no/roles": ["sales"]}, {"sales"}),
    ],
)
def test_roles_are_read_from_the_claim_that_is_set(
    issuer: Issuing, claim: str, claims: dict[str, Any], roles: set[str]
) -> None:
    token = issuer.token(NOW, **claims)
    assert issuer.identity(claim).staff(token, NOW).roles == roles


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"exp": seconds(-59)}, id="expired within the leeway"),
        pytest.param({"nbf": seconds(60)}, id="valid within the leeway"),
        pytest.param({"nbf": None, "iat": None}, id="without what is optional"),
        pytest.param({"aud": ["other", "privacy"]}, id="for us and others"),
    ],
)
def test_a_token_may_be_a_little_early_or_late(issuer: Issuing, changed: dict[str, Any]) -> None:
    assert issuer.identity().staff(issuer.token(NOW, **changed), NOW).subject == "8f3a"


# What is not -----------------------------------------------------------------------------------


def unsigned(issuer: Issuing) -> str:
    return f"{part({'alg': 'none', 'kid': 'ec'})}.{part(issuer.claims(NOW))}."


def signed_with_the_public_key_as_a_secret(issuer: Issuing) -> str:
    """By hand: the library refuses to help."""
    content = f"{part({'alg': 'HS256', 'kid': 'rsa'})}.{part(issuer.claims(NOW))}"
    secret = KEYS["rsa"][1].as_pem(private=False)
    digest = hmac.new(secret, content.encode(), "sha256").digest()
    return f"{content}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def changed_in_its_payload(issuer: Issuing) -> str:
    header, _, signature = issuer.token(NOW, roles=["operator"]).split(".")
    return f"{header}.{part(issuer.claims(NOW, roles=['privacy']))}.{signature}"


def signed_by_a_stranger(issuer: Issuing, kid: str = "ec") -> str:
    return jwt.encode({"alg": "ES256", "kid": kid}, issuer.claims(NOW), SPARE, ["ES256"])


def signed_for_another_kind_of_key(issuer: Issuing) -> str:
    _, payload, signature = issuer.token(NOW, "rsa").split(".")
    return f"{part({'alg': 'ES256', 'kid': 'rsa'})}.{payload}.{signature}"


def with_its_own_key(issuer: Issuing) -> str:
    header = {"alg": "ES256", "kid": "ec", "jwk": SPARE.as_dict(private=False)}
    return jwt.encode(header, issuer.claims(NOW), SPARE, ["ES256"])


def with_a_condition_nobody_knows(issuer: Issuing) -> str:
    header = {"alg": "ES256", "kid": "ec", "crit": ["http://a"], "http://a": True}
    payload = json.dumps(issuer.claims(NOW)).encode()
    registry = jws.JWSRegistry(strict_check_header=False, algorithms=["ES256"])
    registry.check_header = lambda _: None  # type: ignore[method-assign]
    return jws.serialize_compact(header, payload, KEYS["ec"][1], registry=registry)


def of(**changed: Any) -> Callable[[Issuing], str]:
    return lambda issuer: issuer.token(NOW, **changed)


def text(token: str) -> Callable[[Issuing], str]:
    return lambda _: token


ATTACKS: dict[str, tuple[Callable[[Issuing], str], str]] = {
    "nothing": (text(""), "This is not a token."),
    "garbage": (text("kari"), "This is not a token."),
    "three parts of garbage": (text("a.b.c"), "This is not a token."),
    "a header that is a list": (text(f"{part([1])}.e30.x"), "This is not a token."),
    "deep garbage": (
        text(f"{base64.urlsafe_b64encode(b'[' * 9000).decode().rstrip('=')}.e30.x"),
        "This is not a token.",
    ),
    "megabytes": (text("a" * 10**6 + ".b.c"), "This is not a token."),
    "alg none": (unsigned, "The token must be signed by one of"),
    "HS256 with the public key": (
        signed_with_the_public_key_as_a_secret,
        "The token must be signed by one of",
    ),
    "no key named": (text(f"{part({'alg': 'ES256'})}.e30.x"), "The token does not name its key."),
    "an unknown key": (
        lambda issuer: signed_by_a_stranger(issuer, "stranger"),
        "The token is signed with a key that its issuer does not have.",
    ),
    "a stranger's signature": (signed_by_a_stranger, "The token's signature is wrong."),
    "another kind of key": (signed_for_another_kind_of_key, "The token cannot be verified."),
    "a changed payload": (changed_in_its_payload, "The token's signature is wrong."),
    "a key of its own": (with_its_own_key, "The token's signature is wrong."),
    "an unknown condition": (with_a_condition_nobody_knows, "The token cannot be verified."),
    "another issuer": (of(iss="https://evil.example"), "The token is of another issuer."),
    "issuers": (of(iss=["https://evil.example"]), "The token is of another issuer."),
    "no issuer": (of(iss=None), "The token is of another issuer."),
    "another audience": (of(aud="shop"), "The token is for another audience."),
    "no audience": (of(aud=None), "The token is for another audience."),
    "nobody": (of(sub=None), "The token does not say whose it is."),
    "an empty name": (of(sub=""), "The token does not say whose it is."),
    "expired": (of(exp=seconds(-60)), "The token has expired."),
    "for ever": (of(exp=None), "The token does not say until when it is good."),
    "for ever in words": (of(exp="never"), "The token does not say until when it is good."),
    "not yet valid": (of(nbf=seconds(61)), "The token is not yet valid."),
    "from the future": (of(iat=seconds(61)), "The token is not yet valid."),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_token_that_is_not_good_is_refused_and_says_why(issuer: Issuing, attack: str) -> None:
    made, why = ATTACKS[attack]
    token = made(issuer)
    with pytest.raises(Unauthenticated) as refusal:
        issuer.identity().staff(token, NOW)
    assert str(refusal.value).startswith(why)


@pytest.mark.parametrize("attack", ["nothing", "garbage", "alg none", "HS256 with the public key"])
def test_what_no_key_could_have_signed_asks_nobody(issuer: Issuing, attack: str) -> None:
    with pytest.raises(Unauthenticated):
        issuer.identity().staff(ATTACKS[attack][0](issuer), NOW)
    assert issuer.asked == []


# Keys ------------------------------------------------------------------------------------------


def test_keys_are_read_once_an_hour(issuer: Issuing) -> None:
    identity = issuer.identity()
    for passed in (0, 1, 59, 61):
        now = NOW + timedelta(minutes=passed)
        identity.staff(issuer.token(now), now)
    assert issuer.asked == ["/.well-known/openid-configuration", "/keys"] * 2


def test_a_clock_that_is_set_back_reads_them_again(issuer: Issuing) -> None:
    identity = issuer.identity()
    for now in (NOW, NOW - timedelta(days=1)):
        identity.staff(issuer.token(now), now)
    assert issuer.asked.count("/keys") == 2


def test_a_new_key_of_the_issuer_is_found(issuer: Issuing) -> None:
    identity = issuer.identity()
    identity.staff(issuer.token(NOW), NOW)
    issuer.keys.append(public("new", SPARE))
    later = NOW + timedelta(minutes=1)
    assert identity.staff(signed_by_a_stranger(issuer, "new"), later).subject == "8f3a"


def test_strangers_do_not_make_us_ask_all_the_time(issuer: Issuing) -> None:
    identity = issuer.identity()
    identity.staff(issuer.token(NOW), NOW)
    for passed in (1, 29, 31, 35, 40):
        with pytest.raises(Unauthenticated):
            identity.staff(
                signed_by_a_stranger(issuer, f"kid{passed}"), NOW + timedelta(seconds=passed)
            )
    assert issuer.asked.count("/keys") == 2


def test_keys_outlive_an_issuer_that_is_away_for_less_than_an_hour(issuer: Issuing) -> None:
    identity = issuer.identity()
    identity.staff(issuer.token(NOW), NOW)
    issuer.silent = True
    later = NOW + timedelta(minutes=5)
    with pytest.raises(Unauthenticated):
        identity.staff(signed_by_a_stranger(issuer, "new"), later)
    assert identity.staff(issuer.token(later), later).subject == "8f3a"
    much_later = NOW + timedelta(hours=2)
    with pytest.raises(Unavailable):
        identity.staff(issuer.token(much_later), much_later)


def test_an_issuer_that_does_not_answer_is_not_asked_at_every_knock(issuer: Issuing) -> None:
    identity = issuer.identity()
    issuer.silent = True
    for _ in range(3):
        with pytest.raises(Unavailable):
            identity.staff(issuer.token(NOW), NOW)
    issuer.silent = False
    later = NOW + timedelta(seconds=30)
    assert identity.staff(issuer.token(later), later).subject == "8f3a"


@pytest.mark.parametrize(
    "about",
    [
        pytest.param({"issuer": "https://evil.example"}, id="of another issuer"),
        pytest.param({"jwks_uri": "http://evil.example/keys"}, id="keys without TLS"),
        pytest.param({"jwks_uri": "file:///etc/passwd"}, id="keys of a file"),
        pytest.param({"jwks_uri": 5}, id="no address"),
    ],
)
def test_what_is_published_must_be_the_issuers_and_over_tls(
    issuer: Issuing, about: dict[str, Any]
) -> None:
    issuer.about = about
    with pytest.raises(Misconfigured, match="OIDC_ISSUER"):
        issuer.identity().staff(issuer.token(NOW), NOW)


def test_an_issuer_elsewhere_is_never_asked_without_tls(issuer: Issuing) -> None:
    identity = Identity(Issuer(url="http://login.example", audience="privacy"))
    with pytest.raises(Misconfigured, match="only fetched over https"):
        identity.staff(issuer.token(NOW), NOW)


@pytest.mark.parametrize("use", ["enc", 5])
def test_keys_for_something_else_are_no_keys(issuer: Issuing, use: object) -> None:
    issuer.keys = [{**public("ec", KEYS["ec"][1]), "use": use}, {"kty": "oct", "kid": "x"}, 5]  # type: ignore[list-item]
    with pytest.raises(Unauthenticated, match="does not have"):
        issuer.identity().staff(issuer.token(NOW), NOW)


# By a page --------------------------------------------------------------------------------------

SECRET = "0123456789abcdef" * 4
BACK = "https://privacy.avara.no/staff/signed-in"


def entrance(issuer: Issuing, identity: Identity) -> dict[str, str]:
    """What a browser is sent to the issuer with."""
    url = urlsplit(identity.entrance(SECRET, BACK, NOW))
    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{issuer.url}/enter"
    return {name: one for name, (one,) in parse_qs(url.query).items()}


def granting(issuer: Issuing, nonce: str, **changed: Any) -> None:
    claims = {"aud": CLIENT, "nonce": nonce, **changed}
    issuer.grant = (200, {"id_token": issuer.token(NOW, **claims)})


def test_a_browser_is_sent_to_the_issuer_with_digests_of_its_secret_alone(issuer: Issuing) -> None:
    asked = entrance(issuer, issuer.identity())
    assert SECRET not in str(asked)
    told = {name: one for name, one in asked.items() if name not in {"state", "nonce"}}
    assert told == {
        "tenant": "avara",
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": BACK,
        "scope": "openid",
        "code_challenge": "qK5ubukpq-o6_PxSWMjM1vhSc-DUYm0mxyefMlD3fI4",
        "code_challenge_method": "S256",
    }
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3


def test_who_comes_back_with_a_code_is_whom_the_issuer_names(issuer: Issuing) -> None:
    identity = issuer.identity()
    asked = entrance(issuer, identity)
    granting(issuer, asked["nonce"], roles=["privacy"])
    staff = identity.entered("c0de", asked["state"], SECRET, BACK, NOW)
    assert (staff.subject, staff.roles) == ("8f3a", {"privacy"})
    assert issuer.exchanged == [
        {
            "grant_type": "authorization_code",
            "code": "c0de",
            "redirect_uri": BACK,
            "client_id": CLIENT,
            "code_verifier": SECRET,
        }
    ]
    assert issuer.asked.count("/keys") == 1


@pytest.mark.parametrize(
    ("code", "state", "secret"),
    [
        pytest.param("", None, SECRET, id="not granted"),
        pytest.param("c0de", "another", SECRET, id="state of another"),
        pytest.param("c0de", "", SECRET, id="no state"),
        pytest.param("c0de", None, SECRET[::-1], id="secret of another browser"),
        pytest.param("c0de", "2vkUSX_i0wtggaCcwPO6eg0oUU9i7mUY-qoS4CMu3ZI", "", id="no secret"),
        pytest.param("c0de", "å", SECRET, id="not even a digest"),
    ],
)
def test_what_was_not_begun_in_this_browser_is_not_exchanged(
    issuer: Issuing, code: str, state: str | None, secret: str
) -> None:
    identity = issuer.identity()
    begun = entrance(issuer, identity)["state"]
    with pytest.raises(Unauthenticated, match="not begun here"):
        identity.entered(code, begun if state is None else state, secret, BACK, NOW)
    assert issuer.exchanged == []


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"nonce": "another"}, "another sign-in"),
        ({"nonce": None}, "another sign-in"),
        ({"aud": AUDIENCE}, "another audience"),
        ({"iss": "https://evil.example"}, "another issuer"),
        ({"exp": seconds(-61)}, "expired"),
    ],
)
def test_an_id_token_is_believed_for_this_client_and_this_sign_in(
    issuer: Issuing, claims: dict[str, Any], why: str
) -> None:
    identity = issuer.identity()
    asked = entrance(issuer, identity)
    granting(issuer, **{"nonce": asked["nonce"], **claims})
    with pytest.raises(Unauthenticated, match=why):
        identity.entered("c0de", asked["state"], SECRET, BACK, NOW)


@pytest.mark.parametrize(
    ("grant", "refusal"),
    [
        ((400, {"error": "invalid_grant"}), Unauthenticated),
        ((200, {"access_token": "opaque"}), Unauthenticated),
        ((400, b"<h1>Bad code</h1>"), Unauthenticated),
        ((200, b"<h1>Moved</h1>"), Unavailable),
        ((200, []), Unavailable),
        ((503, {}), Unavailable),
    ],
)
def test_a_code_that_is_not_exchanged_lets_nobody_in(
    issuer: Issuing, grant: tuple[int, Any], refusal: type[Exception]
) -> None:
    identity = issuer.identity()
    asked = entrance(issuer, identity)
    issuer.grant = grant
    with pytest.raises(refusal):
        identity.entered("c0de", asked["state"], SECRET, BACK, NOW)


def test_an_id_token_is_no_bearer_token(issuer: Issuing) -> None:
    with pytest.raises(Unauthenticated, match="another audience"):
        issuer.identity().staff(issuer.token(NOW, aud=CLIENT), NOW)
