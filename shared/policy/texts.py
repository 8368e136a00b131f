"""Texts: what people write, as it is kept.

Pure.  A line ends with LF, and what no text is made of is refused, not taken out: control
characters but tab, and half a surrogate pair, which no store can keep.
"""

import re

from shared.errors import FaultCode

TAKEN = r"^[^\u0000-\u0008\u000b-\u001f\u007f-\u009f]*$"
"""As JSON Schema has it; a web form's CR LF is taken besides."""
TAKEN_AND_SOMETHING = (
    r"^[^\u0000-\u0008\u000b-\u001f\u007f-\u009f]*"
    r"[^\s\u0000-\u0020\u007f-\u00a0]"
    r"[^\u0000-\u0008\u000b-\u001f\u007f-\u009f]*$"
)
CONTROL = re.compile(r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f]")
HALF = re.compile(r"[\ud800-\udfff]")


def read(content: object, most: int) -> tuple[str, FaultCode | None]:
    r"""The text without blanks around it; "" and what is wrong with it if it is not taken.

    >>> read(" one\r\ntwo ", 7), str(read("\x1b[2J", 7)[1])
    (('one\ntwo', None), 'control_characters')
    """
    if not isinstance(content, str) or HALF.search(content):
        return "", FaultCode.NOT_TEXT
    text = content.replace("\r\n", "\n")
    if CONTROL.search(text):
        return "", FaultCode.CONTROL_CHARACTERS
    text = text.strip()
    return ("", FaultCode.TOO_LONG) if len(text) > most else (text, None)
