"""Texts: what people write, as it is kept.

Pure.  A line ends with LF, and what no text is made of is refused, not taken out: control
characters but tab, and half a surrogate pair, which no store can keep.
"""

import re
from unicodedata import category

from shared.errors import FaultCode

TAKEN = r"^[^\u0000-\u0008\u000b-\u001f\u007f-\u009f]*$"
"""The pattern of JSON Schema; a web form's CR LF is taken besides."""
TAKEN_AND_SOMETHING = (
    r"^[^\u0000-\u0008\u000b-\u001f\u007f-\u009f]*"
    r"[^\s\u0000-\u0020\u007f-\u00a0]"
    r"[^\u0000-\u0008\u000b-\u001f\u007f-\u009f]*$"
)
CONTROL = re.compile(r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f]")
HALF = re.compile(r"[\ud800-\udfff]")


BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0\ufffc\U0001d159")
"""Letters and signs that show nothing: fillers of Hangul, the empty Braille cell and their like."""


def is_blank(text: str) -> bool:
    r"""Whether nobody can see anything of it: only letters, numbers and signs show by themselves.

    >>> is_blank(" \u200b\u2800\u0301"), is_blank("\u200b!")
    (True, False)
    """
    return not any(category(one)[0] in "LNPS" and one not in BLANK for one in text)


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
    text = "" if is_blank(text) else text.strip()
    return ("", FaultCode.TOO_LONG) if len(text) > most else (text, None)
