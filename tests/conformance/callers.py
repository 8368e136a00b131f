"""Those who call: many at once, and such as send again what was not answered."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException

from shared.errors import Superseded

T = TypeVar("T")

UNANSWERED = (BotoCoreError, ClientError, PynamoDBException, Superseded)
PATIENCE = 40


def at_once(acts: Sequence[Callable[[], T]]) -> list[T]:
    """Do all of it, each in a thread of its own, and none before all of them can begin."""
    barrier = threading.Barrier(len(acts))

    def begin(act: Callable[[], T]) -> T:
        barrier.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(begin, acts))


def until_answered(act: Callable[[], T]) -> T:
    """Do the same again for as long as it ends in an error, as a client does."""
    for _ in range(PATIENCE):
        try:
            return act()
        except UNANSWERED:
            continue
    message = f"not answered in {PATIENCE} tries"
    raise TimeoutError(message)
