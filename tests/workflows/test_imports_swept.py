"""Three hundred imported contacts: the sweep erases exactly those whom plain arithmetic names."""

import pytest

from infra import local, resources
from shared.wiring import Office
from shared.workflows import erasures
from shared.workflows.imports import Imported
from tests.stand_ins import Aws, Clock
from tests.workflows.contact_people import (
    CALLED_AT,
    IMPORTED_AT,
    SWEPT_AT,
    Person,
    kept,
    known,
    note_calls,
    note_events,
    people,
    take_in_all,
)

BATCH, PARTS = 20, 3


def start_anew(aws: Aws) -> None:
    aws.client.delete_table(TableName=local.TABLE)
    resources.create_table(local.TABLE, streams=False)


@pytest.fixture(params=range(PARTS))
def everybody(
    request: pytest.FixtureRequest, aws: Aws, office: Office, clock: Clock
) -> list[Person]:
    """A part of them: imported on a day, with what happened before the summer of the next year.

    In parts and batches, as moto copies the whole table for every item of a transaction.
    """
    found: list[Person] = list(people(300))[request.param :: PARTS]
    items = []
    for start in range(0, len(found), BATCH):
        start_anew(aws)
        batch = found[start : start + BATCH]
        clock.set(IMPORTED_AT)
        assert take_in_all(batch, office) == {Imported.IMPORTED}
        note_events(batch, office)
        clock.set(CALLED_AT)
        note_calls(batch, office)
        items += aws.items()
    start_anew(aws)
    for item in items:
        aws.client.put_item(TableName=local.TABLE, Item=item)
    return found


def test_the_sweep_erases_exactly_those_whom_plain_arithmetic_names(
    aws: Aws, office: Office, clock: Clock, everybody: list[Person]
) -> None:
    for now in SWEPT_AT:
        clock.set(now)
        failed = erasures.sweep(office).failed
        left, items = kept(everybody, now), aws.items()
        files = {item["pk"]["S"] for item in items if item["pk"]["S"].startswith("S#")}
        assert known(everybody, items, office) == left, now
        assert (failed, len(files)) == (0, len(left))
