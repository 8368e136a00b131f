"""Ten thousand imported contacts: the sweep erases exactly those whom plain arithmetic names."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from functions.retention_sweep import SHARDS_AT_ONCE
from shared.wiring import Office
from shared.workflows import erasures
from shared.workflows.imports import Imported
from tests.conformance.auditing import oddities
from tests.stand_ins import Aws, Clock
from tests.workflows.contact_people import (
    CALLED_AT,
    IMPORTED_AT,
    SWEPT_AT,
    kept,
    known,
    note_calls,
    note_events,
    people,
    take_in_all,
)

CONTACTS = 10_000


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """As many at once as the nightly sweep has."""
    with ThreadPoolExecutor(SHARDS_AT_ONCE) as threads:
        yield threads


def test_ten_thousand_contacts_are_erased_on_their_day_and_nobody_else(
    office: Office, aws: Aws, clock: Clock, pool: ThreadPoolExecutor
) -> None:
    everybody = list(people(CONTACTS))
    clock.set(IMPORTED_AT)
    assert take_in_all(everybody, office, pool.map) == {Imported.IMPORTED}
    note_events(everybody, office, pool.map)
    clock.set(CALLED_AT)
    note_calls(everybody, office, pool.map)
    erased = 0
    for now in SWEPT_AT:
        clock.set(now)
        result = erasures.sweep(office, pool.map)
        erased += result.erased
        left = kept(everybody, now)
        assert known(everybody, aws.items(), office) == left, now
        assert (result.failed, erased) == (0, CONTACTS - len(left)), now
    assert oddities(aws, office) == []
