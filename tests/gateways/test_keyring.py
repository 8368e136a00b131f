"""The keys behind every hash, and the settings that name them."""

import json
from datetime import date
from pathlib import Path

import boto3
import pytest

from infra import local
from shared import wiring
from shared.errors import Misconfigured
from shared.gateways.keyring import read_keyring
from shared.model.contacts import Address, AddressKind
from shared.settings import Issuer, read_settings
from tests.stand_ins import Aws

KEYS = {"version": "1", "lookup": "aa" * 32, "erasure": "bb" * 32, "suppression": "cc" * 32}
KARI = Address(AddressKind.EMAIL, "kari@example.com")


def test_the_three_hashes_of_an_address_cannot_be_linked() -> None:
    keys = read_keyring(json.dumps(KEYS))
    hashes = {keys.lookup(KARI), keys.erasure(KARI), keys.suppression(KARI)}
    assert len(hashes) == 3
    assert all(one.startswith("1.") and "kari" not in one for one in hashes)


def test_the_mails_of_an_address_cannot_be_linked_from_day_to_day() -> None:
    keys = read_keyring(json.dumps(KEYS))
    days = [keys.mailed("code", KARI, date(2026, 11, day)) for day in (22, 23)]
    others = [keys.lookup(KARI), keys.erasure(KARI), keys.suppression(KARI)]
    assert len({*days, *others, keys.mailed("confirm", KARI, date(2026, 11, 22))}) == 6
    assert keys.mailed("code", KARI, date(2026, 11, 22)) == days[0]


@pytest.mark.parametrize(
    "secret",
    [
        pytest.param("secret-words", id="not JSON"),
        pytest.param("[]", id="not an object"),
        pytest.param(json.dumps({**KEYS, "lookup": "secret"}), id="not hexadecimal"),
        pytest.param(json.dumps({**KEYS, "lookup": "aa" * 31}), id="too short"),
        pytest.param(json.dumps({**KEYS, "lookup": KEYS["erasure"]}), id="one key for two uses"),
        pytest.param(json.dumps({"version": "1"}), id="without keys"),
    ],
)
def test_keys_that_cannot_be_used_are_refused_without_repeating_them(secret: str) -> None:
    with pytest.raises(Misconfigured) as refusal:
        read_keyring(secret)
    assert "secret-words" not in str(refusal.value)
    assert "bb" not in str(refusal.value)


def test_an_office_opens_with_the_keys_of_its_secret(aws: Aws) -> None:
    boto3.client("secretsmanager").create_secret(
        Name=local.KEYS_SECRET, SecretString=json.dumps(KEYS)
    )
    office = wiring.open_office(
        {**local.environment("unused"), "ORIGINS": "https://a.no/ https://b.no"}
    )
    assert office.keys.lookup(KARI) == read_keyring(json.dumps(KEYS)).lookup(KARI)
    assert office.origins == ("https://a.no", "https://b.no")


def test_a_secret_that_is_not_there_is_named_by_its_kind_of_fault(aws: Aws) -> None:
    with pytest.raises(Misconfigured, match="the keys' secret cannot be read: "):
        wiring.open_office(local.environment("unused"))


def test_every_setting_that_is_missing_is_named() -> None:
    with pytest.raises(Misconfigured, match=r"^not set: TABLE, AWS_REGION, KEYS_SECRET$"):
        read_settings({})


@pytest.mark.parametrize(
    ("set_", "issuer"),
    [
        ({}, None),
        ({"OIDC_ISSUER": "", "OIDC_AUDIENCE": "us"}, None),
        (
            {"OIDC_ISSUER": "https://a", "OIDC_AUDIENCE": "us", "OIDC_ROLES_CLAIM": ""},
            Issuer(url="https://a", audience="us"),
        ),
        (
            {"OIDC_ISSUER": "https://a", "OIDC_AUDIENCE": "us", "OIDC_ROLES_CLAIM": "r.s"},
            Issuer(url="https://a", audience="us", roles_claim="r.s"),
        ),
        (
            {"OIDC_ISSUER": "https://a", "OIDC_AUDIENCE": "us", "OIDC_CLIENT_ID": "pages"},
            Issuer(url="https://a", audience="us", client_id="pages"),
        ),
    ],
)
def test_an_issuer_of_the_staffs_tokens_is_a_setting(
    set_: dict[str, str], issuer: Issuer | None
) -> None:
    assert read_settings({**local.environment("unused"), **set_}).issuer == issuer


def test_an_issuer_without_an_audience_is_refused() -> None:
    with pytest.raises(Misconfigured, match="not set: OIDC_AUDIENCE"):
        read_settings({**local.environment("unused"), "OIDC_ISSUER": "https://a"})


def test_another_statement_is_a_setting() -> None:
    environ = {**local.environment("unused"), "STATEMENT": "other.toml"}
    assert read_settings(environ).statement == Path("other.toml")
