"""Addresses: when are two of them the same person?

Pure.  The same normalised e-mail address is the same data subject; a number identifies only
where there is no e-mail address.  What reads them is loaded with the first address: the sweep, the
pages and a form's definition need none.
"""


def email(text: str) -> str:
    """The normalised address.  Raises ValueError.

    >>> email(" Kari.Nordmann@Example.COM ")
    'kari.nordmann@example.com'
    """
    import email_validator  # noqa: PLC0415  # its patterns take 20 ms to compile

    try:
        checked = email_validator.validate_email(text.strip(), check_deliverability=False)
    except email_validator.EmailNotValidError:
        message = "not an e-mail address"
        raise ValueError(message) from None
    return checked.normalized.casefold()


def phone(text: str, region: str) -> str:
    """The number in E.164.  Raises ValueError.

    >>> phone("70 31 00 86", "NO")
    '+4770310086'
    """
    import phonenumbers  # noqa: PLC0415  # its tables take 20 ms to load, and few give a number

    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        message = "not a phone number"
        raise ValueError(message)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
