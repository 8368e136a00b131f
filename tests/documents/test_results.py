"""A file of any size is delivered: as the answer, or, where none can hold it, by a link to it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
import requests as web
from chalice.test import HTTPResponse
from chalice.test import TestHTTPClient as Http

from functions import delivering
from infra import local, resources
from shared import wiring
from shared.gateways.documents import Bucket
from shared.wiring import Office
from tests.functions.test_subject_requests import code, proved, send, submit
from tests.stand_ins import Aws
from tests.workflows.submitting import KARI, post

FORMS, LONG = 88, 62_000
WORD = "Å vente er et ord. "


@pytest.fixture
def here(office: Office) -> Iterator[Office]:
    resources.create_bucket(local.DOCUMENTS)
    bucket = Bucket(local.DOCUMENTS, local.REGION)
    with wiring.staffed_by(replace(office, documents=bucket)) as staffed:
        yield staffed


def filled(office: Office, aws: Aws) -> None:
    """88 forms of 62 KB: no answer of Lambda's can hold what is reported of them."""
    post(office, message="Hi there")
    (form,) = (one for one in aws.items() if one["sk"]["S"].startswith("I#"))
    text = (WORD * LONG)[:LONG]
    for number in range(FORMS):
        sk = f"{form['sk']['S'][:-2]}{number:02d}"
        content = form["content"]["S"].replace("Hi there", f"{number} {text}")
        item = {**form, "sk": {"S": sk}, "content": {"S": content}}
        aws.client.put_item(TableName=local.TABLE, Item=item)


def fetch(http: Http, office: Office, path: str, wanted: str, **headers: str) -> HTTPResponse:
    assert send(http, f"{path}/code").status_code == 202
    sent = {"code": code(path, office), "format": wanted}
    return (submit if headers else send)(http, f"{path}/result", **sent)


def kept() -> list[dict[str, Any]]:
    listed = boto3.client("s3").list_objects_v2(Bucket=local.DOCUMENTS)
    found: list[dict[str, Any]] = listed.get("Contents", [])
    return found


def test_what_an_answer_can_hold_is_the_answer(http: Http, here: Office) -> None:
    post(here)
    answer = fetch(http, here, proved(http, here), "json")
    assert (answer.status_code, KARI in answer.body.decode(), kept()) == (200, True, [])


def test_a_file_that_no_answer_can_hold_is_fetched_by_a_link(
    http: Http, here: Office, aws: Aws
) -> None:
    filled(here, aws)
    path = proved(http, here)
    for number, wanted in enumerate(("json", "csv", "html"), 1):
        answer = fetch(http, here, path, wanted, **({"Accept": "text/html"} if number == 3 else {}))
        assert answer.status_code == 303, (wanted, len(answer.body))
        url = answer.headers["Location"]
        assert (json.loads(answer.body)["url"], answer.headers["Cache-Control"]) == (
            url,
            "no-store",
        )
        parts, signed = urlsplit(url), parse_qs(urlsplit(url).query)
        assert parts.path.startswith("/results/")
        assert signed["X-Amz-Expires"] == ["300"]
        assert signed["response-content-disposition"][0].startswith("attachment; filename=")
        assert "kari" not in url.lower()
        file = web.get(url, timeout=20)
        assert len(file.content) > delivering.MOST_BYTES // 2
        assert KARI in file.text
        assert len(kept()) == number


def test_a_download_is_led_to_the_bucket_and_a_code_used_once(
    http: Http, here: Office, aws: Aws
) -> None:
    filled(here, aws)
    path = proved(http, here)
    page = http.get(path, headers={"Accept": "text/html"})
    origin = f"{local.DOCUMENTS}.s3.{local.REGION}.amazonaws.com"
    assert f"form-action 'self' https://{origin};" in page.headers["Content-Security-Policy"]
    assert fetch(http, here, path, "json").status_code == 303
    again = send(http, f"{path}/result", code=code(path, here), format="json")
    assert (again.status_code, len(kept())) == (404, 1)


def test_where_nothing_can_be_kept_it_is_refused(http: Http, office: Office, aws: Aws) -> None:
    filled(office, aws)
    assert fetch(http, office, proved(http, office), "json").status_code == 409


def test_what_is_handed_out_is_kept_for_a_day(here: Office) -> None:
    told = boto3.client("s3").get_bucket_lifecycle_configuration(Bucket=local.DOCUMENTS)
    days = {one["Filter"]["Prefix"]: one["Expiration"]["Days"] for one in told["Rules"]}
    assert days == {"documents/": 30, "results/": 1}
