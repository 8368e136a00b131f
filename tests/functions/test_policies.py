"""Least privilege: each function may do just what it is seen doing, and nothing else."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from chalice.test import TestHTTPClient as Http

from functions import canary
from functions.retention_sweep import sweep
from functions.stream_cascade import cascade
from shared import wiring
from shared.model.requests import Right
from shared.wiring import Office
from shared.workflows import events, health, receiving
from shared.workflows.events import Event
from tests.functions import using_rights
from tests.functions.signing_in import signing_in, told
from tests.functions.test_health import key as canary_of
from tests.functions.test_schedule_and_stream import LAMBDA, removal
from tests.functions.test_signing_in import signed_in as browsing
from tests.stand_ins import Aws, Clock
from tests.workflows.submitting import KARI, NOTICE, post, send
from tests.workflows.test_erasures import DUE, expire

POLICIES = Path(__file__).parents[2] / ".chalice" / "policies"

LEFT_ALONE = "ola@example.com"

Need = tuple[str, str, str]
"""What a call needs: the action, table or index, and the partition key."""


def statements(area: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((POLICIES / f"{area}.json").read_text("utf-8"))[
        "Statement"
    ]
    return found


def needs(operation: str, request: dict[str, Any]) -> Iterator[Need]:
    """The permissions that AWS asks for a request, by its guide to fine-grained access."""
    if operation == "TransactWriteItems":
        for action in request["TransactItems"]:
            ((name, told),) = action.items()
            yield f"dynamodb:{name}Item", "table", told.get("Key", told.get("Item"))["pk"]["S"]
    elif operation == "BatchGetItem":
        ((_, reads),) = request["RequestItems"].items()
        for key in reads["Keys"]:
            yield f"dynamodb:{operation}", "table", key["pk"]["S"]
    elif operation == "BatchWriteItem":
        ((_, writes),) = request["RequestItems"].items()
        for write in writes:
            ((_, told),) = write.items()
            yield f"dynamodb:{operation}", "table", told.get("Key", told.get("Item"))["pk"]["S"]
    elif operation == "Query":
        where = "index" if "IndexName" in request else "table"
        values = request["ExpressionAttributeValues"]
        yield f"dynamodb:{operation}", where, values.get(":shard", values.get(":pk"))["S"]
    else:
        key = request.get("Key", request.get("Item"))["pk"]["S"]
        yield f"dynamodb:{operation}", "table", key


def grants(area: str) -> Iterator[tuple[str, str, str]]:
    """Each permission on the table: action, table or index, pattern of partition keys.

    One that names no keys covers nothing here: it must not be there.
    """
    for one in statements(area):
        resource = json.dumps(one["Resource"])
        if ('"Table' not in resource and "${Table" not in resource) or "tream" in resource:
            continue
        keys = one.get("Condition", {}).get("ForAllValues:StringLike", {})
        where = "index" if "/index/" in resource else "table"
        for action in one["Action"]:
            for pattern in keys.get("dynamodb:LeadingKeys", ["(any)"]):
                yield action, where, pattern


def is_covered(need: Need, grant: Need) -> bool:
    return need[:2] == grant[:2] and fnmatchcase(need[2], grant[2])


@dataclass(frozen=True)
class Stage:
    """Where a function is seen at work; only what happens inside `acting` is its own doing."""

    office: Office
    aws: Aws
    clock: Clock
    http: Http
    acting: Callable[[], AbstractContextManager[None]]

    def send(self, form: str, **sent: Any) -> None:
        self.clock.forward(days=1)
        headers = {"Content-Type": "application/json", "Idempotency-Key": form}
        body = json.dumps({**sent, "notice": NOTICE})
        with self.acting():
            self.http.post(f"/forms/{form}", headers=headers, body=body)

    def sweep(self) -> None:
        with self.acting():
            sweep({}, None)

    def expired(self) -> None:
        image = expire(self.aws)
        for _ in range(2):
            with self.acting():
                cascade({"Records": [removal(image, LAMBDA)]}, None)


def used_by_canary(stage: Stage) -> None:
    with wiring.staffed_by(replace(stage.office, site="http://127.0.0.1:1")), stage.acting():
        canary.ask({}, None)


def used_by_intake(stage: Stage) -> None:
    with stage.acting():
        answer = stage.http.get(health.PATH, headers=canary_of(stage.office))
    assert answer.status_code == 200
    stage.send("contact", email=KARI, choices=["marketing_phone"])
    stage.send("contact", email=KARI)
    stage.send("chat", phone="+47 22 22 55 55", message="Hi")
    events.note(KARI, Event.CUSTOMER_START, stage.office, at=stage.clock.now())
    stage.send("contact", email=KARI)


def used_by_staff(stage: Stage) -> None:
    forms = using_rights.beside(stage.office, stage.clock)
    first, second = (post(stage.office, form).reference for form in ("contact", "download"))
    post(stage.office, "newsletter", email=LEFT_ALONE, choices=["newsletter"])
    receiving.receive(Right.OBJECTION, LEFT_ALONE, stage.office, language="en")
    stage.clock.forward(days=1)
    with signing_in(stage.http, stage.office) as desk, stage.acting():
        told(desk.get("/staff/inbox", "support"))
        told(desk.post(f"/staff/inbox/{first}/read", "support"))
        told(desk.post(f"/staff/inbox/{first}/answered", "support"))
        told(desk.post(f"/staff/inbox/{second}/purpose-ended", "support"))
        told(desk.post("/staff/people", "support", email=KARI, purpose="reply"))
        told(desk.post("/staff/people/trail", "privacy", email=KARI))
        told(desk.post("/staff/people/events", "support", email=KARI, event="phone", because="x"))
        with wiring.staffed_by(replace(desk.office, signs_in=True)):
            session = browsing(desk)
            stage.http.get("/staff/inbox", headers=session)
            stage.http.post("/staff/sign-out", headers=session)
        told(desk.post("/staff/people/events", "support", email=LEFT_ALONE, event="unsubscribe"))
        for reference, action in forms:
            sent = {"email": using_rights.CUSTOMER, "reference": reference, "action": action}
            told(desk.post("/staff/people/beside", "support", **sent))


def used_by_retention_sweep(stage: Stage) -> None:
    post(stage.office)
    post(stage.office, "chat", email=None, phone="+47 22 22 55 55", message="Hi")
    post(stage.office, email="customer@example.com")
    events.note("customer@example.com", Event.CUSTOMER_START, stage.office, at=stage.clock.now())
    receiving.receive(Right.OBJECTION, "late@example.com", stage.office, language="en")
    send(stage.office, email="late@example.com", choices=["marketing_phone"])
    stage.clock.set(DUE)
    receiving.receive(Right.ACCESS, KARI, stage.office, language="en")
    stage.sweep()


def used_by_stream_cascade(stage: Stage) -> None:
    post(stage.office)
    stage.clock.set(DUE + timedelta(days=14))
    receiving.receive(Right.ACCESS, KARI, stage.office, language="en")
    stage.expired()
    post(stage.office, "chat", email=None, phone="+47 22 22 55 55", message="Hi")
    stage.clock.set(DUE + timedelta(days=800))
    stage.expired()
    stage.clock.set(DUE - timedelta(days=40))
    post(stage.office)
    stage.expired()


Use = Callable[[Stage], None]
USES: dict[str, Use] = {
    "canary": used_by_canary,
    "intake": used_by_intake,
    "mail_events": using_rights.used_by_mail_events,
    "reminders": using_rights.used_by_reminders,
    "retention_sweep": used_by_retention_sweep,
    "staff": used_by_staff,
    "staff_requests": using_rights.used_by_staff_requests,
    "stream_cascade": used_by_stream_cascade,
    "subject_requests": using_rights.used_by_subject_requests,
    "workers": using_rights.used_by_workers,
}


@pytest.mark.parametrize("area", USES)
def test_a_function_may_do_what_it_does_and_nothing_else(
    area: str, office: Office, aws: Aws, clock: Clock, http: Http
) -> None:
    made: list[tuple[str, dict[str, Any]]] = []

    @contextmanager
    def acting() -> Iterator[None]:
        with aws.requests() as asked, aws.one_at_a_time():
            yield
        made.extend(asked)

    with acting():
        wiring.keys_of(office)  # as each does that opens an office
    USES[area](Stage(office, aws, clock, http, acting))
    needed = {need for operation, request in made for need in needs(operation, request)}
    granted = set(grants(area))
    refused = {need for need in needed if not any(is_covered(need, one) for one in granted)}
    unused = {one for one in granted if not any(is_covered(need, one) for need in needed)}
    assert (refused, unused) == (set(), set())


def test_nothing_of_a_person_is_deleted_by_what_strangers_reach() -> None:
    for area in ("intake", "subject_requests"):
        deleted = {key for action, _, key in grants(area) if action == "dynamodb:DeleteItem"}
        assert not [key for key in deleted if fnmatchcase("S#1", key)]


LOG = {("logs:CreateLogStream", "Logs.Arn"), ("logs:PutLogEvents", "Logs.Arn")}
KEYS = {("secretsmanager:GetSecretValue", "Keys"), ("kms:Decrypt", "Key.Arn")}
STREAM = {
    ("dynamodb:DescribeStream", "Table.StreamArn"),
    ("dynamodb:GetRecords", "Table.StreamArn"),
    ("dynamodb:GetShardIterator", "Table.StreamArn"),
    ("dynamodb:ListStreams", "${Table.Arn}/stream/*"),
}
MAIL = {
    (
        "ses:SendRawEmail",
        "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/${Sender}",
    )
}


BUCKET = "arn:${AWS::Partition}:s3:::${AWS::StackName}-documents-${AWS::AccountId}-${AWS::Region}"
DOCUMENTS, RESULTS = f"{BUCKET}/documents/*", f"{BUCKET}/results/*"


def failures(queue: str) -> set[tuple[str, str]]:
    return {("kms:GenerateDataKey", "Key.Arn"), ("sqs:SendMessage", f"{queue}.Arn")}


BESIDES: dict[str, set[tuple[str, str]]] = {
    "documents": LOG
    | KEYS
    | {
        ("s3:GetObject", DOCUMENTS),
        ("s3:DeleteObject", DOCUMENTS),
        ("s3:ListBucket", BUCKET),
    },
    "canary": LOG | KEYS,
    "mail_events": LOG | KEYS | failures("MailEventsFailed"),
    "nothing": set(),
    "pages": LOG,
    "intake": LOG | KEYS,
    "retention_sweep": LOG | KEYS | failures("SweepsFailed"),
    "staff": LOG | KEYS,
    "staff_requests": LOG | KEYS,
    "stream_cascade": LOG | KEYS | failures("ExpiriesFailed") | STREAM,
    "subject_requests": LOG
    | KEYS
    | {("kms:GenerateDataKey", "Key.Arn"), ("s3:PutObject", DOCUMENTS)}
    | {("s3:PutObject", RESULTS), ("s3:GetObject", RESULTS)},
    "reminders": LOG | KEYS | MAIL | failures("RemindersFailed"),
    "workers": LOG | KEYS | MAIL | failures("WorkFailed") | STREAM,
}
"""What a function needs that no call to the table shows: the keys, and what Lambda does for it."""
SEEN = {*USES, "documents"}
"""Whose use of the table is held to its policy: of documents in tests/documents."""
AREAS = sorted(path.stem for path in POLICIES.glob("*.json"))


def where(statement: dict[str, Any]) -> str:
    """A statement's resource, as its intrinsic function names it."""
    ((_, told),) = statement["Resource"].items()
    return told if isinstance(told, str) else ".".join(told)


@pytest.mark.parametrize("area", AREAS)
def test_besides_the_table_a_function_may_do_what_is_listed(area: str) -> None:
    tables = {"Table.Arn", "${Table.Arn}/index/due_index"} if area in SEEN else {}
    found = {(action, where(one)) for one in statements(area) for action in one["Action"]}
    assert {one for one in found if one[1] not in tables} == BESIDES[area]


@pytest.mark.parametrize("area", AREAS)
def test_the_key_is_used_only_through_the_services_that_a_function_asks(area: str) -> None:
    actions = {action for one in statements(area) for action in one["Action"]}
    asked = {one.partition(":")[0] for one in actions} & {"dynamodb", "s3", "secretsmanager", "sqs"}
    for one in statements(area):
        if one["Action"][0].startswith("kms:"):
            via = one["Condition"]["StringEquals"]["kms:ViaService"]
            assert {name["Fn::Sub"] for name in via} == {
                f"{service}.${{AWS::Region}}.amazonaws.com" for service in asked
            }
