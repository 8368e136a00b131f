"""A data subject of three megabytes and two thousand items: handed over, and erased on request."""

import json

from functions import rendering
from shared.gateways import certificates
from shared.model.requests import Right
from shared.policy.exports import Format
from shared.wiring import Office
from shared.workflows import access, answers, events, requests
from tests.conformance.test_large_subject import CONTACTS, PAGE, fill
from tests.stand_ins import Aws
from tests.workflows.submitting import KARI
from tests.workflows.test_requests import KEY, ask, confirm


def test_a_large_data_subject_is_exported_whole_and_erased_to_nothing(
    office: Office, aws: Aws
) -> None:
    fill(office)
    confirm(ask(office), office)
    report = access.report_of(events.find(KARI, office), "en", office)
    file = rendering.export(report, office.statement, Right.ACCESS, Format.JSON)
    assert len(file.text) > 3 * PAGE
    assert all(f"{number:04} xxx" in file.text for number in range(CONTACTS))
    reference = ask(office, Right.ERASURE)
    confirm(reference, office)
    told = certificates.verify(requests.read(reference).certificate, [certificates.public_key(KEY)])
    (store,) = told["stores"]
    assert (store["left"], store["found"]["interaction"]) == (0, CONTACTS)
    left = [one for one in aws.items() if one["pk"]["S"].startswith(("S#", "E#"))]
    assert (left, "xxx" in json.dumps(aws.items()), answers.carry_out(reference, office)) == (
        [],
        False,
        False,
    )
