"""Each function under AWS's own runtime client, with events in the shapes that AWS sends."""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import boto3
import pytest

from infra import local
from tests.artefact import lambdas, shapes
from tests.artefact.conftest import Built
from tests.artefact.lambdas import Answered, Lambda
from tests.artefact.shapes import CUSTOM, Event, at, event, multipart, rest, streamed, uploaded

Start = Callable[..., Lambda]

JSON, HTML = {"Accept": "application/json"}, {"Accept": "text/html"}
SENT = json.loads(event("api_post_form")["body"])
ASKED = json.loads(event("api_post_request")["body"])
WEB_FORM = "application/x-www-form-urlencoded"
MULTIPART = f"multipart/form-data; boundary={shapes.BOUNDARY}"
FIELDS = {"email": "kari@example.com", "name": "Kari Åse", "notice": SENT["notice"]}
GONE = "5d41402abc4b2a76b9719d911017c592"


@pytest.fixture(scope="module")
def start(
    built: Built, endpoint_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Start]:
    """Start a function; each is warm after its first event, and its code cannot be written to."""
    folder = tmp_path_factory.mktemp("lambda")
    layer = lambdas.layer(folder)
    started: dict[Any, Lambda] = {}

    def begin(function: str, **settings: str) -> Lambda:
        key = (function, *settings.items())
        if key not in started:
            handler = built.functions()[function]
            here = {**local.environment(endpoint_url), "SITE": endpoint_url, **settings}
            log = folder / f"{function}-{len(started)}.log"
            code = built.unzipped_for(handler)
            started[key] = Lambda(handler=handler, code=code, layer=layer, settings=here, log=log)
        return started[key]

    with lambdas.read_only(built.unzipped()), lambdas.read_only(built.unzipped("documents")):
        yield begin
        for one in started.values():
            one.end()


def form(**changed: Any) -> Event:
    return rest("api_post_form", **changed)


def page(**changed: Any) -> Event:
    return rest("api_get_page", **changed)


def request(**changed: Any) -> Event:
    return rest("api_post_request", **changed)


def web_form(kind: str, body: bytes, *, encoded: bool) -> Event:
    told = base64.b64encode(body).decode() if encoded else body.decode()
    return form(headers={"Content-Type": kind}, body=told, isBase64Encoded=encoded)


GIVEN = urlencode(FIELDS)

OVER_HTTP = [
    ("Intake", 202, "as it comes", form()),
    ("Intake", 202, "null multiValueHeaders", form() | {"multiValueHeaders": None}),
    ("Intake", 202, "null stage variables", form(stageVariables=None)),
    ("Intake", 202, "stage variables", form(stageVariables={"a": "b"})),
    ("Intake", 202, "null query", form(multiValueQueryStringParameters=None)),
    ("Intake", 202, "query", form(multiValueQueryStringParameters={"language": ["en", "nb"]})),
    ("Intake", 202, "custom domain", at(form(), CUSTOM, "/forms/contact")),
    ("Intake", 202, "base path", at(form(), CUSTOM, "/privacy/forms/contact")),
    ("Intake", 202, "base64 multipart", web_form(MULTIPART, multipart(FIELDS), encoded=True)),
    ("Intake", 202, "plain web form", web_form(WEB_FORM, GIVEN.encode(), encoded=False)),
    ("Intake", 202, "lower-case headers", form(headers={"content-type": "application/json"})),
    ("Intake", 202, "no user agent", form(headers={"User-Agent": ""})),
    ("Intake", 400, "null body", form(body=None)),
    ("Intake", 400, "no JSON", form(body="{")),
    ("Intake", 422, "empty object", form(body="{}")),
    ("Intake", 404, "no such form", form(pathParameters={"form_name": "nothing"})),
    ("Intake", 415, "another kind", form(headers={"Content-Type": "text/csv"})),
    ("Intake", 413, "too large", form(body=json.dumps({**SENT, "message": "å" * 70_000}))),
    ("Intake", 303, "a browser", form(headers=HTML)),
    ("Pages", 200, "as it comes", page()),
    ("Pages", 200, "null headers", {**page(), "headers": None, "multiValueHeaders": None}),
    ("Pages", 200, "null query", page(multiValueQueryStringParameters=None)),
    ("Pages", 404, "no such form", page(pathParameters={"form_name": "nothing"})),
    ("Pages", 200, "custom domain", at(page(), CUSTOM, "/page/contact")),
    ("SubjectRequests", 202, "as it comes", request()),
    ("SubjectRequests", 400, "null body", request(body=None)),
    ("SubjectRequests", 422, "no right", request(body=json.dumps({**ASKED, "right": "all"}))),
    ("Staff", 403, "nobody", rest("api_get_inbox")),
    ("Staff", 403, "null headers", rest("api_get_inbox") | {"headers": None}),
    ("StaffRequests", 403, "nobody", rest("api_get_queue")),
]


@pytest.mark.parametrize(
    ("function", "status", "sent"),
    [
        pytest.param(name, status, sent, id=f"{name}, {what}")
        for name, status, what, sent in OVER_HTTP
    ],
)
def test_a_request_is_answered(start: Start, function: str, status: int, sent: Event) -> None:
    answered = start(function).invoke(sent)
    assert answered.ok, answered.content
    told = answered.told
    assert told["statusCode"] == status, told
    assert told["headers"]["Strict-Transport-Security"]
    if status >= 400:
        assert json.loads(told["body"])["status"] == status


UPLOAD = {"judged": 0, "skipped": 1}
NOTHING: dict[str, Any] = {"batchItemFailures": []}
NO_TTL = {"userIdentity": None}

OTHERS = [
    ("Documents", UPLOAD, "a key", event("object_created")),
    ("Documents", UPLOAD, "a key with signs", uploaded("documents/a+b%2Bc%C3%A5")),
    ("Documents", UPLOAD, "a key of nobody", uploaded("documents/")),
    ("Documents", {"judged": 0, "skipped": 0}, "S3's test", {"Event": "s3:TestEvent"}),
    ("Documents", {"judged": 0, "skipped": 0, "left": 0}, "the lost", {"only": "lost"}),
    ("Documents", {"judged": 1, "skipped": 0}, "the self-test", {"only": "self-test"}),
    ("MailEvents", {"bounced": 1}, "a bounce", event("mail_bounce")),
    ("Workers", NOTHING, "a letter", event("stream_letter")),
    ("Workers", NOTHING, "a removal", streamed("stream_letter", eventName="REMOVE")),
    ("Workers", NOTHING, "no records", {"Records": []}),
    ("StreamCascade", NOTHING, "TTL's removal", event("stream_expiry")),
    ("StreamCascade", NOTHING, "our removal", streamed("stream_expiry", **NO_TTL)),
    ("Canary", {"ready": 0}, "nobody at the site", event("schedule")),
]


@pytest.mark.parametrize(
    ("function", "expected", "sent"),
    [pytest.param(name, told, sent, id=f"{name}, {what}") for name, told, what, sent in OTHERS],
)
def test_an_event_is_dealt_with(
    start: Start, function: str, expected: dict[str, Any], sent: Event
) -> None:
    answered = start(function).invoke(sent)
    assert (answered.ok, answered.told) == (True, expected)


@pytest.mark.parametrize(
    ("function", "sent"),
    [
        ("RetentionSweep", event("schedule")),
        ("Reminders", event("schedule")),
        ("Reminders", {"only": "letters"}),
    ],
)
def test_a_schedule_is_kept(start: Start, function: str, sent: Event) -> None:
    answered = start(function).invoke(sent)
    assert (answered.ok, answered.told["failed"]) == (True, 0)


@pytest.mark.parametrize("function", ["Workers", "StreamCascade"])
def test_what_is_no_event_fails_by_its_kind_alone(start: Start, function: str) -> None:
    answered = start(function).invoke({"key1": "kari@example.com"})
    assert (answered.ok, answered.told["errorMessage"]) == (False, "KeyError")
    assert "kari" not in start(function).written()


def test_every_function_of_the_template_is_tried(built: Built) -> None:
    tried = {one[0] for one in (*OVER_HTTP, *OTHERS)} | {"RetentionSweep", "Reminders"}
    assert tried == set(built.functions())


def test_cookies_that_come_in_several_headers_are_all_read(start: Start) -> None:
    sent = form()
    sent["multiValueHeaders"]["Cookie"] = ["_ga=GA1.2.3", "choices=statistics"]
    sent["headers"]["Cookie"] = "choices=statistics"
    assert start("Intake").invoke(sent).told["statusCode"] == 202


@pytest.mark.parametrize("root", ["", "/api", "/privacy"])
def test_a_page_leads_on_where_it_was_asked(start: Start, root: str) -> None:
    told = start("Pages").invoke(at(page(), CUSTOM, f"{root}/page/contact")).told
    assert f'<form method="post" action="{root}/forms/contact">' in told["body"]


# The keys' secret --------------------------------------------------------------------------------


def failed(answered: Answered) -> bool:
    """Whether a request was answered by a problem that says nothing about what is wrong."""
    document = json.loads(answered.told["body"])
    return bool(answered.ok and document["type"].endswith("/internal"))


@pytest.mark.parametrize("empty", [None, "", "{}"])
def test_without_its_keys_a_function_refuses_and_recovers_once_they_are_there(
    start: Start, endpoint_url: str, empty: str | None
) -> None:
    secrets = boto3.client("secretsmanager", endpoint_url=endpoint_url)
    keys = secrets.get_secret_value(SecretId=local.KEYS_SECRET)["SecretString"]
    name = f"later-{empty}"
    if empty is not None:
        secrets.create_secret(Name=name, SecretString=empty or " ")
    function = start("Intake", KEYS_SECRET=name)
    assert failed(function.invoke(form()))
    assert "not opened early" in function.written()
    if empty is None:
        secrets.create_secret(Name=name, SecretString=keys)
    else:
        secrets.put_secret_value(SecretId=name, SecretString=keys)
    assert function.invoke(form()).told["statusCode"] == 202


def test_with_the_keys_of_another_table_a_function_refuses(start: Start, endpoint_url: str) -> None:
    from shared.gateways.keyring import new_secret  # noqa: PLC0415

    secrets = boto3.client("secretsmanager", endpoint_url=endpoint_url)
    assert start("Intake").invoke(form()).told["statusCode"] == 202
    secrets.create_secret(Name="another", SecretString=new_secret())
    assert failed(start("Intake", KEYS_SECRET="another").invoke(form()))


# What is loaded ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "unused"),
    [
        ("Pages", {"pynamodb", "botocore", "phonenumbers", "ua_parser", "multipart"}),
        ("Intake", {"jinja2", "multipart", "ua_parser", "joserfc"}),
        ("Staff", {"jinja2", "multipart", "ua_parser", "joserfc"}),
        ("RetentionSweep", {"jinja2", "ua_parser", "multipart", "joserfc", "cryptography"}),
        ("SubjectRequests", {"jinja2", "multipart", "ua_parser", "joserfc", "pyhanko"}),
        ("StaffRequests", {"jinja2", "multipart", "ua_parser", "joserfc", "pyhanko"}),
        ("Workers", {"jinja2", "multipart", "ua_parser", "joserfc", "pyhanko"}),
        ("StreamCascade", {"jinja2", "ua_parser", "multipart"}),
    ],
)
def test_a_function_loads_only_what_it_uses(
    built: Built, endpoint_url: str, function: str, unused: set[str]
) -> None:
    loaded = built.run(
        built.functions()[function], "sorted(name.split('.')[0] for name in sys.modules)", {}, ""
    )
    assert unused.isdisjoint(loaded)
