"""A call of an invocation is held to its function's policy, and refused as AWS refuses it."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from functions import observing
from infra import local, resources
from infra.permissions import enforcing, policies
from shared import wiring
from shared.gateways import keyring
from shared.gateways.documents import Bucket
from shared.gateways.mail import sending
from tests.stand_ins import Aws

KEY = {"pk": {"S": "AUD#1"}, "sk": {"S": "1"}}
OTHER = {"pk": {"S": "REQ#1"}, "sk": {"S": "1"}}


def code(fault: pytest.ExceptionInfo[ClientError]) -> str:
    told: str = fault.value.response["Error"]["Code"]
    return told


def words() -> list[str]:
    """What was denied; forgotten, so that it fails no test."""
    told, enforcing.denied[:] = enforcing.denied[:], []
    return told


def delete(client: Any) -> None:
    client.delete_item(TableName=local.TABLE, Key=KEY)


def test_outside_of_an_invocation_nothing_is_refused(aws: Aws) -> None:
    delete(aws.client)


def test_an_area_that_is_not_deployed_is_held_to_nothing(aws: Aws) -> None:
    with observing.invocation("routes", ""):
        delete(aws.client)


def test_a_call_that_a_function_may_not_make_is_refused_and_told(aws: Aws) -> None:
    with observing.invocation("workers", ""), pytest.raises(ClientError) as fault:
        delete(aws.client)
    assert code(fault) == "AccessDeniedException"
    assert words() == ["workers may not dynamodb:DeleteItem on table/privacy with AUD#*"]


def test_a_thread_of_an_invocation_is_part_of_it(aws: Aws) -> None:
    with observing.invocation("workers", ""), ThreadPoolExecutor(1) as pool:
        fault = pool.submit(delete, aws.client).exception()
    assert isinstance(fault, ClientError)
    assert words()


def test_a_transaction_with_one_that_is_refused_is_cancelled_whole(aws: Aws) -> None:
    items = [
        {"Put": {"TableName": local.TABLE, "Item": OTHER}},
        {"Delete": {"TableName": local.TABLE, "Key": KEY}},
    ]
    with observing.invocation("workers", ""), pytest.raises(ClientError) as fault:
        aws.client.transact_write_items(TransactItems=items)
    assert code(fault) == "TransactionCanceledException"
    reasons = fault.value.response["CancellationReasons"]
    assert [one["Code"] for one in reasons] == ["None", "AccessDenied"]
    assert words()
    assert aws.items() == []


def test_a_transaction_that_all_readings_allow_is_written(aws: Aws) -> None:
    items = [
        {"Put": {"TableName": local.TABLE, "Item": KEY}},
        {"Delete": {"TableName": local.TABLE, "Key": OTHER}},
    ]
    with observing.invocation("workers", ""):
        aws.client.transact_write_items(TransactItems=items)
    assert aws.items() == [KEY]


def test_a_missing_document_is_told_to_the_function_that_may_list(aws: Aws) -> None:
    resources.create_bucket(local.DOCUMENTS)
    with observing.invocation("documents", ""):
        assert Bucket(local.DOCUMENTS, local.REGION).read("a", 1) is None
    client = boto3.client("s3")
    with observing.invocation("subject_requests", ""), pytest.raises(ClientError) as fault:
        client.get_object(Bucket=local.DOCUMENTS, Key="results/a")
    assert code(fault) == "AccessDenied"
    assert words() == ["subject_requests may not s3:ListBucket on " + local.DOCUMENTS]


@pytest.mark.parametrize(("function", "may"), [("subject_requests", True), ("documents", False)])
@pytest.mark.usefixtures("aws")
def test_who_signs_a_form_needs_what_is_done_by_it(function: str, may: bool) -> None:
    bucket, minute = Bucket(local.DOCUMENTS, local.REGION), timedelta(minutes=1)
    with observing.invocation(function, ""), suppress(ClientError):
        bucket.invite("a", "image/png", most=1, lasts=minute)
    assert (words() == []) is may


@pytest.mark.usefixtures("aws")
def test_who_hands_out_a_large_result_may_keep_it_and_lead_there() -> None:
    resources.create_bucket(local.DOCUMENTS)
    bucket, minute = Bucket(local.DOCUMENTS, local.REGION), timedelta(minutes=1)
    with observing.invocation("subject_requests", ""):
        assert bucket.hand_out("a", b"{}", "application/json", "a.json", minute)


@pytest.mark.parametrize("function", ["workers", "reminders"])
@pytest.mark.usefixtures("aws")
def test_mail_goes_out_from_the_sender_alone(function: str) -> None:
    client = boto3.client("ses")
    for address in (local.SENDER, "other@avara.example"):
        client.verify_email_identity(EmailAddress=address)

    def send(sender: str) -> None:
        mail = EmailMessage()
        mail["To"], mail["Subject"] = "kari@example.com", "Hi"
        mail.set_content("Hi")
        with observing.invocation(function, ""):
            sending(sender, local.REGION, "Avara")(mail)

    send(local.SENDER)
    with pytest.raises(observing.Failed, match="ClientError"):
        send("other@avara.example")
    assert words()


@pytest.mark.parametrize("function", sorted({*policies.of_functions()} - {"pages"}))
@pytest.mark.usefixtures("aws")
def test_a_function_may_open_the_office(function: str) -> None:
    secret = {"Name": local.KEYS_SECRET, "SecretString": keyring.new_secret()}
    boto3.client("secretsmanager").create_secret(**secret)
    with observing.invocation(function, ""):
        wiring.open_office(os.environ)
