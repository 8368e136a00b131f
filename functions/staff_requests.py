"""The staff's side of subject requests: the queue by deadline, one request, and what is done."""

from collections.abc import Callable
from typing import Any

from chalice import Response

from functions import guard, observing, problems, refusals, rendering, requests
from functions.api import Api, json_answer
from shared.errors import Fault, FaultCode, Invalid, NotFound
from shared.model.requests import Refusal, Request
from shared.model.staff import Action
from shared.policy import asking
from shared.policy.access_rights import Permission
from shared.wiring import Office, desk, office
from shared.workflows import auditing, casework, receiving
from shared.workflows import requests as workflow

api = Api(__name__, as_page=refusals.as_page)

Act = Callable[[str, dict[str, Any], Office, str], Request]


@api.lambda_function(name="staff_requests")
def handle(event: dict[str, Any], context: Any) -> Any:
    """The Lambda function of these routes."""
    return api.alone(event, context)


@api.route("/staff/requests", methods=["GET"])
def show_queue() -> Response:
    """GET → 200 {"requests": [...]} by the day that they are due, or a page; 401, 403."""
    _actor()
    told = casework.waiting(office())
    if requests.wants_page(api.current_request):
        return _page("staff_queue.html", waiting=told)
    return json_answer(200, {"requests": told})


@api.route("/staff/requests", methods=["POST"])
def open_request() -> Response:
    """POST {"right", "email", "channel", "received_on", "language", "details"} → 202 {"reference"}.

    A request that came by mail, phone or letter: its clock starts on the day that it came in.
    401, 403, 422.
    """
    actor, here = _actor(), office()
    sent = requests.body_of(api.current_request, ())
    try:
        asked = asking.read_by_staff(sent, workflow.today(here))
    except Invalid as refusal:
        return _refused(refusal)
    taken = receiving.receive(
        asked.right,
        asked.email,
        here,
        language=here.statement.language_for(sent.get("language") or ""),
        details=asked.details,
        channel=asked.channel,
        received_on=asked.received_on,
        actor=actor,
    )
    return _done(taken, 202)


@api.route("/staff/requests/{reference}", methods=["GET"])
def show_request(reference: str) -> Response:
    """GET → 200, the request with its derivation, or a page; the reading is recorded.

    401, 403, 404.
    """
    permission, actor = _permitted()
    told = casework.show(reference, office(), permission=permission, actor=actor)
    if requests.wants_page(api.current_request):
        return _page("staff_request.html", told=told, refusals=list(Refusal))
    return json_answer(200, told)


@api.route("/staff/requests/{reference}/{action}", methods=["POST"])
def act(reference: str, action: str) -> Response:
    """POST identify, ask, extend, answer, refuse, hold or release → 200 {"reference", "state"}.

    {"text"}: the reason, question or answer that the person is told; refuse {"reason"}, answer
    {"corrections"}, hold and release {"ground"} besides.

    401, 403, 404; 409 not in this state; 422.
    """
    actor, here = _actor(), office()
    if action not in ACTIONS:
        message = "There is no such action."
        raise NotFound(message)
    request = api.current_request
    sent = requests.body_of(request, ()) if request.raw_body else {}
    try:
        done = ACTIONS[action](reference, sent, here, actor)
    except Invalid as refusal:
        return _refused(refusal)
    observing.tell(action=action)
    return _done(done, 200)


def _identify(reference: str, sent: dict[str, Any], here: Office, actor: str) -> Request:
    return workflow.identify(reference, here, actor=actor, because=_text(sent, "text"))


def _ask(reference: str, sent: dict[str, Any], here: Office, actor: str) -> Request:
    return workflow.ask(reference, _text(sent, "text"), here, actor=actor)


def _extend(reference: str, sent: dict[str, Any], here: Office, actor: str) -> Request:
    return workflow.extend(reference, _text(sent, "text"), here, actor=actor)


def _answer(reference: str, sent: dict[str, Any], here: Office, actor: str) -> Request:
    corrections = sent.get("corrections") or _corrections(sent)
    if not isinstance(corrections, dict):
        raise Invalid((Fault("/corrections", FaultCode.NOT_AN_OBJECT),))
    return casework.answer(reference, _text(sent, "text"), corrections, here, actor=actor)


def _corrections(sent: dict[str, Any]) -> dict[str, Any]:
    """As a page sends them: `set.<field>`; what is left empty stays as it is."""
    return {
        name.removeprefix("set."): one
        for name, one in sent.items()
        if name.startswith("set.") and one
    }


def _refuse(reference: str, sent: dict[str, Any], here: Office, actor: str) -> Request:
    if sent.get("reason") not in list(Refusal):
        raise Invalid((Fault("/reason", FaultCode.UNKNOWN_REASON),))
    reason, text = Refusal(sent["reason"]), _text(sent, "text")
    return workflow.refuse(reference, reason, text, here, actor=actor)


def _hold(reference: str, sent: dict[str, Any], here: Office, actor: str) -> Request:
    ground = _text(sent, "ground", needed=False)
    return casework.hold(reference, _text(sent, "text"), ground, here, actor=actor)


def _release(reference: str, sent: dict[str, Any], here: Office, actor: str) -> Request:
    ground = _text(sent, "ground", needed=False)
    return casework.release(reference, _text(sent, "text"), here, actor=actor, ground=ground)


ACTIONS: dict[str, Act] = {
    "identify": _identify,
    "ask": _ask,
    "extend": _extend,
    "answer": _answer,
    "refuse": _refuse,
    "hold": _hold,
    "release": _release,
}


def _text(sent: dict[str, Any], name: str, *, needed: bool = True) -> str:
    """Raises Invalid."""
    content = sent.get(name)
    if content in (None, "") and not needed:
        return ""
    if not isinstance(content, str) or not content.strip():
        raise Invalid((Fault(f"/{name}", FaultCode.REQUIRED),))
    if len(content) > asking.MOST_CHARACTERS:
        raise Invalid((Fault(f"/{name}", FaultCode.TOO_LONG),))
    return content.strip()


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
