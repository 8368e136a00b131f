"""What is left of botocore's data: all that clients call, and nothing that they do not."""

import re
import sys
from pathlib import Path
from typing import Any

import botocore
import pytest
from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ServiceModel

from infra.build import trimming
from tests.artefact.conftest import ROOT, Built

CALL = re.compile(r"(?:_client\(\)|made\[0\])\.(\w+)\(")
PAGES = re.compile(r"get_paginator\(\"(\w+)\"\)")
OF_ANY_CLIENT = {"get_paginator", "generate_presigned_post", "generate_presigned_url"}
DATA = Path(botocore.__file__).parent / "data"


def model(data: Path, service: str) -> dict[str, Any]:
    loader = Loader(extra_search_paths=[str(data)], include_default_search_paths=False)
    told: dict[str, Any] = loader.load_service_model(service, trimming.MODEL)
    return told


def trimmed(built: Built, service: str) -> dict[str, Any]:
    return model(built.unzipped() / "botocore" / "data", service)


def sources() -> str:
    return "".join(path.read_text("utf-8") for path in (ROOT / "shared").rglob("*.py"))


def test_every_service_that_a_client_is_made_of_is_described() -> None:
    made = set(re.findall(r'create_client\(\s*"(\w+)"', sources()))
    assert made | {"dynamodb"} == set(trimming.SERVICES)  # PynamoDB's


def test_every_call_of_a_gateway_can_be_made(built: Built) -> None:
    called = {*CALL.findall(sources()), *PAGES.findall(sources())} - OF_ANY_CLIENT
    described = {
        xform_name(name)
        for service in trimming.SERVICES
        for name in trimmed(built, service)["operations"]
    }
    assert {"list_objects_v2", "send_raw_email", "get_secret_value"} <= called
    assert called <= described


def test_every_call_of_the_table_can_be_made(built: Built) -> None:
    text = "".join(path.read_text("utf-8") for path in (ROOT / "shared" / "store").glob("*.py"))
    called = set(re.findall(r'(?:call|dispatch|pages)\(\s*"([A-Z]\w+)"', text)) - {"Scan"}
    assert {"Query", "BatchGetItem"} <= called
    described = set(trimmed(built, "dynamodb")["operations"])
    assert {*called, "UpdateItem", "PutItem", "TransactWriteItems"} <= described


@pytest.mark.parametrize("service", trimming.SERVICES)
def test_what_is_left_is_described_as_it_was(built: Built, service: str) -> None:
    left, whole = trimmed(built, service), model(DATA, service)
    assert len(left["operations"]) < len(whole["operations"])
    for name in ServiceModel(left, service).operation_names:
        assert left["operations"][name] == trimming._without_prose(whole["operations"][name])
    for name, shape in left["shapes"].items():
        assert shape == trimming._without_prose(whole["shapes"][name])
        assert set(trimming._shapes(shape)) <= set(left["shapes"])


def test_an_answer_of_prose_is_not_taken_for_documentation() -> None:
    told = {"documentation": "text", "members": {"documentation": {"shape": "S"}}}
    assert trimming._without_prose(told) == {"members": {"documentation": {"shape": "S"}}}


def test_a_native_library_is_loaded_without_its_sections(built: Built) -> None:
    for path in built.unzipped("documents").rglob("*.so*"):
        assert path.read_bytes()[40:48] == bytes(8), path
    assert sys.byteorder == "little"
