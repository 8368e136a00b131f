"""The description of the API: everything that is served, and nothing else."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from chalice.test import TestHTTPClient as Http
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator

from app import app
from functions import components, openapi, requests
from shared.policy import bodies, forms
from shared.statement import loading
from shared.statement.types import Statement
from shared.workflows import health

KAYAK = loading.load(Path(__file__).parents[1] / "statement" / "kayak.toml")
AVARA = loading.load()
BOTH = pytest.mark.parametrize("statement", [AVARA, KAYAK], ids=["ours", "another company's"])
JSON = {"Content-Type": "application/json"}


def described(statement: Statement) -> dict[str, Any]:
    return openapi.document(statement, statement.languages[-1], "")


def whole(schema: dict[str, Any], document: dict[str, Any]) -> Draft202012Validator:
    """A validator of one schema, which finds what the schema refers to."""
    schema = {**schema, "components": document["components"]}
    return Draft202012Validator(schema, format_checker=FormatChecker())


def media(found: Any) -> Iterator[dict[str, Any]]:
    """Everything that has a schema and an example of it."""
    if isinstance(found, dict):
        if "schema" in found and {"example", "examples"} & found.keys():
            yield found
        found = list(found.values())
    for one in found if isinstance(found, list) else ():
        yield from media(one)


@BOTH
def test_the_document_is_valid(statement: Statement) -> None:
    OpenAPIV31SpecValidator(described(statement)).validate()


@BOTH
def test_every_route_and_method_is_described_and_no_other(statement: Statement) -> None:
    served = {
        (path.replace("/forms/{form_name}", f"/forms/{name}"), method.lower())
        for path, methods in app.routes.items()
        for method in methods
        for name in statement.forms
        if not path.startswith(("/staff/", health.PATH))
    }
    paths = described(statement)["paths"]
    assert {(path, method) for path, methods in paths.items() for method in methods} == served


@BOTH
def test_every_example_is_what_its_schema_says(statement: Statement) -> None:
    document = described(statement)
    for one in media(document):
        validator = whole(one["schema"], document)
        for example in one.get("examples", {"": {"value": one.get("example")}}).values():
            validator.validate(example["value"])


@BOTH
def test_the_example_of_a_body_is_accepted(statement: Statement) -> None:
    for name, form in statement.forms.items():
        sent = bodies.example(form, statement, statement.languages[0])
        assert forms.read(name, sent, statement).form == name


@BOTH
def test_a_form_is_described_by_the_schema_it_shows(statement: Statement) -> None:
    for name, form in statement.forms.items():
        language = statement.languages[-1]
        content = described(statement)["paths"][f"/forms/{name}"]["post"]["requestBody"]["content"]
        fields = forms.schema(form, statement, language)["properties"]
        body = content["application/json"]["schema"]["properties"]
        assert list(body) == [*fields, *forms.ENVELOPE]
        assert set(content) == {JSON["Content-Type"], *openapi.WEB_FORMS}


@pytest.mark.parametrize(
    ("sent", "fits"),
    [
        pytest.param({"boat": "Canoe"}, True, id="the least"),
        pytest.param({"boat": "Canoe", "wish": None, "page": ""}, True, id="with empty fields"),
        pytest.param({"boat": "Canoe", "choices": ["letter"]}, True, id="with a choice"),
        pytest.param({"boat": " "}, False, id="a required field left blank"),
        pytest.param({}, False, id="a required field missing"),
        pytest.param({"boat": "Canoe", "choices": ["spam"]}, False, id="a choice of no form"),
        pytest.param({"boat": "Canoe", "shoe": "42"}, False, id="a field of no form"),
        pytest.param({"boat": "Canoe", "wish": []}, False, id="a list for a text"),
        pytest.param({"boat": "Canoe", "wish": "x" * 10_001}, False, id="too long"),
        pytest.param({"boat": "Canoe", "page": "kayak.example"}, True, id="no URL"),
        pytest.param({"boat": "Canoe", "page": ["a", "b"]}, True, id="two pages"),
        pytest.param({"boat": "Canoe\x00"}, False, id="a control character in what is required"),
        pytest.param({"boat": "Canoe", "wish": "\x1b"}, False, id="a control character"),
        pytest.param({"boat": "Canoe", "replies": {"when": "May"}}, True, id="an answer"),
        pytest.param({"boat": "Canoe", "replies": {"why": "So."}}, False, id="another question"),
    ],
)
def test_what_the_description_allows_is_what_is_accepted(sent: dict[str, Any], fits: bool) -> None:
    sent = {"notice": "kayak-3", "mail": "kim@example.com", **sent}
    schema = bodies.as_json(KAYAK.forms["trip"], KAYAK, "en")
    assert Draft202012Validator(schema).is_valid(sent) is fits
    try:
        accepted = bool(forms.read("trip", sent, KAYAK))
    except forms.Invalid:
        accepted = False
    assert accepted is fits


def test_a_chat_is_described_as_needing_an_address_or_a_number() -> None:
    validator = Draft202012Validator(bodies.as_json(AVARA.forms["chat"], AVARA, "en"))
    least = {"notice": AVARA.notices[-1].id}
    assert validator.is_valid({**least, "email": "", "phone": "70310086"})
    assert not validator.is_valid({**least, "email": None, "phone": ""})


@pytest.mark.parametrize("key", ['"key 1"', "key1", '"a\\"b"', '""', '"a', "a b", 'a"'])
def test_the_key_is_described_as_it_is_read(key: str) -> None:
    described_as_one = Draft202012Validator(components.KEY).is_valid(key)
    assert described_as_one is bool(requests.KEY.fullmatch(key))


def test_the_document_is_served_in_the_language_asked_for(http: Http) -> None:
    told = [http.get(f"/openapi.json?language={one}").json_body for one in ("en", "nb")]
    assert [one["paths"]["/forms/contact"]["post"]["summary"] for one in told] == [
        "Contact us",
        "Kontakt oss",
    ]


def test_all_that_a_status_tells_is_described(http: Http) -> None:
    sent = {"right": "access", "email": "kari@example.com"}
    answer = http.post("/requests", headers=JSON, body=json.dumps(sent).encode())
    path = urlsplit(answer.json_body["status_url"]).path
    document = described(AVARA)
    schema = document["components"]["schemas"]["Status"]
    told = http.get(path).json_body
    assert set(told) == set(schema["properties"])
    whole(schema, document).validate(told)


@pytest.mark.parametrize(
    ("method", "path", "sent", "status"),
    [
        ("GET", "/forms/contact", None, "200"),
        ("POST", "/forms/contact", {}, "422"),
        ("POST", "/forms/contact", [], "400"),
        ("GET", "/health", None, "200"),
        ("GET", "/openapi.json", None, "200"),
        ("POST", "/requests", {"right": "access", "email": "kari@example.com"}, "202"),
        ("POST", "/requests", {}, "422"),
        ("POST", "/requests", [], "400"),
        ("GET", "/certificates/keys.json", None, "200"),
    ],
)
def test_an_answer_is_as_described(
    http: Http, method: str, path: str, sent: object, status: str
) -> None:
    answer = http.request(method, path, headers=JSON, body=json.dumps(sent).encode())
    document = described(AVARA)
    told = document["paths"][path][method.lower()]["responses"][status]
    if "$ref" in told:
        told = document["components"]["responses"][status]
    kind = answer.headers["Content-Type"]
    whole(told["content"][kind]["schema"], document).validate(json.loads(answer.body))
    assert str(answer.status_code) == status
