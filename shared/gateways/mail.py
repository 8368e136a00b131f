"""Mail: handed to Amazon SES, one raw message to one recipient at a time."""

import re
from collections.abc import Callable, Mapping
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

from shared.errors import Misconfigured, PrivacyError, Throttled, Unsendable

RECIPIENTS = ("To", "Cc", "Bcc", "Resent-To", "Resent-Cc", "Resent-Bcc")
LETTER = "X-Letter"
"""The header by which SES's events name a letter: `<reference>/<number>`."""
NO_MAIL, REJECTED = "InvalidParameterValue", "MessageRejected"
"""SES's codes for what is no mail or goes to no address, and for what it does not like."""
NOT_OF_THE_MAIL = re.compile("not verified|authority to send|suspended|paused", re.IGNORECASE)
"""What SES, or its stand-in, says with the second of these where the account is at fault."""
THROTTLED = frozenset({"Throttling", "ThrottlingException", "TooManyRequestsException"})
EXCEEDED = re.compile("(maximum sending rate|daily message quota) exceeded", re.IGNORECASE)


def sending(
    sender: str, region: str, name: str, configuration_set: str = ""
) -> Callable[[EmailMessage], None]:
    """A function that sends a mail from an address, under a name.

    `configuration_set`: that of SES which tells what becomes of a mail; "" where nobody is told.
    It raises Misconfigured where there is no such address, Unsendable for a mail that must not go
    out as it is, Throttled where no mail is taken for now, and whatever else stands in the way may
    be gone later.
    """
    made: list[Any] = []
    watched = {"ConfigurationSetName": configuration_set} if configuration_set else {}

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
                Source=sender, Destinations=[recipient], RawMessage={"Data": raw}, **watched
            )
        except ClientError as fault:
            known = refusal(fault.response["Error"])
            if known is None:
                raise
            raise known from None

    return send


def refusal(error: Mapping[str, str | None]) -> PrivacyError | None:
    """What SES's error means for a mail: it is never taken, or none is now; None of another one."""
    code, text = error["Code"], error.get("Message") or ""
    if code in THROTTLED or EXCEEDED.search(text):
        return Throttled("SES takes no more mails for now")
    if code == NO_MAIL or (code == REJECTED and not NOT_OF_THE_MAIL.search(text)):
        return Unsendable("SES does not take this mail")
    return None


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
