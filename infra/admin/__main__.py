"""`python -m infra.admin [--local URL] COMMAND [--json]`: what an operator does by hand.

Exit 0 done, 1 not found or not whole, 2 usage or unreadable input.
"""

import os
import sys
from collections import Counter
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from botocore.exceptions import NoCredentialsError, NoRegionError
from rich.progress import track

from infra.admin import output, people, redriving, verification
from infra.admin.arguments import AsJson, Given, moment, office_of
from infra.admin.contact_list import ContactList
from shared.errors import Forged, Malformed, NotFound, PrivacyError
from shared.gateways import keyring
from shared.model.erasures import Kind
from shared.policy import deadlines, forms, imports
from shared.policy.imports import Rejected
from shared.statement import lint, loading
from shared.statement.types import Statement
from shared.wiring import Office
from shared.workflows import days, erasures, filing, rekeying, restoring
from shared.workflows.imports import Imported, Rehearsed, take_in

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
app.add_typer(verification.audit, name="audit")
app.command("verify")(verification.certificate)
app.command("event")(people.event)
app.command("subject")(people.subject)
app.command("reachable")(people.reachable)
app.command("redrive")(redriving.command)
erased = typer.Typer(invoke_without_command=True)
app.add_typer(erased, name="erasures")


@app.callback()
def main(
    context: typer.Context,
    local: Annotated[
        str, typer.Option("--local", metavar="URL", help="A running local stack, and its clock.")
    ] = "",
    name: Annotated[
        str, typer.Option("--as", metavar="NAME", help="Who operates; who AWS says if not given.")
    ] = "",
    stage: Annotated[
        str, typer.Option("--stage", help="Use that stage's table, keys and queues.")
    ] = "",
) -> None:
    """Operate the privacy backend: against AWS as the environment says, or a local stack."""
    if local and stage:
        message = "--local, --stage: give one of them"
        raise Malformed(message)
    context.obj = Given(local=local, name=name, stage=stage)


@app.command("import")
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.csv")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, and write nothing.")] = False,
    ignore: Annotated[list[str], typer.Option(metavar="COLUMN", help="Leave a column out.")] = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """Import contacts.  Bad rows go to FILE.rejected.csv; importing twice changes nothing.

    Rows are flagged that seem to hold a national identity number.
    """
    office = office_of(context)
    contacts = ContactList.open(file, set(ignore), office.statement)
    counts = Counter(dict.fromkeys(["read", *Imported, "rejected", "flagged"], 0))
    rehearsed: Rehearsed | None = {} if dry_run else None
    winning = imports.winners(lambda: (row for _, row in contacts.rows(office)))
    rows = track(
        contacts.rows(office),
        total=contacts.size,
        console=output.progress,
        transient=True,
        disable=not output.progress.is_terminal,
    )
    for index, (cells, row) in enumerate(rows):
        counts["read"] += 1
        if isinstance(row, Rejected):
            counts["rejected"] += 1
            contacts.reject(cells, row)
        else:
            settled = imports.settled(row, index, winning)
            became = take_in(settled, office, rehearsed)
            counts[became] += 1
            flagged = became is Imported.IMPORTED and forms.sensitive_in(
                settled.values, office.statement
            )
            counts["flagged"] += bool(flagged)
    rejected = None if dry_run else contacts.write_rejected()
    output.show(dict(counts), as_json, also=f"rejected rows: {rejected}" if rejected else "")


@app.command()
def sweep(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be erased.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase what is due, as the nightly schedule does."""
    office = office_of(context)
    if dry_run:
        output.show(_rehearsal(office), as_json)
    else:
        output.show(erasures.sweep(office), as_json)


def _rehearsal(office: Office) -> dict[str, Any]:
    result = erasures.Result(run="dry")
    today = days.today(office)
    planned = []
    for outcome in erasures.plan(office):
        result.meet(outcome.due_on, today)
        result.add(outcome)
        if outcome.erased and outcome.kind is not Kind.TECHNICAL:
            planned.append({"subject": outcome.subject_id, "because": outcome.because})
    return {**asdict(result), "plan": planned}


@app.command()
def refile(context: typer.Context, as_json: AsJson = False) -> None:
    """After a change of the statement's periods: file everybody where the rules put them now."""
    output.show(filing.refile(office_of(context)), as_json)


@app.command("re-key")
def re_key(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, and write nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """After an update: file who is stored under an address as it is spelt no longer."""
    output.show(rekeying.rekey(office_of(context), dry_run=dry_run), as_json)


@app.command()
def forecast(
    context: typer.Context,
    months: Annotated[int, typer.Option(min=1, max=600, help="How far to look.")] = 24,
    svg: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw them as a chart.")] = None,
    as_json: AsJson = False,
) -> None:
    """The coming erasures by month and rule, if nothing else happens."""
    office = office_of(context)
    found = filing.forecast(months, office)
    if svg:
        try:
            from infra.admin import chart  # noqa: PLC0415  # matplotlib takes a second to import
        except ModuleNotFoundError as lack:
            message = f"a chart needs {lack.name}, which `make setup` fetches"
            raise Malformed(message) from lack
        controller = office.statement.controller.name
        chart.write(found, svg, f"{controller}: coming erasures by month and rule")
    told = {"months": found}
    output.show(told, as_json, also=f"chart: {svg}" if svg else "")


@erased.callback()
def erasures_(
    context: typer.Context,
    since: Annotated[str, typer.Option(metavar="DATE", help="From this day on.")] = "0001-01-01",
    as_json: AsJson = False,
) -> None:
    """The records that erasures have left: when, why, how many items; nothing of the person."""
    if context.invoked_subcommand:
        return
    try:
        day = date.fromisoformat(since)
    except ValueError:
        message = "--since: is not a date such as 2026-05-31"
        raise Malformed(message) from None
    found = erasures.records(day, office_of(context))
    output.show({"erasures": found}, as_json)


@erased.command("replay")
def erasures_replay(
    context: typer.Context,
    table: Annotated[
        str, typer.Option("--from", metavar="TABLE", help="The table that knows what was erased.")
    ],
    since: Annotated[str, typer.Option(metavar="TIME", help="The moment of the backup.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, and write nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """After a restore: erase again whom it has brought back.  Run it before anybody uses the table.

    What outlives people is taken over from TABLE first.  It can be run twice.
    """
    office = office_of(context)
    if table == os.environ["TABLE"]:
        message = "--from: is the table that was restored"
        raise Malformed(message)
    told = restoring.replay(table, moment(since, office, "--since"), office, dry_run=dry_run)
    output.show(told, as_json)


@app.command()
def new_keys() -> None:
    """A secret with new random keys, for a new stage: see docs/operations.md.

    Once the table was used, it is used with those keys only.
    """
    print(keyring.new_secret())


@app.command()
def deadline(
    received: Annotated[str, typer.Argument(metavar="DATE", help="The day of receipt.")],
    extended: Annotated[bool, typer.Option("--extended", help="By two further months.")] = False,
    as_json: AsJson = False,
) -> None:
    """By when a request that came on this day must be answered, and why then (GDPR art. 12(3))."""
    country = _statement().controller.country
    try:
        told = deadlines.deadline(date.fromisoformat(received), country=country, extended=extended)
    except (ValueError, OverflowError):  # the latter beyond the year 9999
        message = "DATE: is not a date such as 2026-05-31"
        raise Malformed(message) from None
    output.show(told, as_json)


@app.command()
def statement(as_json: AsJson = False) -> None:
    """The statement's rules in words, and which of its contradictions are settled.

    Exit 1 when one is open.
    """
    loaded = _statement()
    findings = lint.findings(loaded)
    if as_json:
        output.show({"findings": findings}, as_json)
    else:
        output.statement(loaded, findings)
    if any(finding.open for finding in findings):
        raise typer.Exit(1)


def _statement() -> Statement:
    path = os.environ.get("STATEMENT", "")
    return loading.load(Path(path) if path else loading.DEFAULT)


def run() -> int:
    """The exit code.  A refusal is one line."""
    try:
        code: int | None = app(standalone_mode=False)
    except typer.TyperException as fault:
        return _refuse(fault.format_message(), 2)
    except PrivacyError as refusal:
        return _refuse(str(refusal), 1 if isinstance(refusal, (NotFound, Forged)) else 2)
    except (NoCredentialsError, NoRegionError) as fault:
        return _refuse(str(fault), 2)
    except Exception as fault:  # the boundary: a traceback could repeat what it was about
        return _refuse(f"failed: {type(fault).__name__}", 2)
    return code or 0


def _refuse(reason: str, code: int) -> int:
    if reason:
        print(" ".join(reason.split()), file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(run())
