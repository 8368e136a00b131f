"""What an invocation leaves behind: one line, metrics, and nothing of a person."""

import json
import re
import subprocess
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
import yaml
from botocore.exceptions import ClientError
from chalice import Response
from chalice.test import Client
from chalice.test import TestHTTPClient as Http

from app import app
from functions import api, observing, retention_sweep
from functions.api import Api
from functions.retention_sweep import sweep
from functions.stream_cascade import cascade
from infra import local, resources
from infra.local import logs
from shared import settings, wiring
from shared.gateways.clock import utc_now
from shared.statement.types import Statement
from shared.wiring import Office
from tests.functions.test_schedule_and_stream import LAMBDA, removal
from tests.local.stack import running
from tests.stand_ins import Aws, Clock
from tests.workflows.submitting import NOTICE, post
from tests.workflows.test_erasures import DUE, expire

ROOT = Path(__file__).parents[2]
JSON = {"Content-Type": "application/json"}
SENT = {"email": "kari@example.com", "notice": NOTICE}
CONTEXT = SimpleNamespace(aws_request_id="lambda-1")


@dataclass(frozen=True, slots=True)
class Written:
    """What was left: the log as Lambda would write it, the metrics, and all of it as text."""

    log: list[dict[str, Any]]
    metrics: list[dict[str, Any]]
    text: str

    def lines(self) -> list[dict[str, Any]]:
        """Those of invocations, without what differs from run to run."""
        found = [dict(line) for line in self.log if "function" in line]
        for line in found:
            assert line.pop("ms") >= 0
            for ordinary in ("timestamp", "level", "message", "logger"):
                del line[ordinary]
        return found

    def counted(self) -> list[tuple[str, str]]:
        """Form and answer of each submission that was counted."""
        assert all(one["submissions"] == [1] for one in self.metrics)
        return [(one["form"], one["answer"]) for one in self.metrics]


@pytest.fixture
def written(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> Callable[[], Written]:
    """What has been left since it was last asked."""
    caplog.set_level("INFO")

    def read() -> Written:
        out, err = capsys.readouterr()
        log = [logs.Json().format(record) for record in caplog.records]
        caplog.clear()
        metrics = [json.loads(line) for line in out.splitlines()]
        return Written([json.loads(line) for line in log], metrics, "\n".join([*log, out, err]))

    return read


def send(http: Http, path: str = "/forms/contact", /, **sent: Any) -> int:
    body = json.dumps({**SENT, **sent}).encode()
    return int(http.post(path, headers=JSON, body=body).status_code)


def gateway(method: str, route: str, **context: str) -> dict[str, Any]:
    """An event as API Gateway sends it."""
    return {
        "requestContext": {"httpMethod": method, "resourcePath": route, **context},
        "pathParameters": {"form_name": "contact"},
        "multiValueQueryStringParameters": None,
        "stageVariables": None,
        "headers": {},
        "body": None,
    }


def raising(fault: BaseException) -> Callable[..., Any]:
    def act(*_: object) -> None:
        raise fault

    return act


# The line --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "function", "route", "status"),
    [
        ("GET", "/forms/contact?language=nb", "intake", "/forms/{form_name}", 200),
        ("GET", "/forms/nothing", "intake", "/forms/{form_name}", 404),
        ("PUT", "/forms/contact", "intake", "/forms/{form_name}", 405),
        ("OPTIONS", "/forms/contact", "intake", "/forms/{form_name}", 204),
        ("GET", "/page/contact", "pages", "/page/{form_name}", 200),
        ("GET", "/", "pages", "/", 200),
    ],
)
def test_a_request_leaves_one_line_with_its_route_and_its_status(
    http: Http,
    written: Callable[[], Written],
    method: str,
    path: str,
    function: str,
    route: str,
    status: int,
) -> None:
    http.request(method, path)
    (line,) = written().lines()
    assert re.fullmatch("[0-9a-f-]{36}", line.pop("request"))
    assert line == {"function": function, "method": method, "route": route, "status": status}


@pytest.mark.parametrize(
    ("told", "context", "request_id"),
    [
        pytest.param({"requestId": "gateway-1"}, CONTEXT, "gateway-1", id="the gateway's"),
        pytest.param({}, CONTEXT, "lambda-1", id="Lambda's, where the gateway gave none"),
        pytest.param({}, None, "", id="none, where nobody gave one"),
    ],
)
def test_a_line_has_the_id_of_its_request(
    office: Office,
    written: Callable[[], Written],
    told: dict[str, str],
    context: object,
    request_id: str,
) -> None:
    app(gateway("GET", "/forms/{form_name}", **told), context)
    assert [line["request"] for line in written().lines()] == [request_id]


def test_a_submission_leaves_its_form_and_its_answer_on_its_line(
    http: Http, written: Callable[[], Written]
) -> None:
    send(http)
    (line,) = written().lines()
    assert (line["form"], line["answer"], line["status"]) == ("contact", "accepted", 202)


def test_a_function_leaves_its_line_where_it_is_alone_as_on_lambda() -> None:
    code = """
import json, logging, sys
from infra.local import logs
logging.basicConfig()
logging.root.handlers[0].setFormatter(logs.Json())
from functions import intake
intake.handle(json.loads(sys.argv[1]), None)
"""
    ended = subprocess.run(
        [sys.executable, "-c", code, json.dumps(gateway("GET", "/forms/{form_name}"))],
        cwd=ROOT,
        env={"TABLE": "t", "AWS_REGION": "eu-north-1", "KEYS_SECRET": "k"},
        capture_output=True,
        text=True,
        check=True,
    )
    (line,) = (one for one in map(json.loads, ended.stderr.splitlines()) if "function" in one)
    assert (line["function"], line["status"], line["level"]) == ("intake", 200, "INFO")


def test_the_sweep_leaves_its_counts(
    office: Office, aws: Aws, clock: Clock, written: Callable[[], Written]
) -> None:
    post(office)
    clock.set(DUE)
    with aws.one_at_a_time():
        result = sweep({}, CONTEXT)
    left = written()
    (line,) = left.lines()
    numbers = {name: result[name] for name in retention_sweep.METRICS}
    assert (numbers["erased"], numbers["technical"]) == (1, 1)
    assert line == {
        "function": "retention_sweep",
        "request": "lambda-1",
        "run": result["run"],
        **numbers,
    }
    (metrics,) = left.metrics
    assert {name: metrics[name] for name in numbers} == {
        name: [number] for name, number in numbers.items()
    }


def test_an_entry_that_fails_every_night_is_told_as_the_oldest(
    office: Office, aws: Aws, clock: Clock, written: Callable[[], Written]
) -> None:
    post(office)
    clock.forward(days=38)
    with aws.between("DeleteItem", raising(OSError())), aws.one_at_a_time():
        sweep({}, CONTEXT)
    (line,) = written().lines()
    assert (line["failed"], line["oldest_due_days"]) == (1, 7)


def test_the_stream_leaves_how_many_it_was_told_and_how_many_it_finished(
    office: Office, aws: Aws, clock: Clock, written: Callable[[], Written]
) -> None:
    post(office)
    clock.set(DUE + timedelta(days=14))
    image = expire(aws)
    other = removal({"pk": {"S": "S#1"}, "sk": {"S": "I#1"}}, LAMBDA)
    ours = removal(image, None)
    broken = removal({**image, "state": {"S": "?"}}, LAMBDA)
    cascade({"Records": [ours, other, removal(image, LAMBDA), broken]}, CONTEXT)
    left = written()
    (line,), (metrics,) = left.lines(), left.metrics
    assert (line["function"], line["request"]) == ("stream_cascade", "lambda-1")
    assert (line["records"], line["finished"], line["failed"]) == (4, 1, 1)
    assert (metrics["service"], metrics["finished"], metrics["failed"]) == (
        "stream_cascade",
        [1],
        [1],
    )


# Metrics ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "sent", "counted"),
    [
        pytest.param("/forms/contact", {}, [("contact", "accepted")], id="accepted"),
        pytest.param("/forms/event", {"email": "?"}, [("event", "refused")], id="refused"),
        pytest.param("/forms/contact", {"subject_line": "x"}, [("contact", "honeypot")], id="trap"),
        pytest.param("/forms/nothing", {}, [], id="a form that the statement does not have"),
    ],
)
def test_submissions_are_counted_by_form_and_answer(
    http: Http,
    written: Callable[[], Written],
    path: str,
    sent: dict[str, str],
    counted: list[tuple[str, str]],
) -> None:
    send(http, path, **sent)
    assert written().counted() == counted


def test_what_cannot_be_read_is_counted_as_refused(
    http: Http, written: Callable[[], Written]
) -> None:
    http.post("/forms/contact", headers=JSON, body=b"{")
    assert written().counted() == [("contact", "refused")]


def test_a_repetition_is_counted_as_one_and_another_payload_as_refused(
    http: Http, written: Callable[[], Written]
) -> None:
    headers = {**JSON, "Idempotency-Key": "k"}
    for name in ("Kari", "Kari", "Per"):
        body = json.dumps({**SENT, "name": name}).encode()
        http.post("/forms/contact", headers=headers, body=body)
    assert [answer for _, answer in written().counted()] == ["accepted", "replayed", "refused"]


def test_who_fills_in_the_trap_is_not_told(http: Http) -> None:
    def answered(**sent: str) -> tuple[int, list[str], list[str]]:
        response = http.post(
            "/forms/contact", headers=JSON, body=json.dumps({**SENT, **sent}).encode()
        )
        return response.status_code, list(response.headers), list(json.loads(response.body))

    assert answered(subject_line="x") == answered()


def test_a_namespace_is_that_of_the_stage(
    office: Office, http: Http, written: Callable[[], Written]
) -> None:
    send(http)
    (metrics,) = written().metrics
    (directive,) = metrics["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "Privacy"
    assert settings.read_namespace({"METRICS_NAMESPACE": "Privacy/dev"}) == "Privacy/dev"


def test_the_alarm_and_the_dashboard_watch_what_is_measured(
    http: Http, written: Callable[[], Written]
) -> None:
    template = yaml.safe_load(resources.TEMPLATE.read_text("utf-8"))
    namespace = template["Globals"]["Function"]["Environment"]["Variables"]["METRICS_NAMESPACE"]
    alarm = template["Resources"]["SweepFailures"]["Properties"]
    assert (alarm["Namespace"], alarm["MetricName"]) == (namespace, "failed")
    assert alarm["Dimensions"] == [{"Name": "service", "Value": retention_sweep.NAME}]
    board = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    searched, charted = (one["properties"]["metrics"] for one in json.loads(board)["widgets"][:2])
    send(http)
    (directive,) = written().metrics[0]["_aws"]["CloudWatchMetrics"]
    (dimensions,) = directive["Dimensions"]
    assert (
        f'{{"{namespace["Fn::Sub"]}",service,form,answer}} submissions'
        in searched[0][0]["expression"]
    )
    assert sorted(dimensions) == ["answer", "form", "service"]
    assert charted[0][0] == namespace["Fn::Sub"]
    assert {one[1] for one in charted} <= set(retention_sweep.METRICS)


def test_a_metric_is_written_as_cloudwatch_reads_it(written: Callable[[], Written]) -> None:
    observing.measure("f", {"form": "x"}, failed=2, oldest_due_days=3)
    (metrics,) = written().metrics
    (directive,) = metrics["_aws"]["CloudWatchMetrics"]
    assert directive["Dimensions"] == [["service", "form"]]
    units = {"failed": "Count", "oldest_due_days": "None"}
    assert {one["Name"]: one["Unit"] for one in directive["Metrics"]} == units
    assert [metrics[name] for name in ("service", "form", *units)] == ["f", "x", [2], [3]]
    assert abs(utc_now().timestamp() * 1000 - metrics["_aws"]["Timestamp"]) < 60_000


# Nothing of a person ---------------------------------------------------------------------------

PERSONAL = re.compile(r"zqxv|90123456|203\.0\.113\.7", re.IGNORECASE)
SAMPLES: dict[str, Any] = {
    "text": "Zqxv Nordmann",
    "long": "I am Zqxv",
    "email": "zqxv@example.com",
    "phone": "+47 901 23 456",
    "list": ["zqxv"],
}
HEADERS = {
    **JSON,
    "User-Agent": "Zqxv/1.0",
    "Accept-Language": "zqxv",
    "Referer": "https://zqxv@example.com/zqxv?zqxv=zqxv",
    "Cookie": "choices=statistics; visitor=zqxv; prefill=zqxv; zqxv=zqxv",
    "Origin": "https://zqxv.example.com",
    "X-Forwarded-For": "203.0.113.7",
    "Authorization": "Bearer zqxv",
    "Zqxv": "zqxv",
}
FAULTS = [
    pytest.param(RuntimeError("zqxv@example.com"), id="unforeseen"),
    pytest.param(
        ClientError({"Error": {"Code": "ValidationException", "Message": "zqxv"}}, "zqxv"),
        id="AWS's",
    ),
]


def filled_in(form: str, statement: Statement) -> dict[str, Any]:
    """Every field of a form, full of what must not be seen again."""
    one = statement.forms[form]
    samples = {**SAMPLES, "answers": dict.fromkeys(one.questions, "zqxv")}
    fields = {name: samples[statement.fields[name].kind] for name in one.fields}
    page = "https://zqxv@www.avara.no/zqxv?zqxv=zqxv#zqxv"
    return {**fields, "notice": NOTICE, "choices": ["newsletter"], "page": page}


def nothing_personal(left: Written, *expected: str) -> None:
    """None of it is there, although what was expected is."""
    assert PERSONAL.findall(left.text) == []
    assert [one for one in expected if one not in left.text] == []


@pytest.mark.parametrize("form", ["contact", "newsletter", "download", "event", "order", "chat"])
@pytest.mark.parametrize("accept", ["*/*", "text/html"])
def test_a_form_leaves_nothing_of_who_filled_it_in(
    http: Http, statement: Statement, written: Callable[[], Written], form: str, accept: str
) -> None:
    path = f"/forms/{form}?zqxv=zqxv&language=zqxv"
    headers = {**HEADERS, "Accept": accept, "Idempotency-Key": '"zqxv"'}
    sent = filled_in(form, statement)
    wrong = {name: {"zqxv": "zqxv"} for name in sent}
    for one in (sent, sent, {**sent, "name": "zqxv"}, wrong, {"zqxv": 1}, {"subject_line": "zqxv"}):
        http.post(path, headers=headers, body=json.dumps(one).encode())
    left = written()
    assert [answer for _, answer in left.counted()] == [
        "accepted",
        "replayed",
        "refused",
        "refused",
        "refused",
        "honeypot",
    ]
    nothing_personal(left, f'"form": "{form}"')


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("POST", "/forms/contact", "application/json"),
        ("POST", "/forms/contact", "application/x-www-form-urlencoded"),
        ("POST", "/forms/contact", "multipart/form-data; boundary=zqxv"),
        ("POST", "/forms/contact", "zqxv/zqxv"),
        ("POST", "/forms/zqxv@example.com", "application/json"),
        ("GET", "/forms/zqxv", ""),
        ("GET", "/page/zqxv?name=zqxv", ""),
        ("GET", "/thanks?form=zqxv&reference=zqxv", ""),
        ("GET", "/thanks?form=contact&reference=zqxv&erased_on=zqxv", ""),
        ("ZQXV", "/forms/contact", "zqxv"),
    ],
)
def test_what_is_refused_leaves_nothing_of_who_sent_it(
    http: Http, written: Callable[[], Written], method: str, path: str, kind: str
) -> None:
    headers = {**HEADERS, "Content-Type": kind}
    response = http.request(method, path, headers=headers, body=b'{"zqxv": "zqxv')
    assert 400 <= response.status_code < 500
    nothing_personal(written(), '"status": 4')


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("operation", ["GetItem", "TransactWriteItems"])
def test_a_fault_of_the_store_leaves_its_type_only(
    http: Http,
    aws: Aws,
    statement: Statement,
    written: Callable[[], Written],
    fault: Exception,
    operation: str,
) -> None:
    body = json.dumps(filled_in("contact", statement)).encode()
    with aws.between(operation, raising(fault)):
        response = http.post("/forms/contact", headers=HEADERS, body=body)
    assert response.status_code == 500
    left = written()
    assert left.counted() == [("contact", "failed")]
    nothing_personal(left, "unexpected: ", "Error")


def test_what_chalice_itself_catches_leaves_its_type_only(
    office: Office, written: Callable[[], Written]
) -> None:
    area = Api("area")

    @area.route("/odd")
    def odd() -> Response:
        return Response("", {"Location": "/zqxv\nzqxv"})

    with Client(api.serving(area)) as client:
        assert client.http.get("/odd").status_code == 500
    nothing_personal(written(), "unexpected: ChaliceError", '"status": 500')


def test_what_fails_around_a_view_leaves_its_type_only(
    office: Office, written: Callable[[], Written]
) -> None:
    alone = api.serving()
    alone.register_blueprint(Api("area"))
    alone.register_middleware(raising(RuntimeError("zqxv")), "http")
    alone.route("/odd")(lambda: {})
    with Client(alone) as client:
        assert client.http.get("/odd").status_code == 500
    nothing_personal(written(), '"fault": "RuntimeError"', "unexpected: Failed")


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(
    "operation", ["Query", "UpdateItem", "BatchWriteItem", "TransactWriteItems"]
)
def test_a_fault_of_a_sweep_leaves_its_type_only(
    office: Office,
    aws: Aws,
    clock: Clock,
    statement: Statement,
    written: Callable[[], Written],
    fault: Exception,
    operation: str,
) -> None:
    post(office, **filled_in("contact", statement) | {"choices": []})
    clock.set(DUE)
    with aws.between(operation, raising(fault)), aws.one_at_a_time():
        assert sweep({"zqxv": "zqxv"}, CONTEXT)["failed"] == 1
    nothing_personal(written(), '"failed": 1', '"fault": ')


def test_a_sweep_that_cannot_begin_tells_lambda_the_type_only(
    office: Office, written: Callable[[], Written]
) -> None:
    broken = replace(office, new_reference=raising(RuntimeError("zqxv")))
    with wiring.staffed_by(broken), pytest.raises(observing.Failed) as raised:
        sweep({}, CONTEXT)
    told = "".join(traceback.format_exception(raised.value))
    assert told.endswith("Failed: RuntimeError\n")
    assert not PERSONAL.search(told)
    nothing_personal(written(), "retention_sweep: RuntimeError", '"fault": "RuntimeError"')


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_stream_leaves_its_type_only(
    office: Office,
    aws: Aws,
    clock: Clock,
    statement: Statement,
    written: Callable[[], Written],
    fault: Exception,
) -> None:
    post(office, **filled_in("contact", statement) | {"choices": []})
    clock.set(DUE + timedelta(days=14))
    image = {**expire(aws), "zqxv": {"S": "zqxv"}}
    with aws.between("GetItem", raising(fault)):
        assert cascade({"Records": [removal(image, LAMBDA)]}, CONTEXT)["batchItemFailures"]
    with pytest.raises(observing.Failed, match=r"^KeyError$"):
        cascade({"Records": [{"zqxv": image}]}, CONTEXT)
    nothing_personal(written(), "record failed: ", "stream_cascade: KeyError", '"failed": 1')


def test_the_local_stack_leaves_what_aws_would_be_given_and_nothing_personal(
    tmp_path: Path, statement: Statement
) -> None:
    asked = {"AWS_LAMBDA_LOG_FORMAT": "JSON", "METRICS_NAMESPACE": "Privacy/x", "ENGINE": "moto"}
    with running(tmp_path, **asked) as stack:
        stack.set_clock("2026-11-22T09:00:00Z")
        for number, form in enumerate(statement.forms):
            sent = {
                **filled_in(form, statement),
                "email": f"zqxv{number}@example.com",
                "choices": [],
            }
            answer = stack.post(f"/forms/{form}?zqxv=zqxv", json=sent, headers=HEADERS)
            assert answer.status_code == 202
        for path in ("/zqxv", "/forms/zqxv", "/page/zqxv", "/thanks?form=zqxv"):
            assert stack.post(path, data=b"zqxv", headers=HEADERS).status_code in {404, 405}
        told = stack.get("/_local/aws").json()
        client = boto3.client("dynamodb", told["region"], endpoint_url=told["endpoint_url"])
        spoil(client)
        swept = ["retention_sweep", "reminders"]
        assert stack.set_clock("2028-11-24T09:00:00Z") == swept
        assert stack.set_clock("2028-12-24T09:00:00Z") == [*swept, "stream_cascade"]
        client.delete_table(TableName=local.TABLE)
        answer = stack.post("/forms/contact", json=filled_in("contact", statement))
        assert answer.status_code == 500
    output = stack.output()
    written = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    lines = [one for one in written if "function" in one]
    metrics = [one["_aws"]["CloudWatchMetrics"][0] for one in written if "_aws" in one]
    ran = {"intake", "retention_sweep", "reminders", "stream_cascade"}
    assert ran <= {one["function"] for one in lines}
    assert {one["answer"] for one in lines if "answer" in one} == {"accepted", "failed"}
    assert {one["failed"] for one in lines if one["function"] == "stream_cascade"} == {1}
    assert {one["Namespace"] for one in metrics} == {"Privacy/x"}
    assert PERSONAL.findall(output) == []


def spoil(client: Any) -> None:
    """Leave one profile as no release can read it, with something personal where it is read."""
    pages = client.get_paginator("scan").paginate(TableName=local.TABLE)
    profile = next(item for page in pages for item in page["Items"] if item["sk"]["S"] == "PROFILE")
    client.put_item(TableName=local.TABLE, Item={**profile, "state": {"S": "zqxv"}})
