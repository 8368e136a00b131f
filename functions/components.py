"""What the description of the API is put together from: its components, and the shapes they have.

Pure.  Refusals are described by the tables that make them.
"""

import json
from collections.abc import Iterable
from typing import Any

from functions import problems, requests
from shared.errors import Fault, FaultCode
from shared.model.requests import RequestState, Right
from shared.policy.documents import MediaType, Signature
from shared.statement.types import Statement

Json = dict[str, Any]
Names = Iterable[str]

JSON, HTML, CSS = "application/json", "text/html", "text/css"
EVERYWHERE = ("Vary", "Access-Control-Allow-Origin")
PREFLIGHT = tuple(
    f"Access-Control-{name}" for name in ("Allow-Methods", "Allow-Headers", "Max-Age")
)
THANKS = ("form", "reference", "erased_on", "stored")

TEXT: Json = {"type": "string"}
DAY: Json = {**TEXT, "format": "date"}
REFERENCE: Json = {**TEXT, "pattern": f"^{requests.REFERENCE.pattern}$"}
KEY: Json = {**TEXT, "maxLength": requests.MOST_KEY, "pattern": f"^({requests.KEY.pattern})$"}
SECRET: Json = {**TEXT, "pattern": f"^({requests.SECRET.pattern})$"}
SAMPLE = {"reference": "5d41402abc4b2a76b9719d911017c592", "erased_on": "2028-11-23"}


def components(statement: Statement, faults: dict[str, str]) -> Json:
    """All that the description refers to; `faults`: their words, by code."""
    return {
        "schemas": _schemas(),
        "parameters": _parameters(statement),
        "headers": _headers(),
        "responses": _refusals(faults),
    }


def _refusals(words: dict[str, str]) -> Json:
    """Every refusal by its status, with an example of each kind."""
    tables = (problems.STATUS, problems.CHALICE, problems.GATEWAY)
    kinds = sorted({kind for table in tables for kind in table.values()})
    faults = problems.from_faults((Fault("/email", FaultCode.NOT_AN_EMAIL),), words)
    found: Json = {}
    for made in (*(problems.problem(*kind) for kind in kinds), faults):
        example = json.loads(made.body)
        status, kind = str(made.status_code), example["type"].rpartition("/")[2]
        told = found.setdefault(status, answer(example["title"]))
        content = told["content"].setdefault(problems.MEDIA_TYPE, {"examples": {}})
        content["schema"] = ref("schemas", "Problem")
        content["examples"][kind] = {"value": example}
    found["405"] = headed(found["405"], ["Allow"])
    for status in ("400", "404", "409", "422"):  # a browser is answered with a page
        found[status]["content"][HTML] = {"schema": TEXT}
    found["429"]["content"][JSON] = found["429"]["content"][problems.MEDIA_TYPE]  # the firewall's
    del found["429"]["headers"]
    return found


def _schemas() -> Json:
    notice = object_of(id=TEXT, text=TEXT, language=TEXT)
    choices = array_of(object_of(id=TEXT, text=TEXT, purpose=TEXT))
    shown = {"form": TEXT, "fields": {"type": "object"}, "notice": notice, "choices": choices}
    erased_on = {
        "anyOf": [DAY, {"type": "null"}],
        "description": "Null while a subscription lasts.",
    }
    return {
        "Form": object_of(**shown, honeypot=TEXT),
        "Receipt": object_of(reference=REFERENCE, erased_on=erased_on, warnings=array_of(TEXT)),
        "Problem": problems.SCHEMA,
        "Status": object_of(
            reference=REFERENCE,
            right={"enum": [*Right]},
            state={"enum": [*RequestState]},
            received_on=DAY,
            due_on={"anyOf": [DAY, {"type": "null"}]},
            because=TEXT,
            refusal={"type": ["string", "null"]},
            formats=array_of(TEXT),
            until={"type": ["string", "null"]},
            accepts=array_of({"enum": [*MediaType]}),
            document={"enum": [*Signature, None]},
            undelivered={"type": "boolean"},
            kept=array_of({"type": "object"}),
            remains=array_of({"type": "object"}),
            history=array_of(object_of(at=TEXT, step=TEXT, state=TEXT, by=TEXT, because=TEXT)),
        ),
    }


def _headers() -> Json:
    names = (*EVERYWHERE, *PREFLIGHT, "Location", "Allow")
    needed = {"Vary", "Location", "Allow"}
    return {name: {"schema": TEXT, "required": name in needed} for name in names}


def _parameters(statement: Statement) -> Json:
    form, language = next(iter(statement.forms)), statement.languages[0]
    a_form, a_day = {"enum": [*statement.forms]}, {"anyOf": [DAY, {"const": ""}]}
    cookie, languages = statement.website.cookie_choices, " or ".join(statement.languages)
    key, a_page = '"8e03978e-40d5-43dd-bc93"', "https://www.example.com"
    rows: list[tuple[Any, ...]] = [
        ("form_name", "path", a_form, form, "The name of a form"),
        ("form", "query", a_form, form, "The name of a form"),
        ("reference", "query", REFERENCE, SAMPLE["reference"], "As it was told"),
        ("reference", "path", REFERENCE, SAMPLE["reference"], "As it was told"),
        ("secret", "path", SECRET, "b" * 32, "As in the address that was told"),
        ("token", "path", SECRET, "b" * 32, "As in the link that was sent"),
        ("erased_on", "query", a_day, SAMPLE["erased_on"], "As it was told"),
        ("stored", "query", TEXT, "name email", "Names of fields"),
        ("language", "query", TEXT, language, languages),
        ("Accept-Language", "header", TEXT, language, f"{languages}, by preference"),
        ("Idempotency-Key", "header", KEY, key, "Gets the first answer again, for 24 hours"),
        ("Sec-GPC", "header", TEXT, "1", "1 is recorded as an objection"),
        ("Origin", "header", TEXT, a_page, "Whose page asks"),
        (cookie, "cookie", TEXT, "statistics", "Categories of cookies chosen"),
    ]
    keys, needed = ("name", "in", "schema", "example", "description"), {*THANKS[:2]}
    told = [
        dict(zip(keys, row, strict=True)) | {"required": row[1] == "path" or row[0] in needed}
        for row in rows
    ]
    return {_key_of(one): one for one in told}


def _key_of(parameter: Json) -> str:
    name: str = parameter["name"]
    if parameter["in"] == "cookie":
        return "choices"
    return f"path-{name}" if parameter["in"] == "path" and name != "form_name" else name


def answer(what: str, schema: Json | None = None, example: Any = None, kind: str = JSON) -> Json:
    content = {kind: {"schema": schema, "example": example}} if schema else {}
    return headed({"description": what, "content": content, "headers": {}}, EVERYWHERE)


def headed(answer: Json, names: Names) -> Json:
    return {**answer, "headers": answer["headers"] | {one: ref("headers", one) for one in names}}


def object_of(**properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": [*properties]}


def array_of(items: Json) -> Json:
    return {"type": "array", "items": items}


def ref(kind: str, name: object) -> Json:
    return {"$ref": f"#/components/{kind}/{name}"}
