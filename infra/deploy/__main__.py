"""`python -m infra.deploy COMMAND --stage STAGE`: a stage to AWS, back to the release before, away.

Exit 0 done, 1 not carried out, 2 usage or what cannot be deployed.
"""

import json
import sys
from pathlib import Path
from typing import Annotated

import boto3
import typer
from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from infra.build import stage as stages
from infra.deploy import furnishing, releases, removal
from infra.deploy.bucket import Bucket
from infra.deploy.releases import Release
from infra.deploy.stack import Change, Failed, Stack
from shared.errors import Misconfigured, NotFound, PrivacyError
from shared.gateways.clock import utc_now

ATTACHED = ("ExistingTable", "ExistingTableStream")
"""The parameters that a way back leaves alone: it is of code, and not of whose table is used."""

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
StageName = Annotated[str, typer.Option("--stage", help="As in infra/stages/STAGE.json.")]
Yes = Annotated[bool, typer.Option("--yes", help="Make the changes without asking.")]


@app.command()
def deploy(
    stage: StageName = "prod",
    build: Annotated[Path, typer.Option(help="Where `make package` put it.")] = Path(".build"),
    yes: Yes = False,
) -> None:
    """Deploy what was packaged: show the changes, make them, and put keys where there are none."""
    folder = build / stage
    parameters = _parameters(folder)
    stack = Stack(stage)
    _tell_where(stack)
    bucket = Bucket(parameters["ArtefactBucket"])
    if bucket.make():
        print(f"bucket {bucket.name} made")
    sent = {bucket.put(path) for path in sorted(folder.glob("*.zip"))}
    missing = {one for one in parameters.values() if one.endswith(".zip")} - sent
    if missing:
        message = f"{folder}: lacks an artefact that its parameters name: make package"
        raise Misconfigured(message)
    template = bucket.put(folder / "template.json")
    if table := parameters["ExistingTable"]:
        parameters["ExistingTableStream"] = furnishing.stream_of(table)
    release = Release(template=template, parameters=parameters, at=utc_now().isoformat())
    known = releases.begun(bucket.releases(stage), release)
    _change(stack, bucket, stage, known, release, yes=yes)
    bucket.write(stage, releases.done(known))
    _furnish(stack, stage, parameters)


@app.command()
def rollback(stage: StageName = "prod", yes: Yes = False) -> None:
    """Deploy the release before the last that stands, by its hashes; asked again it is the same."""
    stack = Stack(stage)
    _tell_where(stack)
    bucket = Bucket(stages.read(stage)["ArtefactBucket"])
    known, release = releases.back(bucket.releases(stage))
    now = stack.parameters()
    kept = {name: now[name] for name in ATTACHED if name in now and name in release.parameters}
    release = Release(
        template=release.template, parameters={**release.parameters, **kept}, at=release.at
    )
    print(f"back to what was deployed at {release.at}: {release.template}")
    _change(stack, bucket, stage, known, release, yes=yes)


@app.command()
def destroy(
    stage: StageName = "prod",
    name: Annotated[str, typer.Option(help="The stage's name again, not to be asked for it.")] = "",
    everything: Annotated[
        bool, typer.Option("--everything", help="Also what holds data: table, keys, backups.")
    ] = False,
) -> None:
    """Remove a stage's stack, and say what stays; with --everything nothing does."""
    stack = Stack(stage)
    _tell_where(stack)
    if not stack.status():
        message = f"there is no stack {stack.name}"
        raise NotFound(message)
    left = removal.Left.of(stack.resources())
    if left.documents:
        print(f"{left.documents} documents wait to be judged: they go")
    print("table, keys and backups go for good" if everything else "table and keys stay")
    if (name or typer.prompt("The stage's name")) != stage:
        message = "that is not its name: nothing is removed"
        raise Misconfigured(message)
    left.empty_documents()
    stack.delete()
    if not everything:
        print(left.told())
        return
    try:
        left.remove()
    except (ClientError, WaiterError):
        print(f"Not all of it is gone, and the stack that knew of it is.\n{left.told()}")
        raise
    furnishing.set_budget(stack.name, "0", "")


@app.command()
def output(
    name: Annotated[str, typer.Argument(help="As `make deploy` shows it; all if not given.")] = "",
    stage: StageName = "prod",
) -> None:
    """What a stage's stack says about itself."""
    stack = Stack(stage)
    told = stack.outputs()
    if name and name not in told:
        message = f"{stack.name} has no output {name}"
        raise NotFound(message)
    print(told[name] if name else _lines(told))


def _tell_where(stack: Stack) -> None:
    """Whose account it is, before anything is done in it."""
    session, who = boto3.Session(), boto3.client("sts").get_caller_identity()
    print(f"{stack.name} in {who['Account']}, {session.region_name}, as {who['Arn']}")


def _parameters(folder: Path) -> dict[str, str]:
    try:
        told = json.loads((folder / "parameters.json").read_text("utf-8"))
    except (OSError, ValueError):
        message = f"{folder}: nothing is packaged there: make package STAGE={folder.name}"
        raise Misconfigured(message) from None
    return dict(one.split("=", 1) for one in told)


def _change(
    stack: Stack, bucket: Bucket, stage: str, known: list[Release], release: Release, *, yes: bool
) -> None:
    """Show what changes, and make it once it is wanted.  Raises Failed, or Exit if it is not."""
    name = f"release-{utc_now():%Y%m%dT%H%M%S%f}"
    changes = stack.propose(bucket.url(release.template), release.parameters, name)
    if not changes:
        print("nothing to change")
        bucket.write(stage, known)
        return
    for one in changes:
        print(_in_words(one))
    if left := [one.name for one in changes if one.leaves_data]:
        print(f"{', '.join(left)}: what it holds is used no longer, or gone; --yes is not enough")
    if (left or not yes) and not _is_wanted():
        stack.give_up(name)
        raise typer.Exit(1)
    bucket.write(stage, known)  # before: whatever becomes of it, the one before is known
    stack.carry_out(name)


def _is_wanted() -> bool:
    try:
        return typer.confirm("Make these changes?")
    except typer.Abort:
        print("nobody answers: nothing is changed", file=sys.stderr)
        return False


def _in_words(change: Change) -> str:
    replaced = {"True": ", REPLACED", "Conditional": ", perhaps replaced"}.get(change.replaced, "")
    return f"  {change.action.lower()} {change.name} ({change.kind}{replaced})"


def _furnish(stack: Stack, stage: str, parameters: dict[str, str]) -> None:
    stack.protect(on=True)
    if table := parameters["ExistingTable"]:
        furnishing.protect(table)
    if furnishing.put_keys(stack.resources()["Keys"], table):
        print("new keys put into the secret")
    dollars = stages.read(stage)["MonthlyBudget"]
    furnishing.set_budget(stack.name, dollars, parameters["AlarmAddress"])
    print(_lines(stack.outputs()))


def _lines(outputs: dict[str, str]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in sorted(outputs.items()))


def run(commands: typer.Typer = app) -> int:
    """The exit code.  What goes wrong is a line, or a line for each resource that failed."""
    try:
        code: int | None = commands(standalone_mode=False)
    except typer.TyperException as fault:
        return _refuse(fault.format_message(), 2)
    except typer.Abort:
        return _refuse("nobody answers: nothing is removed", 1)
    except PrivacyError as refusal:
        return _refuse(str(refusal), 1 if isinstance(refusal, NotFound) else 2)
    except Failed as fault:
        return _refuse(str(fault), 1)
    except ClientError as fault:
        return _refuse(furnishing.in_a_line(fault), 1)
    except BotoCoreError as fault:  # no credentials, no region, no way there
        return _refuse(" ".join(str(fault).split()), 2)
    return code or 0


def _refuse(reason: str, code: int) -> int:
    print(reason, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(run())
