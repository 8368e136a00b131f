"""Stand-ins for the clock and for AWS's moods; no mocks: moto or the engine stores and decides."""

import json
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context
from datetime import datetime, timedelta
from email.message import EmailMessage
from itertools import count
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError

from infra import local

ITEM_OPERATIONS = (
    "GetItem",
    "BatchGetItem",
    "Query",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "BatchWriteItem",
    "TransactWriteItems",
)
WRITES = frozenset(ITEM_OPERATIONS[3:])
QUERIES_APART = tuple(name for name in ITEM_OPERATIONS if name != "Query")


def in_text(mail: EmailMessage) -> EmailMessage:
    """A mail as a program without HTML shows it: all its headers, and its text."""
    shown, text = EmailMessage(), mail.get_body(("plain",))
    for name, value in mail.items():
        if not name.startswith(("Content-", "MIME-")):
            shown[name] = value
    shown.set_content(text.get_content() if text else "")
    return shown


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def set(self, now: datetime) -> None:
        self._now = now

    def forward(self, **passed: float) -> None:
        self._now += timedelta(**passed)


class Ending:
    """The context of an invocation that Lambda ends in so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return round(self._seconds * 1000)


class Killed(BaseException):
    """The process ends here: nothing may catch it."""


class Faults:
    """What goes wrong between the product and AWS, once in so many writes; `seen` counts it.

    conflict    another transaction is at the item, or a batch is throttled: nothing is written
    repeated    it is written, the answer is lost on its way, and the SDK asks for the same again
    unanswered  it is written, and the caller never learns

    Which of them is drawn from a shuffled deck: by seed, and sure to come.
    """

    def __init__(self, seed: int, one_in: dict[str, int]) -> None:
        self.seen = Counter(dict.fromkeys(one_in, 0))
        self._shuffle = random.Random(seed).shuffle  # noqa: S311  # a seed, no secrecy
        self._one_in = one_in
        self._decks: dict[str, list[bool]] = {fault: [] for fault in one_in}
        self._lock = threading.Lock()

    def conflict(self, model: Any, params: dict[str, Any], **_: Any) -> Any:
        """A `before-call` hook: what it returns is taken for AWS's answer."""
        if not self._strikes("conflict"):
            return None
        asked = json.loads(params["body"])
        metadata = {"HTTPStatusCode": 400, "HTTPHeaders": {}}
        if model.name == "BatchWriteItem":
            left = {"UnprocessedItems": asked["RequestItems"], "ResponseMetadata": metadata}
            return AWSResponse("", 200, {}, None), left
        told: dict[str, Any] = {"Error": {"Code": "TransactionConflictException", "Message": ""}}
        if model.name == "TransactWriteItems":
            told["Error"]["Code"] = "TransactionCanceledException"
            told["CancellationReasons"] = [{"Code": "None"} for _ in asked["TransactItems"]]
            told["CancellationReasons"][-1] = {"Code": "TransactionConflict"}
        return AWSResponse("", 400, {}, None), {**told, "ResponseMetadata": metadata}

    def repeated(self, client: Any) -> Callable[..., None]:
        """A `before-send` hook that sends the request and loses the answer."""

        def send(request: Any, **_: Any) -> None:
            if self._strikes("repeated"):
                client._endpoint.http_session.send(request)
                raise ReadTimeoutError(endpoint_url=request.url)

        return send

    def unanswered(self, http_response: Any, **_: Any) -> None:
        """An `after-call` hook that loses the answer for good."""
        if http_response.status_code == 200 and self._strikes("unanswered"):
            raise ReadTimeoutError(endpoint_url="")

    def _strikes(self, fault: str) -> bool:
        if fault not in self._decks:
            return False
        deck = self._decks[fault]
        with self._lock:
            if not deck:
                deck += [True] + [False] * (self._one_in[fault] - 1)
                self._shuffle(deck)
            struck = deck.pop()
            self.seen[fault] += struck
        return struck


class Aws:
    """The embedded AWS as a test looks at it."""

    table = local.TABLE

    def __init__(self, client: Any, product: Any) -> None:
        """`client` looks; `product` is the client that the product's calls go through."""
        self.client, self.product = client, product

    def items(self) -> list[dict[str, Any]]:
        """Every item of the table, raw."""
        pages = self.client.get_paginator("scan").paginate(TableName=local.TABLE)
        return [item for page in pages for item in page["Items"]]

    def items_of_people(self) -> list[dict[str, Any]]:
        """What is left of people: everything but records, trails, keys and counts of a day."""
        kept = ("TOMB#", "AUD#", "IDEM#", "SUPP#", "SENT#")
        return [item for item in self.items() if not item["pk"]["S"].startswith(kept)]

    def profile(self) -> dict[str, Any]:
        """The only profile."""
        (found,) = (item for item in self.items() if item["sk"]["S"] == "PROFILE")
        return found

    def profile_keys(self) -> list[dict[str, Any]]:
        return [
            {"pk": item["pk"], "sk": item["sk"]}
            for item in self.items()
            if item["sk"]["S"] == "PROFILE"
        ]

    @contextmanager
    def calls(self) -> Iterator[list[str]]:
        """The DynamoDB calls that the product makes in a block."""
        made: list[str] = []

        def note(operation: str) -> Callable[..., None]:
            return lambda **_: made.append(operation)

        with self._hooked("before-call", note):
            yield made

    @contextmanager
    def requests(self) -> Iterator[list[tuple[str, dict[str, Any]]]]:
        """As `calls`, with what is asked."""
        made: list[tuple[str, dict[str, Any]]] = []

        def note(operation: str) -> Callable[..., None]:
            return lambda params, **_: made.append((operation, json.loads(params["body"])))

        with self._hooked("before-call", note):
            yield made

    @contextmanager
    def killed_after(self, writes: int) -> Iterator[None]:
        """End the process once so many writes have been carried out."""
        done = 0

        def kill(operation: str) -> Callable[..., None]:
            def after(**_: Any) -> None:
                nonlocal done
                done += operation in WRITES
                if operation in WRITES and done == writes:
                    raise Killed

            return after

        with self._hooked("after-call", kill):
            yield

    @contextmanager
    def between(self, operation: str, act: Callable[[], None]) -> Iterator[None]:
        """Let something happen once, just before the next such call is made: in no invocation."""
        pending = [act]

        def interrupt(_: str) -> Callable[..., None]:
            def before(**_: Any) -> None:
                if pending:
                    Context().run(pending.pop())

            return before

        with self._hooked("before-call", interrupt, (operation,)):
            yield

    @contextmanager
    def at_call(self, number: int, act: Callable[[], None]) -> Iterator[None]:
        """Let something happen just before the call of this number, queries not counted.

        It is part of no invocation.
        """
        made = count()

        def interrupt(_: str) -> Callable[..., None]:
            def before(**_: Any) -> None:
                if next(made) == number:
                    Context().run(act)

            return before

        with self._hooked("before-call", interrupt, QUERIES_APART):
            yield

    @contextmanager
    def faulty(self, seed: int, **one_in: int) -> Iterator[Counter[str]]:
        """Let writes meet `Faults` in a block, each one in so many; how often they did."""
        faults = Faults(seed, one_in)
        writes = ITEM_OPERATIONS[3:]
        repeated = faults.repeated(self.product)
        with (
            self._hooked("before-call", lambda _: faults.conflict, writes),
            self._hooked("before-send", lambda _: repeated, writes),
            self._hooked("after-call", lambda _: faults.unanswered, writes),
        ):
            yield faults.seen

    @contextmanager
    def twice(self, *operations: str) -> Iterator[None]:
        """Carry out writes twice: the answer is lost, and the SDK asks for the same again."""

        def again(model: Any, params: dict[str, Any], **_: Any) -> None:
            asked = {**params, "context": {**params["context"]}}
            self.product._endpoint.make_request(model, asked)

        with self._hooked("before-call", lambda _: again, operations or ITEM_OPERATIONS[3:]):
            yield

    @contextmanager
    def one_at_a_time(self) -> Iterator[None]:
        """Make each call atomic for threads, which moto is not: they interleave between calls."""
        lock = threading.Lock()
        take = lambda **_: lock.acquire() and None  # noqa: E731
        give = lambda **_: lock.release()  # noqa: E731
        with (
            self._hooked("before-call", lambda _: take),
            self._hooked("after-call", lambda _: give),
            self._hooked("after-call-error", lambda _: give),
        ):
            yield

    @contextmanager
    def _hooked(
        self,
        moment: str,
        hook: Callable[[str], Callable[..., None]],
        operations: tuple[str, ...] = ITEM_OPERATIONS,
    ) -> Iterator[None]:
        events = self.product.meta.events
        hooks = {f"{moment}.dynamodb.{one}": hook(one) for one in operations}
        for event, handler in hooks.items():
            events.register_first(event, handler)
        try:
            yield
        finally:
            for event, handler in hooks.items():
                events.unregister(event, handler)
