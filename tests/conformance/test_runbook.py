"""The runbook's restore, from end to end: backup, erasures, restore, replay, attach, serve."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from chalice.test import TestHTTPClient as Http

from functions import reminders, retention_sweep, workers
from infra import local, resources
from infra.deploy import furnishing
from shared.model.requests import Right
from shared.wiring import Office
from shared.workflows import answers, erasures, events, restoring
from shared.workflows.events import Event
from tests.conformance.test_expiry import stream_of_table
from tests.stand_ins import Aws, Clock
from tests.workflows.submitting import KARI, NOTICE, post
from tests.workflows.test_erasures import records
from tests.workflows.test_restoring import OLA, asked_for, held, use

BEFORE = "before"
"""The table that is lost; the restored one is the tests' own, which the functions may use."""
EVA, PER = "eva@example.com", "per@example.com"


@pytest.fixture
def restored(aws: Aws) -> Iterator[str]:
    """A table as AWS restores it: with its index, without TTL, and on moto without a stream."""
    resources.create_table(BEFORE, streams=False)
    use(BEFORE)
    yield local.TABLE
    use(local.TABLE)
    aws.client.delete_table(TableName=BEFORE)


def items_of(aws: Aws, table: str) -> list[dict[str, Any]]:
    pages = aws.client.get_paginator("scan").paginate(TableName=table)
    return [item for page in pages for item in page["Items"]]


def test_a_restored_table_serves_without_those_who_were_erased_since(
    office: Office, aws: Aws, clock: Clock, http: Http, restored: str
) -> None:
    # Before the backup: Kari and Per wrote, Ola is a customer.
    post(office, name="Kari")
    post(office, email=PER, name="Per")
    post(office, email=OLA, name="Ola")
    events.note(OLA, Event.CUSTOMER_START, office, at=clock.now())
    clock.forward(hours=1)
    for item in items_of(aws, BEFORE):
        aws.client.put_item(TableName=restored, Item=item)
    backup = clock.now()

    # Since then: Kari was erased as she asked, and Per objected.
    clock.forward(hours=1)
    reference = asked_for(Right.ERASURE, office)
    answers.carry_out(reference, office)
    asked_for(Right.OBJECTION, office, PER)
    assert held(KARI, office) is None
    clock.forward(hours=1)

    # Steps 3 to 5: replayed as rehearsed, and again to no effect; then the sweep.
    use(restored)
    assert held(KARI, office), "the backup brings her back"
    rehearsed = restoring.replay(BEFORE, backup, office, dry_run=True)
    done = restoring.replay(BEFORE, backup, office)
    assert (rehearsed.erased, done.erased, done.followed) == (1, 1, 1)
    assert restoring.replay(BEFORE, backup, office).erased == 0
    assert erasures.sweep(office).failed == 0

    # Step 6: attached, as the deployment does it; twice, as it may be run twice.
    label = furnishing.stream_of(restored)
    told = aws.client.describe_table(TableName=restored)["Table"]
    assert (label, furnishing.stream_of(restored)) == (told["LatestStreamLabel"], label)
    resources.enable_ttl(restored)

    # Step 7: a form is taken in over HTTP, the stream brings it, and the workers settle it.
    sent = json.dumps({"email": EVA, "name": "Eva", "message": "Hi", "notice": NOTICE})
    headers = {"Content-Type": "application/json"}
    answer = http.post("/forms/contact", headers=headers, body=sent)
    assert answer.status_code == 202
    brought = list(stream_of_table(restored))
    assert workers.work({"Records": brought}, None) == {"batchItemFailures": []}
    told = held(EVA, office)
    assert told
    assert {EVA, "Eva", "Hi"} <= {one.value for one in told.values}
    assert retention_sweep.sweep({}, None)["failed"] == 0
    clock.forward(hours=1)  # letters that were taken over no stream brings: the hourly look does
    assert reminders.remind({}, None)["failed"] == 0

    # Whoever was erased is nowhere; who was not is there, and on record is why.
    assert held(KARI, office) is None
    assert "kari" not in str(items_of(aws, restored)).casefold()
    assert held(OLA, office)
    because = [one.because for one in records(office)]
    assert any(one.endswith("again after a restore") for one in because)
