"""Every fixture there is.

statement  Avara's statement, as shipped
clock      a clock that stands still until it is moved; it starts on a Sunday morning
aws        moto, or the engine, with the template's table; counts and can interrupt its calls
           (moto copies its stream with each item of a transaction: there it has none)
outbox     the mails that the office has sent, as a program without HTML shows them
office     an office with the clock, known keys and numbered references
http       the whole app behind a test client
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import cache
from itertools import count
from typing import Any

import boto3
import botocore.session
import pynamodb.connection.base
import pytest
from chalice.test import Client, TestHTTPClient
from hypothesis import HealthCheck, settings
from moto import mock_aws
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data

from app import app
from infra import engine, local, resources
from infra.permissions import enforcing
from shared import wiring
from shared.gateways.keyring import Keyring
from shared.settings import Settings
from shared.statement import loading
from shared.statement.types import Statement
from shared.wiring import Office
from tests.permissions.run import pytest_sessionfinish, pytest_testnodedown
from tests.stand_ins import Aws, Clock, in_text

__all__ = ["pytest_sessionfinish", "pytest_testnodedown"]

PRODUCTS = cache(botocore.session.get_session)
"""The session of the product's own client, which it sets up: nobody else's."""

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

# How fast a busy machine is, is no property of ours: times are for benchmarks.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


enforcing.enforce()


@pytest.fixture(autouse=True)
def _nothing_denied() -> Iterator[None]:
    """A function may do what it does in a test, whatever it makes of a refusal."""
    yield
    refused, enforcing.denied[:] = enforcing.denied[:], []
    assert refused == []


@pytest.fixture(scope="session")
def statement() -> Statement:
    return loading.load()


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture(scope="session", autouse=True)
def _no_real_aws() -> None:
    os.environ.update(local.environment("unused"))
    for name in local.ENDPOINTS:
        del os.environ[name]
    if _is_on_engine():
        os.environ.update(engine.environment())


def _is_on_engine() -> bool:
    return os.environ.get("ENGINE") == engine.NAME


@contextmanager
def dynamodb_local(tests: str) -> Iterator[None]:
    """The engine keeps a database for each access key, and the longer one is used, the slower.

    So each file of tests has its own.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "local")
    key = "".join(filter(str.isalnum, worker + tests))
    if os.environ["AWS_ACCESS_KEY_ID"] != key:
        os.environ["AWS_ACCESS_KEY_ID"] = key
        boto3.setup_default_session()
    try:
        yield
    finally:
        boto3.client("dynamodb").delete_table(TableName=local.TABLE)


class Clients(boto3.Session):
    """What botocore knows of AWS, read once, and each client made once: a test is short."""

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[Any, Any] = {}

    def client(self, *arguments: Any, **options: Any) -> Any:
        which = (arguments, tuple(sorted(options.items())))
        if which not in self._made:
            self._made[which] = super().client(*arguments, **options)
        return self._made[which]


@pytest.fixture(scope="session")
def session() -> boto3.Session:
    return Clients()


@pytest.fixture(scope="module")
def moto(session: boto3.Session) -> Iterator[None]:
    """Moto for a file of tests, whose clients all come from one session: each test empties it."""
    with mock_aws(), pytest.MonkeyPatch.context() as kept:
        kept.setattr(boto3, "DEFAULT_SESSION", session)
        kept.setattr(pynamodb.connection.base, "get_session", PRODUCTS)
        yield


@pytest.fixture
def aws(request: pytest.FixtureRequest) -> Iterator[Aws]:
    with ExitStack() as there:
        if _is_on_engine():
            there.enter_context(dynamodb_local(request.module.__name__))
        else:
            request.getfixturevalue("moto")
            BackendDict.reset()
            reset_model_data()  # or it keeps every copy of a table that a transaction ever made
        resources.create_table(local.TABLE, streams=_is_on_engine())
        settings = Settings(
            table=local.TABLE, region=local.REGION, keys_secret="", origins=(), statement=None
        )
        yield Aws(boto3.client("dynamodb"), wiring.bind(settings))


@pytest.fixture
def outbox() -> list[EmailMessage]:
    return []


@pytest.fixture
def office(
    aws: Aws, statement: Statement, clock: Clock, outbox: list[EmailMessage]
) -> Iterator[Office]:
    stand_in = Office(
        statement=statement,
        keys=Keyring(
            version="1",
            lookup_key=b"l" * 32,
            erasure_key=b"e" * 32,
            suppression_key=b"s" * 32,
            signing_key=b"c" * 32,
        ),
        site="https://www.avara.no",
        send=lambda mail: outbox.append(in_text(mail)),
        origins=("https://www.avara.no", "https://shop.avara.no"),
        now=clock.now,
        new_reference=numbered(),
    )
    with wiring.staffed_by(stand_in):
        yield stand_in


def numbered() -> Callable[[], str]:
    """References in order, spread over the shards as random ones are."""
    numbers = count(1)
    return lambda: f"{(next(numbers) * 0x9E3779B1) % 2**32:08x}{0:024x}"


@pytest.fixture
def http(office: Office) -> Iterator[TestHTTPClient]:
    with Client(app) as client:
        yield client.http
