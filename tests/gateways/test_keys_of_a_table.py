"""A table is used with the keys that it was first used with, and with no others."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import boto3
import pytest

from infra import local
from shared import wiring
from shared.errors import WrongKeys
from shared.gateways.keyring import Keyring, Secret, read_keyring
from shared.wiring import Office
from tests.stand_ins import Aws, Clock
from tests.workflows.submitting import post

KEYS = {"version": "1", "lookup": "aa" * 32, "erasure": "bb" * 32, "suppression": "cc" * 32}
SIGNING = {**KEYS, "signing": "dd" * 32}
OTHERS = [
    pytest.param({**KEYS, one: other}, id=one)
    for one, other in {
        "version": "2",
        "lookup": "ff" * 32,
        "erasure": "ff" * 32,
        "suppression": "ff" * 32,
    }.items()
]


def keep(keys: dict[str, str]) -> None:
    """Put keys in the secret, whatever is there."""
    client, text = boto3.client("secretsmanager"), json.dumps(keys)
    try:
        client.create_secret(Name=local.KEYS_SECRET, SecretString=text)
    except client.exceptions.ResourceExistsException:
        client.put_secret_value(SecretId=local.KEYS_SECRET, SecretString=text)


def keyring(keys: dict[str, str]) -> Keyring:
    return read_keyring(json.dumps(keys))


def opened(clock: Clock, keys: dict[str, str]) -> Office:
    keep(keys)
    return wiring.open_office(local.environment("unused"), now=clock.now)


@pytest.fixture
def warm(office: Office, clock: Clock) -> Iterator[Office]:
    """The office of a container that opened it some time ago."""
    keep(KEYS)
    secret = Secret(local.KEYS_SECRET, local.REGION)
    keyed = replace(office, keys=keyring(KEYS), secret=secret, keyed_at=clock.now())
    wiring.keys_of(keyed)
    with wiring.staffed_by(keyed):
        yield keyed


def test_an_empty_table_takes_the_keys_of_whoever_opens_it_first(aws: Aws, clock: Clock) -> None:
    assert opened(clock, KEYS).keys.lookup_key == bytes.fromhex(KEYS["lookup"])
    (item,) = aws.items()
    assert (item["pk"]["S"], set(item)) == ("KEYS", {"pk", "sk", "proof"})
    assert not [key for key in KEYS.values() if len(key) > 1 and key in str(item)]
    opened(clock, KEYS)
    assert aws.items() == [item]


def test_to_open_it_again_costs_one_read(aws: Aws, office: Office) -> None:
    wiring.keys_of(office)
    with aws.calls() as made:
        wiring.keys_of(office)
    assert made == ["GetItem"]


@pytest.mark.parametrize("others", OTHERS)
def test_with_other_keys_nobody_reads_or_writes(
    aws: Aws, clock: Clock, others: dict[str, str]
) -> None:
    post(opened(clock, KEYS))
    before = aws.items()
    with pytest.raises(WrongKeys):
        opened(clock, others)
    assert aws.items() == before


def test_what_signs_certificates_is_no_part_of_the_tables_keys(aws: Aws, clock: Clock) -> None:
    opened(clock, KEYS)
    assert opened(clock, SIGNING).keys.signing_key == bytes.fromhex(SIGNING["signing"])


@pytest.mark.parametrize(
    ("others", "refused"), [({}, False), ({"lookup": "ff" * 32}, True)], ids=["same", "others"]
)
def test_of_two_that_open_an_empty_table_at_once_the_first_says_by_which_keys(
    aws: Aws, office: Office, others: dict[str, str], refused: bool
) -> None:
    first, second = (replace(office, keys=keyring(one)) for one in (KEYS, {**KEYS, **others}))
    with aws.between("PutItem", partial(wiring.keys_of, first)):
        if refused:
            with pytest.raises(WrongKeys):
                wiring.keys_of(second)
        else:
            assert wiring.keys_of(second) == second.keys
    assert wiring.keys_of(first) == first.keys


def test_the_first_opening_knows_its_own_earlier_try(aws: Aws, office: Office) -> None:
    with aws.twice("PutItem"):
        wiring.keys_of(office)
    assert len(aws.items()) == 1


# A container that is warm ------------------------------------------------------------------------


def test_what_signs_is_seen_within_five_minutes_by_whoever_is_open(
    warm: Office, clock: Clock
) -> None:
    keep(SIGNING)
    clock.forward(minutes=4.9)
    assert wiring.office().keys.signing_key == b""
    clock.forward(minutes=0.1)
    assert wiring.office().keys.signing_key == bytes.fromhex(SIGNING["signing"])


def test_the_secret_is_asked_for_once_in_five_minutes(aws: Aws, warm: Office, clock: Clock) -> None:
    assert wiring.office() is warm
    clock.forward(minutes=5)
    with aws.calls() as made:
        offices = [wiring.office() for _ in range(9)]
    assert made == ["GetItem"]
    assert all(one is offices[0] for one in offices)


def test_a_clock_that_is_put_back_keeps_no_keys_for_longer(warm: Office, clock: Clock) -> None:
    keep(SIGNING)
    clock.forward(hours=-1)
    assert wiring.office().keys.signing_key


def lost() -> None:
    boto3.client("secretsmanager").delete_secret(
        SecretId=local.KEYS_SECRET, ForceDeleteWithoutRecovery=True
    )


@pytest.mark.parametrize(
    ("happens", "fault"),
    [
        pytest.param(lost, "Misconfigured", id="it is gone"),
        pytest.param(lambda: keep({"version": "1"}), "Misconfigured", id="it holds no keys"),
        pytest.param(lambda: keep({**KEYS, "lookup": "ff" * 32}), "WrongKeys", id="it has others"),
    ],
)
def test_a_secret_that_is_spoilt_leaves_the_keys_as_they_are_and_is_logged_by_its_kind(
    warm: Office,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
    happens: Callable[[], None],
    fault: str,
) -> None:
    happens()
    clock.forward(minutes=5)
    assert wiring.office().keys == warm.keys
    (record,) = (one for one in caplog.records if one.name == "shared.wiring")
    assert (record.getMessage(), record.__dict__["fault"]) == (
        f"keys not renewed: {fault}",
        fault,
    )
    keep(SIGNING)
    clock.forward(minutes=5)
    assert wiring.office().keys.signing_key


def test_a_table_that_does_not_answer_leaves_the_keys_as_they_are(
    aws: Aws, warm: Office, clock: Clock
) -> None:
    clock.forward(minutes=5)
    with aws.between("GetItem", lambda: aws.client.delete_table(TableName=aws.table)):
        assert wiring.office().keys == warm.keys
