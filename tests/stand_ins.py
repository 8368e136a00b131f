"""Stand-ins for the clock and for AWS's moods; no mocks: moto stores and decides."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from infra import local
from shared.store import _items

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


class Killed(BaseException):
    """The process ends here: nothing may catch it."""


class Aws:
    """The embedded AWS as a test looks at it."""

    table = local.TABLE

    def __init__(self, client: Any) -> None:
        self.client = client

    def items(self) -> list[dict[str, Any]]:
        """Every item of the table, raw."""
        pages = self.client.get_paginator("scan").paginate(TableName=local.TABLE)
        return [item for page in pages for item in page["Items"]]

    def items_of_people(self) -> list[dict[str, Any]]:
        """What is left of people: everything but erasure records and idempotency keys."""
        kept = ("TOMB#", "IDEM#", "SUPP#")
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
        """Let something happen once, just before the next such call is made."""
        pending = [act]

        def interrupt(_: str) -> Callable[..., None]:
            def before(**_: Any) -> None:
                if pending:
                    pending.pop()()

            return before

        with self._hooked("before-call", interrupt, (operation,)):
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
        events = _items.Item._get_connection().connection.client.meta.events
        hooks = {f"{moment}.dynamodb.{one}": hook(one) for one in operations}
        for event, handler in hooks.items():
            events.register_first(event, handler)
        try:
            yield
        finally:
            for event, handler in hooks.items():
                events.unregister(event, handler)
