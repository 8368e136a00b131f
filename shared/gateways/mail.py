"""Mail: handed to Amazon SES, one raw message at a time."""

from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

from shared.errors import Misconfigured


def sending(sender: str, region: str) -> Callable[[EmailMessage], None]:
    """What sends a mail from an address.  Raises Misconfigured when called without one."""
    made: list[Any] = []

    def send(message: EmailMessage) -> None:
        if not sender:
            nobody_sends(message)
        if not made:
            import botocore.session  # noqa: PLC0415  # who sends nothing does without

            made.append(botocore.session.get_session().create_client("ses", region_name=region))
        message["From"] = sender
        made[0].send_raw_email(RawMessage={"Data": message.as_bytes()})

    return send


def nobody_sends(_message: EmailMessage) -> None:
    """Where no sender is set."""
    text = "no mail can be sent: SENDER is not set"
    raise Misconfigured(text)
