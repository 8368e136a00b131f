"""What is large in an artefact, down to what is used of it.

Botocore's data describe all of AWS, and all in prose: a client reads those of its service each time
a process starts, so the less, the sooner.  Native libraries bring the names of all that is in them.
"""

import json
import shutil
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from botocore.loaders import Loader

SERVICES = ("dynamodb", "s3", "secretsmanager", "ses")
"""The AWS services that a function has a client of; botocore describes some four hundred."""

MODEL, RULES, PAGES = "service-2", "endpoint-rule-set-1", "paginators-1"
ALLOWS = {"PutItem": "TransactWriteItems", "ListBucket": "ListObjectsV2"}
"""The operation that an action in a policy allows besides the one of its own name."""

Data = dict[str, Any]


def actions(policies: Path) -> set[str]:
    """Every action that a function may use: `dynamodb:GetItem`."""
    told = [json.loads(path.read_text("utf-8")) for path in policies.glob("*.json")]
    statements = [each for one in told for each in one["Statement"] if each["Effect"] == "Allow"]
    return {action for one in statements for action in one["Action"]}


def trim(data: Path, allowed: set[str]) -> None:
    """Leave, in botocore's data, what clients of SERVICES read to do what is allowed."""
    loader = Loader(extra_search_paths=[str(data)], include_default_search_paths=False)
    found = {
        Path(name, loader.determine_latest_version(name, MODEL), f"{kind}.json"): told
        for name in SERVICES
        for kind, told in (
            (MODEL, _model(loader.load_service_model(name, MODEL), allowed)),
            (RULES, _without_prose(loader.load_service_model(name, RULES))),
            (PAGES, loader.load_service_model(name, PAGES)),
        )
    }
    for service in data.iterdir():
        if service.is_dir():
            shutil.rmtree(service)
    for path, told in found.items():
        (data / path).parent.mkdir(parents=True, exist_ok=True)
        _write(data / path, told)
    endpoints = json.loads((data / "endpoints.json").read_text("utf-8"))
    for partition in endpoints["partitions"]:
        told = partition["services"]
        partition["services"] = {name: told[name] for name in SERVICES if name in told}
    _write(data / "endpoints.json", endpoints)


def _write(path: Path, content: Data) -> None:
    path.write_text(json.dumps(content, separators=(",", ":"), ensure_ascii=False), "utf-8")


def _model(model: Data, allowed: set[str]) -> Data:
    """The model with the operations that are allowed, and the shapes that these reach."""
    metadata = model["metadata"]
    service = metadata.get("signingName", metadata["endpointPrefix"])
    names = {action.partition(":")[2] for action in allowed if action.startswith(f"{service}:")}
    names |= {ALLOWS[name] for name in names & ALLOWS.keys()}
    operations = {name: one for name, one in model["operations"].items() if name in names}
    reached: Data = {}
    waiting = [*_shapes(operations)]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached[name] = model["shapes"][name]
            waiting += _shapes(reached[name])
    shapes = {name: reached[name] for name in sorted(reached)}
    return {**model, "operations": _without_prose(operations), "shapes": _without_prose(shapes)}


def _shapes(told: Any) -> Iterator[str]:
    """Every name of a shape that something refers to."""
    if isinstance(told, dict):
        for name, one in told.items():
            if name == "shape" and isinstance(one, str):
                yield one
            else:
                yield from _shapes(one)
    elif isinstance(told, list):
        for one in told:
            yield from _shapes(one)


def _without_prose(told: Any) -> Any:
    """Without documentation, which is a text; a member of that name is not one."""
    if isinstance(told, dict):
        return {
            name: _without_prose(one)
            for name, one in told.items()
            if not (name == "documentation" and isinstance(one, str))
        }
    return [*map(_without_prose, told)] if isinstance(told, list) else told


def loaded(library: bytes) -> bytes:
    """A native library (ELF, 64 bits, little-endian) as far as it is loaded, without its sections.

    Sections are for linkers and debuggers; what is loaded is told by the program's headers.
    """
    (start,) = struct.unpack_from("<Q", library, 32)
    size, number = struct.unpack_from("<HH", library, 54)
    headers = [struct.unpack_from("<IIQQQQ", library, start + size * one) for one in range(number)]
    end = max(offset + length for _, _, offset, _, _, length in headers)
    without = bytearray(library[:end])
    struct.pack_into("<Q", without, 40, 0)
    struct.pack_into("<HHH", without, 58, 0, 0, 0)
    return bytes(without)
