"""Subject requests answered with boto3 alone: what the product's answers are measured against.

Nothing says who asked, whether they may, why anything is held or what has to be kept; there is
no audit trail, no letter, no suppression, and nothing is signed.
"""

import html
import json
from datetime import UTC, datetime
from typing import Any

from infra.bench import by_hand


def access(subject_id: str, client: Any, table: str) -> tuple[str, str]:
    """Everything that is held, by one query: as JSON, and as a page with one table."""
    items = by_hand.held(subject_id, client, table)
    rows = "".join(
        f"<tr><th>{html.escape(name)}</th><td>{html.escape(str(value))}</td></tr>\n"
        for item in items
        for name, value in item.items()
    )
    page = f"<!doctype html><title>Your data</title><table>{rows}</table>"
    return json.dumps(items, default=str), page


def portability(subject_id: str, client: Any, table: str) -> str:
    """What was sent in, by one query, as JSON."""
    contents = [one.get("content") for one in by_hand.held(subject_id, client, table)]
    values = [one["values"] for one in contents if isinstance(one, dict) and "values" in one]
    return json.dumps(values)


def erase(subject_id: str, reference: str, client: Any, table: str) -> None:
    """Delete everything, and note with the request how many items that were, and when."""
    found = by_hand.erase(subject_id, client, table)
    note = json.dumps({"erased_at": datetime.now(UTC).isoformat(), "items": found})
    key = {"pk": {"S": f"REQ#{reference}"}, "sk": {"S": "ERASED"}}
    client.put_item(TableName=table, Item={**key, "content": {"S": note}})
