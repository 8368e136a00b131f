"""Refusals as pages: the problem document of a program is, to a browser, words and a way on."""

import json
from typing import Any

from chalice import Response

from functions import rendering, requests
from shared.errors import Misconfigured
from shared.wiring import desk

STAFF = "staff"


def as_page(request: Any, document: Response) -> Response:
    """The page of a problem document where a page is wanted; status and headers stay."""
    if not requests.wants_page(request):
        return document
    try:
        here = desk()
    except Misconfigured:
        return document
    told = json.loads(document.body)
    path, known = requests.path_of(request), document.status_code != 404
    page = rendering.problem_page(
        here.statement,
        requests.language_of(request, here.statement),
        requests.root_of(request),
        status=document.status_code,
        here=path if request.method == "GET" else _way_on(path, known),
        told=told,
        kind=told["type"].rpartition("/")[2],
        way_on=_way_on(path, known),
        signs_in=here.signs_in and document.status_code in {401, 403},
    )
    kept = {name: one for name, one in document.headers.items() if name not in page.headers}
    page.headers.update(kept)
    return page


def _way_on(path: str, known: bool) -> str:
    """To the request, or to where requests begin."""
    area, *rest = path.strip("/").split("/")
    if area == STAFF:
        return "/".join(["", area, "requests", *rest[1 : 2 if known else 1]])
    return "/".join(["", area, *rest[:2]]) if known and area == "requests" else "/requests"
