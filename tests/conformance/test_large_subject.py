"""A data subject of three megabytes and two thousand items: read whole, erased to nothing."""

import json
from dataclasses import replace
from datetime import timedelta

from shared.model.erasures import Kind
from shared.wiring import Office
from shared.workflows import access, erasures
from shared.workflows.submissions import Visit
from tests.stand_ins import Aws, Clock
from tests.workflows.submitting import KARI, post
from tests.workflows.test_erasures import DUE, records

CONTACTS = 1000
PAGE = 1 << 20
"""A page of a query holds a megabyte at most."""


def fill(office: Office) -> None:
    """A thousand contacts, so many a day as are taken, each with a consent and a long message."""
    for number in range(CONTACTS):
        message = f"{number:04} " + "x" * 3000
        then = office.now() - timedelta(hours=2 * (CONTACTS - 1 - number))
        earlier = replace(office, now=Clock(then).now)
        post(earlier, visit=Visit(), message=message, choices=["marketing_email"])


def test_a_large_data_subject_is_read_whole_and_erased_to_nothing(
    office: Office, aws: Aws, clock: Clock
) -> None:
    fill(office)
    assert len(json.dumps(aws.items_of_people())) > 3 * PAGE
    with aws.calls() as made:
        report = access.report(KARI, office)
    messages = {str(one.value)[:4] for one in report.values if one.name == "message"}
    assert made.count("Query") > 3
    assert len(messages) == len(report.contacts) == len(report.consents) == CONTACTS
    clock.set(DUE)
    result = erasures.sweep(office)
    assert (result.erased, result.failed, aws.items_of_people()) == (1, 0, [])
    (record,) = records(office)
    counts = {Kind.PROFILE: 1, Kind.INTERACTION: CONTACTS, Kind.CONSENT: CONTACTS}
    assert (record.counts, record.consents[0].times) == (counts, CONTACTS)
