"""Answers that are lost and transactions that collide: who is due is erased, with one record."""

import random
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from functions.stream_cascade import cascade
from shared.model.erasures import Kind, Trigger
from shared.wiring import Office
from shared.workflows import access, erasures, events
from shared.workflows.events import Event
from tests.conformance.auditing import oddities
from tests.functions.test_schedule_and_stream import LAMBDA, removal
from tests.stand_ins import Aws, Clock
from tests.workflows.submitting import post
from tests.workflows.test_erasures import DUE, records

SEEDS = range(6)
DUE_PEOPLE = tuple(f"due{number}@example.com" for number in range(8))
HELD = tuple(f"held{number}@example.com" for number in range(3))
CALLED = tuple(f"called{number}@example.com" for number in range(3))
KEPT = (*HELD, *CALLED)
NIGHTS = 40
BATCH = 10
WHOLE = {Kind.PROFILE: 1, Kind.INTERACTION: 2, Kind.CONSENT: 1}


def everybody(office: Office, clock: Clock) -> None:
    """Eight who are due two years later, three who are held, and three who call in between."""
    for email in (*DUE_PEOPLE, *KEPT):
        post(office, email=email, message="First", choices=["marketing_email"])
        post(office, email=email, message="Second")
    for email in HELD:
        events.note(email, Event.HOLD, office, at=clock.now(), because="a claim")
    clock.forward(days=300)
    for email in CALLED:
        events.note(email, Event.PHONE, office, at=clock.now())


def record_keys(aws: Aws) -> Counter[str]:
    return Counter(item["pk"]["S"] for item in aws.items() if item["pk"]["S"].startswith("TOMB#"))


def people(aws: Aws) -> int:
    return len(aws.profile_keys())


@pytest.mark.parametrize("seed", SEEDS)
def test_sweeps_through_faults_erase_whom_they_would_without_and_record_each_once(
    office: Office, aws: Aws, clock: Clock, seed: int
) -> None:
    everybody(office, clock)
    clock.set(DUE)
    with aws.faulty(seed, conflict=6, repeated=15, unanswered=5) as faults:
        nights = next(night for night in range(NIGHTS) if not erasures.sweep(office).due)
    assert (people(aws), oddities(aws, office)) == (len(KEPT), [])
    assert sorted(record_keys(aws).values()) == [1] * len(DUE_PEOPLE)
    assert [_of_file(record.counts) for record in records(office)] == [WHOLE] * len(DUE_PEOPLE)
    assert (min(faults.values()) > 0, nights > 1) == (True, True), faults


def _of_file(counts: Mapping[Kind, int]) -> Mapping[Kind, int]:
    """Without technical data, which goes first unless a fault strikes it."""
    return {kind: number for kind, number in counts.items() if kind is not Kind.TECHNICAL}


# What TTL began ------------------------------------------------------------------------------


def expired(aws: Aws, seed: int) -> list[dict[str, Any]]:
    """Every profile removed, told twice and out of order, as the stream tells it."""
    images = [item for item in aws.items() if item["sk"]["S"] == "PROFILE"]
    for image in images:
        aws.client.delete_item(TableName=aws.table, Key={"pk": image["pk"], "sk": image["sk"]})
    told = [
        {**removal(image, LAMBDA, f"{number}"), "eventID": f"{number:032x}"}
        for number, image in enumerate(images)
    ]
    again = random.Random(seed).sample(told, len(told))  # noqa: S311  # an order, no secret
    return told + again


def tell(told: list[dict[str, Any]]) -> None:
    """As Lambda does: in batches, and after a failure again from there."""
    begun = 0
    for _ in range(NIGHTS):
        batch = told[begun : begun + BATCH]
        failures = cascade({"Records": batch}, None)["batchItemFailures"]
        sequences = [record["dynamodb"]["SequenceNumber"] for record in batch]
        failed = sequences.index(failures[0]["itemIdentifier"]) if failures else len(batch)
        begun += failed
        if begun == len(told):
            return
    message = "the stream is not told to its end"
    raise TimeoutError(message)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_ttl_removed_is_finished_through_faults_and_recorded_once(
    office: Office, aws: Aws, clock: Clock, seed: int
) -> None:
    everybody(office, clock)
    clock.set(DUE + timedelta(days=14))
    before = [access.report(email, office) for email in KEPT]
    told = expired(aws, seed)
    with aws.faulty(seed, conflict=3, repeated=15, unanswered=5) as faults:
        tell(told)
    whole = {**WHOLE, Kind.TECHNICAL: 2}
    found = [(record.trigger, record.counts) for record in records(office)]
    assert found == [(Trigger.TTL, whole)] * len(DUE_PEOPLE)
    assert sorted(record_keys(aws).values()) == [1] * len(DUE_PEOPLE)
    assert [access.report(email, office) for email in KEPT] == before
    assert (people(aws), oddities(aws, office)) == (len(KEPT), [])
    assert min(faults.values()) > 0, faults
