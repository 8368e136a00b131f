"""The template: what AWS is asked for, and what the functions may do there."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions.api import SECURE
from infra import local, resources
from infra.build.__main__ import ARTEFACTS
from infra.build.stage import NO_PARAMETERS
from tests.artefact.conftest import ROOT, Built

ACCOUNT = "123456789012"
STACK = "privacy-prod"
NOT_IN_MOTO = ("AWS::ApiGateway::", "AWS::WAFv2::WebACLAssociation")
OF_THE_SECRET = ("PeoplePolicy", "OperatorRole")
"""What moto checks for the secret's ARN, which it has none of; the functions' roles it does not."""
FUNCTION = re.compile(r"functions/\$\{(\w+)\.Arn\}/invocations")
pytestmark = pytest.mark.filterwarnings("ignore:Tried to parse .* not supported by moto")
POLICIES = ROOT / ".chalice" / "policies"
STAGES = ROOT / "infra" / "stages"

ANSWERED = ("Content-Type", "Access-Control-Allow-Origin", "Vary", *SECURE)
GATEWAY_WAITS = 29
"""Seconds, for a function."""
LONGEST = 900
"""Seconds, that Lambda lets a function run."""

SETTINGS: dict[str, Any] = {
    "TABLE": {"Fn::If": ["OwnTable", {"Ref": "Table"}, {"Ref": "ExistingTable"}]},
    "KEYS_SECRET": {"Ref": "Keys"},
    "ORIGINS": {"Ref": "Origins"},
    "STATEMENT": {"Ref": "Statement"},
    "DOCUMENTS": {
        "Fn::Sub": "${AWS::StackName}-documents-${AWS::AccountId}-${AWS::Region}",
    },
    "TRUST_ROOTS": {"Ref": "TrustRoots"},
    "SITE": {"Ref": "Site"},
    "SENDER": {"Ref": "Sender"},
    "CONFIGURATION_SET": {"Ref": "MailsSent"},
    "OIDC_ISSUER": {"Ref": "OidcIssuer"},
    "OIDC_AUDIENCE": {"Ref": "OidcAudience"},
    "OIDC_ROLES_CLAIM": {"Ref": "OidcRolesClaim"},
    "OIDC_CLIENT_ID": {"Ref": "OidcClientId"},
    "METRICS_NAMESPACE": {"Fn::Sub": "Privacy/${AWS::StackName}"},
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
}
OTHER_ROLES = {
    "SchedulerRole": {
        ("lambda:InvokeFunction", "RetentionSweep.Arn"),
        ("lambda:InvokeFunction", "Reminders.Arn"),
        ("lambda:InvokeFunction", "Documents.Arn"),
        ("lambda:InvokeFunction", "Canary.Arn"),
        ("sqs:SendMessage", "SweepsFailed.Arn"),
        ("sqs:SendMessage", "RemindersFailed.Arn"),
        ("kms:Decrypt", "Key.Arn"),
        ("kms:GenerateDataKey", "Key.Arn"),
    },
    "ApiGatewayLogsRole": set(),
    "BackupRole": set(),
    "OperatorRole": set(),
}
MANAGED = {
    "ApiGatewayLogsRole": "AmazonAPIGatewayPushToCloudWatchLogs",
    "BackupRole": "AWSBackupServiceRolePolicyForBackup",
}
PROMISED = 35
"""Days after an erasure on which no backup has anybody, as certificates say."""
USERS_OF_THE_KEY = {
    "Administer": {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}},
    "EncryptLogs": {"Service": {"Fn::Sub": "logs.${AWS::Region}.amazonaws.com"}},
    "TellOfAlarmsAndFailures": {
        "Service": ["cloudwatch.amazonaws.com", "scheduler.amazonaws.com", "ses.amazonaws.com"]
    },
    "EncryptTrail": {"Service": "cloudtrail.amazonaws.com"},
}


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


def of_type(resources: dict[str, Any], kind: str) -> dict[str, Any]:
    """Properties of the resources of a type, by logical id."""
    return {
        name: one.get("Properties", {}) for name, one in resources.items() if one["Type"] == kind
    }


def test_this_api_alone_may_call_each_function_that_it_routes_to(built: Built) -> None:
    arn = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${RestAPIId}/*"
    expected = {
        function: {
            "Action": "lambda:InvokeFunction",
            "FunctionName": {"Ref": function},
            "Principal": "apigateway.amazonaws.com",
            "SourceArn": {"Fn::Sub": [arn, {"RestAPIId": {"Ref": "RestAPI"}}]},
        }
        for function in routes(built).values()
    }
    permissions = of_type(built.template["Resources"], "AWS::Lambda::Permission")
    granted = {one["FunctionName"]["Ref"]: one for one in permissions.values()}
    bucket, topic = granted.pop("Documents"), granted.pop("MailEvents")
    assert granted == expected
    assert (bucket["Principal"], bucket["SourceArn"]) == (
        "s3.amazonaws.com",
        {"Fn::Sub": f"arn:${{AWS::Partition}}:s3:::{SETTINGS['DOCUMENTS']['Fn::Sub']}"},
    )
    assert (topic["Principal"], topic["SourceArn"]) == ("sns.amazonaws.com", {"Ref": "MailTopic"})


def test_the_api_has_one_regional_stage_once_it_can_log(plain: dict[str, Any]) -> None:
    deployments = of_type(plain, "AWS::ApiGateway::Deployment").values()
    assert len(of_type(plain, "AWS::ApiGateway::Stage")) == 1
    assert not [one for one in deployments if "StageName" in one]
    assert plain["RestAPI"]["Properties"]["EndpointConfiguration"] == {"Types": ["REGIONAL"]}
    assert plain["RestAPI"]["DependsOn"] == "ApiGatewayAccount"


def test_what_is_deployed_as_the_api_has_its_name_and_the_gateways_answers(
    plain: dict[str, Any],
) -> None:
    api = plain["RestAPI"]["Properties"]
    assert api["Body"]["info"]["title"] == api["Name"] == {"Ref": "AWS::StackName"}
    answers = api["Body"]["x-amazon-apigateway-gateway-responses"]
    expected = {404: "MISSING_AUTHENTICATION_TOKEN", 413: "REQUEST_TOO_LARGE", 429: "THROTTLED"}
    assert set(answers) == {*expected.values(), "DEFAULT_4XX", "DEFAULT_5XX"}
    for status, name in expected.items():
        document = json.loads(answers[name]["responseTemplates"]["application/json"])
        assert (answers[name]["statusCode"], document["status"]) == (str(status), status)
    headers = {f"gatewayresponse.header.{name}" for name in ANSWERED}
    assert all(set(one["responseParameters"]) == headers for one in answers.values())
    for name, content in SECURE.items():
        told = {
            one["responseParameters"][f"gatewayresponse.header.{name}"] for one in answers.values()
        }
        assert told == {f"'{content}'"}


def test_the_firewalls_answer_is_secured_like_any_other(plain: dict[str, Any]) -> None:
    (rate,) = (one for one in plain["Firewall"]["Properties"]["Rules"] if one["Name"] == "rate")
    told = rate["Action"]["Block"]["CustomResponse"]["ResponseHeaders"]
    assert SECURE.items() <= {one["Name"]: one["Value"] for one in told}.items()


@pytest.mark.parametrize("stage", sorted(path.stem for path in STAGES.glob("*.json")))
def test_a_stage_says_just_what_the_template_asks(built: Built, stage: str) -> None:
    said = set(json.loads((STAGES / f"{stage}.json").read_text("utf-8"))) - set(NO_PARAMETERS)
    assert said == set(built.template["Parameters"]) - {*ARTEFACTS, "Statement", "TrustRoots"}


def test_the_build_says_the_rest_each_time(built: Built) -> None:
    assert set(built.parameters) == set(built.template["Parameters"])
    assert built.parameters["Statement"] == ""


DOMAIN = {
    "Domain": "HasDomain",
    "DomainMapping": "HasDomain",
    "DomainRecord": "SetsDomain",
    "SenderIdentity": "HasSenderDomain",
    "DkimRecord1": "SetsSender",
    "DkimRecord2": "SetsSender",
    "DkimRecord3": "SetsSender",
    "MailFromRecord": "SetsMailFrom",
    "MailFromSpfRecord": "SetsMailFrom",
}
"""What is made only where somebody has asked for it, and by which condition."""


def test_without_a_domain_nothing_of_one_is_made(built: Built) -> None:
    resources = built.template["Resources"]
    asked = {name: one.get("Condition") for name, one in resources.items()}
    assert {name: one for name, one in asked.items() if one in DOMAIN.values()} == DOMAIN
    for name in ("DomainName", "HostedZone", "SenderDomain", "MailFromDomain", "CertificateArn"):
        assert built.template["Parameters"][name]["Default"] == ""


def test_a_domain_leads_to_the_stage_by_tls_and_nothing_else_does(
    built: Built, plain: dict[str, Any]
) -> None:
    resources = built.template["Resources"]
    assert resources["Domain"]["Properties"] == {
        "DomainName": {"Ref": "DomainName"},
        "RegionalCertificateArn": {"Ref": "CertificateArn"},
        "EndpointConfiguration": {"Types": ["REGIONAL"]},
        "SecurityPolicy": "TLS_1_2",
    }
    mapping = resources["DomainMapping"]["Properties"]
    assert (mapping["RestApiId"], mapping["Stage"]) == ({"Ref": "RestAPI"}, "api")
    assert "BasePath" not in mapping
    closed = plain["RestAPI"]["Properties"]["Body"]["x-amazon-apigateway-endpoint-configuration"]
    assert closed == {"disableExecuteApiEndpoint": {"Fn::If": ["HasDomain", True, False]}}


def test_mails_are_signed_watched_and_kept_in_no_list_of_sess(built: Built) -> None:
    resources = built.template["Resources"]
    sent = resources["MailsSent"]["Properties"]
    assert sent["DeliveryOptions"] == {"TlsPolicy": "REQUIRE"}
    assert sent["SuppressionOptions"] == {"SuppressedReasons": []}
    told = resources["MailsSentEvents"]["Properties"]["EventDestination"]
    assert set(told["MatchingEventTypes"]) == {"bounce", "complaint", "delivery", "reject"}
    assert told["SnsDestination"] == {"TopicARN": {"Ref": "MailTopic"}}
    topic = resources["MailTopic"]["Properties"]
    assert topic["KmsMasterKeyId"] == {"Ref": "Key"}
    assert topic["Subscription"] == [
        {"Protocol": "lambda", "Endpoint": {"Fn::GetAtt": ["MailEvents", "Arn"]}}
    ]
    identity = resources["SenderIdentity"]["Properties"]
    assert identity["FeedbackAttributes"] == {"EmailForwardingEnabled": False}
    assert identity["DkimSigningAttributes"] == {"NextSigningKeyLength": "RSA_2048_BIT"}


def test_every_function_is_told_its_settings(built: Built, plain: dict[str, Any]) -> None:
    for name in built.functions():
        assert plain[name]["Properties"]["Environment"]["Variables"] == SETTINGS, name


def test_every_function_has_its_measures(built: Built) -> None:
    functions = of_type(built.template["Resources"], "AWS::Serverless::Function")
    for name, told in functions.items():
        assert {"MemorySize", "Timeout", "ReservedConcurrentExecutions"} <= set(told), name
    assert all(functions[name]["Timeout"] < GATEWAY_WAITS for name in routes(built).values())
    sweep = functions["RetentionSweep"]
    reserved = {"Fn::If": ["Reserved", 1, {"Ref": "AWS::NoValue"}]}
    assert (sweep["Timeout"], sweep["ReservedConcurrentExecutions"]) == (LONGEST, reserved)


def test_no_function_reserves_executions_where_none_are_to_be_reserved(built: Built) -> None:
    functions = of_type(built.template["Resources"], "AWS::Serverless::Function").values()
    told = [one["ReservedConcurrentExecutions"]["Fn::If"] for one in functions]
    assert {(condition, json.dumps(otherwise)) for condition, _, otherwise in told} == {
        ("Reserved", '{"Ref": "AWS::NoValue"}')
    }


def test_whatever_names_the_table_names_the_existing_one_where_there_is_one(built: Built) -> None:
    """Anything that named the stack's own alone would find none there, and fail to deploy."""
    others = {
        name: one
        for section in ("Resources", "Outputs", "Globals")
        for name, one in built.template[section].items()
        if name != "Table"
    }
    own, existing = [], []
    for told in ifs(others):
        condition, if_own, otherwise = told
        if condition == "OwnTable":
            own.append(json.dumps(if_own))
            existing.append(json.dumps(otherwise))
    assert all('"Table"' in one for one in own)
    assert all("ExistingTable" in one for one in existing)
    everywhere = json.dumps(others)
    assert len(own) == everywhere.count('"Ref": "Table"') + everywhere.count('["Table", ')
    assert "${Table." not in everywhere
    assert "${Table}" not in everywhere
    assert built.template["Resources"]["Table"]["Condition"] == "OwnTable"


def ifs(told: Any) -> Iterator[Any]:
    """The arguments of every Fn::If, however deep."""
    if isinstance(told, dict):
        if "Fn::If" in told:
            yield told["Fn::If"]
        for one in told.values():
            yield from ifs(one)
    elif isinstance(told, list):
        for one in told:
            yield from ifs(one)


def test_the_gateway_measures_each_route_only_if_it_is_to(built: Built) -> None:
    (every,) = built.template["Resources"]["RestAPI"]["Properties"]["MethodSettings"]
    assert every["MetricsEnabled"] == {"Ref": "DetailedMetrics"}
    assert built.template["Parameters"]["DetailedMetrics"]["Default"] == "false"


@pytest.mark.parametrize(
    ("parameter", "kinds"),
    [
        ("Trailed", {"AWS::CloudTrail::Trail", "AWS::S3::Bucket", "AWS::S3::BucketPolicy"}),
        (
            "Copied",
            {
                "AWS::Backup::BackupVault",
                "AWS::Backup::BackupPlan",
                "AWS::Backup::BackupSelection",
                "AWS::IAM::Role",
            },
        ),
    ],
)
def test_what_costs_and_not_everybody_needs_is_asked_for(
    built: Built, parameter: str, kinds: set[str]
) -> None:
    resources = built.template["Resources"].values()
    assert {one["Type"] for one in resources if one.get("Condition") == parameter} == kinds


def test_no_backup_outlives_what_a_certificate_promises(built: Built) -> None:
    plan = built.template["Resources"]["BackupPlan"]["Properties"]["BackupPlan"]
    for rule in plan["BackupPlanRule"]:
        days = (rule["StartWindowMinutes"] + rule["CompletionWindowMinutes"]) / (24 * 60)
        kept = [rule["Lifecycle"], *(one["Lifecycle"] for one in rule["CopyActions"])]
        # a copy begins when the backup is complete, and may itself take as long
        assert max(one["DeleteAfterDays"] for one in kept) + 2 * days < PROMISED


def test_the_trail_notes_calls_to_the_table_and_to_the_bucket(built: Built) -> None:
    trail = built.template["Resources"]["Trail"]["Properties"]
    noted = {
        field["Field"]: json.dumps(field)
        for selector in trail["AdvancedEventSelectors"]
        for field in selector["FieldSelectors"]
        if field["Field"] == "resources.ARN"
        for field in [{**field, "Field": selector["Name"]}]
    }
    assert "OwnTable" in noted["table"]
    assert "${DocumentsBucket.Arn}/" in noted["documents"]
    assert trail["EnableLogFileValidation"]


def test_whoever_mends_what_failed_reads_nobody(built: Built) -> None:
    statements = built.template["Resources"]["MendingPolicy"]["Properties"]["PolicyDocument"]
    actions = {one for told in statements["Statement"] for one in told["Action"]}
    assert not {one for one in actions if one.startswith("secretsmanager:")}
    of_table = {one for one in actions if one.startswith("dynamodb:")}
    assert of_table == {"dynamodb:GetRecords", "dynamodb:GetShardIterator"}


def test_the_table_keeps_its_promises(built: Built) -> None:
    table = built.template["Resources"]["Table"]
    assert (
        table["Properties"].items()
        >= {
            "DeletionProtectionEnabled": True,
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
            "SSESpecification": {
                "SSEEnabled": True,
                "SSEType": "KMS",
                "KMSMasterKeyId": {"Fn::GetAtt": ["Key", "Arn"]},
            },
            "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
            "TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": True},
        }.items()
    )


@pytest.mark.parametrize("kept", ["Table", "Keys", "Key"])
def test_what_holds_data_outlives_its_stack(built: Built, kept: str) -> None:
    told = built.template["Resources"][kept]
    assert (told["DeletionPolicy"], told["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_the_roles_that_are_no_functions_may_do_what_is_listed(built: Built) -> None:
    roles = of_type(built.template["Resources"], "AWS::IAM::Role")
    found = {
        name: {
            (action, where(one))
            for policy in told.get("Policies", ())
            for one in policy["PolicyDocument"]["Statement"]
            for action in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])
        }
        for name, told in roles.items()
        if name.removesuffix("Role") not in built.functions()
    }
    assert found == OTHER_ROLES
    managed = {
        name: arn["Fn::Sub"].rpartition("/")[2]
        for name, one in roles.items()
        for arn in one.get("ManagedPolicyArns", ())
        if "Fn::Sub" in arn
    }
    assert managed == MANAGED
    own = roles["OperatorRole"]["ManagedPolicyArns"]
    assert own == [{"Ref": "MendingPolicy"}, {"Ref": "PeoplePolicy"}]


@pytest.mark.parametrize("policy", ["MendingPolicy", "PeoplePolicy"])
def test_a_policy_for_operators_spells_out_actions_and_resources(built: Built, policy: str) -> None:
    document = built.template["Resources"][policy]["Properties"]["PolicyDocument"]
    for one in document["Statement"]:
        assert one["Effect"] == "Allow"
        assert not [action for action in one["Action"] if "*" in action]
        assert one["Resource"] not in ("*", ["*"])


def test_the_key_is_for_those_whom_its_policy_lists(built: Built) -> None:
    statements = built.template["Resources"]["Key"]["Properties"]["KeyPolicy"]["Statement"]
    assert {one["Sid"]: one["Principal"] for one in statements} == USERS_OF_THE_KEY
    for one in statements:
        assert one["Sid"] == "Administer" or one["Condition"]
        assert one["Sid"] == "Administer" or "*" not in "".join(one["Action"])


def test_cfn_lint_finds_nothing(built: Built) -> None:
    linter = Path(sys.executable).with_name("cfn-lint")
    ended = subprocess.run(
        [linter, built.folder / "template.json"], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (0, "")


@pytest.mark.parametrize("policy", sorted(path.stem for path in POLICIES.glob("*.json")))
def test_a_policy_spells_out_actions_and_resources(policy: str) -> None:
    for one in json.loads((POLICIES / f"{policy}.json").read_text("utf-8"))["Statement"]:
        assert not [action for action in one["Action"] if "*" in action]
        assert all(isinstance(resource, dict) for resource in listed(one["Resource"]))


@pytest.fixture(scope="module")
def stack(built: Built, plain: dict[str, Any]) -> Any:
    """The template, as moto's CloudFormation makes it; without the API, which moto cannot.

    What else moto does not know it only warns of, and refers to by its logical id.
    """
    with mock_aws():
        parameters = built.parameters
        kept = {
            name: one
            for name, one in plain.items()
            if not one["Type"].startswith(NOT_IN_MOTO) and "RestAPI" not in json.dumps(one)
            if name not in OF_THE_SECRET
        }
        without_api = {
            "Resources": kept,
            "Parameters": built.template["Parameters"],
            "Conditions": built.template["Conditions"],
        }
        bucket = parameters["ArtefactBucket"]
        boto3.client("s3").create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": local.REGION}
        )
        for key, name in ARTEFACTS.items():
            zipped = (built.folder / f"{name}.zip").read_bytes()
            boto3.client("s3").put_object(Bucket=bucket, Key=parameters[key], Body=zipped)
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
    return [
        resource
        for one in policy["Statement"]
        if one["Sid"] != "ReadKeys"
        for resource in listed(one["Resource"])
    ]


def listed(told: Any) -> list[Any]:
    return told if isinstance(told, list) else [told]


def where(statement: dict[str, Any]) -> str:
    """A statement's resource, as its intrinsic function names it."""
    ((_, told),) = statement["Resource"].items()
    return told if isinstance(told, str) else ".".join(told)


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
