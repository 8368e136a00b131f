"""What no description can tell schemathesis: the rest of what makes a request acceptable."""

from itertools import count
from typing import Any

import boto3
import schemathesis
from hypothesis import strategies as st
from schemathesis.specs.openapi.formats import email_values

from infra import local, resources
from shared.policy import addresses

MOST_TAKEN_IN = 8
KEY = "Idempotency-Key"

_taken_in, _keys = count(1), count(1)


def _is_address(text: str) -> bool:
    try:
        addresses.email(text)
    except ValueError:
        return False
    return True


# A domain that RFC 6761 reserves is refused, and a phone number has no grammar.
schemathesis.openapi.format("email", email_values().filter(_is_address))
schemathesis.openapi.format("phone", st.from_regex(r"\+47[2-79][0-9]{7}", fullmatch=True))


@schemathesis.hook
def before_call(_context: Any, case: Any, _options: Any) -> None:
    """A key that came with another submission is refused: each comes once."""
    key = (case.headers or {}).get(KEY)
    if key and case.meta and case.meta.generation.mode.is_positive and len(key) < 200:
        mark = f"-{next(_keys)}"
        case.headers[KEY] = f'{key[:-1]}{mark}"' if key.endswith('"') else f"{key}{mark}"


@schemathesis.hook
def after_call(_context: Any, _case: Any, response: Any) -> None:
    """Moto copies a table for each write of a transaction: it is not let hold much."""
    if response.status_code in {202, 303} and next(_taken_in) % MOST_TAKEN_IN == 0:
        boto3.client("dynamodb").delete_table(TableName=local.TABLE)
        resources.create_table(local.TABLE)
