"""What leads from an address to the files of requests that have it, and letters that wait there."""

from shared.model.contacts import AddressKind
from shared.store import _calls as calls
from shared.store import _items as items
from shared.store import requests

EMAIL = items.LOOKUP_PREFIX[AddressKind.EMAIL]


def of_lookup(lookup: str) -> list[str]:
    """The requests whose files have an address, whether or not anybody was known by it."""
    prefix, _, keyed_hash = lookup.partition("#")
    if f"{prefix}#" != EMAIL:
        return []  # requests come from e-mail addresses
    raws = calls.pages(
        "Query",
        KeyConditionExpression="pk = :pk AND begins_with(sk, :request)",
        ExpressionAttributeValues={":pk": {"S": f"BY#{keyed_hash}"}, ":request": {"S": "R#"}},
        ConsistentRead=True,
    )
    return [raw["sk"]["S"].removeprefix("R#") for raw in raws]


def recall(reference: str) -> None:
    """Forget every letter of a request that has not been sent."""
    raws = calls.pages(
        "Query",
        KeyConditionExpression="pk = :pk AND begins_with(sk, :mail)",
        ExpressionAttributeValues={":pk": {"S": f"REQ#{reference}"}, ":mail": {"S": "MAIL#"}},
        ConsistentRead=True,
    )
    for raw in list(raws):
        requests.sent(reference, raw["sk"]["S"])
