"""Notes: what the staff send, and is it acceptable?

Pure.  All faults are found at once, and none of them repeats what was sent.  A free text of the
staff is about somebody else: what a form's visitor is warned of, they are refused (statement
§16, "no sensitive data"); a number that only looks like a national id they must confirm.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from shared.errors import Fault, FaultCode, Invalid
from shared.model.contacts import Sensitive
from shared.model.noun import Noun
from shared.policy import addresses, forms, sensitive, texts
from shared.statement.types import Statement

MOST_CHARACTERS = 2_000
FIRST_YEAR = 1970
REFUSED = {
    Sensitive.NATIONAL_ID: FaultCode.NATIONAL_ID,
    Sensitive.SPECIAL_CATEGORY: FaultCode.SPECIAL_CATEGORY,
}


class Reading(Noun, frozen=True, kw_only=True):
    """Whom somebody of the staff wants to read, and what for."""

    private = ("email",)

    email: str
    purpose: str


class Note(Noun, frozen=True, kw_only=True):
    """What happened with whom.  `doubts`: what the text may contain, and nobody has confirmed."""

    private = ("email", "because")

    email: str
    event: str
    at: datetime
    because: str
    flags: tuple[Sensitive, ...]
    doubts: tuple[Sensitive, ...]


def whose(sent: Mapping[str, Any]) -> str:
    """Read {"email"}.  Raises Invalid."""
    sheet = _Sheet(sent, {"email"})
    email = sheet.email()
    sheet.refuse()
    return email


def reading(sent: Mapping[str, Any], statement: Statement) -> Reading:
    """Read {"email", "purpose"}.  Raises Invalid."""
    sheet = _Sheet(sent, {"email", "purpose"})
    email = sheet.email()
    purpose = sheet.one_of("purpose", statement.purposes)
    sheet.refuse()
    return Reading(email=email, purpose=purpose)


class Decision(Noun, frozen=True, kw_only=True):
    """Whether staff confirm or drop what came with a form of somebody's and stands beside."""

    private = ("email",)

    email: str
    reference: str
    confirms: bool


def decision(sent: Mapping[str, Any]) -> Decision:
    """Read {"email", "reference", "action": "confirm" or "drop"}.  Raises Invalid."""
    sheet = _Sheet(sent, {"email", "reference", "action"})
    email = sheet.email()
    reference = sheet.text("reference")
    action = sheet.one_of("action", ("confirm", "drop"))
    sheet.refuse()
    return Decision(email=email, reference=reference, confirms=action == "confirm")


def note(
    sent: Mapping[str, Any],
    events: Collection[str],
    explained: Collection[str],
    now: datetime,
    statement: Statement,
) -> Note:
    """Read {"email", "event", "at"?, "because"?, "confirmed"?}.  Raises Invalid.

    `explained`: the events that need a reason.
    """
    sheet = _Sheet(sent, {"email", "event", "at", "because", "confirmed"})
    email = sheet.email()
    event = sheet.one_of("event", events)
    at = sheet.moment("at", now)
    because = sheet.text("because", needed=event in explained)
    confirmed = sheet.yes_or_no("confirmed")
    words = statement.sensitive_words
    sheet.faults += named_in("because", because, words)
    sheet.refuse()
    flags = sensitive.found_in(because, words)
    doubts = () if confirmed else flags
    return Note(email=email, event=event, at=at, because=because, flags=flags, doubts=doubts)


def named_in(name: str, text: str, words: Mapping[str, tuple[str, ...]]) -> list[Fault]:
    """The faults of a text of the staff: what it must not contain, and does without a doubt."""
    return [Fault(f"/{name}", REFUSED[found]) for found in sensitive.named_in(text, words)]


class _Sheet:
    """One pass over what was sent, collecting faults."""

    def __init__(self, sent: Mapping[str, Any], known: Collection[str]) -> None:
        self.sent = sent
        self.faults: list[Fault] = []
        self.faults += forms.unknown_fields(sent, known)

    def fault(self, name: str, code: FaultCode) -> None:
        self.faults.append(Fault(f"/{name}", code))

    def refuse(self) -> None:
        if self.faults:
            raise Invalid(tuple(self.faults))

    def text(self, name: str, *, needed: bool = True) -> str:
        """The trimmed text, or "" after noting a fault."""
        text, wrong = texts.read(self.sent.get(name) or "", MOST_CHARACTERS)
        if wrong or (needed and not text):
            self.fault(name, wrong or FaultCode.REQUIRED)
        return text

    def email(self) -> str:
        text = self.text("email")
        try:
            return addresses.email(text) if text else ""
        except addresses.NotAnAddress as fault:
            self.fault("email", fault.code)
            return ""

    def one_of(self, name: str, known: Collection[str]) -> str:
        text = self.text(name)
        if text and text not in known:
            self.fault(name, FaultCode.UNKNOWN_CHOICE)
        return text

    def moment(self, name: str, now: datetime) -> datetime:
        """An aware time that is not to come; now if there is none."""
        text = self.text(name, needed=False)
        try:
            at = datetime.fromisoformat(text).astimezone(UTC) if text else now
            aware = not text or datetime.fromisoformat(text).tzinfo is not None
        except (ValueError, OverflowError):
            at, aware = now, False
        if not aware or at > now or at.year < FIRST_YEAR:
            self.fault(name, FaultCode.NOT_AN_INSTANT)
        return at

    def yes_or_no(self, name: str) -> bool:
        content = self.sent.get(name, False)
        if not isinstance(content, bool):
            self.fault(name, FaultCode.NOT_YES_OR_NO)
        return content is True
