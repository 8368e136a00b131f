"""References: identifiers are random, never derived from a person."""

import re
import secrets

LIKE_A_CODE = re.compile(r"[0-9]{6}")


def new_reference() -> str:
    """32 hexadecimal digits of 128 random bits, without six decimal ones in a row.

    Mails name references, and nothing in a mail may be taken for its code.
    """
    while LIKE_A_CODE.search(drawn := secrets.token_hex(16)):
        pass
    return drawn
