"""Mail: handed to Amazon SES, one raw message to one recipient at a time."""

from collections.abc import Callable
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

from shared.errors import Misconfigured, Unsendable

RECIPIENTS = ("To", "Cc", "Bcc", "Resent-To", "Resent-Cc", "Resent-Bcc")
NEVER_TAKEN = "InvalidParameterValue"
"""SES's code for what is no mail, or goes to no address, however often it is tried."""


def sending(sender: str, region: str, name: str) -> Callable[[EmailMessage], None]:
    """A function that sends a mail from an address, under a name.

    It raises Misconfigured where there is no such address, Unsendable for a mail that must not go
    out as it is, and whatever else stands in the way may be gone later.
    """
    made: list[Any] = []

    def send(message: EmailMessage) -> None:
        if not sender:
            nobody_sends(message)
        message["From"] = Address(name, addr_spec=sender)
        recipient, raw = finished(message)
        import botocore.session  # noqa: PLC0415  # who sends nothing does without
        from botocore.exceptions import ClientError  # noqa: PLC0415

        if not made:
            made.append(botocore.session.get_session().create_client("ses", region_name=region))
        try:
            made[0].send_raw_email(
                Source=sender, Destinations=[recipient], RawMessage={"Data": raw}
            )
        except ClientError as fault:
            if fault.response["Error"]["Code"] != NEVER_TAKEN:
                raise
            text = "SES takes it for no mail"
            raise Unsendable(text) from None

    return send


def finished(message: EmailMessage) -> tuple[str, bytes]:
    """The only recipient of a mail, and the mail as it goes out.  Raises Unsendable.

    It is read back, as whoever carries it on reads it: a header may come to mean more than was
    put in, and a mail with the words of one person must not reach another.
    """
    meant = [one.addr_spec for one in message["To"].addresses]
    raw = message.as_bytes()
    read = BytesParser(policy=policy.default).parsebytes(raw)
    headers = [header for name in RECIPIENTS for header in read.get_all(name, [])]
    found = [one.addr_spec for header in headers for one in header.addresses]
    if len(meant) != 1 or found != meant or not meant[0].isascii():
        text = "it would not go to exactly the one recipient that was meant"
        raise Unsendable(text)
    return meant[0], raw


def nobody_sends(_message: EmailMessage) -> None:
    """Where no sender is set."""
    text = "no mail can be sent: SENDER is not set"
    raise Misconfigured(text)
