"""`python -m infra.rehearsal`: deploys a throw-away stage, walks it, and removes all of it.

With --local it walks a running local stack, and says at each step what the embedded AWS cannot
show.  Exit 0 all of it went well, 1 something did not, 2 usage.
"""

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NamedTuple

import boto3
import typer
from botocore.exceptions import ClientError

from infra import resources
from infra.admin import redriving
from infra.admin.connection import ask, connect, outputs_of
from infra.deploy import __main__ as deployment
from infra.deploy.stack import Stack
from infra.rehearsal import walk
from infra.rehearsal.walk import Site, Wrong
from shared import wiring
from shared.errors import Malformed, PrivacyError
from shared.gateways.signatures import SELF_TEST
from shared.model.requests import Right
from shared.settings import read_settings
from shared.store import subjects
from shared.workflows import requests, restoring

BOUNCES = "bounce@simulator.amazonses.com"
"""SES's own address for this: what is sent there comes back, and counts against nobody."""
IDN = "kari@blåbær.example"
BY_THEMSELVES = (Right.ACCESS, Right.PORTABILITY)
RESTORED = "restored-in-rehearsal"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(slots=True)
class Rehearsal:
    """What the steps share: `local` is the address of a local stack, or ""."""

    stage: str
    local: str
    document: Path
    site: Site


class Part(NamedTuple):
    """A step, and what the embedded AWS cannot show of it; `act` is None where it shows nothing."""

    name: str
    act: Callable[[Rehearsal], None]
    hidden: str
    only_on_aws: bool = False


def health(here: Rehearsal) -> None:
    here.site.get("/health")


def by_web(here: Rehearsal) -> None:
    for right in Right:
        email = walk.anybody()
        walk.write(here.site, email)
        reference = walk.use(here.site, right, email)
        walk.proved(here.site, reference)
        if right in BY_THEMSELVES:
            walk.answered(here.site, reference)


def by_letter(here: Rehearsal) -> None:
    for right in Right:
        email = walk.anybody()
        walk.write(here.site, email)
        walk.proved(here.site, walk.by_letter(here.site, right, email))


def signed_document(here: Rehearsal) -> None:
    email = walk.anybody()
    walk.write(here.site, email)
    reference = walk.use(here.site, Right.RECTIFICATION, email)
    walk.send_document(here.site, reference, here.document)


def odd_address(here: Rehearsal) -> None:
    walk.write(here.site, IDN)
    walk.answered(here.site, walk.use(here.site, Right.ACCESS, IDN))


def bounce(here: Rehearsal) -> None:
    email = walk.anybody() if here.local else BOUNCES
    walk.write(here.site, email)
    reference = walk.use(here.site, Right.ACCESS, email)
    if here.local:
        walk.waited_for(lambda: _came_back(here, email), "a mail")
    walk.undelivered(here.site, reference)


def _came_back(here: Rehearsal, email: str) -> bool:
    try:
        here.site.post("/_local/bounce", 200, {"to": email})
    except Wrong:
        return False  # it was not sent yet
    return True


def alarm(here: Rehearsal) -> None:
    """A message in a failure queue, which rings within minutes, and is redone."""
    told = outputs_of(here.stage)
    queue = told[redriving.QUEUES["work"].queue]
    boto3.client("sqs").send_message(QueueUrl=queue, MessageBody="{}")
    if redriving.redrive("work", told, redriving.invoke).left:
        message = "a message is left in the queue"
        raise Wrong(message)


def restore(here: Rehearsal) -> None:
    """Bring somebody back by a restored table, and erase them again."""
    email, since = walk.anybody(), here.site.office.now()
    walk.write(here.site, email)
    before = os.environ["TABLE"]
    _restored(here, before)
    reference = walk.use(here.site, Right.ERASURE, email)
    walk.answered(here.site, reference)
    try:
        wiring.bind(read_settings({**os.environ, "TABLE": RESTORED}))
        if not _is_known(email, here):
            message = "the restored table does not have them"
            raise Wrong(message)
        done = restoring.replay(before, since, here.site.office)
        if not done.erased or _is_known(email, here):
            message = "the replay has not erased them again"
            raise Wrong(message)
    finally:
        wiring.bind(read_settings(os.environ))
        boto3.client("dynamodb").delete_table(TableName=RESTORED)


def _is_known(email: str, here: Rehearsal) -> bool:
    return subjects.find(requests.lookup_of(email, here.site.office)) is not None


def _restored(here: Rehearsal, table: str) -> None:
    """A table as this one is now: AWS restores it, the embedded AWS has its items copied."""
    client = boto3.client("dynamodb")
    if here.local:
        resources.create_table(RESTORED, streams=False)
        for page in client.get_paginator("scan").paginate(TableName=table):
            for item in page["Items"]:
                client.put_item(TableName=RESTORED, Item=item)
        return
    client.restore_table_to_point_in_time(
        SourceTableName=table, TargetTableName=RESTORED, UseLatestRestorableTime=True
    )
    patience = {"Delay": 30, "MaxAttempts": 120}
    client.get_waiter("table_exists").wait(TableName=RESTORED, WaiterConfig=patience)


PARTS: Sequence[Part] = (
    Part("health", health, "name, certificate, gateway and firewall"),
    Part("seven rights by web", by_web, "that the mails arrive, and how readers show them"),
    Part("seven rights by letter", by_letter, "the issuer's own tokens"),
    Part("a signed document", signed_document, "S3's events, and the checker on Lambda's image"),
    Part("an address of another alphabet", odd_address, "what SES makes of its domain"),
    Part("a mail that comes back", bounce, "SES's event, and the topic that brings it"),
    Part("an alarm and its queue", alarm, "all of it: it has neither queues nor alarms", True),
    Part("a restore", restore, "AWS's own restoring, which is copied here, and how long it takes"),
)


@app.command()
def main(
    stage: Annotated[str, typer.Option(help="A throw-away one, of infra/stages.")] = "rehearsal",
    document: Annotated[Path, typer.Option(help="A signed PDF.")] = SELF_TEST,
    local: Annotated[str, typer.Option(metavar="URL", help="A running local stack.")] = "",
    build: Annotated[Path, typer.Option(help="Where `make package` put it.")] = Path(".build"),
) -> None:
    """Rehearse a stage from nothing to nothing; STAFF_TOKEN is a token of role privacy."""
    if not document.is_file():
        message = "--document: name a signed PDF"
        raise Malformed(message)
    if local:
        print("deployment\n  not shown here: all of it, which needs SAM and CloudFormation")
        failed = _walked(_rehearsal(stage, local, document))
        print("removal\n  not shown here: all of it")
    else:
        if not os.environ.get("STAFF_TOKEN"):
            message = "STAFF_TOKEN: give a token of the role privacy"
            raise Malformed(message)
        _check_new(stage)
        try:
            deployment.deploy(stage, build, yes=True)
            failed = _walked(_rehearsal(stage, "", document))
        finally:
            if Stack(stage).status():
                deployment.destroy(stage, name=stage, everything=True)
    raise typer.Exit(1 if failed else 0)


def _check_new(stage: str) -> None:
    """Raises Malformed for a stage that is in use: it would be removed with everything."""
    stack = Stack(stage)
    if stack.status():
        message = f"--stage: {stack.name} is there already, and everything would be removed"
        raise Malformed(message)


def _rehearsal(stage: str, local: str, document: Path) -> Rehearsal:
    office = connect(local or None, "" if local else stage)
    url, token = local.rstrip("/"), os.environ.get("STAFF_TOKEN", "")
    if local:
        token = ask(url, "/_local/token?role=privacy")["access_token"]
    else:
        url = outputs_of(stage)["EndpointURL"].rstrip("/")
    return Rehearsal(stage, local, document, Site(url, office, token))


def _walked(here: Rehearsal) -> int:
    """Walk all parts, each whatever became of the one before; the number that went wrong."""
    failed = 0
    for part in PARTS:
        print(part.name)
        if here.local:
            print(f"  not shown here: {part.hidden}")
        if here.local and part.only_on_aws:
            continue
        try:
            part.act(here)
            print("  went well")
        except (Wrong, PrivacyError, ClientError) as fault:
            failed += 1
            reason = str(fault) if isinstance(fault, Wrong) else type(fault).__name__
            print(f"  went wrong: {reason}")
    return failed


if __name__ == "__main__":
    sys.exit(deployment.run(app))
