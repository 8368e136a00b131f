"""The same items stored, read and deleted with boto3 alone: what the product is measured against.

Nothing is checked but what DynamoDB checks.  There is no statement and no idempotency; an erasure
leaves no evidence and looks at nothing twice; the sweep reads the whole table.
"""

import hmac
import json
import secrets
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

LOOKUP_KEY, ERASURE_KEY = b"l" * 32, b"e" * 32
SEGMENTS = 64
THREADS = 16

Item = dict[str, Any]


def post(event: Item, client: Any, table: str) -> Item:
    """Take in a contact form as API Gateway sends it."""
    sent, at, reference = json.loads(event["body"]), datetime.now(UTC), secrets.token_hex(16)
    email = sent["email"].strip().lower()
    lookup = {"pk": {"S": f"E#{_hash(LOOKUP_KEY, email)}"}, "sk": {"S": "-"}}
    found = client.get_item(TableName=table, Key=lookup).get("Item")
    subject_id = found["subject_id"]["S"] if found else secrets.token_hex(16)
    pk, source = {"S": f"S#{subject_id}"}, {"kind": "form", "at": _stamp(at), "form": "contact"}
    values = [
        {"name": name, "value": sent[name], "source": {**source, "record": ""}, "purpose": "reply"}
        for name in ("email", "name", "message")
    ]
    interaction = {
        "reference": reference,
        "channel": "form",
        "at": _stamp(at),
        "form": "contact",
        "notice": sent["notice"],
        "values": values,
        "flags": [],
        "note": "",
    }
    consent = {
        "purpose": "marketing_phone",
        "granted": True,
        "at": _stamp(at),
        "text_id": "marketing_phone/1/en",
        "text_hash": "886e34656c82dc3a5ede040fd7889a7e870f29e9c7f0c13dc70c3d2766674ecb",
        "language": "en",
        "form": "contact",
        "method": "ticked",
    }
    told = {
        "ip": event["requestContext"]["identity"]["sourceIp"],
        "browser": "Firefox",
        "system": "Linux",
        "language": "nb",
    }
    browser = {"kind": "browser", "at": _stamp(at), "form": "contact", "record": ""}
    technical = [
        {"name": name, "value": value, "source": browser, "purpose": "website"}
        for name, value in told.items()
    ]
    due, gone = at + timedelta(days=731), at + timedelta(days=31)
    current = {value["name"]: {"M": _typed(value)} for value in values[:2]}
    writes: list[Item] = [
        {
            "Put": {
                "Item": {
                    "pk": pk,
                    "sk": {"S": f"I#{_stamp(at)}#{reference}"},
                    "due_pk": {"S": "IN#reply"},
                    "due_sk": {"S": f"{_stamp(at)}#{reference}"},
                    **_content(interaction),
                }
            }
        },
        {
            "Put": {
                "Item": {
                    "pk": pk,
                    "sk": {"S": f"C#marketing_phone#{_stamp(at)}#{reference}.0"},
                    **_content(consent),
                }
            }
        },
        {
            "Put": {
                "Item": {
                    "pk": pk,
                    "sk": {"S": f"V#{_stamp(at)}#{reference}"},
                    **_content(technical),
                    **_filed(subject_id, gone),
                }
            }
        },
    ]
    if found:
        update = {
            "Key": {"pk": pk, "sk": {"S": "PROFILE"}},
            "UpdateExpression": "SET last_contact = :at, #ttl = :ttl, #values = :values",
            "ConditionExpression": "#state = :active",
            "ExpressionAttributeNames": {"#ttl": "ttl", "#values": "values", "#state": "state"},
            "ExpressionAttributeValues": {
                ":at": {"S": _stamp(at)},
                ":ttl": {"N": str(int(due.timestamp()))},
                ":values": {"M": current},
                ":active": {"S": "ACTIVE"},
            },
        }
        writes.append({"Update": update})
    else:
        new = "attribute_not_exists(pk)"
        profile = {
            "pk": pk,
            "sk": {"S": "PROFILE"},
            "state": {"S": "ACTIVE"},
            "rev": {"N": "1"},
            "last_contact": {"S": _stamp(at)},
            "lookups": {"L": [lookup["pk"]]},
            "record_key": {"S": _hash(ERASURE_KEY, email)},
            "values": {"M": current},
            **_filed(subject_id, due),
        }
        pointer = {**lookup, "subject_id": {"S": subject_id}}
        writes.append({"Put": {"Item": pointer, "ConditionExpression": new}})
        writes.append({"Put": {"Item": profile, "ConditionExpression": new}})
    for write in writes:
        next(iter(write.values()))["TableName"] = table
    client.transact_write_items(TransactItems=writes)
    return {"statusCode": 202, "body": json.dumps({"reference": reference})}


def read(email: str, client: Any, table: str) -> list[Item]:
    """Everything that is held about the person of an address."""
    lookup = {"pk": {"S": f"E#{_hash(LOOKUP_KEY, email)}"}, "sk": {"S": "-"}}
    found = client.get_item(TableName=table, Key=lookup, ConsistentRead=True)["Item"]
    return held(found["subject_id"]["S"], client, table)


def held(subject_id: str, client: Any, table: str) -> list[Item]:
    """Everything that is held about a data subject, by one query."""
    plain = TypeDeserializer().deserialize
    items = [
        {name: plain(value) for name, value in item.items()}
        for item in _partition(f"S#{subject_id}", client, table)
    ]
    return [
        {**item, "content": json.loads(item["content"])} if "content" in item else item
        for item in items
    ]


def erase(subject_id: str, client: Any, table: str) -> int:
    """Delete the person's items and the lookups that lead to them; how many items."""
    items = list(_partition(f"S#{subject_id}", client, table))
    keys = [{"pk": item["pk"], "sk": item["sk"]} for item in items]
    for item in items:
        for pointer in item.get("lookups", {"L": []})["L"]:
            keys.append({"pk": pointer, "sk": {"S": "-"}})
    while keys:
        batch, keys = keys[:25], keys[25:]
        deletes = [{"DeleteRequest": {"Key": key}} for key in batch]
        answer = client.batch_write_item(RequestItems={table: deletes})
        left = answer["UnprocessedItems"].get(table, [])
        keys += [one["DeleteRequest"]["Key"] for one in left]
        time.sleep(0.05 * bool(left))
    return len(items)


def sweep(before: datetime, client: Any, table: str) -> int:
    """Erase whoever's last contact lies before an instant; how many.  Scans the whole table."""

    def due_in(segment: int) -> list[str]:
        return list(_scan(segment, before, client, table))

    with ThreadPoolExecutor(THREADS) as pool:
        due = [subject_id for found in pool.map(due_in, range(SEGMENTS)) for subject_id in found]
        list(pool.map(lambda subject_id: erase(subject_id, client, table), due))
    return len(due)


def _scan(segment: int, before: datetime, client: Any, table: str) -> Iterator[str]:
    pages = client.get_paginator("scan").paginate(
        TableName=table,
        FilterExpression="sk = :profile AND last_contact < :before",
        ExpressionAttributeValues={":profile": {"S": "PROFILE"}, ":before": {"S": _stamp(before)}},
        ProjectionExpression="pk",
        Segment=segment,
        TotalSegments=SEGMENTS,
        ReturnConsumedCapacity="TOTAL",
    )
    for page in pages:
        yield from (item["pk"]["S"].removeprefix("S#") for item in page["Items"])


def _partition(pk: str, client: Any, table: str) -> Iterator[Item]:
    pages = client.get_paginator("query").paginate(
        TableName=table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": pk}},
        ConsistentRead=True,
    )
    for page in pages:
        yield from page["Items"]


def _hash(key: bytes, email: str) -> str:
    return f"1.{hmac.new(key, f'email:{email}'.encode(), 'sha256').hexdigest()}"


def _stamp(at: datetime) -> str:
    return at.isoformat()


def _content(content: object) -> Item:
    return {"content": {"S": json.dumps(content)}}


def _typed(value: Item) -> Item:
    source = {name: {"S": one} for name, one in value["source"].items()}
    return {
        "name": {"S": value["name"]},
        "value": {"S": value["value"]},
        "source": {"M": source},
        "purpose": {"S": value["purpose"]},
    }


def _filed(subject_id: str, day: datetime) -> Item:
    return {
        "ttl": {"N": str(int(day.timestamp()))},
        "due_pk": {"S": f"DUE#{int(subject_id[:8], 16) % 16:02d}"},
        "due_sk": {"S": f"{day:%Y-%m-%d}#{subject_id}"},
    }
