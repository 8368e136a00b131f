"""The bench measures what it says: its people have something to tell, its model its two limits."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from functions import rendering
from infra.bench import by_hand, nights, requests_by_hand
from infra.bench.meter import metered
from infra.bench.setting import Bench
from shared.model.requests import Right
from shared.policy.exports import Format
from shared.store import subjects
from shared.workflows import access
from tests.stand_ins import Aws

ITEMS = 50


@pytest.fixture
def bench(aws: Aws) -> Bench:
    return Bench("bench")


def stored(bench: Bench, subject_id: str) -> Iterator[dict[str, Any]]:
    """Every value of a person's contacts and technical data."""
    for item in by_hand.held(subject_id, bench.client, bench.table):
        content = item.get("content", {})
        yield from content.get("values", ()) if isinstance(content, dict) else content


def test_a_report_tells_every_value_that_is_stored(bench: Bench) -> None:
    email, subject_id = bench.person(ITEMS)
    values = [json.dumps(one, sort_keys=True) for one in stored(bench, subject_id)]
    report = access.report(email, bench.office)
    assert len(values) == len(set(values)) > 2 * ITEMS
    assert len(report.values) == len(values)
    assert len(report.contacts) + len(report.consents) > ITEMS / 2


def test_each_message_stands_in_what_is_handed_out_by_the_product_and_by_hand(bench: Bench) -> None:
    _, subject_id = bench.person(ITEMS)
    said = {one["value"] for one in stored(bench, subject_id) if one["name"] == "message"}
    report = access.report_of(subject_id, "en", bench.office)
    told = [
        rendering.export(report, bench.office.statement, Right.ACCESS, wanted).text
        for wanted in (Format.JSON, Format.HTML)
    ]
    told += requests_by_hand.access(subject_id, bench.client, bench.table)
    assert len(said) > ITEMS / 4
    assert [message for message in said for text in told if str(message) not in str(text)] == []


def test_no_two_forms_say_the_same(bench: Bench) -> None:
    first, second = (json.loads(bench.form("kari@example.com")["body"]) for _ in range(2))
    assert first["message"] != second["message"]


def test_a_person_of_so_many_items_has_so_many(bench: Bench) -> None:
    for items in (4, 50):
        _, subject_id = bench.person(items)
        assert len(subjects.keys_of(subject_id)) == items


def test_keys_alone_cost_what_the_items_do(bench: Bench) -> None:
    _, subject_id = bench.person(ITEMS)
    units = []
    for read in (subjects.partition_of, subjects.keys_of):
        with metered(bench.clients[0], bench.table) as cost:
            read(subject_id)
        units.append(cost.read_units)
    assert units[0] == units[1] > 1


@pytest.mark.parametrize(
    ("threads", "core", "rate"),
    [
        pytest.param(1, 1, 25.0, id="one thread waits: 8.5 ms of work, 31.5 of waiting"),
        pytest.param(2, 1, 50.0, id="two wait for twice as much"),
        pytest.param(16, 1, 1 / 0.0085, id="sixteen wait for nothing but the core"),
        pytest.param(16, 0.5, 0.5 / 0.0085, id="half a core does half"),
    ],
)
def test_the_model_knows_waiting_and_work(threads: int, core: float, rate: float) -> None:
    assert nights.expected(threads, 0.0085, 7, core) == pytest.approx(rate)
