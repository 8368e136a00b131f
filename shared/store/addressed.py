"""Addressed: the requests whose files have an address, and the letters that wait with them."""

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
    raws = calls.beginning(f"BY#{keyed_hash}", "R#")
    return [raw["sk"]["S"].removeprefix("R#") for raw in raws]


def recall(reference: str) -> None:
    """Forget every letter of a request that has not been sent."""
    for raw in list(calls.beginning(f"REQ#{reference}", "MAIL#")):
        requests.sent(reference, raw["sk"]["S"])
