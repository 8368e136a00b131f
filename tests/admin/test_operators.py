"""On AWS an operator is on record under who AWS says they are, unless they say so themselves."""

import boto3
import click
import pytest
import typer

from infra.admin.arguments import Given, actor_of
from tests.stand_ins import Aws


def actor(name: str = "") -> str:
    context = typer.Context(click.Command("subject"), obj=Given(local="", name=name, stage=""))
    return actor_of(context)


def test_a_user_is_on_record_by_their_name(aws: Aws) -> None:
    assert actor() == "operator:moto"


def test_whoever_took_on_a_role_is_on_record_by_their_session(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    arn = "arn:aws:iam::123456789012:role/operator"
    taken = boto3.client("sts").assume_role(RoleArn=arn, RoleSessionName="kari@avara.no")
    given = taken["Credentials"]
    monkeypatch.setattr(
        boto3,
        "DEFAULT_SESSION",
        boto3.Session(
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
        ),
    )
    assert actor() == "operator:kari@avara.no"


def test_whoever_says_who_they_are_is_on_record_by_that(aws: Aws) -> None:
    assert actor("ola") == "operator:ola"
