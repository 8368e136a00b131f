"""What can be asked over HTTP: an OpenAPI 3.1 document of the statement that runs.

Pure.  Bodies are described by what checks them, refusals by the tables that make them.  Each form
has a path of its own, such as /forms/contact, though one route serves them all: only so has each
its exact fields.
"""

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from functions import problems, rendering, requests
from shared.errors import Fault, FaultCode
from shared.policy import bodies
from shared.statement.types import Form, Statement

ABOUT = """\
A form can be sent as JSON, urlencoded or multipart, in at most 64 KiB. Refusals are problem \
documents (RFC 9457) with every fault at once; none repeats a value that was sent. What is not \
described here is not found (404), and a method that a path does not have is not allowed (405; \
behind API Gateway 404). The staff's routes under /staff are not for websites, and not described. \
The firewall and the gateway may refuse by themselves (403, 429, 5xx), and then say less."""

Json = dict[str, Any]
Names = Iterable[str]

JSON, HTML, CSS = "application/json", "text/html", "text/css"
WEB_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
EVERYWHERE = ("Vary", "Access-Control-Allow-Origin")
PREFLIGHT = tuple(
    f"Access-Control-{name}" for name in ("Allow-Methods", "Allow-Headers", "Max-Age")
)
LANGUAGE = ("language", "Accept-Language")
THANKS = ("form", "reference", "erased_on", "stored")

TEXT: Json = {"type": "string"}
DAY: Json = {**TEXT, "format": "date"}
REFERENCE: Json = {**TEXT, "pattern": f"^{requests.REFERENCE.pattern}$"}
KEY: Json = {**TEXT, "maxLength": requests.MOST_KEY, "pattern": f"^({requests.KEY.pattern})$"}
SAMPLE = {"reference": "5d41402abc4b2a76b9719d911017c592", "erased_on": "2028-11-23"}


def document(statement: Statement, language: str, root: str) -> Json:
    """The document, with the statement's own words in one of its languages.

    `root`: requests.root_of, to which the paths are added.
    """
    paths = _website()
    for name, form in statement.forms.items():
        paths[f"/forms/{quote(name)}"] = _form(name, form, statement, language)
    info = {"title": statement.controller.name, "version": statement.version, "description": ABOUT}
    components = {
        "schemas": _schemas(),
        "parameters": _parameters(statement),
        "headers": _headers(),
        "responses": _refusals(rendering.words(language)["faults"]),
    }
    servers = [{"url": root or "/"}]
    return {
        "openapi": "3.1.0",
        "info": info,
        "servers": servers,
        "paths": paths,
        "components": components,
    }


def _website() -> Json:
    page = _answer("The page.", TEXT, "<!doctype html>", HTML)
    style = _answer("The stylesheet.", TEXT, "body { margin: 0 }", CSS)
    ready = _answer("Ready.", _object(status={"const": "ready"}), {"status": "ready"})
    here = _answer("The document.", _object(openapi=TEXT), {"openapi": "3.1.0"})
    return {
        "/": _get("home", "The list of forms", page, LANGUAGE),
        "/page/{form_name}": _get("page", "A form", page, ("form_name", *LANGUAGE), {404}),
        "/thanks": _get("thanks", "Where a form leads to", page, (*THANKS, *LANGUAGE), {400, 404}),
        "/site.css": _get("style", "How the pages look", style),
        "/health": _get("health", "Whether settings and statement are in order", ready),
        "/openapi.json": _get("describe", "This document", here, LANGUAGE),
    }


def _form(name: str, form: Form, statement: Statement, language: str) -> Json:
    title, notice = form.title[language], statement.notice_for(language)
    told = {"id": notice.id, "text": notice.text, "language": language}
    shown = {"form": name, "fields": {}, "notice": told, "choices": [], "honeypot": ""}
    shows = _answer("What to show.", _ref("schemas", "Form"), shown)
    taken = _answer("Taken in.", _ref("schemas", "Receipt"), {**SAMPLE, "warnings": []})
    leads = _headed(_answer("Taken in, from a client that accepts text/html."), ["Location"])
    allows = _headed(_answer("What a page of a configured origin may do."), PREFLIGHT)
    said = ("Idempotency-Key", "Sec-GPC", "Accept-Language", "choices")
    refused = {400, 409, 411, 413, 415, 422}
    send = _operation(f"send_{name}", title, {202: taken, 303: leads}, said, refused)
    example = bodies.example(form, statement, language)
    as_json = {"schema": bodies.as_json(form, statement, language), "example": example}
    as_web_form = {"schema": bodies.as_web_form(form, statement, language), "example": example}
    content = {JSON: as_json, **dict.fromkeys(WEB_FORMS, as_web_form)}
    return {
        **_get(f"show_{name}", f"{title}: what to show", shows, LANGUAGE),
        "post": send | {"requestBody": {"required": True, "content": content}},
        "options": _operation(f"ask_{name}", f"{title}: preflight", {204: allows}, ["Origin"]),
    }


def _get(
    name: str, summary: str, answer: Json, said: Names = (), refused: Iterable[int] = ()
) -> Json:
    return {"get": _operation(name, summary, {200: answer}, said, refused)}


def _operation(
    name: str,
    summary: str,
    answers: dict[int, Json],
    said: Names = (),
    refused: Iterable[int] = (),
) -> Json:
    refusals = {status: _ref("responses", status) for status in sorted({*refused, 429, 500})}
    return {
        "operationId": name,
        "summary": summary,
        "parameters": [_ref("parameters", one) for one in said],
        "responses": {str(status): answer for status, answer in (answers | refusals).items()},
    }


def _answer(what: str, schema: Json | None = None, example: Any = None, kind: str = JSON) -> Json:
    content = {kind: {"schema": schema, "example": example}} if schema else {}
    return _headed({"description": what, "content": content, "headers": {}}, EVERYWHERE)


def _headed(answer: Json, names: Names) -> Json:
    return {**answer, "headers": answer["headers"] | {one: _ref("headers", one) for one in names}}


def _refusals(words: dict[str, str]) -> Json:
    """Every refusal by its status, with an example of each kind."""
    tables = (problems.STATUS, problems.CHALICE, problems.GATEWAY)
    kinds = sorted({kind for table in tables for kind in table.values()})
    faults = problems.from_faults((Fault("/email", FaultCode.NOT_AN_EMAIL),), words)
    found: Json = {}
    for made in (*(problems.problem(*kind) for kind in kinds), faults):
        example = json.loads(made.body)
        status, kind = str(made.status_code), example["type"].rpartition("/")[2]
        answer = found.setdefault(status, _answer(example["title"]))
        content = answer["content"].setdefault(problems.MEDIA_TYPE, {"examples": {}})
        content["schema"] = _ref("schemas", "Problem")
        content["examples"][kind] = {"value": example}
    found["405"] = _headed(found["405"], ["Allow"])
    found["422"]["content"][HTML] = {"schema": TEXT}
    found["429"]["content"][JSON] = found["429"]["content"][problems.MEDIA_TYPE]  # the firewall's
    del found["429"]["headers"]
    return found


def _schemas() -> Json:
    notice = _object(id=TEXT, text=TEXT, language=TEXT)
    choices = _list(_object(id=TEXT, text=TEXT, purpose=TEXT))
    shown = {"form": TEXT, "fields": {"type": "object"}, "notice": notice, "choices": choices}
    erased_on = {
        "anyOf": [DAY, {"type": "null"}],
        "description": "Null while a subscription lasts.",
    }
    return {
        "Form": _object(**shown, honeypot=TEXT),
        "Receipt": _object(reference=REFERENCE, erased_on=erased_on, warnings=_list(TEXT)),
        "Problem": problems.SCHEMA,
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
        ("erased_on", "query", a_day, SAMPLE["erased_on"], "As it was told"),
        ("stored", "query", TEXT, "name email", "Names of fields"),
        ("language", "query", TEXT, language, languages),
        ("Accept-Language", "header", TEXT, language, f"{languages}, by preference"),
        ("Idempotency-Key", "header", KEY, key, "Gets the first answer again, for 24 hours"),
        ("Sec-GPC", "header", TEXT, "1", "1 is recorded as an objection"),
        ("Origin", "header", TEXT, a_page, "Whose page asks"),
        (cookie, "cookie", TEXT, "statistics", "Categories of cookies chosen"),
    ]
    keys, needed = ("name", "in", "schema", "example", "description"), {"form_name", *THANKS[:2]}
    told = [dict(zip(keys, row, strict=True)) | {"required": row[0] in needed} for row in rows]
    return {"choices" if one["in"] == "cookie" else one["name"]: one for one in told}


def _object(**properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": [*properties]}


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}


def _ref(kind: str, name: object) -> Json:
    return {"$ref": f"#/components/{kind}/{name}"}
