"""A stage to be deployed, and an account to deploy it to.

account  moto's, with a stand-in for what it has not: termination protection
folder   what `make package` would have left for the stage dev, small: two artefacts, a template
run      a command; its exit code, what it says and what it refuses with
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from moto import mock_aws

from infra import local
from infra.build import stage as stages
from infra.deploy import __main__ as command

STAGE = "dev"
STACK = "privacy-dev"
TEMPLATE: dict[str, Any] = {
    "Parameters": {},
    "Resources": {
        "Keys": {
            "Type": "AWS::S3::Bucket",
            "DeletionPolicy": "Retain",
            "Properties": {"BucketName": local.KEYS_SECRET},
        },
        "Alarms": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "first"}},
        "DocumentsBucket": {
            "Type": "AWS::S3::Bucket",
            "Properties": {"BucketName": "privacy-dev-documents"},
        },
    },
}
"""`Keys` has the secret's name, and is a bucket: moto's CloudFormation makes no secrets.  Nor has
a stack of its that a change set made any outputs.
"""


class Ended(NamedTuple):
    code: int
    said: str
    refused: str


Run = Callable[..., Ended]


class Account:
    """What a test asks of the account."""

    def __init__(self, session: boto3.Session) -> None:
        self._events = session.events
        self.protected: list[bool] = []
        session.events.register("before-call.cloudformation.UpdateTerminationProtection", self)

    def __call__(self, params: dict[str, Any], **_: Any) -> Any:
        """Moto does not know the call: it is answered here."""
        self.protected.append(params["body"]["EnableTerminationProtection"] == "true")
        return AWSResponse("", 200, {}, None), {"StackId": STACK}

    def refuses(self, service: str, operation: str) -> None:
        """Let AWS do no such thing."""

        def refuse(**_: Any) -> Any:
            error = {"Code": "InvalidRequestException", "Message": "not now"}
            return AWSResponse("", 400, {}, None), {"Error": error, "ResponseMetadata": {}}

        self._events.register(f"before-call.{service}.{operation}", refuse)

    def stack(self) -> dict[str, Any]:
        (told,) = boto3.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
        found: dict[str, Any] = told
        return found

    def topic(self) -> str:
        """What the last deployment has made of the topic."""
        client = boto3.client("sns")
        (one,) = client.list_topics()["Topics"]
        told = client.get_topic_attributes(TopicArn=one["TopicArn"])["Attributes"]
        return str(told["DisplayName"])

    def secret(self) -> str:
        client = boto3.client("secretsmanager")
        return str(client.get_secret_value(SecretId=local.KEYS_SECRET)["SecretString"])


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    with mock_aws():
        session = boto3.Session()
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
        boto3.client("secretsmanager").create_secret(Name=local.KEYS_SECRET)
        yield Account(session)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    package(tmp_path, "first")
    return tmp_path


def package(out: Path, name: str, **parameters: str) -> None:
    """Leave a build whose topic has this name."""
    target = out / STAGE
    target.mkdir(exist_ok=True)
    told = {**stages.parameters(STAGE), "Statement": "", "TrustRoots": "", **parameters}
    for key, one in (("ArtefactKey", "deployment"), ("DocumentsArtefactKey", "documents")):
        content = f"{one} {name}".encode()
        (target / f"{one}.zip").write_bytes(content)
        told[key] = f"{hashlib.sha256(content).hexdigest()}.zip"
    template = json.loads(json.dumps(TEMPLATE).replace("first", name))
    template["Parameters"] = {one: {"Type": "String"} for one in told}
    (target / "template.json").write_text(json.dumps(template))
    (target / "parameters.json").write_text(json.dumps([f"{k}={v}" for k, v in told.items()]))


@pytest.fixture
def run(
    account: Account,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    def ran(*arguments: str) -> Ended:
        build = ["--build", str(folder)] if arguments[0] == "deploy" else []
        told = ["infra.deploy", *arguments, "--stage", STAGE, *build]
        monkeypatch.setattr("sys.argv", told)
        code = command.run()
        said = capsys.readouterr()
        return Ended(code, said.out, said.err)

    return ran
