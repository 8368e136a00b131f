"""Answers that are lost and transactions that collide: every contact is kept, and kept once."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import pytest

from shared.wiring import Office
from shared.workflows import access
from tests.conformance.auditing import oddities
from tests.conformance.callers import until_answered
from tests.conftest import NOW
from tests.stand_ins import Aws, Clock
from tests.workflows.submitting import send, settle
from tests.workflows.test_imports_written import LIST, empty, table, take_list

SEEDS = range(6)
ADDRESSES = tuple(f"person{number}@example.com" for number in range(3))
AT_ONCE = 4


@dataclass(frozen=True)
class Sent:
    """A form that is sent: by whom, when, and under which idempotency key."""

    email: str
    at: datetime
    key: str | None

    @property
    def message(self) -> str:
        return f"{self.email} on {self.at.date()}"

    def send(self, office: Office) -> str:
        then = replace(office, now=Clock(self.at).now)
        answer = send(then, email=self.email, message=self.message, key=self.key)
        return answer.reference


def everything_sent(seed: int, *, keys: bool) -> list[Sent]:
    """Twelve of each address, days apart and out of order; with keys, each is sent twice."""
    sent = [
        Sent(email, NOW + timedelta(days=3 * number), key=f"{email}, {number}" if keys else None)
        for email in ADDRESSES
        for number in range(12)
    ]
    sent *= 2 if keys else 1
    random.Random(seed).shuffle(sent)  # noqa: S311  # an order, no secret
    return sent


def contacts(office: Office) -> Counter[tuple[str, str]]:
    """Every contact that a file holds: whose, and under which reference."""
    return Counter(
        (email, one.reference)
        for email in ADDRESSES
        for one in access.report(email, office).contacts
    )


def messages(office: Office) -> Counter[str]:
    return Counter(
        str(one.value)
        for email in ADDRESSES
        for one in access.report(email, office).values
        if one.name == "message"
    )


def last_days(aws: Aws) -> set[str]:
    return {item["last_contact"]["S"][:10] for item in aws.items() if item["sk"]["S"] == "PROFILE"}


LATEST = {str((NOW + timedelta(days=33)).date())}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_contact_under_a_key_is_kept_once_however_often_it_is_sent(
    office: Office, aws: Aws, seed: int
) -> None:
    sent = everything_sent(seed, keys=True)
    with (
        aws.faulty(seed, conflict=6, repeated=20, unanswered=6) as faults,
        ThreadPoolExecutor(AT_ONCE) as pool,
    ):
        references = list(pool.map(lambda one: until_answered(partial(one.send, office)), sent))
    settle(office)
    answered = Counter((one.email, told) for one, told in zip(sent, references, strict=True))
    assert set(answered.values()) == {2}
    assert contacts(office) == Counter(answered.keys())
    assert (oddities(aws, office), last_days(aws)) == ([], LATEST)
    assert min(faults.values()) > 0, faults


@pytest.mark.parametrize("seed", SEEDS)
def test_a_contact_without_a_key_is_kept_once_when_aws_is_asked_twice(
    office: Office, aws: Aws, seed: int
) -> None:
    sent = everything_sent(seed, keys=False)
    with (
        aws.faulty(seed, conflict=5, repeated=7) as faults,
        ThreadPoolExecutor(AT_ONCE) as pool,
    ):
        references = list(pool.map(lambda one: one.send(office), sent))
    settle(office)
    assert {reference for _, reference in contacts(office)} == set(references)
    assert messages(office) == Counter(one.message for one in sent)
    assert (oddities(aws, office), last_days(aws)) == ([], LATEST)
    assert min(faults.values()) > 0, faults


@pytest.mark.parametrize("seed", SEEDS)
def test_a_contact_without_a_key_is_never_lost(office: Office, aws: Aws, seed: int) -> None:
    """Whoever sends it again after an error may be heard twice: nothing tells the two apart."""
    sent = everything_sent(seed, keys=False)
    with aws.faulty(seed, conflict=6, repeated=12, unanswered=5) as faults:
        references = [until_answered(partial(one.send, office)) for one in sent]
    settle(office)
    kept = contacts(office)
    assert {reference for _, reference in kept} >= set(references)
    assert kept.total() <= len(sent) + faults["unanswered"]
    assert (oddities(aws, office), last_days(aws)) == ([], LATEST)
    assert min(faults.values()) > 0, faults


@pytest.mark.parametrize("seed", SEEDS)
def test_a_list_imported_through_faults_leaves_what_it_leaves_without(
    office: Office, aws: Aws, seed: int
) -> None:
    rows = tuple({**row, "Email": f"{n}{row['Email']}"} for n in range(4) for row in LIST)
    take_list(office, rows)
    undisturbed = table(aws)
    empty(aws)
    with aws.faulty(seed, conflict=5, repeated=12, unanswered=3) as faults:
        for row in rows:
            until_answered(partial(take_list, office, (row,)))
    assert table(aws) == undisturbed
    assert oddities(aws, office) == []
    assert min(faults.values()) > 0, faults
