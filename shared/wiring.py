"""The one place where parts are put together, and the only one that reads the environment.

Nothing happens on import, but where Lambda starts a function: see `early`.
"""

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.errors import WrongKeys, kind_of
from shared.gateways.clock import utc_now
from shared.gateways.documents import Bucket
from shared.gateways.keyring import Keyring, Secret
from shared.gateways.mail import nobody_sends, sending
from shared.gateways.references import new_reference
from shared.settings import Settings, read_namespace, read_settings
from shared.statement import loading
from shared.statement.types import Statement

if TYPE_CHECKING:
    from shared.gateways.identity import Identity

KEYS_KEPT_FOR = timedelta(minutes=5)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What answers without knowing anybody: the statement, and whose pages may ask.

    `signs_in`: whether the staff can sign in by a page.
    """

    statement: Statement
    origins: tuple[str, ...] = ()
    signs_in: bool = False


@dataclass(frozen=True, kw_only=True)
class Office(Desk):
    """Everything that a workflow may use besides its arguments and the table.

    `secret`: where the keys come from, and are asked for anew; a stand-in's come from nowhere.
    """

    keys: Keyring
    secret: Secret | None = None
    keyed_at: datetime | None = None
    site: str = ""
    documents: Bucket | None = None
    trust_roots: Path | None = None
    send: Callable[[EmailMessage], None] = nobody_sends
    now: Callable[[], datetime] = utc_now
    new_reference: Callable[[], str] = new_reference
    identity: "Identity | None" = None


_staffed: list[Desk] = []


def desk() -> Desk:
    """The desk of this process, or its office, opened on first use.  Raises Misconfigured."""
    if not _staffed:
        settings = read_settings(os.environ)
        _staffed.append(
            Desk(
                statement=_statement(settings),
                origins=settings.origins,
                signs_in=_signs_in(settings),
            )
        )
    return _staffed[-1]


def office() -> Office:
    """The office of this process, opened on first use, its keys asked for every five minutes.

    Raises Misconfigured.
    """
    last = _staffed[-1] if _staffed else None
    if not isinstance(last, Office):
        last = open_office(os.environ, known=last)
        _staffed.append(last)
    elif last.keyed_at and not timedelta(0) <= last.now() - last.keyed_at < KEYS_KEPT_FOR:
        last = _staffed[-1] = _keyed_anew(last)  # two threads at once do it twice: no harm
    return last


def early(open_: Callable[[], object]) -> None:
    """Open at once what an entry point needs, where Lambda imports it, which is at full speed.

    What fails, the first event tries again: an import that failed would be nobody's answer.
    """
    if "AWS_LAMBDA_RUNTIME_API" in os.environ:
        try:
            open_()
        except Exception as fault:  # the boundary: whatever it is, the event is told of it
            name = kind_of(fault)
            _log.warning("not opened early: %s", name, extra={"fault": name})


def _keyed_anew(last: Office) -> Office:
    """The office with its secret's keys of now, and with its old ones if those cannot be had."""
    try:
        keys = keys_of(last)
    except Exception as fault:  # the boundary: whatever it is, the old keys are the table's
        name = kind_of(fault)
        _log.error("keys not renewed: %s", name, extra={"fault": name})
        keys = last.keys
    return replace(last, keys=keys, keyed_at=last.now())


def keys_of(office: Office) -> Keyring:
    """The keys as the office's secret holds them now; a stand-in's are its own.

    Raises Misconfigured, also where the table has others.
    """
    return _proved(office.secret.fetch() if office.secret else office.keys)


def _proved(keys: Keyring) -> Keyring:
    """These keys, if they are those of the table.  Raises WrongKeys."""
    from shared.store import keys as store  # noqa: PLC0415  # who has no keys does without PynamoDB

    if not store.are_proved_by(keys.proof()):
        message = "the keys of the secret are not those that the table was written with"
        raise WrongKeys(message)
    return keys


def open_office(
    environ: Mapping[str, str],
    now: Callable[[], datetime] = utc_now,
    known: Desk | None = None,
) -> Office:
    """Read the settings, the statement and the keys, and bind the table.

    Raises Misconfigured, also if the table has other keys.

    `known`: a desk that has read the statement already.
    """
    settings = read_settings(environ)
    statement = known.statement if known else _statement(settings)
    bind(settings)
    secret = Secret(settings.keys_secret, settings.region, _session())
    return Office(
        statement=statement,
        keys=_proved(secret.fetch()),
        secret=secret,
        keyed_at=now(),
        origins=settings.origins,
        signs_in=_signs_in(settings),
        site=settings.site,
        documents=Bucket(settings.documents, settings.region) if settings.documents else None,
        trust_roots=settings.trust_roots,
        send=sending(
            settings.sender,
            settings.region,
            statement.controller.name,
            settings.configuration_set,
        ),
        now=now,
        identity=_identity(settings),
    )


def _identity(settings: Settings) -> "Identity | None":
    if settings.issuer is None:
        return None
    from shared.gateways.identity import Identity  # noqa: PLC0415  # only the staff's routes ask

    return Identity(settings.issuer)


def _signs_in(settings: Settings) -> bool:
    return settings.issuer is not None and bool(settings.issuer.client_id)


def metrics_namespace() -> str:
    """Where the metrics of this process go, whether or not anything else is set."""
    return read_namespace(os.environ)


def _statement(settings: Settings) -> Statement:
    return loading.load(settings.statement or loading.DEFAULT)


def bind(settings: Settings) -> Any:
    """Point the store at the stage's table; the botocore client it uses, for who watches it."""
    from shared.store import _items  # noqa: PLC0415  # who knows no table does without PynamoDB

    return _items.bind(settings.table, settings.region)


def _session() -> Any:
    from shared.store import _items  # noqa: PLC0415

    return _items.session()


@contextmanager
def staffed_by(stand_in: Office) -> Iterator[Office]:
    """Let this office answer for the length of a block: for tests and the local stack."""
    _staffed.append(stand_in)
    try:
        yield stand_in
    finally:
        _staffed.pop()  # itself, or what it was keyed anew as
