"""A stage's stack: changes are shown before they are made, and faults told by what they are of."""

from typing import Any, NamedTuple

import boto3
from botocore.exceptions import ClientError, WaiterError

from shared.errors import Misconfigured

CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
PATIENCE = {"Delay": 5, "MaxAttempts": 720}
"""An hour: a hosted zone's certificate or a large index may take long."""
UNCHANGED = ("didn't contain changes", "No updates are to be performed")
REFUSED = "ROLLBACK_COMPLETE"
"""Of a first deployment that failed: the stack holds nothing, and can only be deleted."""


HOLDING = frozenset(
    {
        "AWS::Backup::BackupVault",
        "AWS::DynamoDB::Table",
        "AWS::KMS::Key",
        "AWS::S3::Bucket",
        "AWS::SecretsManager::Secret",
    }
)
"""The kinds of what holds data, or what data cannot be read without."""


class Failed(Exception):
    """AWS did not do it; the reasons, a line each."""


class Change(NamedTuple):
    """What is added, modified or removed; `replaced` is "True", "Conditional" or ""."""

    action: str
    name: str
    kind: str
    replaced: str

    @property
    def leaves_data(self) -> bool:
        """Whether data would be used no longer, or be gone."""
        return self.kind in HOLDING and (self.action == "Remove" or bool(self.replaced))


class Stack:
    def __init__(self, stage: str) -> None:
        self.name = f"privacy-{stage}"
        self._client = boto3.client("cloudformation")

    def status(self) -> str:
        """The stack's status; "" where there is none."""
        return str(self._told().get("StackStatus", ""))

    def outputs(self) -> dict[str, str]:
        return {one["OutputKey"]: one["OutputValue"] for one in self._told().get("Outputs", ())}

    def parameters(self) -> dict[str, str]:
        told = self._told().get("Parameters", ())
        return {one["ParameterKey"]: one["ParameterValue"] for one in told}

    def resources(self) -> dict[str, str]:
        """Logical to physical ids."""
        pages = self._client.get_paginator("list_stack_resources").paginate(StackName=self.name)
        found = (one for page in pages for one in page["StackResourceSummaries"])
        return {one["LogicalResourceId"]: one.get("PhysicalResourceId", "") for one in found}

    def propose(self, url: str, parameters: dict[str, str], name: str) -> list[Change]:
        """What would change; nothing is changed yet.  Raises Failed, or Misconfigured where the
        stack is on its way or cannot be changed.
        """
        status = self.status()
        if status == REFUSED:
            self._delete()
            status = ""
        if status.endswith(("_IN_PROGRESS", "_FAILED")) and status != "REVIEW_IN_PROGRESS":
            message = f"{self.name} is {status}: see docs/operations.md"
            raise Misconfigured(message)
        is_new = status in ("", "REVIEW_IN_PROGRESS")
        self._client.create_change_set(
            StackName=self.name,
            ChangeSetName=name,
            ChangeSetType="CREATE" if is_new else "UPDATE",
            TemplateURL=url,
            Capabilities=CAPABILITIES,
            Parameters=[
                {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
            ],
        )
        try:
            self._wait("change_set_create_complete", ChangeSetName=name)
        except WaiterError:
            told = self._client.describe_change_set(StackName=self.name, ChangeSetName=name)
            reason = told.get("StatusReason", "")
            self.give_up(name)
            if any(one in reason for one in UNCHANGED):
                return []
            raise Failed(reason) from None
        return self._changes(name)

    def carry_out(self, name: str) -> None:
        """Make the changes that were shown.  Raises Failed."""
        before = self.status()
        self._client.execute_change_set(StackName=self.name, ChangeSetName=name)
        ends = "create" if before == "REVIEW_IN_PROGRESS" else "update"
        try:
            self._wait(f"stack_{ends}_complete")
        except WaiterError:
            raise Failed(self._reasons()) from None

    def give_up(self, name: str) -> None:
        """Forget proposed changes, and the stack if it was only proposed."""
        self._client.delete_change_set(StackName=self.name, ChangeSetName=name)
        if self.status() == "REVIEW_IN_PROGRESS":
            self._delete()

    def protect(self, *, on: bool) -> None:
        """Let nobody delete the stack by mistake; or let it be deleted."""
        self._client.update_termination_protection(
            StackName=self.name, EnableTerminationProtection=on
        )

    def delete(self) -> None:
        """Raises Failed."""
        self.protect(on=False)
        self._delete()

    def _delete(self) -> None:
        stack_id = self._told().get("StackId", self.name)
        self._client.delete_stack(StackName=stack_id)
        try:
            waiter = self._client.get_waiter("stack_delete_complete")
            waiter.wait(StackName=stack_id, WaiterConfig=PATIENCE)
        except WaiterError:
            raise Failed(self._reasons()) from None

    def _told(self) -> dict[str, Any]:
        try:
            (told,) = self._client.describe_stacks(StackName=self.name)["Stacks"]
        except ClientError as fault:
            if fault.response["Error"]["Code"] != "ValidationError":
                raise
            return {}
        found: dict[str, Any] = told
        return found

    def _changes(self, name: str) -> list[Change]:
        pages = self._client.get_paginator("describe_change_set").paginate(
            StackName=self.name, ChangeSetName=name
        )
        found = (one["ResourceChange"] for page in pages for one in page["Changes"])
        return [
            Change(
                one["Action"],
                one["LogicalResourceId"],
                one["ResourceType"],
                one.get("Replacement", "").replace("False", ""),
            )
            for one in found
        ]

    def _wait(self, waiter: str, **more: str) -> None:
        self._client.get_waiter(waiter).wait(StackName=self.name, WaiterConfig=PATIENCE, **more)

    def _reasons(self) -> str:
        """What failed of itself, newest first: what was cancelled because of it says nothing."""
        events = self._client.describe_stack_events(StackName=self.name)["StackEvents"]
        lines = [
            f"{one['LogicalResourceId']}: {one.get('ResourceStatusReason', '')}"
            for one in events
            if one["ResourceStatus"].endswith("_FAILED")
            and "cancelled" not in one.get("ResourceStatusReason", "")
        ]
        return "\n".join(dict.fromkeys(lines)) or f"{self.name} is {self.status()}"
