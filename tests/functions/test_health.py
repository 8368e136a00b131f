"""The deep check, and the canary that asks for it over real HTTP."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest
from chalice.test import TestHTTPClient as Http

from app import app
from functions import canary, observing
from functions.observing import Failed
from infra import local, resources
from shared import wiring
from shared.gateways.keyring import Secret, new_secret, read_keyring
from shared.wiring import Office
from shared.workflows import health
from tests.stand_ins import Aws
from tests.workflows.submitting import post

Spoil = Callable[[], None]
READY = {"status": "ready"}


@pytest.fixture
def here(office: Office) -> Iterator[Office]:
    """An office whose keys come from a secret."""
    client, content = boto3.client("secretsmanager"), new_secret()
    client.create_secret(Name=local.KEYS_SECRET, SecretString=content)
    keys, secret = read_keyring(content), Secret(local.KEYS_SECRET, local.REGION)
    with wiring.staffed_by(replace(office, keys=keys, secret=secret)) as staffed:
        yield staffed


def key(office: Office) -> dict[str, str]:
    return {"Authorization": f"Bearer {office.keys.capability('health')}"}


@pytest.fixture
def site(http: Http, here: Office) -> Iterator[str]:
    """The address of a server that has the app answer."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = http.get(self.path, headers=dict(self.headers))
            self.send_response(answer.status_code)
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        with wiring.staffed_by(replace(here, site=url)):
            yield url
        server.shutdown()


def lose_the_secret() -> None:
    boto3.client("secretsmanager").delete_secret(
        SecretId=local.KEYS_SECRET, ForceDeleteWithoutRecovery=True
    )


def put_other_keys() -> None:
    client = boto3.client("secretsmanager")
    client.put_secret_value(SecretId=local.KEYS_SECRET, SecretString=new_secret())


def lose_the_table() -> None:
    boto3.client("dynamodb").delete_table(TableName=local.TABLE)


SPOILT = pytest.mark.parametrize("spoil", [lose_the_secret, put_other_keys, lose_the_table])


# The check ---------------------------------------------------------------------------------------


def test_whoever_shows_the_canarys_key_is_told_that_all_is_well(
    http: Http, here: Office, aws: Aws
) -> None:
    wiring.keys_of(here)
    before = aws.items()
    answer = http.get(health.PATH, headers=key(here))
    assert (answer.status_code, answer.json_body) == (200, READY)
    assert aws.items() == before


@SPOILT
def test_the_check_fails_where_secret_or_table_do(http: Http, here: Office, spoil: Spoil) -> None:
    post(here)
    wiring.keys_of(here)
    spoil()
    assert http.get(health.PATH, headers=key(here)).status_code == 500
    assert http.get("/health").json_body == READY


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer ø"},
        {"Authorization": "Basic eDp5"},
        {"Authorization": f"Bearer {'0' * 64}"},
    ],
)
def test_anybody_else_is_answered_as_at_a_path_that_is_not_there(
    http: Http, here: Office, aws: Aws, headers: dict[str, str]
) -> None:
    with aws.calls() as made:
        answer = http.get(health.PATH, headers=headers)
    gateway = resources.resources()["RestAPI"]["Properties"]["GatewayResponses"]
    told = gateway["MISSING_AUTHENTICATION_TOKEN"]["ResponseTemplates"]["application/json"]
    assert (answer.status_code, answer.json_body) == (404, json.loads(told))
    assert made == []


def test_the_check_is_answered_by_the_function_that_takes_forms_in() -> None:
    assert observing.area_of(app.routes[health.PATH]["GET"]) == "intake"


# The canary --------------------------------------------------------------------------------------


def test_the_canary_finds_all_well_and_says_so_in_a_metric(
    site: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert canary.ask({}, None) == {"ready": 1}
    (measured,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (measured["service"], measured["ready"]) == ("canary", [1])


@SPOILT
def test_the_canary_finds_what_is_wrong(here: Office, site: str, spoil: Spoil) -> None:
    wiring.keys_of(here)
    spoil()
    assert canary.ask({}, None) == {"ready": 0}


def test_a_site_that_does_not_answer_is_not_ready(here: Office) -> None:
    with wiring.staffed_by(replace(here, site="http://127.0.0.1:1")):
        assert canary.ask({}, None) == {"ready": 0}


@pytest.mark.parametrize("site", ["", "http://www.avara.no"])
def test_the_key_is_sent_over_tls_alone(here: Office, site: str) -> None:
    with wiring.staffed_by(replace(here, site=site)), pytest.raises(Failed, match="Misconfigured"):
        canary.ask({}, None)


def test_the_canary_is_sent_every_five_minutes_of_the_hour() -> None:
    schedules = resources.schedules(resources.default_time_zone())
    (one,) = (schedule for schedule in schedules if schedule.function == "Canary")
    assert (one.every, one.hours, one.event) == (5, None, resources.NO_INPUT)
