"""Who of the staff asks, and whether they may: the door of every route under /staff.

A program sends `Authorization: Bearer`; a page has a cookie that only /staff is sent, and that
other sites' pages cannot make a browser send (SameSite=Strict).  What a page changes must come
from a page of ours besides: its Origin says so.
"""

from typing import Any

from functions import requests
from shared.errors import Forbidden, Unauthenticated
from shared.model.staff import Action, Staff
from shared.policy import access_rights
from shared.policy.access_rights import Permission
from shared.wiring import office

COOKIE = "staff"
SAFE = frozenset({"GET", "HEAD"})


def staff_of(request: Any) -> Staff:
    """Raises Unauthenticated, Forbidden (nobody can sign in here) or Unavailable."""
    here = office()
    if here.identity is None:
        message = "The staff cannot sign in here: no issuer of tokens is set."
        raise Forbidden(message)
    return here.identity.staff(_bearer(request) or _cookie(request), here.now())


def allowed(staff: Staff, action: Action, purpose: str | None = None) -> Permission:
    """Raises Forbidden, with the clause."""
    permission = access_rights.permitted(staff.roles, action, office().statement, purpose)
    if not permission.granted:
        raise Forbidden(permission.because)
    return permission


def _bearer(request: Any) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _cookie(request: Any) -> str:
    token = requests.cookies_of(request).get(COOKIE, "")
    if not token:
        message = "Sign in: send Authorization: Bearer and a token."
        raise Unauthenticated(message)
    if request.method not in SAFE and not _is_from_here(request):
        message = "What a page sends must come from a page of this site."
        raise Forbidden(message)
    return token


def _is_from_here(request: Any) -> bool:
    here = requests.base_url(request)
    return bool(here) and request.headers.get("origin", "") == here
