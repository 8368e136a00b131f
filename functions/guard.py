"""Who of the staff asks, and whether they may: the door of every route under /staff.

A program sends `Authorization: Bearer`; a page has the session of somebody who has signed in, in
a cookie that only /staff is sent, and that other sites' pages cannot make a browser send
(SameSite=Strict).  What a page changes must come from a page of ours besides: its Origin says so.
"""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from functions import requests
from shared.errors import Forbidden, Unauthenticated
from shared.model.staff import Action, Staff
from shared.policy import access_rights
from shared.policy.access_rights import Permission
from shared.wiring import office
from shared.workflows import signing_in

COOKIE = "staff"
SAFE = frozenset({"GET", "HEAD"})


def staff_of(request: Any) -> Staff:
    """Raises Unauthenticated, Forbidden (nobody can sign in here) or Unavailable."""
    here = office()
    if here.identity is None:
        message = "The staff cannot sign in here: no issuer of tokens is set."
        raise Forbidden(message)
    if token := requests.bearer(request):
        return here.identity.staff(token, here.now())
    return signing_in.staff_of(_cookie(request), here)


def cookie(request: Any, name: str, value: str, lasts: timedelta, *, strict: bool = True) -> str:
    """A cookie that only /staff is sent, over TLS where the request came so.

    `strict`: not even where a page of another site leads to.
    """
    secure = "; Secure" if requests.base_url(request).startswith("https") else ""
    site = "Strict" if strict else "Lax"
    path, age = f"{requests.root_of(request)}/staff", int(lasts.total_seconds())
    return f"{name}={value}; Path={path}; Max-Age={age}; HttpOnly; SameSite={site}{secure}"


def allowed(staff: Staff, action: Action, purpose: str | None = None) -> Permission:
    """Raises Forbidden, with the clause."""
    permission = access_rights.permitted(staff.roles, action, office().statement, purpose)
    if not permission.granted:
        raise Forbidden(permission.because)
    return permission


def session_of(request: Any) -> str:
    """The session as the browser keeps it; "" where it keeps none."""
    return requests.cookies_of(request).get(COOKIE, "")


def _cookie(request: Any) -> str:
    token = session_of(request)
    if not token:
        message = "Sign in: send Authorization: Bearer and a token."
        raise Unauthenticated(message)
    if request.method not in SAFE:
        must_be_from_here(request)
    return token


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def must_be_from_here(request: Any) -> None:
    """Raises Forbidden for what a page of another site has sent.

    Ours are at the host that was asked, and at the site that mails link to: the one is not the
    other where something stands in between.
    """
    here = {requests.base_url(request), _origin_of(office().site)} - {""}
    if request.headers.get("origin", "") not in here:
        message = "What a page sends must come from a page of this site."
        raise Forbidden(message)
