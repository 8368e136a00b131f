"""Handing over what a subject request asked for: as the file that was wished for."""

from chalice import Response

from functions import rendering
from shared.errors import Conflict
from shared.model.requests import Request
from shared.policy import requests as policy
from shared.policy.exports import Format
from shared.wiring import Office
from shared.workflows import access

CERTIFICATE = "certificate"
MOST_BYTES = 5_500_000
"""Of an answer: Lambda's own limit is 6 MB."""


def format_of(request: Request, wanted: str, office: Office) -> str | None:
    """The format, if this request's result can be had in it."""
    return wanted if wanted in policy.formats(request, office.now()) else None


def certificate(request: Request) -> Response:
    """An erasure's certificate, as it was signed."""
    name = f"certificate-{request.reference}.json"
    return _file(request.certificate, "application/json", name)


def export(request: Request, wanted: str, office: Office) -> Response:
    """The report of an access or portability request, made at this moment.  Raises Conflict."""
    report = access.report_of(request.subject_id, request.language, office)
    found = rendering.export(report, office.statement, request.right, Format(wanted))
    if len(found.text.encode()) > MOST_BYTES:
        message = "This is too large as one file; choose another format, such as CSV."
        raise Conflict(message)
    return _file(found.text, found.media_type, found.file_name)


def _file(content: str, media_type: str, name: str) -> Response:
    headers: dict[str, str | list[str]] = {
        **rendering.SECRET_HEADERS,
        "Content-Type": media_type,
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    return Response(content, headers, 200)
