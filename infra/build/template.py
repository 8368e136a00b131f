"""Chalice's template, made that of separate functions.

Chalice serves every route by one function.  Here each route goes to the function of the area it
lies in, with that function's own role; what is common to all comes from infra/resources.yaml.

What depends on a parameter everywhere is said once, here: whose table it is, and whether functions
reserve executions.
"""

from copy import deepcopy
from typing import Any

from chalice import Chalice

from functions import observing

CHALICES_OWN = ("APIHandler", "ApiHandlerRole", "APIHandlerInvokePermission")
COMMON = ("CodeUri", "Tracing", "Tags")
"""Of a function's properties: what resources.yaml says once for all, or nobody needs."""

ARN = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${ExistingTable}"
TABLES = {
    "${Table}": ("${TableName}", {"Ref": "Table"}, {"Ref": "ExistingTable"}),
    "${Table.Arn}": ("${TableArn}", {"Fn::GetAtt": ["Table", "Arn"]}, {"Fn::Sub": ARN}),
    "${Table.StreamArn}": (
        "${TableStream}",
        {"Fn::GetAtt": ["Table", "StreamArn"]},
        {"Fn::Sub": f"{ARN}/stream/${{ExistingTableStream}}"},
    ),
}
"""How Fn::Sub spells name, ARN and stream of the stack's own table, and of either; and both."""

RESERVED = "ReservedConcurrentExecutions"

Template = dict[str, Any]


def split(template: Template, app: Chalice, runtime: str, architecture: str) -> Template:
    """The template with a function for each area of routes; the argument is left alone."""
    found = deepcopy(template)
    resources = found["Resources"]
    one_for_all = {name: resources.pop(name) for name in CHALICES_OWN}
    found["Outputs"] = {
        name: told
        for name, told in found["Outputs"].items()
        if not any(own in str(told) for own in CHALICES_OWN)
    }
    definition = resources["RestAPI"]["Properties"]["DefinitionBody"]
    definition["info"]["title"] = {"Ref": "AWS::StackName"}  # what AWS names the API by
    areas = set()
    for path, methods in definition["paths"].items():
        for method, operation in methods.items():
            area = _area(app, path, method.upper())
            areas.add(area)
            uri = operation["x-amazon-apigateway-integration"]["uri"]
            uri["Fn::Sub"] = uri["Fn::Sub"].replace("${APIHandler.Arn}", f"${{{area}.Arn}}")
    for area in sorted(areas):
        permission = deepcopy(one_for_all["APIHandlerInvokePermission"])
        permission["Properties"]["FunctionName"] = {"Ref": area}
        resources[f"{area}InvokePermission"] = permission
    for one in resources.values():
        if one["Type"] == "AWS::Serverless::Function":
            _of_a_stage(one["Properties"], runtime, architecture)
    return {name: _of_either_table(one) for name, one in found.items()}


def _of_a_stage(properties: Template, runtime: str, architecture: str) -> None:
    for name in COMMON:
        if not isinstance(properties.get(name), dict) or name != "CodeUri":  # of its own
            properties.pop(name, None)
    properties |= {"Runtime": runtime, "Architectures": [architecture]}
    most = properties.get(RESERVED)
    if most is not None:
        properties[RESERVED] = _either("Reserved", most, {"Ref": "AWS::NoValue"})


def handlers(template: Template) -> dict[str, str]:
    """Logical id and handler of each function of a template."""
    return {
        name: one["Properties"]["Handler"]
        for name, one in template["Resources"].items()
        if one["Type"] == "AWS::Serverless::Function"
    }


def _either(condition: str, one: Any, other: Any) -> Template:
    return {"Fn::If": [condition, one, other]}


def _of_either_table(one: Any) -> Any:
    """What names the stack's table, naming the existing one where there is one."""
    for _, own, existing in TABLES.values():
        if one == own:
            return _either("OwnTable", own, existing)
    if isinstance(one, dict):
        if isinstance(one.get("Fn::Sub"), str):
            return _substituted(one["Fn::Sub"])
        return {key: _of_either_table(value) for key, value in one.items()}
    return [_of_either_table(value) for value in one] if isinstance(one, list) else one


def _substituted(text: str) -> Template:
    given = {}
    for spelled, (either, own, existing) in TABLES.items():
        if spelled in text:
            text = text.replace(spelled, either)
            given[either.strip("${}")] = _either("OwnTable", own, existing)
    return {"Fn::Sub": [text, given] if given else text}


def artefact(template: Template, function: str) -> str:
    """The parameter that says where a function's artefact lies."""
    common: Template = template["Globals"]["Function"]
    told = {**common, **template["Resources"][function]["Properties"]}
    key: str = told["CodeUri"]["Key"]["Ref"]
    return key


def _area(app: Chalice, path: str, method: str) -> str:
    """The logical id of the function that has the route's view: functions.intake, Intake."""
    area = observing.area_of(app.routes[path][method])
    return "".join(map(str.capitalize, area.split("_")))
