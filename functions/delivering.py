"""Handing over what a subject request asked for: as the file that was wished for.

The file is the answer.  One that no answer can hold is kept in the bucket for a day, encrypted and
under a random name, and the answer leads to it by a link that is good for some minutes.
"""

import json
from datetime import timedelta

from chalice import Response

from functions import rendering
from functions.api import MOST_BYTES, json_answer
from shared.errors import Conflict
from shared.model.requests import Request
from shared.policy import requests as policy
from shared.policy.exports import Format
from shared.wiring import Office
from shared.workflows import access

CERTIFICATE = "certificate"
LINK_LASTS = timedelta(minutes=5)


def format_of(request: Request, wanted: str, office: Office) -> str | None:
    """The format, if this request's result can be had in it."""
    return wanted if wanted in policy.formats(request, office.now()) else None


def certificate(request: Request) -> Response:
    """An erasure's certificate, as it was signed."""
    name = f"certificate-{request.reference}.json"
    return _file(request.certificate, "application/json", name)


def export(request: Request, wanted: str, office: Office) -> Response:
    """The report of an access or portability request, made at this moment: 200, or 303 to it.

    Raises Conflict where a file that is too large for an answer can lie nowhere.
    """
    report = access.report_of(request.subject_id, request.language, office)
    found = rendering.export(report, office.statement, request.right, Format(wanted))
    if len(json.dumps(found.text)) <= MOST_BYTES:
        return _file(found.text, found.media_type, found.file_name)
    if office.documents is None:
        message = "This is too large as one file; choose another format, such as CSV."
        raise Conflict(message)
    url = office.documents.hand_out(
        office.new_reference(),
        found.text.encode(),
        found.media_type,
        found.file_name,
        LINK_LASTS,
    )
    answer = json_answer(303, {"url": url, "until": office.now() + LINK_LASTS})
    answer.headers.update({**rendering.SECRET_HEADERS, "Location": url})
    return answer


def _file(content: str, media_type: str, name: str) -> Response:
    headers: dict[str, str | list[str]] = {
        **rendering.SECRET_HEADERS,
        "Content-Type": media_type,
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    return Response(content, headers, 200)
