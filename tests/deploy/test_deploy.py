"""A stage is deployed by one command, as often as one likes, and goes back by another."""

import json
import re
from io import StringIO
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from infra import local, resources
from infra.build import stage as stages
from infra.deploy.stack import Change
from tests.deploy.conftest import STACK, Account, Run, package

NAMED_BY_HASH = re.compile(r"[0-9a-f]{64}\.(zip|json)")
BUCKET = stages.read("dev")["ArtefactBucket"]


def keys_in_bucket() -> set[str]:
    listed = boto3.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"]
    return {one["Key"] for one in listed}


def test_from_nothing_a_stage_runs_protected_with_keys_and_a_budget(
    run: Run, account: Account
) -> None:
    ended = run("deploy", "--yes")
    assert (ended.code, ended.refused) == (0, "")
    assert account.stack()["StackStatus"] == "CREATE_COMPLETE"
    assert account.protected == [True]
    assert '"signing"' in account.secret()
    assert "add Alarms (AWS::SNS::Topic)" in ended.said
    assert account.secret() not in ended.said
    (budget,) = boto3.client("budgets").describe_budgets(AccountId="123456789012")["Budgets"]
    assert (budget["BudgetName"], budget["BudgetLimit"]["Amount"]) == (STACK, "20")
    versions = boto3.client("s3").get_bucket_versioning(Bucket=BUCKET)
    assert versions["Status"] == "Enabled"


def test_the_same_again_changes_nothing_and_leaves_the_keys(run: Run, account: Account) -> None:
    run("deploy", "--yes")
    keys, there = account.secret(), keys_in_bucket()
    ended = run("deploy")
    assert (ended.code, "nothing to change" in ended.said) == (0, True)
    assert (account.secret(), keys_in_bucket()) == (keys, there)


def test_every_artefact_and_the_template_lie_under_their_hashes(run: Run, folder: Path) -> None:
    run("deploy", "--yes")
    package(folder, "second")
    run("deploy", "--yes")
    there = keys_in_bucket()
    assert len([one for one in there if one.endswith(".zip")]) == 4
    assert all(NAMED_BY_HASH.fullmatch(one) for one in there - {"releases/dev.json"})


def test_nothing_changes_unless_it_is_wanted(
    run: Run, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("n\n"))
    ended = run("deploy")
    assert (ended.code, "add Alarms" in ended.said) == (1, True)
    assert boto3.client("sns").list_topics()["Topics"] == []


def test_what_holds_data_is_not_removed_by_a_yes_that_was_given_before(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("deploy", "--yes")
    path = folder / "dev" / "template.json"
    template = json.loads(path.read_text("utf-8"))
    del template["Resources"]["DocumentsBucket"]
    path.write_text(json.dumps(template), "utf-8")
    monkeypatch.setattr("sys.stdin", StringIO("n\n"))
    ended = run("deploy", "--yes")
    assert (ended.code, "DocumentsBucket: what it holds" in ended.said) == (1, True)
    boto3.client("s3").head_bucket(Bucket="privacy-dev-documents")


@pytest.mark.parametrize(
    ("change", "leaves"),
    [
        (Change("Modify", "Table", "AWS::DynamoDB::Table", ""), False),
        (Change("Modify", "Table", "AWS::DynamoDB::Table", "True"), True),
        (Change("Modify", "Keys", "AWS::SecretsManager::Secret", "Conditional"), True),
        (Change("Remove", "Key", "AWS::KMS::Key", ""), True),
        (Change("Add", "TrailBucket", "AWS::S3::Bucket", ""), False),
        (Change("Modify", "Intake", "AWS::Lambda::Function", "True"), False),
    ],
)
def test_data_is_left_by_what_is_removed_or_replaced(change: Change, leaves: bool) -> None:
    assert change.leaves_data is leaves


def test_whoever_cannot_be_asked_is_told_so_in_a_line(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(""))
    ended = run("deploy")
    assert (ended.code, len(ended.refused.splitlines())) == (1, 1)
    assert boto3.client("sns").list_topics()["Topics"] == []
    run("deploy", "--yes")
    ended = run("destroy")
    assert (ended.code, len(ended.refused.splitlines())) == (1, 1)
    boto3.client("s3").head_bucket(Bucket="privacy-dev-documents")


def test_an_artefact_that_was_built_for_other_parameters_is_not_deployed(
    run: Run, folder: Path
) -> None:
    (folder / "dev" / "documents.zip").write_bytes(b"another")
    ended = run("deploy", "--yes")
    assert (ended.code, len(ended.refused.splitlines())) == (2, 1)
    assert boto3.client("cloudformation").list_stacks()["StackSummaries"] == []


def test_back_is_the_release_before_and_again_is_no_further(
    run: Run, account: Account, folder: Path
) -> None:
    for name in ("first", "second", "third"):
        package(folder, name)
        run("deploy", "--yes")
    assert account.topic() == "third"
    assert run("rollback", "--yes").code == 0
    assert account.topic() == "second"
    ended = run("rollback", "--yes")
    assert (ended.code, "nothing to change" in ended.said) == (0, True)
    assert account.topic() == "second"
    package(folder, "fourth")
    run("deploy", "--yes")
    run("rollback", "--yes")
    assert account.topic() == "second", "not the third, which was gone back behind"


def test_without_a_release_before_there_is_no_way_back(run: Run) -> None:
    run("deploy", "--yes")
    ended = run("rollback", "--yes")
    assert (ended.code, ended.refused) == (1, "there is no release before\n")


def test_a_restored_table_is_attached_with_its_stream_and_protected(
    run: Run, account: Account, folder: Path
) -> None:
    resources.create_table("restored", streams=False)
    package(folder, "first", ExistingTable="restored")
    assert run("deploy", "--yes").code == 0
    client = boto3.client("dynamodb")
    told = client.describe_table(TableName="restored")["Table"]
    given = {one["ParameterKey"]: one["ParameterValue"] for one in account.stack()["Parameters"]}
    assert given["ExistingTableStream"] == told["LatestStreamLabel"]
    assert told["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    assert told["DeletionProtectionEnabled"]
    expires = client.describe_time_to_live(TableName="restored")["TimeToLiveDescription"]
    assert (expires["TimeToLiveStatus"], expires["AttributeName"]) == ("ENABLED", "ttl")
    backups = client.describe_continuous_backups(TableName="restored")
    recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"
    assert run("deploy").code == 0


def test_a_table_that_other_keys_have_written_gets_no_new_ones(
    run: Run, account: Account, folder: Path
) -> None:
    resources.create_table("restored")
    item = {"pk": {"S": "S#1"}, "sk": {"S": "PROFILE"}}
    boto3.client("dynamodb").put_item(TableName="restored", Item=item)
    package(folder, "first", ExistingTable="restored")
    ended = run("deploy", "--yes")
    assert (ended.code, len(ended.refused.splitlines())) == (2, 1)
    with pytest.raises(ClientError):
        account.secret()
    client = boto3.client("secretsmanager")
    client.put_secret_value(SecretId=local.KEYS_SECRET, SecretString="those of the table")
    assert run("deploy", "--yes").code == 0
    assert account.secret() == "those of the table"


def test_the_way_back_does_not_go_back_to_the_table_before(
    run: Run, account: Account, folder: Path
) -> None:
    run("deploy", "--yes")
    resources.create_table("restored")
    package(folder, "second", ExistingTable="restored")
    run("deploy", "--yes")
    run("rollback", "--yes")
    given = {one["ParameterKey"]: one["ParameterValue"] for one in account.stack()["Parameters"]}
    assert (account.topic(), given["ExistingTable"]) == ("first", "restored")


@pytest.mark.parametrize("name", ["missing", "another"])
def test_a_table_that_the_product_cannot_use_is_refused_in_a_line(
    run: Run, folder: Path, name: str
) -> None:
    boto3.client("dynamodb").create_table(
        TableName="another",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    package(folder, "first", ExistingTable=name)
    ended = run("deploy", "--yes")
    assert (ended.code, len(ended.refused.splitlines())) == (2, 1)
    assert name in ended.refused


def test_what_is_not_packaged_is_said_in_a_line(run: Run, folder: Path) -> None:
    (folder / "dev" / "parameters.json").unlink()
    ended = run("deploy", "--yes")
    assert (ended.code, len(ended.refused.splitlines())) == (2, 1)
    assert "make package STAGE=dev" in ended.refused


def test_a_stage_is_removed_by_its_name_with_the_documents_that_wait(
    run: Run, account: Account
) -> None:
    run("deploy", "--yes")
    boto3.client("s3").put_object(Bucket="privacy-dev-documents", Key="documents/1", Body=b"-")
    refused = run("destroy", "--name", "prod")
    assert (refused.code, account.protected) == (2, [True])
    ended = run("destroy", "--name", "dev")
    assert (ended.code, ended.refused) == (0, "")
    assert "1 documents" in ended.said
    assert "These stay" in ended.said
    assert account.protected == [True, False]
    assert run("destroy", "--name", "dev").code == 1


def test_what_could_not_be_removed_is_told_once_the_stack_is_gone(
    run: Run, account: Account
) -> None:
    run("deploy", "--yes")
    account.refuses("secretsmanager", "DeleteSecret")
    ended = run("destroy", "--name", "dev", "--everything")
    assert (ended.code, len(ended.refused.splitlines())) == (1, 1)
    assert "aws secretsmanager delete-secret" in ended.said
