"""Asking: what is sent by somebody who uses a right, or by staff for them; is it acceptable?

Pure.  All faults are found at once, and none of them repeats what was sent.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from msgspec.structs import replace

from shared.errors import Fault, FaultCode, Invalid
from shared.model.contacts import Sensitive
from shared.model.noun import Noun
from shared.model.requests import Channel, Refusal, Right
from shared.policy import addresses, forms, notes, sensitive, texts
from shared.statement.periods import Period, Unit

FIELDS = ("right", "email", "language", "details")
MOST_CHARACTERS = forms.MOST_CHARACTERS["long"]
"""Of whatever is written about a request."""
FIRST_DAY = date(notes.FIRST_YEAR, 1, 1)
YEAR = Period(1, Unit.YEARS)
Words = Mapping[str, tuple[str, ...]]
"""The statement's sensitive words."""
BY_STAFF = (Channel.EMAIL, Channel.PHONE, Channel.LETTER)


class Asking(Noun, frozen=True, kw_only=True):
    """Which right, of whom (normalised), with what words; `received_on` None: just now.

    `because`: why staff take in what came in long ago; `doubts` as of `Told`.
    """

    private = ("email", "details", "because")

    right: Right
    email: str
    details: str
    channel: Channel = Channel.WEB
    received_on: date | None = None
    because: str = ""
    doubts: tuple[Sensitive, ...] = ()


class Told(Noun, frozen=True, kw_only=True):
    """What staff say with a step: the text for the person, and what their step needs besides.

    `doubts`: what the text may contain, and nobody has confirmed.
    """

    private = ("text", "corrections")

    text: str
    ground: str = ""
    reason: Refusal = Refusal.NOT_APPLICABLE
    corrections: Mapping[str, object] = {}
    doubts: tuple[Sensitive, ...] = ()


def read_step(sent: Mapping[str, Any], words: Words, *, refuses: bool) -> Told:
    """Read {"text", "ground"?, "reason"?, "corrections"?, "confirmed"?}.  Raises Invalid.

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
    doubts = _looked_at({"text": text, "ground": ground}, sent, words, faults)
    if faults:
        raise Invalid(tuple(faults))
    reason = Refusal(sent["reason"]) if refuses else Refusal.NOT_APPLICABLE
    return Told(text=text, ground=ground, reason=reason, corrections=corrections, doubts=doubts)


def _looked_at(
    written: Mapping[str, str], sent: Mapping[str, Any], words: Words, faults: list[Fault]
) -> tuple[Sensitive, ...]:
    """The doubts about what staff write of somebody else, as of their notes, if not confirmed.

    What it does contain is a fault (statement §16).
    """
    for name, text in written.items():
        faults += notes.named_in(name, text, words)
    if sent.get("confirmed") in (True, "true"):  # no set: a list cannot be looked up in one
        return ()
    return sensitive.found_in("\n".join(written.values()), words)


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


def read_by_staff(sent: Mapping[str, Any], words: Words, today: date) -> Asking:
    """Read {"right", "email", "channel", "received_on"?, "because"?, "language"?, "details"?,
    "confirmed"?}.  Raises Invalid.

    What is not known is left alone; nothing has come in after today, and more than a year ago only
    with a reason.
    """
    faults: list[Fault] = []
    if sent.get("channel") not in BY_STAFF:
        faults.append(Fault("/channel", FaultCode.UNKNOWN_CHANNEL))
    received_on = _day(sent.get("received_on"), today)
    if received_on is None:
        faults.append(Fault("/received_on", FaultCode.NOT_A_DAY))
    late = received_on is not None and YEAR.after(received_on) < today
    because = _written(sent, "because", faults) if late or sent.get("because") else ""
    doubts = _looked_at({"because": because}, sent, words, faults)
    asked = _read(sent, faults)
    return replace(
        asked,
        channel=Channel(sent["channel"]),
        received_on=received_on,
        because=because,
        doubts=doubts,
    )


def _day(content: object, today: date) -> date | None:
    """Today where there is nothing; None where it is no day, one to come, or before there were any
    such requests.
    """
    if content in (None, ""):
        return today
    try:
        day = date.fromisoformat(str(content))
    except ValueError:
        return None
    return day if FIRST_DAY <= day <= today else None


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
