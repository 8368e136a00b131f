"""Two hundred first contacts of one address at the same moment: one data subject, nothing lost."""

import random
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from shared.policy import retention
from shared.store import _items
from shared.wiring import Office
from tests.conformance.auditing import oddities
from tests.conformance.callers import at_once
from tests.conftest import NOW
from tests.stand_ins import Aws, Clock
from tests.workflows.submitting import send, settle

CONTACTS = 200
LATEST = NOW + timedelta(hours=CONTACTS - 1)


def name_of(at: datetime) -> str:
    return f"Kari on day {at:%d at %H}"


def contact(office: Office, at: datetime) -> str:
    """Each has a clock of its own, an hour from the next, whichever is written first."""
    answer = send(replace(office, now=Clock(at).now), name=name_of(at))
    return answer.reference


def test_two_hundred_first_contacts_at_once_make_one_data_subject(office: Office, aws: Aws) -> None:
    instants = [NOW + timedelta(hours=number) for number in range(CONTACTS)]
    random.Random(1).shuffle(instants)  # noqa: S311  # an order, no secret
    references = at_once([partial(contact, office, at) for at in instants])
    settle(office)
    people = {item["pk"]["S"] for item in aws.items_of_people()}
    written = [_items.interaction_from_raw(item) for item in aws.items() if is_contact(item)]
    assert (len(people), oddities(aws, office)) == (2, [])
    assert sorted(one.reference for one in written) == sorted(references)
    assert_newest_won(aws, office)


def is_contact(item: _items.Raw) -> bool:
    return item["sk"]["S"].startswith("I#")


def assert_newest_won(aws: Aws, office: Office) -> None:
    """Date, TTL and current values are those of the latest instant."""
    law, raw = office.statement.retention, aws.profile()
    subject = _items.profile_from_raw(raw)
    assert subject.filing is not None
    due_on = retention.decide(subject.facts, law).erased_on
    names = [one.value for one in subject.values if one.name == "name"]
    assert (subject.facts.last_contact, names) == (LATEST, [name_of(LATEST)])
    assert due_on is not None
    assert subject.filing.ttl == retention.ttl_of(due_on, law)
