"""Addresses: when are two of them the same person?

Pure.  The same normalised e-mail address is the same data subject; a number identifies only
where there is no e-mail address.  What reads them is loaded with the first address: the sweep, the
pages and a form's definition need none.

Two spellings are one mailbox if their local parts differ by the case of ASCII letters at most, and
their domains have the same A-label (IDNA 2008, UTS 46 without transition).  Nothing else is folded:
`faß.de` and `fass.de` belong to different people.  The normalised address is ASCII all through, as
Amazon SES takes it; so a local part that is not ASCII is refused, as are those that are quoted or
longer than 64 octets (RFC 5321 4.5.3.1.1), and those that a mail program may take for an encoded
word (RFC 2047), which can stand for other addresses.
"""

import re
import unicodedata
from typing import Any

from shared.errors import FaultCode

LONGEST_LOCAL_PART = 64
ENCODED_WORD = "=?"
OF_NO_NUMBER = re.compile(r"[^\d\s+()./\u2010-\u2015-]")
DATE = re.compile(r"\d{4}([-./])\d\d?\1\d\d?|\d\d?([-./])\d\d?\2(19|20)\d\d")


class NotAnAddress(ValueError):
    """Not an address that is taken; `code` tells why."""

    def __init__(self, code: FaultCode, message: str) -> None:
        super().__init__(message)
        self.code = code


def email(text: str) -> str:
    """The normalised address.  Raises NotAnAddress.

    >>> email(" Kari.Nordmann@Blåbær.NO ")
    'kari.nordmann@xn--blbr-roah.no'
    """
    import email_validator  # noqa: PLC0415  # its patterns take 20 ms to compile

    text = text.strip(" \t\r\n")
    local = text.rpartition("@")[0]
    if not local.isascii() and local.isprintable():
        raise NotAnAddress(
            FaultCode.EMAIL_NOT_ASCII, "an e-mail address with letters other than a-z before the @"
        )
    try:
        checked = email_validator.validate_email(
            text, allow_smtputf8=False, check_deliverability=False
        )
    except email_validator.EmailNotValidError:
        checked = None
    if checked is None or len(local) > LONGEST_LOCAL_PART or ENCODED_WORD in local:
        raise NotAnAddress(FaultCode.NOT_AN_EMAIL, "not an e-mail address")
    return f"{local.lower()}@{checked.ascii_domain}"


def current(stored: str) -> str:
    """A stored address as it is spelt now, or as it is stored if it would not be taken in now.

    Until version 2026-11 domains were stored as people read them.

    >>> current("kari@blåbær.no")
    'kari@xn--blbr-roah.no'
    """
    try:
        return stored if stored.isascii() else email(stored)
    except NotAnAddress:
        return stored


def may_be_of_two(stored: str) -> bool:
    """Whether a stored address may be that of two people, whom an earlier release took for one.

    It spelt ß as ss and ς as σ; IDNA 2008 tells these apart.
    """
    domain = stored.rpartition("@")[2]
    return "ss" in domain or "σ" in domain


def mailbox(email: str) -> str:
    """The mailbox that a normalised address is taken to lead to, where mails to it are counted.

    Many providers deliver `kari+news@…` and `k.ari@…` to `kari@…`.  People who are told apart by
    these are never joined: no more than the limit of mails is theirs together.

    >>> mailbox("k.ari+news@example.com")
    'kari@example.com'
    """
    local, _, domain = email.rpartition("@")
    name = local.partition("+")[0].replace(".", "")
    return f"{name or local}@{domain}"


def phone(text: str, region: str) -> str:
    """The number in E.164: all that was written, or nothing.  Raises NotAnAddress.

    An extension tells people behind one number apart, and E.164 has none.  What else is written
    behind a number is a second one, a date or a sum: nothing is cut off.

    >>> phone("70 31 00 86", "NO")
    '+4770310086'
    """
    import phonenumbers  # noqa: PLC0415  # its tables take 20 ms to load, and few give a number

    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        number = None
    if number is not None and number.extension:
        raise NotAnAddress(FaultCode.PHONE_EXTENSION, "a phone number with an extension")
    if number is None or not phonenumbers.is_possible_number(number) or _is_more(text, number):
        raise NotAnAddress(FaultCode.NOT_A_PHONE, "not a phone number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _is_more(text: str, number: Any) -> bool:
    """Whether something else was written than the number, a word before it and what separates."""
    import phonenumbers  # noqa: PLC0415

    written = re.sub(r"^[^\d+]*", "", unicodedata.normalize("NFKC", text))
    digits = "".join(str(unicodedata.decimal(one)) for one in written if one.isdecimal())
    whole = digits.endswith(phonenumbers.national_significant_number(number))
    return (
        not whole
        or not number.national_number
        or bool(OF_NO_NUMBER.search(written) or DATE.fullmatch(written))
    )
