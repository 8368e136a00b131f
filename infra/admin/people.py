"""Commands about one person: looked at and kept on record as what staff do."""

import sys
from typing import Annotated

import msgspec
import typer

from functions import rendering
from infra.admin import output
from infra.admin.arguments import AsJson, Email, actor_of, address, moment, office_of
from shared.errors import Fault, Invalid, Malformed, NotFound
from shared.model.audit import AuditEvent
from shared.model.requests import Right
from shared.policy import notes
from shared.policy.exports import Format
from shared.workflows import access, auditing, people, remains, requests, undelivered
from shared.workflows.events import Event

OPTIONS = {"/email": "EMAIL", "/at": "--at", "/because": "--because"}


def event(  # noqa: PLR0917  # the command's options
    context: typer.Context,
    email: Email,
    what: Annotated[Event, typer.Argument(metavar="EVENT", help=" | ".join(Event))],
    at: Annotated[str, typer.Option(metavar="TIME", help="When; now if not given.")] = "",
    because: Annotated[str, typer.Option(metavar="TEXT", help="Why; needed for a hold.")] = "",
    confirmed: Annotated[
        bool, typer.Option("--confirmed", help="A number in the text is no identity number.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Note what happened with a data subject: a contact, or the begin or end of a reason."""
    office, actor = office_of(context), actor_of(context)
    sent = {"email": address(email), "event": what, "because": because, "confirmed": confirmed}
    when = {"at": moment(at, office).isoformat()} if at else {}
    try:
        told = notes.note(
            {**sent, **when}, list(Event), people.EXPLAINED, office.now(), office.statement
        )
    except Invalid as refusal:
        raise _in_a_line(refusal.faults[0]) from None
    if told.doubts:
        message = (
            "--because: has a number in it that could be a national identity number; "
            "--confirmed says that it is none"
        )
        raise Malformed(message)
    subject_id, verdict = people.note(told, office, actor=actor)
    done = {"subject": subject_id, "erased_on": verdict.erased_on, "because": verdict.because}
    output.show(done, as_json)


def reachable(context: typer.Context, email: Email, as_json: AsJson = False) -> None:
    """Try mail again to an address that takes mail again, whatever has come back from it."""
    if not undelivered.try_again(address(email), office_of(context)):
        message = "Mail is tried to this address anyway."
        raise NotFound(message)
    output.show({"reachable": True}, as_json)


def _in_a_line(fault: Fault) -> Malformed:
    said = rendering.words("en")["faults"][fault.code]
    return Malformed(f"{OPTIONS.get(fault.pointer, fault.pointer)}: {said}")


def subject(  # noqa: PLR0917  # the command's options
    context: typer.Context,
    email: Email,
    wanted: Annotated[
        Format | None, typer.Option("--format", help="A document to hand over, on stdout.")
    ] = None,
    portability: Annotated[
        bool, typer.Option("--portability", help="Only what is portable (GDPR art. 20).")
    ] = False,
    language: Annotated[str, typer.Option(help="Of the words around the values.")] = "",
    as_json: AsJson = False,
) -> None:
    """All that is held about a data subject, why, and until when; that it was read is on record."""
    office, actor = office_of(context), actor_of(context)
    if portability and not wanted:
        message = "--portability needs --format json, csv or vcard"
        raise Malformed(message)
    try:
        told = access.report(address(email), office, language)
    except NotFound:
        left = remains.of_address(requests.address(address(email)), office)
        if wanted or not left:
            raise
        said = rendering.with_remains(msgspec.to_builtins({"remains": left}), language or "en")
        output.show(said, as_json)
        return
    if wanted is None:
        auditing.note(told.subject, AuditEvent.READ, actor, office, purpose=people.RIGHTS)
        output.show(told, as_json)
        return
    right = Right.PORTABILITY if portability else Right.ACCESS
    document = rendering.export(told, office.statement, right, wanted).text.encode()
    auditing.note(told.subject, AuditEvent.EXPORTED, actor, office, purpose=right)
    sys.stdout.buffer.write(document)
