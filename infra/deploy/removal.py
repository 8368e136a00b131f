"""What outlives a stack on purpose, and how it is removed when that is wanted too."""

from typing import NamedTuple

import boto3

from infra.deploy import bucket

MONTH = 30
"""Days for which AWS keeps a key that is to be deleted."""


class Left(NamedTuple):
    """Physical ids of what holds data; "" for what the stage has not."""

    table: str
    keys: str
    key: str
    trail: str
    vault: str
    documents_in: str
    documents: int

    @classmethod
    def of(cls, resources: dict[str, str]) -> "Left":
        documents = resources.get("DocumentsBucket", "")
        return cls(
            table=resources.get("Table", ""),
            keys=resources.get("Keys", ""),
            key=resources.get("Key", ""),
            trail=resources.get("TrailBucket", ""),
            vault=resources.get("BackupVault", ""),
            documents_in=documents,
            documents=bucket.number_in(documents) if documents else 0,
        )

    def empty_documents(self) -> None:
        """A bucket with something in it cannot be removed, nor what is in it be judged any more."""
        if self.documents:
            bucket.empty(self.documents_in)

    def told(self) -> str:
        """What stays, and what removes it, a line each."""
        how = (
            (
                self.table,
                f"aws dynamodb update-table --no-deletion-protection-enabled --table-name "
                f"{self.table}; aws dynamodb delete-table --table-name {self.table}",
            ),
            (self.keys, f"aws secretsmanager delete-secret --secret-id {self.keys}"),
            (self.trail, f"aws s3 rb --force s3://{self.trail}"),
            (
                self.vault,
                f"its recovery points, then: aws backup delete-backup-vault "
                f"--backup-vault-name {self.vault}",
            ),
            (self.key, f"aws kms schedule-key-deletion --key-id {self.key}"),
        )
        lines = [f"  {name}\n    {command}" for name, command in how if name]
        return "\n".join(["These stay, the key last; each goes by", *lines])

    def remove(self) -> None:
        """Remove it all.  Raises ClientError or WaiterError where AWS will not: the rest stays."""
        if self.table:
            _remove_table(self.table)
        if self.trail:
            bucket.empty(self.trail)
            boto3.client("s3").delete_bucket(Bucket=self.trail)
        if self.vault:
            _remove_vault(self.vault)
        if self.keys:
            boto3.client("secretsmanager").delete_secret(
                SecretId=self.keys, ForceDeleteWithoutRecovery=True
            )
        if self.key:
            boto3.client("kms").schedule_key_deletion(KeyId=self.key, PendingWindowInDays=MONTH)


def _remove_table(name: str) -> None:
    client = boto3.client("dynamodb")
    client.update_table(TableName=name, DeletionProtectionEnabled=False)
    client.get_waiter("table_exists").wait(TableName=name)
    client.delete_table(TableName=name)
    client.get_waiter("table_not_exists").wait(TableName=name)


def _remove_vault(name: str) -> None:
    client = boto3.client("backup")
    pages = client.get_paginator("list_recovery_points_by_backup_vault").paginate(
        BackupVaultName=name
    )
    for page in pages:
        for one in page["RecoveryPoints"]:
            client.delete_recovery_point(
                BackupVaultName=name, RecoveryPointArn=one["RecoveryPointArn"]
            )
    client.delete_backup_vault(BackupVaultName=name)
