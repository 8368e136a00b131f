"""The bucket of artefacts: zips and templates by their hashes, and the releases of each stage."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import boto3
import msgspec
from botocore.exceptions import ClientError

from infra.deploy.releases import Release
from shared.errors import Misconfigured

DEFAULT_REGION = "us-east-1"
"""Where S3 wants no location named."""


class Bucket:
    def __init__(self, name: str) -> None:
        self.name = name
        self._s3 = boto3.client("s3")

    def make(self) -> bool:
        """Create the bucket, private and with versions, if it is missing; whether it was.

        Raises Misconfigured for somebody else's.
        """
        try:
            self._s3.head_bucket(Bucket=self.name)
        except ClientError as fault:
            if fault.response["Error"]["Code"] != "404":
                message = f"ArtefactBucket: {self.name} is not yours, or may not be used"
                raise Misconfigured(message) from None
        else:
            return False
        region = self._s3.meta.region_name
        where = {"CreateBucketConfiguration": {"LocationConstraint": region}}
        self._s3.create_bucket(Bucket=self.name, **({} if region == DEFAULT_REGION else where))
        private = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls")
        blocked = dict.fromkeys((*private, "RestrictPublicBuckets"), True)
        self._s3.put_public_access_block(Bucket=self.name, PublicAccessBlockConfiguration=blocked)
        self._s3.put_bucket_versioning(
            Bucket=self.name, VersioningConfiguration={"Status": "Enabled"}
        )
        return True

    def put(self, path: Path) -> str:
        """Upload a file under its hash unless it is there; its key."""
        content = path.read_bytes()
        key = hashlib.sha256(content).hexdigest() + path.suffix
        if not self._has(key):
            self._s3.put_object(Bucket=self.name, Key=key, Body=content)
        return key

    def url(self, key: str) -> str:
        """As CloudFormation wants it."""
        return f"https://{self.name}.s3.{self._s3.meta.region_name}.amazonaws.com/{key}"

    def releases(self, stage: str) -> list[Release]:
        try:
            found = self._s3.get_object(Bucket=self.name, Key=_index(stage))["Body"].read()
        except self._s3.exceptions.NoSuchKey:
            return []
        return msgspec.json.decode(found, type=list[Release])

    def write(self, stage: str, releases: Sequence[Release]) -> None:
        written = msgspec.json.encode(releases)
        self._s3.put_object(Bucket=self.name, Key=_index(stage), Body=written)

    def _has(self, key: str) -> bool:
        try:
            self._s3.head_object(Bucket=self.name, Key=key)
        except ClientError as fault:
            if fault.response["Error"]["Code"] != "404":
                raise
            return False
        return True


def empty(name: str) -> int:
    """Delete all versions of all that lies in a bucket; how many."""
    versions = list(boto3.resource("s3").Bucket(name).object_versions.all())
    for one in versions:
        one.delete()
    return len(versions)


def number_in(name: str) -> int:
    """How many objects lie in a bucket; none in one that is not there."""
    pages = boto3.client("s3").get_paginator("list_objects_v2").paginate(Bucket=name)
    try:
        return sum(page["KeyCount"] for page in pages)
    except ClientError:
        return 0


def _index(stage: str) -> str:
    return f"releases/{stage}.json"
