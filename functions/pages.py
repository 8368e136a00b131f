"""The company's small website: its forms, the thanks page, and whether the system is up."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

from chalice import Response

from functions import rendering, requests
from functions.api import Api
from shared.errors import Malformed
from shared.wiring import desk, early

TOLD = ("form", "reference", "erased_on", "stored")

api = Api(__name__)


@api.lambda_function(name="pages")
def handle(event: dict[str, Any], context: Any) -> Any:
    """The Lambda function of these routes."""
    return api.alone(event, context)


@api.route("/", methods=["GET"])
def home() -> Response:
    """GET ?language=nb → 200, the list of forms."""
    statement, request = desk().statement, api.current_request
    language = requests.language_of(request, statement)
    return rendering.home_page(statement, language, requests.root_of(request))


@api.route("/page/{form_name}", methods=["GET"])
def form(form_name: str) -> Response:
    """GET ?language=nb → 200, the form as a page; 404."""
    statement, request = desk().statement, api.current_request
    statement.form(form_name)
    language = requests.language_of(request, statement)
    root = requests.root_of(request)
    site = requests.base_url(request)
    url = f"{site}{root}/page/{quote(form_name)}" if site else ""
    return rendering.form_page(form_name, statement, language, root, page=url)


@api.route("/thanks", methods=["GET"])
def thanks() -> Response:
    """GET with what POST /forms/{form} redirected to → 200; 400, 404."""
    statement, request = desk().statement, api.current_request
    told: Mapping[str, str] = request.query_params or {}
    form_name, reference = told.get("form", ""), told.get("reference", "")
    statement.form(form_name)
    try:
        erased_on = date.fromisoformat(told["erased_on"]) if told.get("erased_on") else None
    except ValueError:
        reference, erased_on = "", None
    if not requests.REFERENCE.fullmatch(reference):
        message = "This is not the address that the form led to."
        raise Malformed(message)
    return rendering.thanks_page(
        statement,
        requests.language_of(request, statement),
        requests.root_of(request),
        form_name=form_name,
        reference=reference,
        erased_on=erased_on,
        stored=tuple(told.get("stored", "").split()),
        keep=urlencode({key: told.get(key, "") for key in TOLD}),
    )


@api.route("/site.css", methods=["GET"])
def stylesheet() -> Response:
    """GET → 200, the stylesheet."""
    return rendering.stylesheet()


@api.route("/openapi.json", methods=["GET"])
def describe() -> Response:
    """GET ?language=nb → 200, what can be asked here, as an OpenAPI document."""
    from functions import openapi  # noqa: PLC0415  # it needs what checks a form; a page does not

    statement, request = desk().statement, api.current_request
    language = requests.language_of(request, statement)
    body = openapi.document(statement, language, requests.root_of(request))
    return Response(body, {"Content-Type": "application/json"}, 200)


@api.route("/health", methods=["GET"])
def health() -> Response:
    """GET → 200 {"status": "ready"} once settings and statement are in order; 500."""
    desk()
    return Response({"status": "ready"}, {"Content-Type": "application/json"}, 200)


early(desk)
early(lambda: api.alone)
