"""A data subject uses a right: asks, proves, follows, and gets the result.

No GET changes anything: a scanner may open every link of a mail.  Whoever has the status address
follows a request; what is personal in its result needs a code that is sent by mail besides.
"""

from collections.abc import Callable
from typing import Any

from chalice import Response

from functions import delivering, observing, problems, refusals, rendering, requests
from functions.api import Api, json_answer
from shared.errors import Conflict, Fault, FaultCode, Invalid, NotFound, Superseded
from shared.gateways import certificates
from shared.gateways.documents import Upload
from shared.model.requests import Request, Right
from shared.policy import asking
from shared.policy import requests as policy
from shared.policy.documents import MediaType
from shared.wiring import Office, desk, early, office
from shared.workflows import answers, beside, documents, letters, moving, proving, receiving
from shared.workflows import requests as workflow
from shared.workflows.status import for_person

Invite = Callable[[Request, MediaType, Office, str], Upload]

api = Api(__name__, as_page=refusals.as_page)


@api.lambda_function(name="subject_requests")
def handle(event: dict[str, Any], context: Any) -> Any:
    """The Lambda function of these routes."""
    return api.alone(event, context)


# Asking ------------------------------------------------------------------------------------------


@api.route("/requests", methods=["GET"])
def show_form() -> Response:
    """GET ?language=nb → 200, the page on which every right can be used."""
    statement = desk().statement
    language = requests.language_of(api.current_request, statement)
    return rendering.request_form(statement, language, requests.root_of(api.current_request))


@api.route("/requests", methods=["OPTIONS"])
def preflight() -> Response:
    """OPTIONS → 204; a configured origin is told what it may send."""
    return Response(body="", status_code=204)


@api.route("/requests", methods=["POST"])
def receive() -> Response:
    """POST {"right", "email", "language", "details"} → 202 {"reference", "status_url"}.

    The same, by the same calls, for a known and an unknown address; a browser gets 303.
    400, 413, 415, 422.
    """
    request, statement = api.current_request, desk().statement
    sent = requests.body_of(request, ())
    language = statement.language_for(
        _text(sent.get("language")), requests.language_of(request, statement)
    )
    try:
        asked = asking.read(sent)
    except Invalid as refusal:
        if requests.wants_page(request):
            root = requests.root_of(request)
            return rendering.request_form(statement, language, root, sent, refusal.faults)
        return _refused(refusal, language)
    here = office()
    taken = receiving.take_in(
        asked.right, asked.email, here, language=language, details=asked.details
    )
    observing.tell(right=asked.right)
    return _sent(taken.reference, here)


def _text(content: object) -> str:
    return content.strip() if isinstance(content, str) else ""


# Following ---------------------------------------------------------------------------------------


@api.route("/requests/{reference}/{secret}", methods=["GET"])
def follow(reference: str, secret: str) -> Response:
    """GET → 200: a page, or {"reference", "right", "state", "received_on", "due_on", ...}; 404."""
    here = office()
    return _shown(proving.opened_by(reference, secret, here), here)


@api.route("/requests/{reference}/{secret}/link", methods=["POST"])
def send_link(reference: str, secret: str) -> Response:
    """POST → 202: another link is sent, and the one before it is no longer good; 404, 409."""
    here = office()
    proving.new_link(proving.opened_by(reference, secret, here), here)
    return _sent(reference, here)


@api.route("/requests/{reference}/{secret}/code", methods=["POST"])
def send_code(reference: str, secret: str) -> Response:
    """POST → 202: a one-time code is sent; 404, 409 where there is nothing to download."""
    here = office()
    proving.new_code(proving.opened_by(reference, secret, here), here)
    return _sent(reference, here)


@api.route("/requests/{reference}/{secret}/result", methods=["POST"])
def result(reference: str, secret: str) -> Response:
    """POST {"code", "format"} → 200, the file; 404 no good code, 409, 422 no such format.

    303 {"url", "until"} to a file that is larger than an answer can be.

    A certificate needs no code: it holds nothing of the person.
    """
    try:
        return _result(reference, secret)
    except (NotFound, Conflict):
        here = office()
        known = proving.opened_by(reference, secret, here)
        if not requests.wants_page(api.current_request):
            raise
        response = _shown(known, here, refused=True)
        response.status_code = 409
        return response


def _result(reference: str, secret: str) -> Response:
    here = office()
    request = answers.completed(proving.opened_by(reference, secret, here), here)
    sent = requests.body_of(api.current_request, ())
    if not policy.formats(request, here.now()):
        message = "There is nothing to download."
        raise Conflict(message)
    wanted = delivering.format_of(request, _text(sent.get("format")), here)
    if wanted is None:
        fault = Fault("/format", FaultCode.UNKNOWN_FORMAT)
        return _refused(Invalid((fault,)), _spoken(request, here))
    if wanted == delivering.CERTIFICATE:
        return delivering.certificate(request)
    tried = proving.try_code(request, _text(sent.get("code")), here)
    file = delivering.export(tried, wanted, here)
    proving.use_code(tried, here)
    return file


@api.route("/requests/{reference}/{secret}/reply", methods=["POST"])
def reply(reference: str, secret: str) -> Response:
    """POST {"answer"} → 202: what was asked about identity is answered; 404, 409, 422."""
    here = office()
    request = proving.opened_by(reference, secret, here)
    try:
        answer = asking.read_reply(requests.body_of(api.current_request, ()))
    except Invalid as refusal:
        return _refused(refusal, _spoken(request, here))
    workflow.reply(reference, answer, here)
    return _sent(reference, here)


@api.route("/requests/{reference}/{secret}/documents", methods=["POST"])
def invite_document(reference: str, secret: str) -> Response:
    """POST {"content_type"} → 201 {"url", "fields"}: a form for one file, good for ten minutes.

    404, also where no documents are taken in; 409 closed, not confirmed yet, or no proof is needed,
    or five were asked for; 422.
    """
    here = office()
    request = proving.opened_by(reference, secret, here)
    path = letters.status_path(reference, here)
    return _form_for_document(request, path, here, documents.invite)


def _form_for_document(request: Request, path: str, here: Office, invite: Invite) -> Response:
    """`path`: where a browser comes back to."""
    media_type = _text(requests.body_of(api.current_request, ()).get("content_type"))
    if media_type not in list(MediaType):
        code = FaultCode.UNKNOWN_MEDIA_TYPE if media_type else FaultCode.REQUIRED
        return _refused(Invalid((Fault("/content_type", code),)), _spoken(request, here))
    if not requests.wants_page(api.current_request):
        upload = invite(request, MediaType(media_type), here, "")
        return _json(201, {"url": upload.url, "fields": upload.fields})
    back = f"{here.site}{path}"
    upload = invite(request, MediaType(media_type), here, back)
    page = _page("request_upload.html", request, here, path, upload=upload)
    page.status_code = 201
    return rendering.may_send_to(back, rendering.may_send_to(upload.url, page))


@api.route("/documents/{reference}/{token}", methods=["GET"])
def show_upload(reference: str, token: str) -> Response:
    """GET → 200, the page on which a document can be sent by a link of the staff's; 404."""
    here = office()
    request = documents.linked(reference, token, here)
    path = requests.path_of(api.current_request)
    facts = {"accepts": list(MediaType), "document": request.document, "sent": _document_sent()}
    return _page("request_linked.html", request, here, path, **facts)


@api.route("/documents/{reference}/{token}", methods=["POST"])
def invite_linked(reference: str, token: str) -> Response:
    """POST {"content_type"} → 201 {"url", "fields"}, as for who was identified; 404, 409, 422."""
    here = office()
    request = documents.linked(reference, token, here)
    path = requests.path_of(api.current_request)
    return _form_for_document(request, path, here, documents.form)


@api.route("/requests/{reference}/{secret}/withdraw", methods=["POST"])
def withdraw(reference: str, secret: str) -> Response:
    """POST → 202: the request is taken back; 404, 409 when it is closed."""
    here = office()
    proving.opened_by(reference, secret, here)
    receiving.withdraw(reference, here)
    return _sent(reference, here)


# Proving -----------------------------------------------------------------------------------------


@api.route("/confirm/{reference}/{token}", methods=["GET"])
def show_link(reference: str, token: str) -> Response:
    """GET → 200, a page with a button; or why there is none; nothing happens yet; 404."""
    here = office()
    return _link(proving.seen_by_link(reference, token, here), token, here)


@api.route("/confirm/{reference}/{token}", methods=["POST"])
def confirm(reference: str, token: str) -> Response:
    """POST → 200 {"reference", "state"}, a browser 303; {"action": "undo"} takes it back.

    The link to an address that is to be moved keeps it, whatever the action.

    404 for a link that is wrong or too old; 409 where it is confirmed already.
    """
    here, request = office(), api.current_request
    sent = requests.body_of(request, ()) if request.raw_body else {}
    try:
        known = _used(reference, token, sent.get("action") == "undo", here)
    except (NotFound, Conflict) as refusal:
        if isinstance(refusal, Superseded) or not requests.wants_page(request):
            raise
        page = _link(proving.seen_by_link(reference, token, here), token, here)
        page.status_code = 409
        return page
    if requests.wants_page(request):
        if known.moves_at and not letters.is_objection_token(token, reference, here):
            return _link(known, token, here)
        return _see(letters.status_path(reference, here))
    return _json(200, {"reference": reference, "state": known.state})


def _used(reference: str, token: str, undoes: bool, here: Office) -> Request:
    known = proving.by_link(reference, token, here)
    if letters.is_objection_token(token, reference, here):
        return moving.object_to(known, here)
    if undoes:
        return receiving.undo(known, here)
    if known.new_email:
        return moving.prove(known, here)
    return proving.confirmed(known, here)


@api.route("/confirm/form/{reference}/{token}", methods=["GET"])
def show_form_sent(reference: str, token: str) -> Response:
    """GET → 200, a page that shows what was sent, with two buttons; nothing happens yet; 404."""
    here = office()
    asked = beside.seen(reference, token, here)
    return _form_page(asked.language, here, asked=asked)


@api.route("/confirm/form/{reference}/{token}", methods=["POST"])
def answer_form(reference: str, token: str) -> Response:
    """POST {"action": "confirm" or "reject"} → 200 {"reference"}, a page; 404, 409, 422."""
    here, request = office(), api.current_request
    action = requests.body_of(request, ()).get("action")
    asked = beside.seen(reference, token, here)
    if action not in ("confirm", "reject"):
        code = FaultCode.UNKNOWN_CHOICE if action else FaultCode.REQUIRED
        return _refused(Invalid((Fault("/action", code),)), asked.language)
    confirms = action == "confirm"
    beside.answer(reference, token, here, confirms=confirms)
    if not requests.wants_page(request):
        return _json(200, {"reference": reference})
    return _form_page(asked.language, here, done="done_yes" if confirms else "done_no")


def _form_page(
    spoken: str, here: Office, *, asked: beside.Asked | None = None, done: str = ""
) -> Response:
    request = api.current_request
    language = requests.language_of(request, here.statement, spoken)
    return rendering.form_sent_page(
        here.statement,
        language,
        requests.root_of(request),
        here=requests.path_of(request),
        day=asked.on if asked else None,
        values=asked.values if asked else (),
        choices=asked.choices if asked else (),
        done=done,
    )


@api.route("/certificates/keys.json", methods=["GET"])
def keys() -> Response:
    """GET → 200, the JSON Web Key Set that checks certificates."""
    return _json(200, {"keys": [certificates.public_key(office().keys.signing_key)]})


def _link(request: Request, token: str, here: Office) -> Response:
    """The page that a link leads to: a button, or why there is none.

    What was written is shown to whoever reads the mails of the request's own address.
    """
    path = requests.path_of(api.current_request)
    if letters.is_objection_token(token, request.reference, here):
        waits = policy.can_be_objected_to(request)
        details = proving.written_with(request) if waits else ""
        facts = {"waits": waits, "stays": request.state in policy.OPEN and not request.moves}
        return _page("request_object.html", request, here, path, details=details, **facts)
    moves = bool(request.new_email)
    held = request.moves_at if moves else None
    waits = policy.waits_for_link(request) or (moves and not held)
    expired = waits and not policy.is_good(request.link, here.now())
    to_new = moves or (request.right is Right.RECTIFICATION and not waits)  # or may have been
    return _page(
        "request_confirm.html",
        request,
        here,
        path,
        request=request,
        moves=moves,
        held=held.isoformat() if held else "",
        undoes=request.right in policy.STOPS and waits,
        done=not waits,
        expired=expired,
        details="" if to_new or not waits or expired else proving.written_with(request),
        follow="" if to_new else letters.status_path(request.reference, here),
    )


def _shown(request: Request, here: Office, *, refused: bool = False) -> Response:
    """`refused`: a download was, and a page says so."""
    told = for_person(answers.completed(request, here), here)
    told = rendering.with_remains(told, _spoken(request, here))
    if not requests.wants_page(api.current_request):
        return _json(200, told)
    sent = request.code if policy.is_good(request.code, here.now()) else None
    path = letters.status_path(request.reference, here)
    facts = {"told": told, "refused": refused, "code_until": sent and sent.until.isoformat()}
    facts |= {"is_pending": request.pending, "sent": _document_sent()}
    page = _page("request_status.html", request, here, path, **facts)
    if told["until"] and here.documents:  # a download may be led there
        return rendering.may_send_to(here.documents.address(), page)
    return page


def _document_sent() -> bool:
    """Whether a browser comes back from the bucket, which adds what it has taken."""
    return "key" in (api.current_request.query_params or {})


def _page(name: str, known: Request, here: Office, path: str, **facts: Any) -> Response:
    """A page at `path`, in the language that was chosen with the request."""
    root = requests.root_of(api.current_request)
    language = _spoken(known, here)
    return rendering.secret_page(name, here.statement, language, root, here=path, **facts)


def _spoken(known: Request, here: Office) -> str:
    return requests.language_of(api.current_request, here.statement, known.language)


def _sent(reference: str, here: Office) -> Response:
    """Done: a browser goes back to the status."""
    if requests.wants_page(api.current_request):
        return _see(letters.status_path(reference, here))
    return _json(202, {"reference": reference, "status_url": letters.status_url(reference, here)})


def _see(path: str) -> Response:
    location = requests.led_to(api.current_request, path)
    headers: dict[str, str | list[str]] = {"Location": location, **rendering.SECRET_HEADERS}
    return Response(body="", status_code=303, headers=headers)


def _json(status_code: int, body: dict[str, Any]) -> Response:
    answer = json_answer(status_code, body)
    answer.headers.update(rendering.SECRET_HEADERS)
    return answer


def _refused(refusal: Invalid, language: str) -> Response:
    return problems.from_faults(refusal.faults, rendering.words(language)["faults"])


early(office)
early(lambda: api.alone)
