"""The keys of the table: one item proves them, so that no others are used with it."""

from shared.store import _calls as calls
from shared.store import _items as items
from shared.store._items import KeysItem

PK = "KEYS"


def are_proved_by(proof: str) -> bool:
    """Whether the table is that of the keys with this proof; one without any is from now on."""
    there = calls.get(PK, items.ONLY)
    if there:
        return bool(there["proof"]["S"] == proof)
    item = KeysItem(PK, items.ONLY, proof=proof).serialize()
    values = {":proof": item["proof"]}
    return calls.put_if_absent(item, or_if="proof = :proof", ExpressionAttributeValues=values)
