"""The staff's side: what waits for an answer, people as a role may see them, what happened.

A browser of theirs signs in here: it is sent to the issuer of tokens, and comes back with a code.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from chalice import Response

from functions import guard, problems, refusals, rendering, requests
from functions.api import Api, json_answer
from shared.errors import Invalid, NotFound
from shared.gateways import sessions
from shared.model.staff import Action, Staff
from shared.policy import access_rights, notes
from shared.policy.retention import Verdict
from shared.wiring import Office, early, office
from shared.workflows import auditing, beside, inbox, people, signing_in
from shared.workflows.events import Event

if TYPE_CHECKING:
    from shared.gateways.identity import Identity

AWAY = "sign-in"
"""The cookie of a browser that is at the issuer's: its secret, and where it wanted to go."""
AWAY_FOR = timedelta(minutes=10)
QUEUE = "/staff/requests"
PAGE = re.compile(rf"{QUEUE}(/[0-9a-f]+)?")
CLOSED_BY = {"answered": inbox.answered, "purpose-ended": inbox.purpose_ended}

api = Api(__name__, as_page=refusals.as_page)


@api.lambda_function(name="staff")
def handle(event: dict[str, Any], context: Any) -> Any:
    """The Lambda function of these routes."""
    return api.alone(event, context)


@api.route("/staff/inbox", methods=["GET"])
def show_inbox() -> Response:
    """GET ?purpose=&before= → 200 {"entries", "before"}, newest first; 400, 401, 403."""
    staff = guard.staff_of(api.current_request)
    asked: Mapping[str, str] = api.current_request.query_params or {}
    purpose = asked.get("purpose", "")
    guard.allowed(staff, Action.INBOX, purpose or None)
    return json_answer(
        200, inbox.page(staff, purpose, requests.place_of(api.current_request), office())
    )


@api.route("/staff/inbox/{reference}/{step}", methods=["POST"])
def handle_entry(reference: str, step: str) -> Response:
    """POST read → 200 what was sent; answered, purpose-ended → 200 {"erased_on", "because"}.

    401, 403; 404 nothing of the caller's waits under this reference.
    """
    staff = guard.staff_of(api.current_request)
    guard.allowed(staff, Action.INBOX)
    if step == "read":
        return json_answer(200, inbox.read(staff, reference, office()))
    if step not in CLOSED_BY:
        message = "An entry is read, answered or purpose-ended."
        raise NotFound(message)
    return _kept_until(CLOSED_BY[step](staff, reference, office()))


@api.route("/staff/people", methods=["POST"])
def read_person() -> Response:
    """POST {"email", "purpose"} → 200 {"values", "beside", "agreed_to", "erased_on", ...}.

    401; 403 also where the purpose is none of the role's; 404 nobody that the role may see; 422.
    """
    staff = guard.staff_of(api.current_request)
    guard.allowed(staff, Action.READ)
    try:
        asked = notes.reading(_sent(), office().statement)
    except Invalid as refusal:
        return _faults(refusal)
    permission = guard.allowed(staff, Action.READ, asked.purpose)
    return json_answer(200, people.read(staff, permission, asked, office()))


@api.route("/staff/people/trail", methods=["POST"])
def read_trail() -> Response:
    """POST {"email"} → 200 {"entries", "whole", "because"}; the reading is the last entry.

    401, 403, 404, 422.
    """
    staff = guard.staff_of(api.current_request)
    permission = guard.allowed(staff, Action.AUDIT)
    try:
        email = notes.whose(_sent())
    except Invalid as refusal:
        return _faults(refusal)
    return json_answer(200, people.read_trail(staff, permission, email, office()))


@api.route("/staff/people/beside", methods=["POST"])
def decide_beside() -> Response:
    """POST {"email", "reference", "action": "confirm" or "drop"} → 200 {"reference"}.

    Of values that came with a form and stand beside; 401, 403, 404, 422.
    """
    staff = guard.staff_of(api.current_request)
    permission = guard.allowed(staff, Action.NOTE)
    try:
        told = notes.decision(_sent())
    except Invalid as refusal:
        return _faults(refusal)
    beside.decide(staff, permission, told, office())
    return json_answer(200, {"reference": told.reference})


@api.route("/staff/people/events", methods=["POST"])
def note_event() -> Response:
    """POST {"email", "event", "at"?, "because"?, "confirmed"?} → 200 {"erased_on", "because"}.

    202 {"warnings"}: nothing is noted until it comes again with `"confirmed": true`.  401; 403 by
    event; 404; 409 the event does not fit what is known; 422 faults, sensitive text among them.
    """
    staff, here = guard.staff_of(api.current_request), office()
    sent = _sent()
    event = sent.get("event")
    if isinstance(event, str) and event in list(Event):
        guard.allowed(staff, people.NEEDED[Event(event)])
    else:
        guard.allowed(staff, Action.NOTE)
    try:
        told = notes.note(sent, list(Event), people.EXPLAINED, here.now(), here.statement)
    except Invalid as refusal:
        return _faults(refusal)
    if told.doubts:
        warnings = rendering.words(_language())["staff"]["confirm"]
        return json_answer(202, {"warnings": [warnings[one] for one in told.doubts]})
    permission = guard.allowed(staff, people.NEEDED[Event(told.event)])
    _, verdict = people.note(told, here, actor=auditing.actor(permission, staff))
    return _kept_until(verdict)


# Signing in --------------------------------------------------------------------------------------


@api.route("/staff/sign-in", methods=["GET"])
def sign_in() -> Response:
    """GET ?to=/staff/requests → 303 to the issuer; 404 where nobody signs in by a page; 503."""
    request, here = api.current_request, office()
    asked: Mapping[str, str] = request.query_params or {}
    secret, to = here.new_reference() + here.new_reference(), _page_of(asked.get("to", ""))
    away = guard.cookie(request, AWAY, f"{secret}:{to}", AWAY_FOR, strict=False)
    return _elsewhere(_issuer(here).entrance(secret, _way_back(), here.now()), away)


@api.route("/staff/signed-in", methods=["GET"])
def signed_in() -> Response:
    """GET ?code=&state= → 200, a page that leads on, and a session; 401, 404, 503.

    A page, since a cookie that no other site can make a browser send (SameSite=Strict) is not
    sent either where the issuer's site has led to.
    """
    request, here = api.current_request, office()
    came: Mapping[str, str] = request.query_params or {}
    secret, _, to = requests.cookies_of(request).get(AWAY, "").partition(":")
    code, state = came.get("code", ""), came.get("state", "")
    staff = _issuer(here).entered(code, state, secret, _way_back(), here.now())
    roles = frozenset(access_rights.known(staff.roles, here.statement))
    session = signing_in.begin(Staff(subject=staff.subject, roles=roles), here)
    root, on = requests.root_of(request), _page_of(to)
    page = rendering.staff_page(
        "staff_signed_in.html", here.statement, _language(), root, here="", on=on
    )
    page.headers.update(rendering.SECRET_HEADERS)
    page.headers["Set-Cookie"] = [
        guard.cookie(request, guard.COOKIE, session, sessions.LASTS),
        guard.cookie(request, AWAY, "", timedelta(0), strict=False),
    ]
    return page


@api.route("/staff/sign-out", methods=["POST"])
def sign_out() -> Response:
    """POST → 303 to the website; the session is over, wherever; 403 from another site's page."""
    guard.must_be_from_here(api.current_request)
    signing_in.end(guard.session_of(api.current_request), office())
    over = guard.cookie(api.current_request, guard.COOKIE, "", timedelta(0))
    return _elsewhere(requests.led_to(api.current_request, "/"), over)


def _issuer(here: Office) -> "Identity":
    """Raises NotFound where nobody signs in by a page."""
    if here.identity is None or not here.signs_in:
        message = "Nobody signs in here by a page."
        raise NotFound(message)
    return here.identity


def _page_of(to: str) -> str:
    """Where a browser goes on: to a page of ours, whatever stands in a link or cookie."""
    return to if PAGE.fullmatch(to) else QUEUE


def _way_back() -> str:
    """Where the issuer sends a browser back to: registered there."""
    request = api.current_request
    return f"{requests.base_url(request)}{requests.root_of(request)}/staff/signed-in"


def _elsewhere(url: str, cookie: str) -> Response:
    headers: dict[str, str | list[str]] = {
        **rendering.SECRET_HEADERS,
        "Location": url,
        "Set-Cookie": cookie,
    }
    return Response("", headers, 303)


def _sent() -> dict[str, Any]:
    return requests.body_of(api.current_request, ())


def _language() -> str:
    return requests.language_of(api.current_request, office().statement)


def _kept_until(verdict: Verdict) -> Response:
    return json_answer(200, {"erased_on": verdict.erased_on, "because": verdict.because})


def _faults(refusal: Invalid) -> Response:
    return problems.from_faults(refusal.faults, rendering.words(_language())["faults"])


early(office)
early(lambda: api.alone)
