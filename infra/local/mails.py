"""What SES tells by SNS of a mail that was sent: locally nothing does, and whoever asks decides."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

ABOUT: dict[str, dict[str, Any]] = {
    "Bounce": {"bounce": {"bounceType": "Permanent", "bounceSubType": "General"}},
    "Transient": {"bounce": {"bounceType": "Transient", "bounceSubType": "MailboxFull"}},
    "Complaint": {"complaint": {"complaintFeedbackType": "abuse"}},
    "Delivery": {"delivery": {"smtpResponse": "250 2.0.0 Ok"}},
    "Reject": {"reject": {"reason": "Bad content"}},
}
"""What each kind of event says besides, as far as anybody reads it."""


def event(kind: str, headers: Mapping[str, str], sent_at: datetime) -> dict[str, Any]:
    """The event that Lambda receives from SNS about a mail with these headers."""
    mail = {
        "timestamp": sent_at.isoformat(),
        "destination": [headers["To"]],
        "headers": [{"name": name, "value": value} for name, value in headers.items()],
    }
    told = {"eventType": kind.replace("Transient", "Bounce"), **ABOUT[kind], "mail": mail}
    return {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": json.dumps(told)}}]}
