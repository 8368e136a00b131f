"""What can be asked over HTTP: an OpenAPI 3.1 document of the statement that runs.

Pure.  Bodies are described by what checks them.  Each form has a path of its own, such as
/forms/contact, though one route serves them all: only so has each its exact fields.
"""

from collections.abc import Iterable
from urllib.parse import quote

from functions import rendering
from functions.components import (
    CSS,
    HTML,
    JSON,
    PREFLIGHT,
    REFERENCE,
    SAMPLE,
    TEXT,
    THANKS,
    Json,
    Names,
    answer,
    array_of,
    components,
    headed,
    object_of,
    ref,
)
from shared.model.requests import Right
from shared.policy import asking, bodies, exports, forms, texts
from shared.policy.documents import MediaType
from shared.statement.types import Form, Statement

ABOUT = """\
A form can be sent as JSON, urlencoded or multipart, in at most 64 KiB. Refusals are problem \
documents (RFC 9457) with every fault at once; none repeats a value that was sent. What is not \
described here is not found (404), and a method that a path does not have is not allowed (405; \
behind API Gateway 404). The staff's routes under /staff are not for websites, and not described, \
nor is the operators' /health/deep. The firewall and the gateway may refuse by themselves (403, \
429, 5xx), and then say less."""

WEB_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
LANGUAGE = ("language", "Accept-Language")
REPLY: Json = {
    "type": "object",
    "properties": {
        "answer": {
            **TEXT,
            "pattern": texts.TAKEN_AND_SOMETHING,
            "maxLength": asking.MOST_CHARACTERS,
        }
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
CONFIRM: Json = {
    "type": "object",
    "properties": {"action": {"enum": ["confirm", "undo", "object"]}},
}
DECIDE: Json = {
    "type": "object",
    "properties": {"action": {"enum": ["confirm", "reject"]}},
    "required": ["action"],
}
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
    "undelivered": False,
    "kept": [],
    "remains": [],
    "history": [],
}


def document(statement: Statement, language: str, root: str) -> Json:
    """The document, with the statement's own words in one of its languages.

    `root`: requests.root_of, to which the paths are added.
    """
    paths = _website() | _subject_requests()
    for name, form in statement.forms.items():
        paths[f"/forms/{quote(name)}"] = _form(name, form, statement, language)
    info = {"title": statement.controller.name, "version": statement.version, "description": ABOUT}
    servers = [{"url": root or "/"}]
    return {
        "openapi": "3.1.0",
        "info": info,
        "servers": servers,
        "paths": paths,
        "components": components(statement, rendering.words(language)["faults"]),
    }


def _website() -> Json:
    page = answer("The page.", TEXT, "<!doctype html>", HTML)
    style = answer("The stylesheet.", TEXT, "body { margin: 0 }", CSS)
    ready = answer("Ready.", object_of(status={"const": "ready"}), {"status": "ready"})
    here = answer("The document.", object_of(openapi=TEXT), {"openapi": "3.1.0"})
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
    shows = answer("What to show.", ref("schemas", "Form"), shown)
    taken = answer("Taken in.", ref("schemas", "Receipt"), {**SAMPLE, "warnings": []})
    leads = headed(answer("Taken in, from a client that accepts text/html."), ["Location"])
    allows = headed(answer("What a page of a configured origin may do."), PREFLIGHT)
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
    form = answer("The page.", TEXT, "<!doctype html>", HTML)
    allows = headed(answer("What a page of a configured origin may do."), PREFLIGHT)
    told = answer("Where it stands.", ref("schemas", "Status"), STATUS)
    told["content"][HTML] = {"schema": TEXT}
    confirmed = {"reference": SAMPLE["reference"], "state": "identified"}
    known = answer(
        "Confirmed, or taken back.", object_of(reference=REFERENCE, state=TEXT), confirmed
    )
    answered = answer("Done.", object_of(reference=REFERENCE), {"reference": SAMPLE["reference"]})
    leads = headed(answer("Done, for a client that accepts text/html."), ["Location"])
    file = answer("The file.")
    file["content"] = {kind: {"schema": TEXT} for kind in (JSON, HTML, "text/csv", "text/vcard")}
    file["content"][JSON]["schema"] = {"type": "object"}
    keys = answer("The keys.", object_of(keys=array_of({"type": "object"})), {"keys": []})
    here = "/requests/{reference}/{secret}"
    done: dict[int, Json] = {202: _sent(), 303: leads}
    mine, linked = ("path-reference", "path-secret"), ("path-reference", "path-token")
    page = answer("A page with a button.", TEXT, "<!doctype html>", HTML)

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
        f"{here}/result": post(
            "result", "Download", {200: file, 303: _elsewhere()}, mine, _body(RESULT, GETTING)
        ),
        "/confirm/{reference}/{token}": {
            **_get("show_link", "Where a mail leads to", page, (*linked, *LANGUAGE), {404}),
            **post(
                "confirm", "Confirm", {200: known, 303: leads}, linked, _body(CONFIRM, {}, False)
            ),
        },
        "/documents/{reference}/{token}": {
            **_get("show_upload", "Where staff's link leads to", page, (*linked, *LANGUAGE), {404}),
            **post(
                "send_linked", "Send a document", {201: _upload()}, linked, _body(DOCUMENT, SENDING)
            ),
        },
        "/confirm/form/{reference}/{token}": {
            **_get(
                "show_form_sent", "What was sent with a form", page, (*linked, *LANGUAGE), {404}
            ),
            **post(
                "answer_form",
                "Confirm or reject it",
                {200: answered},
                linked,
                _body(DECIDE, {"action": "confirm"}),
            ),
        },
        "/certificates/keys.json": _get("keys", "What checks certificates", keys),
    }


def _sent() -> Json:
    example = {"reference": SAMPLE["reference"], "status_url": "https://www.example.com/requests/"}
    return answer("Done.", object_of(reference=REFERENCE, status_url=TEXT), example)


def _elsewhere() -> Json:
    example = {"url": "https://documents.example.com/results/0", "until": "2026-11-22T09:05:00Z"}
    schema = object_of(url={**TEXT, "format": "uri"}, until={**TEXT, "format": "date-time"})
    what = "Where a file is that is larger than an answer, for five minutes."
    return headed(answer(what, schema, example), ["Location"])


def _upload() -> Json:
    """A form that is posted as multipart/form-data, with `fields` first and the file last."""
    fields = {"type": "object", "additionalProperties": TEXT}
    example = {"url": "https://documents.example.com/", "fields": {"key": "documents/0"}}
    told = answer(
        "Where one file can be sent to, for ten minutes.",
        object_of(url={**TEXT, "format": "uri"}, fields=fields),
        example,
    )
    told["content"][HTML] = {"schema": TEXT}
    return told


def _asking() -> Json:
    """The body that `asking.read` takes; it refuses any other."""
    blank = {"type": ["string", "null"]}
    properties = {
        "right": {"enum": [*Right]},
        "email": {**TEXT, "format": "email", "maxLength": forms.MOST_CHARACTERS["email"]},
        "language": blank,
        "details": {**blank, "maxLength": asking.MOST_CHARACTERS, "pattern": texts.TAKEN},
    }
    return {
        **object_of(**properties),
        "required": ["right", "email"],
        "additionalProperties": False,
    }


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
    refusals = {status: ref("responses", status) for status in sorted({*refused, 429, 500})}
    return {
        "operationId": name,
        "summary": summary,
        "parameters": [ref("parameters", one) for one in said],
        "responses": {str(status): answer for status, answer in (answers | refusals).items()},
    }
