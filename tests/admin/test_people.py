"""What an operator notes about people and reads of them is looked at and on record as staff's."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import boto3
import pytest

from infra import local
from shared.model.audit import AuditEntry
from shared.store import _items as items
from tests.local.stack import Stack, operate, running

NUMBERS = count(1)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack whose clock nobody sets; the tests share it, each with people of its own."""
    with running(tmp_path_factory.mktemp("stack")) as started:
        yield started


@pytest.fixture
def email(stack: Stack) -> str:
    """The address of somebody who has filled in a form."""
    email = f"kari{next(NUMBERS)}@example.com"
    stack.fill_in("contact", email=email, name="Kari")
    return email


def trail(stack: Stack, subject_id: str) -> list[AuditEntry]:
    told = stack.get("/_local/aws").json()
    client = boto3.client("dynamodb", endpoint_url=told["endpoint_url"], region_name=told["region"])
    found = client.query(
        TableName=local.TABLE,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"AUD#{subject_id}"}},
    )
    return [items.entry_from_raw(one) for one in found["Items"]]


@pytest.mark.parametrize(
    "because",
    ["Fnr. 25926900059", "order 25926900059", "Kunden har fått en diagnose", "\x1b[2J"],
    ids=["an identity number", "what may be one", "a diagnosis", "a control character"],
)
def test_a_text_that_staff_may_not_write_is_refused_in_one_line_and_not_stored(
    stack: Stack, email: str, because: str
) -> None:
    ended = operate("--local", stack.url, "event", email, "hold", "--because", because)
    (line,) = ended.stderr.splitlines()
    assert (ended.returncode, ended.stdout, line.partition(":")[0]) == (2, "", "--because")
    assert because not in line
    told = stack.ask("subject", email)
    assert [one["channel"] for one in told["contacts"]] == ["form"]


def test_a_number_that_is_no_identity_number_is_noted_once_that_is_said_and_flagged(
    stack: Stack, email: str
) -> None:
    stack.ask("event", email, "phone", "--because", "order 25926900059", "--confirmed")
    noted = stack.ask("subject", email)["contacts"][-1]
    assert (noted["note"], noted["flags"]) == ("order 25926900059", ["national_id"])


def test_an_event_and_each_reading_is_on_record_under_the_operators_name(
    stack: Stack, email: str
) -> None:
    def ask(*arguments: str) -> dict[str, Any]:
        ended = operate("--local", stack.url, "--as", "anne", *arguments)
        assert ended.returncode == 0, ended.stderr
        return {}

    ask("event", email, "phone", "--because", "wants a quote")
    ask("subject", email)
    ask("subject", email, "--format", "json")
    ask("subject", email, "--format", "csv", "--portability")
    subject_id = stack.ask("subject", email)["subject"]
    done = trail(stack, subject_id)
    assert [(one.actor, one.event, one.because, one.purpose) for one in done[:4]] == [
        ("operator:anne", "noted", "phone", ""),
        ("operator:anne", "read", "", "rights"),
        ("operator:anne", "exported", "", "access"),
        ("operator:anne", "exported", "", "portability"),
    ]
    assert done[4].actor.startswith("operator:")
    assert stack.ask("audit", "verify", email)["whole"] is True


def test_what_was_not_handed_over_is_not_on_record(stack: Stack, email: str) -> None:
    operate("--local", stack.url, "subject", email, "--format", "vcard")
    assert trail(stack, stack.ask("subject", email)["subject"])[0].event == "read"


@pytest.mark.parametrize("name", ["Anne Li", "a\nb", "x" * 65, "ø"])
def test_a_name_that_the_trail_cannot_hold_is_refused(stack: Stack, email: str, name: str) -> None:
    ended = operate("--local", stack.url, "--as", name, "subject", email)
    (line,) = ended.stderr.splitlines()
    assert (ended.returncode, line[:5]) == (2, "--as:")
