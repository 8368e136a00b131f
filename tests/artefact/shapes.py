"""Events as AWS sends them, in the shapes that they come in."""

import json
from pathlib import Path
from typing import Any

EVENTS = Path(__file__).parents[1] / "events"
BOUNDARY = "----WebKitFormBoundary7MA4YWxkTrZu0gW"
CUSTOM = "privacy.avara.no"

Event = dict[str, Any]


def event(name: str) -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text("utf-8"))


def rest(name: str, /, headers: dict[str, str] | None = None, **changed: Any) -> Event:
    """An event of the REST API with other headers, and whatever else is changed of it."""
    found: Event = {**event(name), **changed}
    found["headers"] = {**found["headers"], **(headers or {})}
    found["multiValueHeaders"] = {name: [one] for name, one in found["headers"].items()}
    return found


def at(found: Event, domain: str, path: str) -> Event:
    """The event as it comes by a domain, asked for a path there."""
    context = {**found["requestContext"], "domainName": domain, "path": path}
    changed = {**found, "requestContext": context, "headers": {**found["headers"], "Host": domain}}
    changed["multiValueHeaders"] = {**found["multiValueHeaders"], "Host": [domain]}
    return changed


def multipart(fields: dict[str, str]) -> bytes:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{one}\r\n'
        for name, one in fields.items()
    ]
    return "".join([*parts, f"--{BOUNDARY}--\r\n"]).encode()


def uploaded(key: str) -> Event:
    """S3's event of an object, its key spelled as S3 spells it."""
    found: Event = event("object_created")
    found["Records"][0]["s3"]["object"]["key"] = key
    return found


def streamed(name: str, **changed: Any) -> Event:
    """A stream's event, with a record that is changed."""
    found: Event = event(name)
    found["Records"][0] |= changed
    return found
