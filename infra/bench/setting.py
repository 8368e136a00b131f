"""Where the bench measures: a table, both clients, and data subjects to do something with."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

import boto3
from rich.console import Console

from functions import intake
from infra import local, resources
from infra.bench import by_hand, people
from infra.bench.measuring import Comparison, compare
from shared import wiring
from shared.gateways.clock import utc_now
from shared.gateways.keyring import Keyring
from shared.model.erasures import Kind
from shared.settings import Settings
from shared.statement import loading
from shared.store import settling as settling_store
from shared.store.due import DueEntry
from shared.wiring import Office
from shared.workflows import erasures, settling

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
        with self.staffed(now=utc_now):
            intake.handle(self.form("model@example.com"), None)
            for place in settling_store.late(LATEST):
                settling.settle(place.subject_id, place.sk, self.office)
        self.model: list[dict[str, Any]] = self.client.scan(TableName=table)["Items"]

    def staffed(self, **changed: Any) -> Any:
        return wiring.staffed_by(replace(self.office, **changed))

    def form(self, email: str) -> dict[str, Any]:
        """A contact form with a choice ticked, as API Gateway sends it."""
        sent = {
            "email": email,
            "name": "Kari Nordmann",
            "message": "Please call me about the kayaks.",
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
                "identity": {"sourceIp": "192.0.2.7"},
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


def check(is_so: bool) -> None:
    if not is_so:
        message = "what was measured did not do its work"
        raise RuntimeError(message)
