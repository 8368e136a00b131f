"""The staff's side of subject requests: the queue by deadline, one request, and what is done."""

from collections.abc import Callable, Mapping
from typing import Any

from chalice import Response

from functions import guard, observing, problems, refusals, rendering, requests
from functions.api import Api, json_answer
from shared.errors import Conflict, Invalid, NotFound
from shared.model.contacts import Sensitive
from shared.model.requests import Queue, Refusal, Request, Step
from shared.model.staff import Action
from shared.policy import asking
from shared.policy.access_rights import Permission
from shared.policy.asking import Told
from shared.wiring import Office, desk, early, office
from shared.workflows import auditing, casework, days, documents, receiving
from shared.workflows import requests as workflow

api = Api(__name__, as_page=refusals.as_page)

SET, REMOVE = "set.", "remove."
"""Beginnings by which a page names the fields of a correction."""
Act = Callable[[str, Told, Office, str], Request]


@api.lambda_function(name="staff_requests")
def handle(event: dict[str, Any], context: Any) -> Any:
    """The Lambda function of these routes."""
    return api.alone(event, context)


@api.route("/staff/requests", methods=["GET"])
def show_queue() -> Response:
    """GET ?after=&unconfirmed= → 200 {"requests", "after", "unconfirmed"} or a page; 401, 403, 404.

    By the day that they are due; with `unconfirmed` those whose link has not been used.
    """
    _actor()
    asked: Mapping[str, str] = api.current_request.query_params or {}
    queue = Queue.UNCONFIRMED if asked.get("unconfirmed") else Queue.OPEN
    told = casework.waiting(office(), after=asked.get("after", ""), queue=queue)
    if requests.wants_page(api.current_request):
        return _page("staff_queue.html", waiting=told, queue=queue)
    return json_answer(200, told)


@api.route("/staff/requests", methods=["POST"])
def open_request() -> Response:
    """POST {"right", "email", "channel", "received_on", "because", "language", "details"}
    → 202 {"reference"}, or {"warnings"} as of a step.

    A request that came by mail, phone or letter: its clock starts on the day that it came in; more
    than a year ago that needs {"because"}.  401, 403, 422.
    """
    actor, here = _actor(), office()
    sent = requests.body_of(api.current_request, ())
    try:
        words = here.statement.sensitive_words
        asked = asking.read_by_staff(sent, words, days.today(here))
    except Invalid as refusal:
        return _refused(refusal)
    if asked.doubts:
        return _doubted(sent, asked.doubts)
    taken = receiving.receive(
        asked.right,
        asked.email,
        here,
        language=here.statement.language_for(sent.get("language") or ""),
        details=asked.details,
        channel=asked.channel,
        received_on=asked.received_on,
        actor=actor,
        because=asked.because,
    )
    return _done(taken, 202)


@api.route("/staff/requests/{reference}", methods=["GET"])
def show_request(reference: str) -> Response:
    """GET → 200, the request with its derivation, or a page; the reading is recorded.

    401, 403, 404.
    """
    permission, actor = _permitted()
    told = casework.show(reference, office(), permission=permission, actor=actor)
    told = rendering.with_remains(told, _language())
    if requests.wants_page(api.current_request):
        return _page("staff_request.html", told=told, refusals=list(Refusal))
    return json_answer(200, told)


@api.route("/staff/requests/{reference}/{action}", methods=["POST"])
def act(reference: str, action: str) -> Response:
    """POST identify, ask, extend, answer, refuse, hold or release → 200 {"reference", "state"}.

    POST upload-link → 201 {"url"}: where somebody can send a document, whom no mail reaches.

    {"text"}: the reason, question or answer that the person is told; refuse {"reason"}, answer
    {"corrections"}, hold and release {"ground"} besides.

    202 {"warnings"}: nothing is done until it comes again with `"confirmed": true`.  401; 403 by
    action; 404; 409 not in this state; 422 faults, sensitive text among them.
    """
    actor = _actor()
    if action == "upload-link":
        return _upload_link(reference, office(), actor)
    if action in HOLDS:
        guard.allowed(guard.staff_of(api.current_request), Action.HOLD)
    if action not in ACTIONS:
        message = "There is no such action."
        raise NotFound(message)
    request = api.current_request
    sent = requests.body_of(request, _lists(office())) if request.raw_body else {}
    try:
        words = office().statement.sensitive_words
        told = asking.read_step(_with_corrections(sent), words, refuses=action == "refuse")
        if told.doubts:
            return _doubted(sent, told.doubts)
        done = _once(action, reference, told, actor)
    except Invalid as refusal:
        return _refused(refusal)
    observing.tell(action=action)
    return _done(done, 200)


def _once(action: str, reference: str, told: Told, actor: str) -> Request:
    """Act; what was done already by the same person, with the same words, is done."""
    try:
        return ACTIONS[action](reference, told, office(), actor)
    except Conflict:
        because = f"{told.reason}: {told.text}" if action == "refuse" else told.text
        steps = {Step.RELEASE, Step.LIFT} if action == "release" else {Step(action)}
        if not casework.sent_again(reference, steps, because, actor):
            raise
        return workflow.read(reference)


def _upload_link(reference: str, here: Office, actor: str) -> Response:
    url = documents.hand_out(reference, here, actor=actor)
    observing.tell(action="upload-link")
    if requests.wants_page(api.current_request):
        return _done(workflow.read(reference), 201)
    return json_answer(201, {"url": url})


def _with_corrections(sent: dict[str, Any]) -> dict[str, Any]:
    """The step as JSON has it; a page sends `set.<field>`, and what is left empty stays as it is.

    `remove.<field>` is ticked for what is to go.
    """
    typed = {name.removeprefix(SET): one for name, one in sent.items() if name.startswith(SET)}
    ticked = {name.removeprefix(REMOVE): None for name in sent if name.startswith(REMOVE)}
    filled = {name: one for name, one in typed.items() if one}
    return {"corrections": {**ticked, **filled}, **sent}


def _lists(here: Office) -> list[str]:
    """The lists of a page, an item on each line."""
    return [f"{SET}{name}" for name, one in here.statement.fields.items() if one.kind == "list"]


def _identify(reference: str, told: Told, here: Office, actor: str) -> Request:
    return workflow.identify(reference, here, actor=actor, because=told.text)


def _ask(reference: str, told: Told, here: Office, actor: str) -> Request:
    return workflow.ask(reference, told.text, here, actor=actor)


def _extend(reference: str, told: Told, here: Office, actor: str) -> Request:
    return workflow.extend(reference, told.text, here, actor=actor)


def _answer(reference: str, told: Told, here: Office, actor: str) -> Request:
    return casework.answer(reference, told.text, told.corrections, here, actor=actor)


def _refuse(reference: str, told: Told, here: Office, actor: str) -> Request:
    return workflow.refuse(reference, told.reason, told.text, here, actor=actor)


def _hold(reference: str, told: Told, here: Office, actor: str) -> Request:
    return casework.hold(reference, told.text, told.ground, here, actor=actor)


def _release(reference: str, told: Told, here: Office, actor: str) -> Request:
    return casework.release(reference, told.text, here, actor=actor, ground=told.ground)


ACTIONS: dict[str, Act] = {
    "identify": _identify,
    "ask": _ask,
    "extend": _extend,
    "answer": _answer,
    "refuse": _refuse,
    "hold": _hold,
    "release": _release,
}


HOLDS = frozenset({"hold", "release"})


def _permitted() -> tuple[Permission, str]:
    """By which role, and who asks, if they may.  Raises Unauthenticated or Forbidden."""
    staff = guard.staff_of(api.current_request)
    permission = guard.allowed(staff, Action.REQUESTS)
    return permission, auditing.actor(permission, staff)


def _actor() -> str:
    return _permitted()[1]


def _language() -> str:
    return requests.language_of(api.current_request, desk().statement)


def _refused(refusal: Invalid) -> Response:
    return problems.from_faults(refusal.faults, rendering.words(_language())["faults"])


def _doubted(sent: Mapping[str, Any], doubts: tuple[Sensitive, ...]) -> Response:
    """The doubts about a text; on a page, with a button that sends it all the same."""
    if requests.wants_page(api.current_request):
        return _page("staff_doubts.html", doubts=doubts, sent=sent)
    warnings = rendering.words(_language())["staff"]["confirm"]
    return json_answer(202, {"warnings": [warnings[one] for one in doubts]})


def _page(name: str, **facts: Any) -> Response:
    asked, statement = api.current_request, desk().statement
    root, here = requests.root_of(asked), requests.path_of(asked)
    return rendering.staff_page(name, statement, _language(), root, here=here, **facts)


def _done(request: Request, status: int) -> Response:
    asked = api.current_request
    if requests.wants_page(asked):
        location = requests.led_to(asked, f"/staff/requests/{request.reference}")
        return Response(body="", status_code=303, headers={"Location": location})
    return json_answer(status, {"reference": request.reference, "state": request.state})


early(office)
early(lambda: api.alone)
