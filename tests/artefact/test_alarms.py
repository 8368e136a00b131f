"""Alarms and the dashboard: what they watch is there, and somebody is told."""

import json
from typing import Any

import pytest

from functions import canary, documents, mail_events, reminders, retention_sweep
from shared.store._items import DUE_INDEX
from shared.workflows.posting import Caught
from shared.workflows.queue import Watched
from tests.artefact.conftest import Built
from tests.artefact.test_template import SETTINGS, of_type, routes

OURS = SETTINGS["METRICS_NAMESPACE"]
OUR_METRICS = {
    *((retention_sweep.NAME, name) for name in retention_sweep.METRICS),
    (canary.NAME, "ready"),
    *((documents.NAME, name) for name in ("found", "left")),
    *((reminders.NAME, name) for name in {*Watched.__struct_fields__, *Caught.__struct_fields__}),
    *((mail_events.NAME, name) for name in mail_events.METRICS),
}
KINDS = {
    "FunctionName": "AWS::Serverless::Function",
    "TableName": "AWS::DynamoDB::Table",
    "QueueName": "AWS::SQS::Queue",
    "ses:configuration-set": "AWS::SES::ConfigurationSet",
}
AWS_HAS = {
    ("AWS/ApiGateway", "5XXError"),
    ("AWS/DynamoDB", "ReadThrottleEvents"),
    ("AWS/DynamoDB", "WriteThrottleEvents"),
    ("AWS/Lambda", "Errors"),
    ("AWS/Lambda", "Invocations"),
    ("AWS/Lambda", "IteratorAge"),
    ("AWS/Lambda", "Throttles"),
    ("AWS/SES", "Reputation.BounceRate"),
    ("AWS/SES", "Reputation.ComplaintRate"),
    ("AWS/SQS", "NumberOfMessagesSent"),
}


def metrics(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    """What an alarm watches: one metric, or several together."""
    together = alarm.get("Metrics", ())
    return [one["MetricStat"]["Metric"] for one in together if "MetricStat" in one] or [alarm]


def dimensions(metric: dict[str, Any]) -> dict[str, Any]:
    return {one["Name"]: one["Value"] for one in metric["Dimensions"]}


@pytest.fixture
def alarms(built: Built) -> dict[str, Any]:
    return of_type(built.template["Resources"], "AWS::CloudWatch::Alarm")


def test_each_alarm_tells_somebody_when_it_begins_and_when_it_is_over(
    alarms: dict[str, Any],
) -> None:
    told = [{"Ref": "Alarms"}]
    for name, one in alarms.items():
        assert (one["AlarmActions"], one["OKActions"]) == (told, told), name


def test_what_is_missing_is_either_no_sign_or_the_very_sign(alarms: dict[str, Any]) -> None:
    """An iterator has an age only while something is read, a queue a number while it is used."""
    breaching = {name for name, one in alarms.items() if one["TreatMissingData"] == "breaching"}
    missing = {name for name in alarms if name.endswith("Missing")}
    assert breaching == {"CanaryFailed", "DocumentsLeft", *missing}
    assert {one["TreatMissingData"] for one in alarms.values()} == {"breaching", "notBreaching"}


def test_every_failure_queue_rings_for_each_message_that_is_sent_there(
    built: Built, alarms: dict[str, Any]
) -> None:
    """Those who send are Lambda and the scheduler: a redrive by SQS itself would not be counted."""
    rings = {
        told["QueueName"]["Fn::GetAtt"][0]
        for one in alarms.values()
        if (told := dimensions(metrics(one)[0])).keys() == {"QueueName"}
    }
    queues = of_type(built.template["Resources"], "AWS::SQS::Queue")
    assert rings == set(queues)
    assert not [name for name, one in queues.items() if "RedrivePolicy" in one]


def test_a_letter_that_waited_for_its_hour_is_no_sign_of_a_stream_that_stopped(
    alarms: dict[str, Any],
) -> None:
    (missed, *_) = alarms["StreamStopped"]["Metrics"]
    assert "IF(FILL(waiting, 0) > 0, 0, FILL(sent, 0))" in missed["Expression"]
    assert {one["MetricName"] for one in metrics(alarms["StreamStopped"])} == {
        "taken_up",
        "settled",
        "waiting",
        "sent",
    }


def test_what_an_alarm_watches_is_there(built: Built, alarms: dict[str, Any]) -> None:
    watched = [metric for one in alarms.values() for metric in metrics(one)]
    for metric in watched:
        told = dimensions(metric)
        if metric["Namespace"] == OURS:
            assert (told.pop("service"), metric["MetricName"]) in OUR_METRICS
        else:
            assert (metric["Namespace"], metric["MetricName"]) in AWS_HAS
        for name, value in told.items():
            assert is_there(built, name, value), metric


def is_there(built: Built, dimension: str, value: Any) -> bool:
    resources = built.template["Resources"]
    if dimension == "ApiName":
        return bool(value == resources["RestAPI"]["Properties"]["Name"])
    if dimension == "GlobalSecondaryIndexName":
        return bool(value == DUE_INDEX)
    if "Fn::If" in value:
        value = value["Fn::If"][1]
    ((_, told),) = value.items()
    name = told if isinstance(told, str) else told[0]
    return bool(resources[name]["Type"] == KINDS[dimension])


def test_whoever_is_turned_away_is_noticed_at_each_function_and_at_the_table(
    built: Built, alarms: dict[str, Any]
) -> None:
    asked, behind = (
        {dimensions(one)["FunctionName"]["Ref"] for one in metrics(alarms[name])}
        for name in ("FunctionsThrottled", "WorkThrottled")
    )
    assert asked == set(routes(built).values())
    assert behind == set(built.functions()) - asked
    table = {(one["MetricName"], *dimensions(one)) for one in metrics(alarms["TableThrottled"])}
    assert table == {
        (f"{kind}ThrottleEvents", *names)
        for kind in ("Read", "Write")
        for names in (("TableName",), ("TableName", "GlobalSecondaryIndexName"))
    }


def test_the_dashboard_asks_for_what_is_measured(built: Built) -> None:
    body = built.template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    submissions, sweep, _, answers, _, queues = json.loads(body[0])["widgets"]
    quoted = f'{{"{OURS["Fn::Sub"]}",service,form,answer}}'  # a slash needs the quotes
    assert quoted in submissions["properties"]["metrics"][0][0]["expression"]
    (namespace, first, _, service), *more = sweep["properties"]["metrics"]
    assert {(service, name) for name in (first, *(one[1] for one in more))} <= OUR_METRICS
    assert namespace == OURS["Fn::Sub"]
    assert answers["properties"]["metrics"][0][2:] == ["ApiName", "${AWS::StackName}"]
    shown = {one[-1] for one in queues["properties"]["metrics"]}
    made = of_type(built.template["Resources"], "AWS::SQS::Queue")
    assert shown == {f"${{{name}.QueueName}}" for name in made}
