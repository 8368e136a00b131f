"""Somebody uses a right, and every function that has a part in it does its work."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from chalice.test import TestHTTPClient as Http

from functions.reminders import remind
from functions.retention_sweep import sweep
from functions.workers import work
from shared.model.requests import Channel, Request, RequestState, Right
from shared.policy import requests as policy
from shared.wiring import Office
from shared.workflows import letters, requests
from tests.functions.signing_in import Desk, told
from tests.stand_ins import Aws, Clock

JSON = {"Content-Type": "application/json"}
TEXT = {"text": "because"}
NEW = "new@example.org"


@dataclass(frozen=True)
class Walk:
    """One request of one person.  `streams`: whether the stream tells, or the hour finds it."""

    http: Http
    desk: Desk
    office: Office
    aws: Aws
    clock: Clock
    right: Right
    channel: Channel
    email: str
    streams: bool
    seen: dict[tuple[str, str], Any] = field(default_factory=dict)

    def hear(self) -> None:
        """The workers are told of what was written; or an hour passes."""
        self.clock.forward(minutes=1)
        if self.streams:
            assert work({"Records": self.written()}, None) == {"batchItemFailures": []}
        else:
            self.clock.forward(hours=1)
            assert remind({}, None)["failed"] == 0

    def written(self) -> list[dict[str, Any]]:
        """The stream's records of what is new since it was last asked for."""
        there = {(one["pk"]["S"], one["sk"]["S"]): one for one in self.aws.items()}
        new = [one for key, one in there.items() if self.seen.get(key) != one]
        self.seen.clear()
        self.seen.update(there)
        return [
            {
                "eventName": "INSERT",
                "dynamodb": {
                    "Keys": {"pk": one["pk"], "sk": one["sk"]},
                    "SequenceNumber": "1",
                },
            }
            for one in new
        ]

    def ask(self) -> str:
        """The reference of the request, once it is taken up."""
        sent = {"right": self.right, "email": self.email, "details": "words", "language": "en"}
        if self.channel is Channel.WEB:
            taken = self.send("/requests", **sent, status=202)
        else:
            by_staff = {**sent, "channel": self.channel}
            taken = told(self.desk.post("/staff/requests", "privacy", **by_staff), 202)
        self.hear()
        told(self.desk.get("/staff/requests", "privacy"))
        return str(taken["reference"])

    def send(self, path: str, *, status: int = 200, **body: Any) -> Any:
        answer = self.http.post(path, headers=JSON, body=json.dumps(body).encode())
        assert answer.status_code == status, (path, answer.body)
        return json.loads(answer.body) if answer.body else None

    def staff(self, reference: str, action: str, **body: Any) -> None:
        path = f"/staff/requests/{reference}"
        told(self.desk.post(f"{path}/{action}", "privacy", **{**TEXT, **body}))
        if action == "answer":
            told(self.desk.get(path, "privacy"))

    def read(self, reference: str) -> Request:
        return requests.read(reference)

    def state(self, reference: str) -> RequestState:
        return self.read(reference).state

    def path(self, reference: str) -> str:
        """Of its status."""
        return urlsplit(letters.status_url(reference, self.office)).path

    def link(self, reference: str) -> str:
        link = self.read(reference).link
        assert link
        return f"/confirm/{reference}/{letters.link_token(reference, link.number, self.office)}"

    def identify(self, reference: str) -> None:
        """By the link, or by staff."""
        if self.channel is Channel.WEB:
            self.http.get(self.link(reference))
            self.send(self.link(reference))
        else:
            self.staff(reference, "identify")

    def finish(self, reference: str) -> None:
        """Answered by the functions as far as they can, and by staff as far as they must."""
        self.hear()
        if self.state(reference) in policy.OPEN:
            self.staff(reference, "answer", **self.corrected())
        self.hear()

    def corrected(self) -> dict[str, Any]:
        return {"corrections": {"name": "Eva"}} if self.right is Right.RECTIFICATION else {}

    def download(self, reference: str) -> None:
        """What there is to be had."""
        path = self.path(reference)
        if policy.has_export(self.read(reference), self.clock.now()):
            self.send(f"{path}/code", status=202)
            self.hear()
            code = self.read(reference).code
            assert code
            spelled = letters.code_of(reference, code.number, self.office)
            self.send(f"{path}/result", code=spelled, format="json")
        elif self.read(reference).certificate:
            self.send(f"{path}/result", format="certificate")
        assert self.http.get(path).status_code == 200


def later(aws: Aws, clock: Clock) -> None:
    """Months pass: reminders, and a night."""
    for days in (1, 31, 800):
        clock.forward(days=days)
        assert remind({}, None)["failed"] == 0
    assert remind({"only": "letters"}, None)["failed"] == 0
    night(aws)


def night(aws: Aws) -> None:
    with aws.one_at_a_time():
        assert sweep({}, None)["failed"] == 0
