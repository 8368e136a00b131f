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
from shared.model.requests import RequestState, Right
from shared.policy import bodies, exports, forms
from shared.policy.documents import MediaType, Signature
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
SECRET: Json = {**TEXT, "pattern": "^[0-9a-f]{64}$"}
REPLY: Json = {
    "type": "object",
    "properties": {
        "answer": {**TEXT, "pattern": r"\S", "maxLength": forms.MOST_CHARACTERS["long"]}
    },
    "required": ["answer"],
}
RESULT: Json = {
    "type": "object",
    "properties": {"format": {"enum": [*exports.Format, "certificate"]}, "code": TEXT},
    "required": ["format"],
}
DOCUMENT: Json = {
    "type": "object",
    "properties": {"content_type": {"enum": [*MediaType]}},
    "required": ["content_type"],
}
CONFIRM: Json = {"type": "object", "properties": {"action": {"enum": ["confirm", "undo"]}}}
ASKING = {"right": "access", "email": "kari@example.com", "language": "en", "details": ""}
GETTING = {"format": "json", "code": "01234567"}
SENDING = {"content_type": MediaType.PDF}
STATUS: Json = {
    "reference": "5d41402abc4b2a76b9719d911017c592",
    "right": "access",
    "state": "received",
    "received_on": "2026-11-22",
    "due_on": "2026-12-22",
    "because": "GDPR art. 12(3): one month from 22 November 2026 is 22 December 2026",
    "refusal": None,
    "formats": [],
    "until": None,
    "accepts": [MediaType.PDF],
    "document": None,
    "kept": [],
    "history": [],
}
SAMPLE = {"reference": "5d41402abc4b2a76b9719d911017c592", "erased_on": "2028-11-23"}


def document(statement: Statement, language: str, root: str) -> Json:
    """The document, with the statement's own words in one of its languages.

    `root`: requests.root_of, to which the paths are added.
    """
    paths = _website() | _subject_requests()
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


def _subject_requests() -> Json:
    form = _answer("The page.", TEXT, "<!doctype html>", HTML)
    allows = _headed(_answer("What a page of a configured origin may do."), PREFLIGHT)
    told = _answer("Where it stands.", _ref("schemas", "Status"), STATUS)
    told["content"][HTML] = {"schema": TEXT}
    confirmed = {"reference": SAMPLE["reference"], "state": "identified"}
    known = _answer(
        "Confirmed, or taken back.", _object(reference=REFERENCE, state=TEXT), confirmed
    )
    leads = _headed(_answer("Done, for a client that accepts text/html."), ["Location"])
    file = _answer("The file.")
    file["content"] = {kind: {"schema": TEXT} for kind in (JSON, HTML, "text/csv", "text/vcard")}
    file["content"][JSON]["schema"] = {"type": "object"}
    keys = _answer("The keys.", _object(keys=_list({"type": "object"})), {"keys": []})
    here = "/requests/{reference}/{secret}"
    done: dict[int, Json] = {202: _sent(), 303: leads}
    mine, linked = ("path-reference", "path-secret"), ("path-reference", "path-token")
    page = _answer("A page with a button.", TEXT, "<!doctype html>", HTML)

    def post(
        name: str,
        summary: str,
        answers: dict[int, Json],
        said: Names,
        body: Json | None = None,
    ) -> Json:
        refused = ({400, 411, 413, 415, 422} if body else set()) | ({404, 409} if said else set())
        operation = _operation(name, summary, answers, said, refused)
        return {"post": operation | ({"requestBody": body} if body else {})}

    return {
        "/requests": {
            **_get("show_request", "The page of rights", form, LANGUAGE),
            **post("send_request", "Use a right", done, (), _body(_asking(), ASKING)),
            "options": _operation("ask_request", "Preflight", {204: allows}, ["Origin"]),
        },
        here: _get("follow_request", "Where it stands", told, (*mine, *LANGUAGE), {404}),
        f"{here}/link": post("send_link", "Send another link", done, mine),
        f"{here}/code": post("send_code", "Send a code for the download", done, mine),
        f"{here}/withdraw": post("withdraw_request", "Take it back", done, mine),
        f"{here}/reply": post(
            "reply", "Answer our question", done, mine, _body(REPLY, {"answer": "Me"})
        ),
        f"{here}/documents": post(
            "send_document", "Send a document", {201: _upload()}, mine, _body(DOCUMENT, SENDING)
        ),
        f"{here}/result": post("result", "Download", {200: file}, mine, _body(RESULT, GETTING)),
        "/confirm/{reference}/{token}": {
            **_get("show_link", "Where a mail leads to", page, (*linked, *LANGUAGE), {404}),
            **post(
                "confirm", "Confirm", {200: known, 303: leads}, linked, _body(CONFIRM, {}, False)
            ),
        },
        "/certificates/keys.json": _get("keys", "What checks certificates", keys),
    }


def _sent() -> Json:
    example = {"reference": SAMPLE["reference"], "status_url": "https://www.example.com/requests/"}
    return _answer("Done.", _object(reference=REFERENCE, status_url=TEXT), example)


def _upload() -> Json:
    """A form that is posted as multipart/form-data, with `fields` first and the file last."""
    fields = {"type": "object", "additionalProperties": TEXT}
    example = {"url": "https://documents.example.com/", "fields": {"key": "documents/0"}}
    told = _answer(
        "Where one file can be sent to, for ten minutes.",
        _object(url={**TEXT, "format": "uri"}, fields=fields),
        example,
    )
    told["content"][HTML] = {"schema": TEXT}
    return told


def _asking() -> Json:
    """What `asking.read` reads, and refuses otherwise."""
    most = forms.MOST_CHARACTERS
    blank = {"type": ["string", "null"]}
    properties = {
        "right": {"enum": [*Right]},
        "email": {**TEXT, "format": "email", "maxLength": most["email"]},
        "language": blank,
        "details": {**blank, "maxLength": most["long"]},
    }
    return {**_object(**properties), "required": ["right", "email"], "additionalProperties": False}


def _body(schema: Json, example: Json, required: bool = True) -> Json:
    one = {"schema": schema, "example": example}
    return {"required": required, "content": dict.fromkeys((JSON, *WEB_FORMS), one)}


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
    for status in ("400", "404", "409", "422"):  # a browser is answered with a page
        found[status]["content"][HTML] = {"schema": TEXT}
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
        "Status": _object(
            reference=REFERENCE,
            right={"enum": [*Right]},
            state={"enum": [*RequestState]},
            received_on=DAY,
            due_on={"anyOf": [DAY, {"type": "null"}]},
            because=TEXT,
            refusal={"type": ["string", "null"]},
            formats=_list(TEXT),
            until={"type": ["string", "null"]},
            accepts=_list({"enum": [*MediaType]}),
            document={"enum": [*Signature, None]},
            kept=_list({"type": "object"}),
            history=_list(_object(at=TEXT, step=TEXT, state=TEXT, by=TEXT, because=TEXT)),
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
        ("secret", "path", SECRET, "0" * 64, "As in the address that was told"),
        ("token", "path", SECRET, "0" * 64, "As in the link that was sent"),
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


def _object(**properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": [*properties]}


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}


def _ref(kind: str, name: object) -> Json:
    return {"$ref": f"#/components/{kind}/{name}"}
