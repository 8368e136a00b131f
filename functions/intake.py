"""Forms, chat, orders and downloads from the website."""

from typing import Any
from urllib.parse import urlencode

from chalice import Response

from functions import observing, problems, rendering, requests
from functions.api import Api, json_answer
from shared.errors import Invalid, TooMany
from shared.policy import forms
from shared.statement.types import Statement
from shared.wiring import desk, early, office
from shared.workflows import health, submissions
from shared.workflows.submissions import Answer

api = Api(__name__)


@api.lambda_function(name="intake")
def handle(event: dict[str, Any], context: Any) -> Any:
    """The Lambda function of these routes."""
    return api.alone(event, context)


@api.route("/forms/{form_name}", methods=["GET"])
def show_form(form_name: str) -> Response:
    """GET ?language=nb → 200 {"form", "fields", "notice", "choices", "honeypot"}; 404."""
    statement = desk().statement
    form = statement.form(form_name)
    language = requests.language_of(api.current_request, statement)
    return json_answer(200, _shown(form_name, form, statement, language))


@api.route("/forms/{form_name}", methods=["POST"])
def submit_form(form_name: str) -> Response:
    """POST the fields → 202 {"reference", "erased_on", "warnings"}, a browser 303 or a page.

    400 unreadable; 404 no such form; 413; 415; 422 faults, or an Idempotency-Key used before; 429
    where no more is taken for the address today.
    """
    request, statement = api.current_request, desk().statement
    form = statement.form(form_name)
    observing.tell(form=form_name)
    sent = requests.body_of(request, *(_fields(statement, kind) for kind in ("list", "answers")))
    visit = requests.visit_of(request, statement)
    key = requests.idempotency_key(request)
    try:
        answer = submissions.submit(form_name, sent, visit, key, office())
    except Invalid as refusal:
        return _refused(form_name, sent, refusal, statement)
    except TooMany as refusal:
        return _too_many(form_name, sent, refusal, statement)
    observing.tell(answer=answer.taken)
    language = _language(sent, statement)
    if requests.wants_page(request):
        ours = form.thanks.startswith("/")  # and not a page of the company's other site
        thanks = requests.root_of(request) + form.thanks if ours else form.thanks
        return _redirect(form_name, thanks, answer, language)
    return json_answer(202, _told(answer, language))


@api.route(health.PATH, methods=["GET"])
def deep_health() -> Response:
    """GET by the canary → 200 {"status": "ready"}, where a form can be taken in; 404, 500."""
    here = office()
    health.demand_canary(requests.bearer(api.current_request), here)
    health.check(here)
    return json_answer(200, {"status": "ready"})


@api.route("/forms/{form_name}", methods=["OPTIONS"])
def preflight(form_name: str) -> Response:
    """OPTIONS → 204; a configured origin is told what it may send; 404."""
    desk().statement.form(form_name)
    return Response(body="", status_code=204)


def _shown(form_name: str, form: Any, statement: Statement, language: str) -> dict[str, Any]:
    notice = statement.notice_for(language)
    return {
        "form": form_name,
        "fields": forms.schema(form, statement, language),
        "notice": {"id": notice.id, "text": notice.text, "language": language},
        "choices": [
            {"id": name, "text": choice.text[language], "purpose": choice.purpose}
            for name, choice in statement.choices.items()
            if name in form.choices
        ],
        "honeypot": statement.website.honeypot,
    }


def _told(answer: Answer, language: str) -> dict[str, Any]:
    warnings = rendering.words(language)["warnings"]
    return {
        "reference": answer.reference,
        "erased_on": answer.erased_on.isoformat() if answer.erased_on else None,
        "warnings": [warnings[warning] for warning in answer.warnings],
    }


def _redirect(form_name: str, thanks: str, answer: Answer, language: str) -> Response:
    """To the thanks page.  No value travels in the address, and warnings only behind the "#"."""
    query = {
        "form": form_name,
        "language": language,
        "reference": answer.reference,
        "erased_on": answer.erased_on.isoformat() if answer.erased_on else "",
        "stored": " ".join(answer.stored),
    }
    fragment = f"#{'-'.join(answer.warnings)}" if answer.warnings else ""
    location = f"{thanks}?{urlencode(query)}{fragment}"
    return Response(body="", status_code=303, headers={"Location": location})


def _refused(
    form_name: str, sent: dict[str, Any], refusal: Invalid, statement: Statement
) -> Response:
    language, request = _language(sent, statement), api.current_request
    if requests.wants_page(request):
        root, faults = requests.root_of(request), refusal.faults
        return rendering.form_page(
            form_name, statement, language, root, sent=sent, faults=faults, page=""
        )
    return problems.from_faults(refusal.faults, rendering.words(language)["faults"])


def _too_many(
    form_name: str, sent: dict[str, Any], refusal: TooMany, statement: Statement
) -> Response:
    """The refusal; a page keeps what was typed: tomorrow it can be sent."""
    document, request = problems.from_error(refusal), api.current_request
    if not requests.wants_page(request):
        return document
    language, root = _language(sent, statement), requests.root_of(request)
    page = rendering.form_page(form_name, statement, language, root, sent=sent, full=True, page="")
    page.headers["Retry-After"] = document.headers["Retry-After"]
    return page


def _language(sent: dict[str, Any], statement: Statement) -> str:
    """The language of the notice that was shown, or else the one the request prefers."""
    notice = sent.get("notice")
    shown = statement.notice_shown(notice) if isinstance(notice, str) else None
    return shown.language if shown else requests.language_of(api.current_request, statement)


def _fields(statement: Statement, kind: str) -> list[str]:
    return [name for name, field in statement.fields.items() if field.kind == kind]


early(office)
early(lambda: api.alone)
