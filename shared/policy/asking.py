"""Asking: what is sent by somebody who uses a right, or by staff for them; is it acceptable?

Pure.  All faults are found at once, and none of them repeats what was sent.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from msgspec.structs import replace

from shared.errors import Fault, FaultCode, Invalid
from shared.model.noun import Noun
from shared.model.requests import Channel, Refusal, Right
from shared.policy import addresses, forms, texts

FIELDS = ("right", "email", "language", "details")
MOST_CHARACTERS = forms.MOST_CHARACTERS["long"]
"""Of whatever is written about a request."""
BY_STAFF = (Channel.EMAIL, Channel.PHONE, Channel.LETTER)


class Asking(Noun, frozen=True, kw_only=True):
    """Which right, of whom (normalised), with what words; `received_on` None: just now."""

    private = ("email", "details")

    right: Right
    email: str
    details: str
    channel: Channel = Channel.WEB
    received_on: date | None = None


class Told(Noun, frozen=True, kw_only=True):
    """What staff say with a step: the text for the person, and what their step needs besides."""

    private = ("text", "corrections")

    text: str
    ground: str = ""
    reason: Refusal = Refusal.NOT_APPLICABLE
    corrections: Mapping[str, object] = {}


def read_step(sent: Mapping[str, Any], *, refuses: bool) -> Told:
    """Read {"text", "ground"?, "reason"?, "corrections"?}.  Raises Invalid.

    `refuses`: a reason is needed, and otherwise left alone.
    """
    faults: list[Fault] = []
    text = _written(sent, "text", faults)
    ground = _written(sent, "ground", faults) if sent.get("ground") else ""
    if refuses and sent.get("reason") not in list(Refusal):
        faults.append(Fault("/reason", FaultCode.UNKNOWN_REASON))
    corrections = sent.get("corrections") or {}
    if not isinstance(corrections, dict):
        faults.append(Fault("/corrections", FaultCode.NOT_AN_OBJECT))
    if faults:
        raise Invalid(tuple(faults))
    reason = Refusal(sent["reason"]) if refuses else Refusal.NOT_APPLICABLE
    return Told(text=text, ground=ground, reason=reason, corrections=corrections)


def _written(sent: Mapping[str, Any], name: str, faults: list[Fault]) -> str:
    content = sent.get(name)
    text, wrong = texts.read(content if isinstance(content, str) else "", MOST_CHARACTERS)
    if wrong or not text:
        faults.append(Fault(f"/{name}", wrong or FaultCode.REQUIRED))
    return text


def read_reply(sent: Mapping[str, Any]) -> str:
    """Read {"answer"}.  Raises Invalid."""
    faults: list[Fault] = []
    answer = _written(sent, "answer", faults)
    if faults:
        raise Invalid(tuple(faults))
    return answer


def read(sent: Mapping[str, Any]) -> Asking:
    """Read {"right", "email", "language"?, "details"?}.  Raises Invalid."""
    return _read(sent, forms.unknown_fields(sent, FIELDS))


def read_by_staff(sent: Mapping[str, Any], today: date) -> Asking:
    """Read {"right", "email", "channel", "received_on"?, "language"?, "details"?}.  Raises Invalid.

    What is not known is left alone; nothing has come in after today.
    """
    faults = []
    if sent.get("channel") not in BY_STAFF:
        faults.append(Fault("/channel", FaultCode.UNKNOWN_CHANNEL))
    received_on = _day(sent.get("received_on"), today)
    if received_on is None:
        faults.append(Fault("/received_on", FaultCode.NOT_A_DAY))
    asked = _read(sent, faults)
    return replace(asked, channel=Channel(sent["channel"]), received_on=received_on)


def _day(content: object, today: date) -> date | None:
    """Today where there is nothing; None where it is no day, or one to come."""
    if content in (None, ""):
        return today
    try:
        day = date.fromisoformat(str(content))
    except ValueError:
        return None
    return day if day <= today else None


def _read(sent: Mapping[str, Any], faults: list[Fault]) -> Asking:
    """`faults`: those that were found already."""
    right, email = _text(sent.get("right")), ""
    if right not in list(Right):
        faults.append(Fault("/right", FaultCode.UNKNOWN_RIGHT if right else FaultCode.REQUIRED))
    try:
        email = addresses.email(_text(sent.get("email")))
    except addresses.NotAnAddress as fault:
        code = fault.code if sent.get("email") else FaultCode.REQUIRED
        faults.append(Fault("/email", code))
    written = "" if sent.get("details") is None else sent["details"]
    details, wrong = texts.read(written, MOST_CHARACTERS)
    if not isinstance(sent.get("language"), str | None):
        faults.append(Fault("/language", FaultCode.NOT_TEXT))
    if wrong:
        faults.append(Fault("/details", wrong))
    if faults:
        raise Invalid(tuple(faults))
    return Asking(right=Right(right), email=email, details=details)


def _text(content: object) -> str:
    return content.strip() if isinstance(content, str) else ""
