"""The one place where parts are put together, and the only one that reads the environment.

Nothing happens on import: an entry point opens the office on its first event.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.gateways.clock import utc_now
from shared.gateways.keyring import Keyring, fetch_keyring
from shared.gateways.references import new_reference
from shared.settings import Settings, read_settings
from shared.statement import loading
from shared.statement.types import Statement
from shared.store import _items


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Everything that a workflow may use besides its arguments and the table."""

    statement: Statement
    keys: Keyring
    origins: tuple[str, ...] = ()
    now: Callable[[], datetime] = utc_now
    new_reference: Callable[[], str] = new_reference


_staffed: list[Office] = []


def office() -> Office:
    """The office of this process, opened on first use.  Raises Misconfigured."""
    if not _staffed:
        _staffed.append(open_office(os.environ))
    return _staffed[-1]


def open_office(environ: Mapping[str, str], now: Callable[[], datetime] = utc_now) -> Office:
    """Read the settings, the statement and the keys, and bind the table.  Raises Misconfigured."""
    settings = read_settings(environ)
    statement = loading.load(settings.statement or loading.DEFAULT)
    keys = fetch_keyring(settings.keys_secret, settings.region)
    bind(settings)
    return Office(statement=statement, keys=keys, origins=settings.origins, now=now)


def bind(settings: Settings) -> Any:
    """Point the store at the stage's table; the botocore client it uses, for who watches it."""
    return _items.bind(settings.table, settings.region)


@contextmanager
def staffed_by(stand_in: Office) -> Iterator[Office]:
    """Let this office answer for the length of a block: for tests and the local stack."""
    _staffed.append(stand_in)
    try:
        yield stand_in
    finally:
        _staffed.remove(stand_in)
