"""What must never be found in the table, whatever happened to it."""

from collections.abc import Iterator
from typing import Any

from shared.model.subjects import State
from shared.policy import retention
from shared.store import _items
from shared.wiring import Office
from tests.stand_ins import Aws

Raw = dict[str, Any]


def oddities(aws: Aws, office: Office) -> list[str]:
    """What is wrong in a table at which nobody is at work, a line each."""
    items = aws.items()
    profiles = {item["pk"]["S"]: item for item in items if item["sk"]["S"] == _items.PROFILE}
    lookups = {
        item["pk"]["S"]: f"S#{item['subject_id']['S']}" for item in items if "subject_id" in item
    }
    return [
        *_lost(items, profiles, lookups),
        *(odd for one in profiles.values() for odd in _of_profile(one, lookups, office)),
    ]


def _lost(items: list[Raw], profiles: dict[str, Raw], lookups: dict[str, str]) -> Iterator[str]:
    for pk in {item["pk"]["S"] for item in items} - profiles.keys():
        if pk.startswith("S#"):
            yield f"{pk} has children and no profile"
    for lookup, pk in lookups.items():
        if pk not in profiles:
            yield f"{lookup} leads to nobody"


def _of_profile(raw: Raw, lookups: dict[str, str], office: Office) -> Iterator[str]:
    law = office.statement.retention
    pk, subject = raw["pk"]["S"], _items.profile_from_raw(raw)
    due_on = retention.decide(subject.facts, law).erased_on
    if subject.state is not State.ACTIVE:
        yield f"{pk} is left half erased"
    elif any(lookups.get(lookup) != pk for lookup in subject.lookups):
        yield f"{pk} cannot be found by its address"
    if due_on is None:
        if "ttl" in raw:
            yield f"{pk} would expire, though a reason is open"
    elif subject.filing is None:
        yield f"{pk} would be kept for ever"
    elif subject.filing.due_on > due_on:
        yield f"{pk} is filed later than it is due"
    elif subject.filing.ttl < retention.ttl_of(due_on, law):
        yield f"{pk} would expire before the sweep has had its time"
