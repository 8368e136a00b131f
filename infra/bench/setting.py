"""Where the bench measures: a table, both clients, and data subjects to do something with."""

import json
import os
import sys
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

import boto3
from rich.console import Console

from infra import engine, local, resources
from infra.bench import by_hand, people
from infra.bench.measuring import Comparison, compare
from infra.local import logs
from shared import wiring
from shared.gateways.clock import utc_now
from shared.gateways.keyring import Keyring
from shared.model.contacts import Visit
from shared.model.erasures import Kind
from shared.settings import Settings
from shared.statement import loading
from shared.store import settling as settling_store
from shared.store.due import DueEntry
from shared.wiring import Office
from shared.workflows import erasures, settling, submissions

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
LATEST = datetime(9999, 1, 1, tzinfo=UTC)
ITEMS = (4, 50, 500)
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"

console = Console(stderr=True)


class Bench:
    """A table, the two clients, and an office whose clock stands where it is put."""

    def __init__(self, table: str) -> None:
        self.table, self.now = table, NOW
        resources.create_table(table, streams=False)
        settings = Settings(
            table=table, region=local.REGION, keys_secret="", origins=(), statement=None
        )
        self.client = boto3.client("dynamodb")
        self.clients = wiring.bind(settings), self.client
        keys = Keyring(
            version="1",
            lookup_key=by_hand.LOOKUP_KEY,
            erasure_key=by_hand.ERASURE_KEY,
            suppression_key=b"s" * 32,
            signing_key=b"c" * 32,
        )
        self.office = Office(statement=loading.load(), keys=keys, now=lambda: self.now)
        self._numbers = count()
        self._take_in_the_model()
        self.model: list[dict[str, Any]] = self.client.scan(TableName=table)["Items"]

    def _take_in_the_model(self) -> None:
        """One form as everybody's are, settled: the others are made from what it leaves."""
        sent = json.loads(self.form(people.MODEL, 0)["body"])
        told = {
            "ip": people.IP.format(0),
            "browser": "Firefox",
            "system": "Linux",
            "language": "nb",
        }
        now = replace(self.office, now=utc_now)
        submissions.submit("contact", sent, Visit(technical=told), None, now)
        for place in settling_store.late(LATEST):
            settling.settle(place.subject_id, place.sk, self.office)

    def staffed(self, **changed: Any) -> Any:
        return wiring.staffed_by(replace(self.office, **changed))

    def form(self, email: str, number: int | None = None) -> dict[str, Any]:
        """A contact form with a choice ticked, as API Gateway sends it; no two say the same."""
        number = next(self._numbers) if number is None else number
        sent = {
            "email": email,
            "name": "Kari Nordmann",
            "message": people.MESSAGE.format(number),
            "notice": self.office.statement.notice_for("en").id,
            "choices": ["marketing_phone"],
        }
        return {
            "resource": "/forms/{form_name}",
            "path": "/forms/contact",
            "httpMethod": "POST",
            "headers": {
                "content-type": "application/json",
                "accept-language": "nb",
                "user-agent": AGENT,
            },
            "multiValueQueryStringParameters": None,
            "pathParameters": {"form_name": "contact"},
            "stageVariables": None,
            "requestContext": {
                "resourcePath": "/forms/{form_name}",
                "httpMethod": "POST",
                "identity": {"sourceIp": people.IP.format(number % 255)},
            },
            "body": json.dumps(sent),
            "isBase64Encoded": False,
        }

    def new_email(self) -> str:
        return f"person{next(self._numbers)}@example.com"

    def person(self, items: int) -> tuple[str, str]:
        """Somebody new with so many items: address and subject."""
        email = self.new_email()
        subject_id, written = people.copy(self.model, email, items, self.office)
        people.load(written, self.client, self.table)
        return email, subject_id

    def erase(self, who: tuple[str, str]) -> None:
        """Erase somebody who is due by now, found already."""
        later = replace(self.office, now=lambda: NOW.replace(year=NOW.year + 3))
        entry = DueEntry(subject_id=who[1], kind=Kind.PROFILE, sk="PROFILE", due_on=NOW.date())
        check(erasures.process(entry, later).erased)

    def compare(self, name: str, prepare: Any, ours: Any, hand: Any, **how: Any) -> Comparison:
        console.print(f"{name} …")
        return compare(name, prepare, ours, hand, clients=self.clients, table=self.table, **how)


def begin() -> None:
    """Let everything use the engine of the environment; the process ends if there is none."""
    if os.environ.get("ENGINE") != engine.NAME:
        sys.exit("needs an engine: make bench")
    os.environ.update({**local.environment(""), **engine.environment()})
    logs.begin(os.environ)


def check(is_so: bool) -> None:
    if not is_so:
        message = "what was measured did not do its work"
        raise RuntimeError(message)
