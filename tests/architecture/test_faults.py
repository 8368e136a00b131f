"""What is told of a fault: its type and AWS's codes, never what was asked or said."""

import pytest
from botocore.exceptions import ClientError
from pynamodb.exceptions import TransactWriteError, VerboseClientError

from shared.errors import Misconfigured, kind_of

REASONS = [
    {"Code": "None"},
    {"Code": "AccessDenied", "Message": "User kari may not Update S#1"},
    {"Code": "AccessDenied"},
    {"Code": "ThrottlingError", "Item": {"pk": {"S": "kari"}}},
]


def answered(code: str, **more: object) -> dict[str, object]:
    return {"Error": {"Code": code, "Message": "kari@example.com"}, **more}


CANCELLED = answered("TransactionCanceledException", CancellationReasons=REASONS)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (ValueError("kari@example.com"), "ValueError"),
        (Misconfigured("kari"), "Misconfigured"),
        (
            ClientError(answered("AccessDeniedException"), "Query"),
            "ClientError AccessDeniedException",
        ),
        (ClientError(answered("kari@example.com"), "Query"), "ClientError"),
        (
            TransactWriteError("no", VerboseClientError(CANCELLED, "TransactWriteItems")),
            "TransactWriteError TransactionCanceledException AccessDenied ThrottlingError",
        ),
    ],
)
def test_a_fault_is_told_by_its_type_and_awss_codes(fault: Exception, kind: str) -> None:
    assert kind_of(fault) == kind
