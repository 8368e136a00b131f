"""The commands that verify what is on record: trails, histories of requests, certificates."""

import json
import re
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from infra.admin import output
from infra.admin.arguments import AsJson, address, office_of
from shared.errors import Malformed, NotFound
from shared.gateways import certificates
from shared.policy.chain import Verified
from shared.wiring import Office
from shared.workflows import auditing, events, verifying

audit = typer.Typer(no_args_is_help=True, help="What is on record about handling somebody's data.")
SUBJECT_ID = re.compile("[0-9a-f]{32}")


@audit.command("verify")
def audit_verify(
    context: typer.Context,
    whose: Annotated[
        str, typer.Argument(metavar="EMAIL|SUBJECT_ID", help="The id, of somebody erased.")
    ] = "",
    request: Annotated[
        str, typer.Option(metavar="REFERENCE", help="One subject request, and nothing else.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Whether somebody's audit trail and requests are as they were written.  Exit 1 when not."""
    if bool(whose) is bool(request):
        message = "name a data subject, or a request with --request"
        raise Malformed(message)
    office = office_of(context)
    if request:
        told = _verified("reference", request, verifying.request(request, office))
    else:
        told = _verified_all(_subject_id(whose, office), office)
    output.show(told, as_json)
    if not (told["whole"] and all(one["whole"] for one in told.get("requests", ()))):
        raise typer.Exit(1)


def _verified(kind: str, name: str, verified: Verified) -> dict[str, Any]:
    return {kind: name, "whole": verified.whole, **msgspec.structs.asdict(verified)}


def _verified_all(subject_id: str, office: Office) -> dict[str, Any]:
    """`whole` is the trail's; each request has its own."""
    verified = auditing.verify(subject_id, office)
    found = verifying.requests_of(subject_id, office)
    if not verified.entries and not found:
        message = "There is no audit trail of this data subject."
        raise NotFound(message)
    told = _verified("subject", subject_id, verified)
    told["requests"] = [_verified("reference", name, one) for name, one in found.items()]
    return told


def _subject_id(text: str, office: Office) -> str:
    """Of an address, or an id as it is."""
    if SUBJECT_ID.fullmatch(text):
        return text
    return events.find(address(text), office)


def certificate(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A certificate, as downloaded.")],
    keys: Annotated[
        Path | None, typer.Option("--keys", metavar="JWKS", help="/certificates/keys.json, saved.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Whether a certificate is as it was signed, and what it says.  Exit 1 when it is not.

    With --keys nothing else is needed; without, the keys are those of the stage.
    """
    content = _read(file)
    known = (
        _public_keys(keys)
        if keys
        else [certificates.public_key(office_of(context).keys.signing_key)]
    )
    output.show({"signed": True, **certificates.verify(content, known)}, as_json)


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, ValueError):
        message = "The file cannot be read."
        raise Malformed(message) from None


def _public_keys(file: Path) -> list[dict[str, Any]]:
    try:
        return [dict(key) for key in json.loads(_read(file))["keys"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        message = "--keys: is not a JSON Web Key Set"
        raise Malformed(message) from None
