"""The template: what AWS is asked for, and what the functions may do there."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from samtranslator.public.translator import ManagedPolicyLoader
from samtranslator.translator.transform import transform

from infra import local, resources
from tests.artefact.conftest import ROOT, Built

ACCOUNT = "123456789012"
STACK = "privacy-prod"
NOT_IN_MOTO = ("AWS::ApiGateway::", "AWS::WAFv2::WebACLAssociation")
FUNCTION = re.compile(r"functions/\$\{(\w+)\.Arn\}/invocations")
pytestmark = pytest.mark.filterwarnings("ignore:Tried to parse .* not supported by moto")
POLICIES = ROOT / ".chalice" / "policies"


def routes(built: Built) -> dict[tuple[str, str], str]:
    """Path and method to the function that its integration points at."""
    paths = built.template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    return {
        (path, method): FUNCTION.search(json.dumps(operation))[1]  # type: ignore[index]
        for path, methods in paths.items()
        for method, operation in methods.items()
    }


def test_every_route_goes_to_a_function_that_serves_it(built: Built) -> None:
    pointed = routes(built)
    serves = {
        function: built.run(
            handler,
            "[[path, method.lower()] for path, methods"
            " in sys.modules[module].api.alone.routes.items() for method in methods]",
            {},
            "",
        )
        for function, handler in built.functions().items()
        if function in pointed.values()
    }
    found = {(path, method): function for function, all_ in serves.items() for path, method in all_}
    assert found == pointed


def test_the_api_may_call_each_function_that_it_routes_to(built: Built) -> None:
    permitted = {
        one["Properties"]["FunctionName"]["Ref"]
        for one in built.template["Resources"].values()
        if one["Type"] == "AWS::Lambda::Permission"
        and one["Properties"]["Principal"] == "apigateway.amazonaws.com"
        and "RestAPI" in json.dumps(one["Properties"]["SourceArn"])
    }
    assert permitted == set(routes(built).values())


def test_cfn_lint_finds_nothing(built: Built) -> None:
    linter = Path(sys.executable).with_name("cfn-lint")
    ended = subprocess.run(
        [linter, built.folder / "template.json"], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (0, "")


@pytest.mark.parametrize("policy", sorted(path.stem for path in POLICIES.glob("*.json")))
def test_a_policy_spells_out_actions_and_resources(policy: str) -> None:
    for one in json.loads((POLICIES / f"{policy}.json").read_text("utf-8"))["Statement"]:
        assert one["Effect"] == "Allow"
        assert not [action for action in one["Action"] if "*" in action]
        assert one["Resource"] not in ("*", ["*"])
        assert isinstance(one["Resource"], dict)


@pytest.fixture(scope="module")
def stack(built: Built) -> Any:
    """The template, as moto's CloudFormation makes it; without the API, which moto cannot.

    What else moto does not know it only warns of, and refers to by its logical id.
    """
    with mock_aws():
        parameters = dict(
            one.split("=", 1) for one in json.loads((built.folder / "parameters.json").read_text())
        )
        plain = transform(built.template, parameters, ManagedPolicyLoader(boto3.client("iam")))
        kept = {
            name: one
            for name, one in plain["Resources"].items()
            if not one["Type"].startswith(NOT_IN_MOTO) and "RestAPI" not in json.dumps(one)
        }
        without_api = {"Resources": kept, "Parameters": plain["Parameters"]}
        bucket = parameters["ArtefactBucket"]
        boto3.client("s3").create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": local.REGION}
        )
        boto3.client("s3").put_object(
            Bucket=bucket,
            Key=parameters["ArtefactKey"],
            Body=(built.folder / "deployment.zip").read_bytes(),
        )
        client = boto3.client("cloudformation")
        client.create_stack(
            StackName=STACK,
            TemplateBody=json.dumps(without_api),
            Parameters=[
                {"ParameterKey": name, "ParameterValue": one} for name, one in parameters.items()
            ],
            Capabilities=["CAPABILITY_IAM"],
        )
        yield client


def resource(stack: Any, name: str) -> str:
    resources_made = stack.list_stack_resources(StackName=STACK)["StackResourceSummaries"]
    found: str = next(
        one["PhysicalResourceId"] for one in resources_made if one["LogicalResourceId"] == name
    )
    return found


def test_the_template_can_be_created(stack: Any) -> None:
    (told,) = stack.describe_stacks(StackName=STACK)["Stacks"]
    assert told["StackStatus"] == "CREATE_COMPLETE"


def test_each_role_allows_exactly_what_its_policy_file_says(stack: Any, built: Built) -> None:
    iam = boto3.client("iam")
    config = json.loads((POLICIES.parent / "config.json").read_text("utf-8"))
    areas = config["stages"]["lambda"]["lambda_functions"]
    assert len(areas) == len(built.functions())
    for area, told in areas.items():
        name = "".join(map(str.capitalize, area.split("_")))
        role = resource(stack, f"{name}Role")
        (policy,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
        granted = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
        written = json.loads((POLICIES.parent / told["iam_policy_file"]).read_text("utf-8"))
        granted = ast.literal_eval(granted)  # moto keeps a dict's text, not JSON
        assert shape(granted) == shape(written)
        assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []
        assert all(arn.startswith("arn:aws:") for arn in resources_of(granted)), area


def shape(policy: dict[str, Any]) -> list[Any]:
    """What a policy allows, apart from how its resources are spelled."""
    return [
        (one["Sid"], one["Effect"], one["Action"], sorted(one.get("Condition", {})))
        for one in policy["Statement"]
    ]


def resources_of(policy: dict[str, Any]) -> list[str]:
    """All but the secret's, which moto's CloudFormation does not know."""
    return [one["Resource"] for one in policy["Statement"] if one["Sid"] != "ReadKeys"]


def test_the_table_is_that_of_the_local_stack(stack: Any) -> None:
    client = boto3.client("dynamodb")
    resources.create_table("local")
    deployed, here = described(client, resource(stack, "Table")), described(client, "local")
    assert deployed == here


def described(client: Any, name: str) -> dict[str, Any]:
    """All but the TTL, which moto's CloudFormation leaves out."""
    table = client.describe_table(TableName=name)["Table"]
    indexes = [
        {key: one[key] for key in ("IndexName", "KeySchema", "Projection")}
        for one in table["GlobalSecondaryIndexes"]
    ]
    return {
        "keys": table["KeySchema"],
        "attributes": sorted(table["AttributeDefinitions"], key=str),
        "indexes": indexes,
        "stream": table["StreamSpecification"],
    }


def test_the_index_is_the_one_that_the_store_asks(stack: Any) -> None:
    from shared.store._items import DUE_INDEX  # noqa: PLC0415

    found = described(boto3.client("dynamodb"), resource(stack, "Table"))["indexes"]
    assert [one["IndexName"] for one in found] == [DUE_INDEX]
