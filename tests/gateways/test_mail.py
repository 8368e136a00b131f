"""Mail: to exactly one recipient, by name and address, or not at all."""

import re
import string
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.headerregistry import Address
from email.message import EmailMessage

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from moto import mock_aws
from moto.ses.models import ses_backends
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from infra import local
from infra.local.aws import outbox
from shared.errors import Misconfigured, Throttled, Unsendable
from shared.gateways.mail import finished, sending
from shared.policy import addresses

DISGUISED = "=?utf-8?q?boss=40a.example=2Cx=40b.example?="
"""Two addresses, to who decodes it."""

Send = Callable[[EmailMessage], None]


@pytest.fixture
def _ses() -> Iterator[None]:
    with mock_aws():
        boto3.client("ses", region_name=local.REGION).verify_email_identity(
            EmailAddress=local.SENDER
        )
        yield


@pytest.fixture
def send(_ses: None) -> Send:
    return sending(local.SENDER, local.REGION, "Avara AS")


def mail(to: str, **headers: str) -> EmailMessage:
    local_part, _, domain = to.rpartition("@")
    message = EmailMessage()
    message["To"] = Address(username=local_part, domain=domain)
    message["Subject"] = "Innsyn på blåbær"
    message["Date"] = "Sun, 22 Nov 2026 10:00:00 +0100"
    for name, value in headers.items():
        message[name] = value
    message.set_content("Hei på deg", cte="quoted-printable")
    message.add_alternative("<p>Hei på deg</p>", subtype="html", cte="quoted-printable")
    return message


@pytest.mark.usefixtures("_ses")
def test_a_mail_goes_to_one_address_from_the_company_by_name() -> None:
    sending(local.SENDER, local.REGION, "Avara AS")(mail("kari@xn--blbr-roah.no"))
    (sent,) = outbox()
    assert sent["to"] == ["kari@xn--blbr-roah.no"]
    assert sent["headers"]["To"] == "kari@xn--blbr-roah.no"
    assert sent["headers"]["From"] == f"Avara AS <{local.SENDER}>"
    assert (sent["subject"], sent["at"]) == ("Innsyn på blåbær", sent["headers"]["Date"])
    assert (sent["text"], sent["html"]) == ("Hei på deg\n", "<p>Hei på deg</p>\n")


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(mail(f"{DISGUISED}@c.example"), id="two addresses in an encoded word"),
        pytest.param(mail("=?utf-8?q?kari?=@c.example"), id="another one in an encoded word"),
        pytest.param(mail("kari@blåbær.no"), id="a domain that is not ASCII"),
        pytest.param(mail("kåre@example.com"), id="a local part that is not ASCII"),
        pytest.param(mail("kari@example.com", Cc="ola@example.com"), id="a copy"),
        pytest.param(mail("kari@example.com", Bcc="ola@example.com"), id="a blind copy"),
        pytest.param(
            mail("kari@example.com", **{"Resent-To": "ola@example.com"}), id="another recipient"
        ),
    ],
)
@pytest.mark.usefixtures("_ses")
def test_a_mail_that_would_reach_anybody_else_is_not_sent(message: EmailMessage) -> None:
    with pytest.raises(Unsendable):
        sending(local.SENDER, local.REGION, "Avara AS")(message)
    assert outbox() == []


@pytest.mark.usefixtures("_ses")
def test_a_mail_of_two_is_not_sent() -> None:
    message = mail("kari@example.com")
    del message["To"]
    message["To"] = "kari@example.com, ola@example.com"
    with pytest.raises(Unsendable):
        sending(local.SENDER, local.REGION, "Avara AS")(message)
    assert outbox() == []


@pytest.mark.usefixtures("_ses")
def test_what_ses_refuses_now_may_be_taken_later() -> None:
    with pytest.raises(ClientError, match="MessageRejected"):
        sending("nobody@avara.example", local.REGION, "Avara AS")(mail("kari@example.com"))


def test_without_a_sender_no_mail_is_sent() -> None:
    with pytest.raises(Misconfigured, match="SENDER is not set"):
        sending("", local.REGION, "Avara AS")(mail("kari@example.com"))


LOCALS = st.text(string.ascii_letters + string.digits + "!#$%&'*+-/=?^_`{|}~.", max_size=64)
DOMAINS = st.text("abcxyzæøåßσ例子1-", min_size=1, max_size=40).map(lambda name: f"{name}.com")


@settings(
    deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.one_of(st.builds("{}@{}".format, LOCALS, DOMAINS), st.emails()))
@example(text=f"{DISGUISED}@c.com")
@example(text=f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 60}.com")
@example(text=f"kari@{'blåbær' * 6}.no")
def test_whatever_address_is_taken_in_is_the_only_one_that_its_mail_goes_to(
    send: Send, text: str
) -> None:
    try:
        email = addresses.email(text)
    except addresses.NotAnAddress:
        assume(False)
    sent = ses_backends[local.ACCOUNT][local.REGION].sent_messages
    sent.clear()
    send(mail(email))
    (told,) = outbox()
    assert told["to"] == [email]
    assert told["headers"]["To"] == email
    raw = re.sub(r"\n[ \t]+", "", sent[0].raw_data)
    assert re.findall(r"(?mi)^(?:to|cc|bcc):(.*)$", raw) == [f" {email}"]


def test_a_mail_is_finished_once_and_read_back_as_it_goes_out() -> None:
    message = mail("kari@example.com")
    assert finished(message) == ("kari@example.com", message.as_bytes())


TABLE = [
    ("InvalidParameterValue", "Missing final '@domain'", Unsendable),
    ("InvalidParameterValue", "Duplicate header 'Subject'.", Unsendable),
    ("MessageRejected", "Address blacklisted.", Unsendable),
    ("MessageRejected", "Transaction failed: Expected MIME type, got ;", Unsendable),
    (
        "MessageRejected",
        "Email address is not verified. The following identities failed the check in region"
        " EU-NORTH-1: kari@example.com",
        ClientError,
    ),
    ("MessageRejected", "Sending suspended for this account.", ClientError),
    ("MessageRejected", "Sending paused for this account.", ClientError),
    ("MailFromDomainNotVerifiedException", "", ClientError),
    ("ConfigurationSetDoesNotExist", "", ClientError),
    ("ConfigurationSetSendingPausedException", "", ClientError),
    ("AccountSendingPausedException", "", ClientError),
    ("AccessDenied", "User is not authorized to perform ses:SendRawEmail", ClientError),
    ("SignatureDoesNotMatch", "", ClientError),
    ("InternalFailure", "", ClientError),
    ("ServiceUnavailable", "", ClientError),
    ("Throttling", "Maximum sending rate exceeded.", Throttled),
    ("Throttling", "Daily message quota exceeded.", Throttled),
    ("Throttling", "Rate exceeded", Throttled),
    ("ThrottlingException", "Rate exceeded", Throttled),
    ("TooManyRequestsException", "Too many requests", Throttled),
    ("LimitExceeded", "Daily message quota exceeded", Throttled),
]
"""SES's answers, and what they mean: never again, not now, or what else stands in the way."""


@contextmanager
def answering(code: str, text: str) -> Iterator[list[dict[str, list[str]]]]:
    """An SES at AWS_ENDPOINT_URL_SES that has one answer; what it was asked."""
    asked: list[dict[str, list[str]]] = []

    @Request.application
    def ses(request: Request) -> Response:
        asked.append(request.form.to_dict(flat=False))
        error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{text}</Message></Error>"
        document = f"<ErrorResponse>{error}<RequestId>1</RequestId></ErrorResponse>"
        return Response(document, 503 if code == "ServiceUnavailable" else 400)

    server = make_server("127.0.0.1", 0, ses)
    thread = threading.Thread(target=server.serve_forever)
    with pytest.MonkeyPatch.context() as kept:
        kept.setenv("AWS_ENDPOINT_URL_SES", f"http://127.0.0.1:{server.server_port}")
        kept.setenv("AWS_MAX_ATTEMPTS", "1")
        thread.start()
        try:
            yield asked
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


@pytest.mark.parametrize(("code", "text", "meaning"), TABLE)
def test_what_ses_answers_ends_a_letter_stops_all_or_is_tried_again(
    code: str, text: str, meaning: type[Exception]
) -> None:
    with answering(code, text), pytest.raises(Exception) as found:  # noqa: PT011
        sending(local.SENDER, local.REGION, "Avara AS")(mail("kari@example.com"))
    assert isinstance(found.value, meaning)
    if meaning is not ClientError:
        assert "kari" not in str(found.value)


@pytest.mark.parametrize("configuration_set", ["", "privacy-mails"])
def test_a_mail_is_sent_with_the_configuration_set_that_tells_of_it(configuration_set: str) -> None:
    with answering("InternalFailure", "") as asked, pytest.raises(ClientError):
        sending(local.SENDER, local.REGION, "Avara AS", configuration_set)(mail("k@example.com"))
    ((request),) = asked
    assert request.get("ConfigurationSetName", [""]) == [configuration_set]
    assert request["Destinations.member.1"] == ["k@example.com"]
