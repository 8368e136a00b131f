"""The mail service's events: what became of letters after they were sent.

An event holds the address, the headers and more: nothing of it is logged, and nothing kept but the
outcome.  It names its letter by a header of ours, and never by the address.
"""

import json
import re
from collections import Counter
from datetime import datetime
from typing import Any

from chalice import Blueprint

from functions import observing
from shared.gateways.mail import LETTER
from shared.model.requests import MailEvent, MailOutcome
from shared.wiring import early, office
from shared.workflows import undelivered

NAME = "mail_events"
TO_STAFF, UNKNOWN = "to_staff", "unknown"
METRICS = (*MailOutcome, TO_STAFF, UNKNOWN)
"""The metrics: letters by outcome, those to the staff that did not arrive, and other events."""

OUTCOMES = {
    "Delivery": MailOutcome.DELIVERED,
    "Complaint": MailOutcome.COMPLAINED,
    "Reject": MailOutcome.REJECTED,
}
NO_COMPLAINT = "not-spam"
"""The feedback of a reader who has taken the mail out of the folder for unwanted ones."""
NAMED = re.compile(r"([0-9a-f]{32})/(\d+\.\d+)")

events = Blueprint(__name__)


@events.lambda_function(name=NAME)
def note(event: dict[str, Any], context: object) -> dict[str, int]:
    """SNS's event with one of SES's in, how many came of each kind out.

    What fails raises: Lambda tries twice again.
    """
    with observing.invocation(NAME, observing.request_of(context)) as told:
        came = Counter(_note(record["Sns"]["Message"]) for record in event["Records"])
        numbers = {name: came[name] for name in METRICS if came[name]}
        told.update(numbers)
        observing.measure(NAME, **numbers)
    return numbers


def _note(message: str) -> str:
    found = _read(message)
    if found is None:
        return UNKNOWN
    return TO_STAFF if undelivered.note(found, office()) else found.outcome.value


def _read(message: str) -> MailEvent | None:
    """The event of a letter of ours; None of anything else, such as SES's greeting to a topic."""
    try:
        told = json.loads(message)
    except ValueError:
        return None
    mail = told["mail"]
    headers = {one["name"]: one["value"] for one in mail["headers"]}
    named = NAMED.fullmatch(headers.get(LETTER, ""))
    outcome = _outcome(told) if named else None
    if named is None or outcome is None:
        return None
    (to,) = mail["destination"]
    at = datetime.fromisoformat(mail["timestamp"])
    return MailEvent(outcome=outcome, reference=named[1], number=named[2], to=to, at=at)


def _outcome(told: dict[str, Any]) -> MailOutcome | None:
    kind = told["eventType"]
    if kind == "Bounce":
        is_for_good = told["bounce"]["bounceType"] == "Permanent"
        return MailOutcome.BOUNCED if is_for_good else MailOutcome.TRANSIENT
    if kind == "Complaint" and told["complaint"].get("complaintFeedbackType") == NO_COMPLAINT:
        return None
    return OUTCOMES.get(kind)


early(office)
