"""What CloudFormation does not do: keys, the budget, and a table that it did not make."""

from typing import Any

import boto3
from botocore.exceptions import ClientError

from infra import resources
from shared.errors import Misconfigured
from shared.gateways import keyring

ONCE = "the-first-keys-of-a-stage-are-put-once"
"""The token of the first keys: Secrets Manager takes other keys under it from nobody."""


def put_keys(secret: str, table: str = "") -> bool:
    """Put new keys into a secret that has none; whether it had none.

    Raises Misconfigured where the stage uses a table, not of its own, that other keys have written.
    """
    client = boto3.client("secretsmanager")
    try:
        client.get_secret_value(SecretId=secret)
    except client.exceptions.ResourceNotFoundException:
        if table and boto3.client("dynamodb").scan(TableName=table, Limit=1)["Items"]:
            message = f"{secret} has no keys: put those there that {table} was written with"
            raise Misconfigured(message) from None
        client.put_secret_value(
            SecretId=secret, SecretString=keyring.new_secret(), ClientRequestToken=ONCE
        )
        return True
    return False


def set_budget(name: str, dollars: str, address: str) -> None:
    """Tell an address when the account costs more than so much a month; 0 for no budget."""
    account = boto3.client("sts").get_caller_identity()["Account"]
    client = boto3.client("budgets")
    try:
        known = client.describe_budget(AccountId=account, BudgetName=name)["Budget"]["BudgetLimit"]
    except client.exceptions.NotFoundException:
        known = {"Amount": "0"}
    if float(known["Amount"]) == float(dollars):
        return
    if float(known["Amount"]):
        client.delete_budget(AccountId=account, BudgetName=name)
    if not float(dollars):
        return
    told = [{"SubscriptionType": "EMAIL", "Address": address}]
    client.create_budget(
        AccountId=account,
        Budget={
            "BudgetName": name,
            "BudgetType": "COST",
            "TimeUnit": "MONTHLY",
            "BudgetLimit": {"Amount": dollars, "Unit": "USD"},
        },
        NotificationsWithSubscribers=[
            {"Notification": _above("ACTUAL", 80), "Subscribers": told},
            {"Notification": _above("FORECASTED", 100), "Subscribers": told},
        ],
    )


def _above(kind: str, percent: int) -> dict[str, Any]:
    return {
        "NotificationType": kind,
        "ComparisonOperator": "GREATER_THAN",
        "Threshold": percent,
        "ThresholdType": "PERCENTAGE",
    }


def stream_of(table: str) -> str:
    """The label of a table's stream, which is begun if there is none.

    Raises Misconfigured for a table that the product cannot use.
    """
    client, wanted = boto3.client("dynamodb"), resources.resources()["Table"]["Properties"]
    try:
        told = client.describe_table(TableName=table)["Table"]
    except client.exceptions.ResourceNotFoundException:
        message = f"ExistingTable: there is no table {table}"
        raise Misconfigured(message) from None
    indexes = {one["IndexName"]: one["KeySchema"] for one in told.get("GlobalSecondaryIndexes", ())}
    asked = {one["IndexName"]: one["KeySchema"] for one in wanted["GlobalSecondaryIndexes"]}
    if told["KeySchema"] != wanted["KeySchema"] or not asked.items() <= indexes.items():
        message = f"ExistingTable: {table} has other keys or indexes than the template's table"
        raise Misconfigured(message)
    view = wanted["StreamSpecification"]["StreamViewType"]
    stream = told.get("StreamSpecification", {})
    if stream.get("StreamEnabled") and stream["StreamViewType"] != view:
        message = f"ExistingTable: the stream of {table} is not {view}; switch it off"
        raise Misconfigured(message)
    if not stream.get("StreamEnabled"):
        specification = {"StreamEnabled": True, "StreamViewType": view}
        changed = client.update_table(TableName=table, StreamSpecification=specification)
        client.get_waiter("table_exists").wait(TableName=table)
        told = changed["TableDescription"]
    return str(told["LatestStreamLabel"])


def protect(table: str) -> None:
    """Point-in-time recovery and deletion protection, and last of all what expires by itself."""
    client = boto3.client("dynamodb")
    client.update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    client.update_table(TableName=table, DeletionProtectionEnabled=True)
    told = client.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    if told["TimeToLiveStatus"] == "DISABLED":
        resources.enable_ttl(table)


def in_a_line(fault: ClientError) -> str:
    """An answer of AWS in one line."""
    error = fault.response["Error"]
    return " ".join(f"{fault.operation_name}: {error['Code']}: {error['Message']}".split())
