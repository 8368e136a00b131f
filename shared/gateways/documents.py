"""Documents: a private bucket, in which one lies under its request's reference until it is judged.

A browser sends it there itself, by a form that is signed for ten minutes and one file.  Nothing of
the person is in a key, and the name that the file had is not kept.  Results that are larger than an
answer lie there too, for a day, and are fetched by a link that is signed for minutes.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from shared.model.noun import Noun

FOLDER, RESULTS = "documents/", "results/"


class Upload(Noun, frozen=True, kw_only=True):
    """A form that S3 takes a file by: where it goes, and its fields, the file being the last."""

    url: str
    fields: dict[str, str]


class Found(Noun, frozen=True, kw_only=True):
    """A document as it was read; `version` is S3's ETag."""

    private = ("content",)

    content: bytes
    version: str


class Bucket:
    """The documents of one stage."""

    def __init__(self, name: str, region: str) -> None:
        self.name, self._region = name, region
        self._made: list[Any] = []

    def invite(
        self, reference: str, media_type: str, *, most: int, lasts: timedelta, back: str = ""
    ) -> Upload:
        """A form for one file of 1 to `most` bytes; `back` is where a browser is sent afterwards.

        Encrypted with the bucket's own key, by the bucket: the form cannot ask for another.
        """
        fields = {"Content-Type": media_type}
        if back:
            fields["success_action_redirect"] = back
        made = self._client().generate_presigned_post(
            Bucket=self.name,
            Key=FOLDER + reference,
            Fields=dict(fields),
            Conditions=[["content-length-range", 1, most], *({k: v} for k, v in fields.items())],
            ExpiresIn=int(lasts.total_seconds()),
        )
        return Upload(url=made["url"], fields=made["fields"])

    def hand_out(
        self, name: str, content: bytes, media_type: str, file_name: str, lasts: timedelta
    ) -> str:
        """Keep a file under a random name, and sign where it can be fetched for so long.

        Its address holds no more of the person than `file_name` does.
        """
        key = RESULTS + name
        self._client().put_object(Bucket=self.name, Key=key, Body=content, ContentType=media_type)
        return self._link(
            key,
            lasts,
            ResponseContentType=media_type,
            ResponseContentDisposition=f'attachment; filename="{file_name}"',
            ResponseCacheControl="no-store",
        )

    def address(self) -> str:
        """The address that its files are fetched from: the beginning of every link."""
        return self._link(RESULTS, timedelta(seconds=1)).partition("?")[0]

    def _link(self, key: str, lasts: timedelta, **answered: str) -> str:
        url: str = self._client().generate_presigned_url(
            "get_object",
            Params={"Bucket": self.name, "Key": key, **answered},
            ExpiresIn=int(lasts.total_seconds()),
        )
        return url

    def lying(self, since: datetime) -> Iterator[str]:
        """The references of documents that have lain there since before then."""
        pages = self._client().get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self.name, Prefix=FOLDER):
            for one in page.get("Contents", ()):
                if one["LastModified"] < since:
                    yield one["Key"].removeprefix(FOLDER)

    def read(self, reference: str, most: int) -> Found | None:
        """The document of a request, its first `most` + 1 bytes; None if there is none."""
        from botocore.exceptions import ClientError  # noqa: PLC0415

        try:
            told = self._client().get_object(Bucket=self.name, Key=FOLDER + reference)
        except ClientError as fault:
            if fault.response["Error"]["Code"] == "NoSuchKey":
                return None
            raise
        with told["Body"] as body:
            return Found(content=body.read(most + 1), version=told["ETag"])

    def discard(self, reference: str) -> None:
        """Delete what there is, unread."""
        self._client().delete_object(Bucket=self.name, Key=FOLDER + reference)

    def delete(self, reference: str, version: str) -> None:
        """Delete what was read; one that came meanwhile stays, and is told of by itself."""
        from botocore.exceptions import ClientError  # noqa: PLC0415

        try:
            self._client().delete_object(Bucket=self.name, Key=FOLDER + reference, IfMatch=version)
        except ClientError as fault:
            if fault.response["Error"]["Code"] not in ("PreconditionFailed", "NoSuchKey"):
                raise

    def _client(self) -> Any:
        if not self._made:
            import botocore.session  # noqa: PLC0415  # most functions see no document
            from botocore.config import Config  # noqa: PLC0415

            regional = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})
            session = botocore.session.get_session()
            self._made.append(
                session.create_client("s3", region_name=self._region, config=regional)
            )
        return self._made[0]
