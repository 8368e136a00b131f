"""Refusals.  HTTP statuses and problem documents are added in functions/problems.py.

PrivacyError
├── Misconfigured           the statement or the settings cannot be used as they are
│   └── WrongKeys           the keys are not those that the table's hashes are made with
├── Malformed               what was sent cannot be read as what it claims to be
│   ├── Invalid             it can be read, and breaks rules; carries every fault
│   ├── TooLarge            it is larger than is ever needed
│   ├── Unsupported         it is of a kind that is not read here
│   └── Forged              it is not signed by this controller, or was changed
├── NotFound                no such thing, or none the caller may know about
├── Conflict                the state of things does not allow this
│   └── Superseded          someone else changed it first; read again and retry
├── TooMany                 more than is taken for one address on a day
├── KeyReused               an idempotency key came back with another payload
├── Unauthenticated         nobody known asks: there is no token, or none that is good
├── Forbidden               who asks is known, and may not do this
├── Unsendable              a mail that must not go out as it is, now or later
└── Unavailable             something outside that is needed does not answer
    └── Throttled           it takes no more for now

Messages are for the caller and never contain a value that the caller sent.
"""

from enum import StrEnum

import msgspec


def kind_of(fault: BaseException) -> str:
    """The type of a fault, and AWS's codes for it: "ClientError ThrottlingException".

    Never a message, which may hold values.  Codes are known by how botocore tells of them, and
    PynamoDB in the cause of its own.
    """
    told = getattr(getattr(fault, "cause", None) or fault, "response", None)
    if not isinstance(told, dict):
        return type(fault).__name__
    reasons = [one.get("Code") for one in told.get("CancellationReasons") or ()]
    codes = [told.get("Error", {}).get("Code"), *dict.fromkeys(reasons)]
    plain = [code for code in codes if isinstance(code, str) and code.isalnum() and code != "None"]
    return " ".join([type(fault).__name__, *plain])


class PrivacyError(Exception):
    """The root of every refusal."""


class Misconfigured(PrivacyError):
    pass


class WrongKeys(Misconfigured):
    pass


class Malformed(PrivacyError):
    pass


class TooLarge(Malformed):
    pass


class Unsupported(Malformed):
    pass


class Forged(Malformed):
    pass


class NotFound(PrivacyError):
    pass


class Conflict(PrivacyError):
    pass


class Superseded(Conflict):
    pass


def busy(what: str) -> Superseded:
    """For whoever has tried often enough: it is being changed all the while."""
    return Superseded(f"{what} is being changed; try again later.")


class TooMany(PrivacyError):
    """Raised with the seconds after which there is room again."""

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


class KeyReused(PrivacyError):
    pass


class Unauthenticated(PrivacyError):
    pass


class Forbidden(PrivacyError):
    pass


class Unsendable(PrivacyError):
    pass


class Unavailable(PrivacyError):
    pass


class Throttled(Unavailable):
    pass


class FaultCode(StrEnum):
    """What is wrong with one part of a submission; worded in templates/words.toml."""

    REQUIRED = "required"
    UNKNOWN_FIELD = "unknown_field"
    NOT_TEXT = "not_text"
    CONTROL_CHARACTERS = "control_characters"
    NOT_A_LIST = "not_a_list"
    NOT_AN_OBJECT = "not_an_object"
    TOO_LONG = "too_long"
    TOO_MANY = "too_many"
    NOT_AN_EMAIL = "not_an_email"
    EMAIL_NOT_ASCII = "email_not_ascii"
    NOT_A_PHONE = "not_a_phone"
    PHONE_EXTENSION = "phone_extension"
    UNKNOWN_NOTICE = "unknown_notice"
    UNKNOWN_CHOICE = "unknown_choice"
    EMAIL_OR_PHONE = "email_or_phone"
    UNKNOWN_RIGHT = "unknown_right"
    UNKNOWN_FORMAT = "unknown_format"
    UNKNOWN_MEDIA_TYPE = "unknown_media_type"
    UNKNOWN_CHANNEL = "unknown_channel"
    UNKNOWN_REASON = "unknown_reason"
    SAME_AS_HELD = "same_as_held"
    NOT_HELD = "not_held"
    NOT_A_DAY = "not_a_day"
    NOT_AN_INSTANT = "not_an_instant"
    NOT_YES_OR_NO = "not_yes_or_no"
    NATIONAL_ID = "national_id"
    SPECIAL_CATEGORY = "special_category"


class Fault(msgspec.Struct, frozen=True):
    """One fault: where (RFC 6901 JSON pointer into what was sent) and what."""

    pointer: str
    code: FaultCode


class Invalid(Malformed):
    """Raised with all the faults at once."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("Some fields cannot be accepted.")
        self.faults = faults
