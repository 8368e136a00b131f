"""What AWS asks permission for when botocore makes a call, by its Service Authorization Reference.

Where it is not documented how the conditions of a call are filled, a call needs what each reading
asks for: see docs/decisions/0022.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from infra import local
from infra.permissions.policies import KEY, LEADING_KEYS, Need, arn

Params = Mapping[str, Any]


def of_call(service: str, operation: str, params: Params) -> list[Need]:
    """What a call needs.  Raises LookupError for a service that is not known here: add it."""
    return list(SERVICES[service](operation, params))


def _of_dynamodb(operation: str, params: Params) -> Iterator[Need]:
    yield _key("Decrypt", "dynamodb")
    if operation == "TransactWriteItems":
        yield from _of_transaction(params["TransactItems"])
        return
    action = f"dynamodb:{operation}"
    if operation in ("BatchGetItem", "BatchWriteItem"):
        for table, asked in params["RequestItems"].items():
            every = asked["Keys"] if "Keys" in asked else [_told(one) for one in asked]
            yield _items(action, table, map(_pk, every))
    elif operation == "Query":
        yield _items(action, params["TableName"], [_queried(params)], params.get("IndexName", ""))
    elif operation == "Scan":
        yield _items(action, params["TableName"], [], params.get("IndexName", ""))
    else:
        yield _items(action, params["TableName"], [_pk(params)])


def _of_transaction(asked: list[dict[str, Params]]) -> Iterator[Need]:
    """Both readings: each item's key for its own action, and all keys for each action."""
    writes = [(f"dynamodb:{name}Item", told) for one in asked for name, told in one.items()]
    for action, told in writes:
        yield _items(action, told["TableName"], [_pk(told)])
    every = [_pk(told) for _, told in writes]
    for action, table in dict.fromkeys((action, told["TableName"]) for action, told in writes):
        yield _items(action, table, every)._replace(own=False)


def _items(action: str, table: str, keys: Iterable[str], index: str = "") -> Need:
    resource = arn("dynamodb", f"table/{table}") + (f"/index/{index}" if index else "")
    return Need(action, resource, {LEADING_KEYS: tuple(dict.fromkeys(keys))})


def _told(write: Mapping[str, Params]) -> Params:
    ((_, told),) = write.items()
    return told


def _pk(told: Params) -> str:
    """The partition key of an item, or of what names one."""
    pk: str = told.get("Key", told.get("Item", told))["pk"]["S"]
    return pk


def _queried(params: Params) -> str:
    found = re.match(r"\(?(?:due_)?pk = (:\w+)", params["KeyConditionExpression"])
    if found is None:
        message = f"no partition key is read from {params['KeyConditionExpression']}"
        raise LookupError(message)
    value: str = params["ExpressionAttributeValues"][found[1]]["S"]
    return value


def _of_s3(operation: str, params: Params) -> Iterator[Need]:
    bucket = f"arn:aws:s3:::{params['Bucket']}"
    if operation == "ListObjectsV2":
        yield Need("s3:ListBucket", bucket, {})
        return
    yield Need(f"s3:{operation}", f"{bucket}/{params['Key']}", {})
    if operation == "GetObject":
        yield _key("Decrypt", "s3")
    if operation == "PutObject":
        yield _key("GenerateDataKey", "s3")


def of_missing_object(bucket: str) -> Need:
    """What it needs to be told that an object is not there: else S3 says AccessDenied."""
    return Need("s3:ListBucket", f"arn:aws:s3:::{bucket}", {})


def _of_ses(operation: str, params: Params) -> Iterator[Need]:
    """SES asks for the identity that it finds for the sender, address or domain, in the sandbox for
    those of the recipients, and for the configuration set, the account's default if none is named.
    """
    sender = params["Source"]
    identities = [one for address in (sender, *params["Destinations"]) for one in _found(address)]
    configuration_set = params.get("ConfigurationSetName", "default")
    named = (*(f"identity/{one}" for one in identities), f"configuration-set/{configuration_set}")
    for name in named:
        yield Need(f"ses:{operation}", arn("ses", name), {"ses:FromAddress": (sender,)})


def _found(address: str) -> tuple[str, str]:
    return address, address.rpartition("@")[2]


def _of_secretsmanager(operation: str, params: Params) -> Iterator[Need]:
    name = arn("secretsmanager", f"secret:{params['SecretId']}")
    yield Need(f"secretsmanager:{operation}", name, {})
    yield _key("Decrypt", "secretsmanager")


def _key(action: str, service: str) -> Need:
    """What everything that the stack's own key encrypts needs besides."""
    via = f"{service}.{local.REGION}.amazonaws.com"
    return Need(f"kms:{action}", KEY, {"kms:ViaService": (via,)})


SERVICES: dict[str, Callable[[str, Params], Iterator[Need]]] = {
    "dynamodb": _of_dynamodb,
    "s3": _of_s3,
    "secretsmanager": _of_secretsmanager,
    "ses": _of_ses,
}
