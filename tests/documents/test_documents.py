"""Signed documents: they raise confidence, are never needed, and no outcome loses a request."""

import json
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from chalice.test import TestHTTPClient as Http
from msgspec import structs

from functions import documents as function
from functions.observing import Failed
from infra import local, resources
from infra.local import uploads
from shared import wiring
from shared.errors import Conflict, Misconfigured
from shared.gateways import signatures
from shared.gateways.documents import Bucket
from shared.model.requests import Channel, RequestState, Right, Step
from shared.policy import documents as policy
from shared.policy.documents import Finding, Signature
from shared.store import requests as store
from shared.wiring import Office
from shared.workflows import auditing, documents, letters, receiving, requests
from tests.documents import papers
from tests.functions.signing_in import signing_in
from tests.functions.signing_in import told as signed_in
from tests.stand_ins import Clock, Ending
from tests.workflows.submitting import KARI, post

GOOD, OTHER = papers.issuer("good"), papers.issuer("other")
SIGNED = papers.signed(GOOD)
LARGE = b"%PDF-" + bytes(policy.MOST_BYTES)


@pytest.fixture(scope="session")
def roots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return GOOD.pem(tmp_path_factory.mktemp("roots"))


@pytest.fixture
def here(office: Office, roots: Path) -> Iterator[Office]:
    """An office that takes documents in."""
    resources.create_bucket(local.DOCUMENTS)
    bucket = Bucket(local.DOCUMENTS, local.REGION)
    with wiring.staffed_by(replace(office, documents=bucket, trust_roots=roots)) as staffed:
        yield staffed


def sent(office: Office, right: Right = Right.ACCESS) -> str:
    """A request that anybody who knows the address can have sent."""
    post(office)
    reference = receiving.receive(right, KARI, office, language="en").reference
    receiving.take_up(reference, office)
    return reference


def ask(office: Office, right: Right = Right.ACCESS) -> str:
    """One whose sender was asked who they are."""
    reference = sent(office, right)
    requests.ask(reference, "Which Kari?", office, actor="privacy:a")
    return reference


def put(reference: str, content: bytes) -> None:
    boto3.client("s3").put_object(
        Bucket=local.DOCUMENTS, Key=f"documents/{reference}", Body=content
    )


def there() -> list[str]:
    listed = boto3.client("s3").list_objects_v2(Bucket=local.DOCUMENTS)
    return [one["Key"] for one in listed.get("Contents", [])]


def told(reference: str) -> list[str]:
    steps = store.history(reference)
    return [one.because.partition(": ")[2] for one in steps if one.step is Step.DOCUMENT]


# Who may send one ---------------------------------------------------------------------------------


def test_nobody_sends_a_document_for_a_request_that_is_not_confirmed(
    http: Http, here: Office
) -> None:
    reference = sent(here)
    path, body = path_of(reference, here), {"content_type": "image/png"}
    assert http.get(path).json_body["accepts"] == []
    assert send(http, f"{path}/documents", body).status_code == 409
    put(reference, papers.PNG)
    assert documents.examine(reference, here) is None
    assert (told(reference), there()) == ([], [])
    requests.identify(reference, here, actor="data subject", because="by the link")
    assert http.get(path).json_body["accepts"] == [*policy.MediaType]
    assert send(http, f"{path}/documents", body).status_code == 201


def test_five_forms_are_given_out_for_a_request(http: Http, here: Office) -> None:
    path, body = path_of(ask(here), here), {"content_type": "image/png"}
    statuses = [send(http, f"{path}/documents", body).status_code for _ in range(6)]
    assert statuses == [201] * 5 + [409]
    assert http.get(path).json_body["accepts"] == []


def test_five_documents_of_a_request_are_looked_at(here: Office) -> None:
    reference = ask(here)
    for number in range(7):
        put(reference, papers.PNG + bytes([number]))
        documents.examine(reference, here)
    assert (len(told(reference)), there()) == (5, [])


def handed(office: Office, reference: str) -> str:
    url = documents.hand_out(reference, office, actor="privacy:a")
    return url.removeprefix(office.site)


def test_whom_no_mail_reaches_sends_a_document_by_a_link_of_the_staffs(
    http: Http, here: Office
) -> None:
    reference = receiving.receive(
        Right.ACCESS, KARI, here, language="nb", channel=Channel.LETTER, actor="privacy:a"
    ).reference
    path, body = handed(here, reference), {"content_type": "image/png"}
    for language in ("nb", "en"):
        page = http.get(f"{path}?language={language}", headers={"Accept": "text/html"})
        assert (page.status_code, KARI in page.body.decode()) == (200, False)
        assert f'action="{path}?language={language}"' in page.body.decode()
    assert send(http, path, body).json_body["fields"]["key"] == f"documents/{reference}"
    assert send(http, path, body, "text/html").status_code == 201
    assert send(http, path, {}).status_code == 422
    put(reference, papers.PNG)
    assert documents.examine(reference, here) is Signature.UNSIGNED
    steps = [one.step for one in store.history(reference)]
    assert steps == [Step.RECEIVE, Step.INVITE, Step.DOCUMENT]
    assert requests.read(reference).state is RequestState.RECEIVED


@pytest.mark.parametrize(("days", "status"), [(6.99, 200), (7, 404)])
def test_a_link_to_send_a_document_by_is_good_for_a_week(
    http: Http, here: Office, clock: Clock, days: float, status: int
) -> None:
    path = handed(here, sent(here))
    clock.forward(days=days)
    assert http.get(path).status_code == status


def test_a_link_that_is_wrong_replaced_or_of_a_closed_request_is_not_found(
    http: Http, here: Office
) -> None:
    reference = sent(here)
    first, other = handed(here, reference), handed(here, reference)
    token = letters.link_token(reference, 1, here)
    wrong = [first, f"/documents/{reference}/{token}", f"/documents/{'0' * 32}/{token}"]
    assert [http.get(one).status_code for one in (*wrong, other)] == [404, 404, 404, 200]
    receiving.withdraw(reference, here)
    assert send(http, other, {"content_type": "image/png"}).status_code == 404
    with pytest.raises(Conflict):
        documents.hand_out(reference, here, actor="privacy:a")


def test_staff_hand_out_the_link_and_it_is_on_record(http: Http, here: Office) -> None:
    reference = sent(here)
    path = f"/staff/requests/{reference}"
    with signing_in(http, here) as desk:
        assert desk.post(f"{path}/upload-link", "support").status_code == 403
        url = signed_in(desk.post(f"{path}/upload-link", "privacy"), 201)["url"]
        headers = {**desk.headers("privacy"), "Accept": "text/html"}
        assert url in http.get(path, headers=headers).body.decode()
        assert http.post(f"{path}/upload-link", headers=headers, body=b"").status_code == 303
    step = store.history(reference)[1]
    assert (step.step, step.actor) == (Step.INVITE, "privacy:8f3a")
    entries = auditing.trail(requests.read(reference).subject_id)
    assert any(one.because == "invite" for one in entries)


# What a document shows ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "outcome"),
    [
        pytest.param(SIGNED, Signature.TRUSTED, id="signed"),
        pytest.param(papers.signed(OTHER), Signature.SIGNER_UNKNOWN, id="by nobody we trust"),
        pytest.param(papers.flipped(SIGNED), Signature.CHANGED, id="a letter changed"),
        pytest.param(papers.appended(SIGNED), Signature.CHANGED, id="a revision appended"),
        pytest.param(SIGNED + b"\n% more", Signature.CHANGED, id="bytes appended"),
        pytest.param(papers.with_validation_data(SIGNED, GOOD), Signature.TRUSTED, id="PAdES B-LT"),
        pytest.param(
            papers.appended(papers.with_validation_data(SIGNED, GOOD)),
            Signature.CHANGED,
            id="changed after validation data",
        ),
        pytest.param(papers.signed(GOOD, SIGNED, "Second"), Signature.TRUSTED, id="by two"),
        pytest.param(
            papers.signed(OTHER, SIGNED, "Second"), Signature.SIGNER_UNKNOWN, id="by two, one known"
        ),
        pytest.param(
            papers.signed(GOOD, papers.appended(SIGNED), "Second"),
            Signature.CHANGED,
            id="changed between two signatures",
        ),
        pytest.param(papers.unsigned(), Signature.UNSIGNED, id="not signed"),
        pytest.param(papers.PNG, Signature.UNSIGNED, id="a scan as PNG"),
        pytest.param(papers.JPEG, Signature.UNSIGNED, id="a scan as JPEG"),
        pytest.param(SIGNED[: len(SIGNED) // 2], Signature.UNREADABLE, id="half of one"),
        pytest.param(b"%PDF-" + bytes(range(256)), Signature.UNREADABLE, id="garbage"),
        pytest.param(papers.HTML, Signature.UNREADABLE, id="a page that is named .pdf"),
        pytest.param(b"", Signature.UNREADABLE, id="nothing"),
        pytest.param(LARGE, Signature.UNREADABLE, id="larger than may be sent"),
        pytest.param(papers.declaring_100_mb(), Signature.UNREADABLE, id="100 MB declared"),
        pytest.param(papers.bomb(512), Signature.UNREADABLE, id="512 MB in 2 kB"),
        pytest.param(papers.bomb(0), Signature.UNSIGNED, id="the same with nothing in it"),
        pytest.param(papers.nested(1_000_000), Signature.UNREADABLE, id="deeply nested"),
        pytest.param(papers.circular(), Signature.UNREADABLE, id="its own child"),
        pytest.param(papers.many_fields(110_000), Signature.UNREADABLE, id="too slow to read"),
    ],
)
def test_a_document_is_judged_put_on_record_and_deleted(
    here: Office, content: bytes, outcome: Signature
) -> None:
    reference = ask(here)
    put(reference, content)
    assert documents.examine(reference, here) is outcome
    assert (told(reference), there()) == ([policy.BECAUSE[outcome]], [])
    request = requests.read(reference)
    assert (request.document, request.state) == (outcome, RequestState.PAUSED)


def test_without_trust_roots_nobody_is_trusted() -> None:
    assert policy.judge(signatures.findings(SIGNED, None)) is Signature.SIGNER_UNKNOWN


@pytest.mark.parametrize("content", [b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n", None])
def test_trust_roots_that_cannot_be_read_judge_nobody(
    here: Office, tmp_path: Path, content: bytes | None
) -> None:
    path, reference = tmp_path / "roots.pem", ask(here)
    if content is not None:
        path.write_bytes(content)
    put(reference, SIGNED)
    with pytest.raises(Misconfigured):
        documents.examine(reference, replace(here, trust_roots=path))
    assert (told(reference), len(there())) == ([], 1)


UNKNOWN = {"trusted": False, "sound": False}
FINE = Finding(intact=True, whole=True, allowed=True, trusted=True, sound=True)


@pytest.mark.parametrize(
    ("findings", "outcome"),
    [
        pytest.param(None, Signature.UNREADABLE, id="not read"),
        pytest.param([], Signature.UNSIGNED, id="none"),
        pytest.param([{}], Signature.TRUSTED, id="all is well"),
        pytest.param([{"sound": False}], Signature.SIGNER_UNKNOWN, id="not in the end"),
        pytest.param([UNKNOWN], Signature.SIGNER_UNKNOWN, id="not trusted"),
        pytest.param([{"whole": False}], Signature.CHANGED, id="not the whole file"),
        pytest.param([{"intact": False}], Signature.CHANGED, id="other bytes"),
        pytest.param([{"allowed": False}], Signature.CHANGED, id="more than was permitted"),
        pytest.param([{"whole": False}, {}], Signature.TRUSTED, id="the last covers it all"),
        pytest.param([{}, {"whole": False}], Signature.CHANGED, id="only the first does"),
        pytest.param([{"intact": False}, {}], Signature.CHANGED, id="the first is broken"),
        pytest.param(
            [UNKNOWN, {}],
            Signature.SIGNER_UNKNOWN,
            id="the weakest counts",
        ),
    ],
)
def test_the_weakest_signature_counts_and_the_last_must_cover_everything(
    findings: list[dict[str, bool]] | None, outcome: Signature
) -> None:
    found = None if findings is None else [structs.replace(FINE, **one) for one in findings]
    assert policy.judge(found) is outcome


def test_the_parser_gets_no_more_memory_than_it_is_given() -> None:
    code = "from shared.gateways import signatures as s; s._confine(); bytearray(1 << 30)"
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert ended.stderr.strip().endswith("MemoryError")


WITH_SECRET = """
import subprocess, sys
from shared.gateways import signatures
signatures.hide()
inner = "import os; from shared.gateways import signatures as s; s.give_up_power();"
inner += "print(open(f'/proc/{os.getppid()}/{sys.argv[1]}', 'rb').read(1))"
ended = subprocess.run([sys.executable, "-c", "import sys;" + inner, sys.argv[1]], env={})
sys.exit(ended.returncode)
"""


@pytest.mark.parametrize("where", ["environ", "mem", "cmdline"])
def test_the_parser_cannot_read_what_its_parent_knows(where: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", WITH_SECRET, where],
        env={"AWS_SECRET_ACCESS_KEY": "secret", "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    if where == "cmdline":  # which is open to everybody: the process is there, and is asked
        assert (ended.returncode, ended.stdout) == (0, "b'/'\n")
    else:
        assert ended.stderr.strip().splitlines()[-1].startswith("PermissionError")


# Once, late, or never ----------------------------------------------------------------------------


def test_an_event_that_comes_twice_finds_nothing_to_do(here: Office) -> None:
    reference = ask(here)
    put(reference, papers.PNG)
    event = uploads.event(f"documents/{reference}")
    answers = [function.examine(event, None) for _ in range(2)]
    assert answers == [{"judged": 1, "skipped": 0}, {"judged": 0, "skipped": 1}]
    assert len(told(reference)) == 1


def test_who_is_killed_before_the_document_is_deleted_puts_it_on_record_once(here: Office) -> None:
    reference = ask(here)
    for _ in range(2):
        put(reference, papers.PNG)
        documents.examine(reference, here)
    assert (len(told(reference)), there()) == (1, [])


def test_two_who_judge_a_document_at_once_put_it_on_record_once(here: Office, aws: Any) -> None:
    reference = ask(here)
    put(reference, SIGNED)
    with aws.between("TransactWriteItems", lambda: documents.examine(reference, here)):
        documents.examine(reference, here)
    assert len(told(reference)) == 1
    assert there() == []


def test_another_document_is_another_step(here: Office) -> None:
    reference = ask(here)
    for content in (papers.PNG, SIGNED):
        put(reference, content)
        documents.examine(reference, here)
    assert len(told(reference)) == 2
    assert requests.read(reference).document == Signature.TRUSTED


@pytest.mark.parametrize("right", [Right.OBJECTION, Right.WITHDRAWAL])
def test_who_stops_a_use_needs_no_proof(here: Office, right: Right) -> None:
    reference = ask(here, right)
    put(reference, SIGNED)
    assert documents.examine(reference, here) is None
    assert (told(reference), there()) == ([], [])


def test_the_document_of_a_closed_or_unknown_request_is_deleted_unread(here: Office) -> None:
    reference = ask(here)
    receiving.withdraw(reference, here)
    for one in (reference, "f" * 32):
        put(one, SIGNED)
        assert documents.examine(one, here) is None
    assert (told(reference), there()) == ([], [])


def test_a_fault_leaves_the_document_and_says_its_type_only(
    here: Office, caplog: pytest.LogCaptureFixture
) -> None:
    reference = ask(here)
    put(reference, SIGNED)
    event = uploads.event(f"documents/{reference}")
    broken = replace(here, trust_roots=Path("kari.pem"))
    with wiring.staffed_by(broken), pytest.raises(Failed, match=r"^Misconfigured$"):
        function.examine(event, None)
    assert len(there()) == 1
    assert "kari" not in caplog.text


def test_nothing_of_the_document_is_kept(here: Office, aws: Any) -> None:
    reference = ask(here)
    put(reference, SIGNED)
    documents.examine(reference, here)
    left = str([one for one in aws.items() if one["pk"]["S"].startswith("REQ#")])
    assert "Nordmann" not in left
    assert "%PDF" not in left


# Whose event was lost ----------------------------------------------------------------------------


def look(context: object = None) -> dict[str, int]:
    """As the template's schedule has it done."""
    schedules = resources.schedules(resources.default_time_zone())
    (schedule,) = (one for one in schedules if one.function == "Documents")
    return function.examine(json.loads(schedule.event), context)


def after(clock: Clock, **passed: float) -> None:
    """Let so much time have passed since the documents came, by S3's clock."""
    listed = boto3.client("s3").list_objects_v2(Bucket=local.DOCUMENTS)["Contents"]
    clock.set(max(one["LastModified"] for one in listed) + timedelta(**passed))


def test_a_document_that_no_event_told_of_is_judged_within_the_hour(
    here: Office, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    reference = ask(here)
    put(reference, papers.PNG)
    put("f" * 32, papers.PNG)
    after(clock, minutes=15, seconds=1)
    assert look() == {"judged": 1, "skipped": 1, "left": 0}
    assert (len(told(reference)), there()) == (1, [])
    measured = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["found"], one["left"]) for one in measured if "left" in one] == [([2], [0])]
    assert look() == {"judged": 0, "skipped": 0, "left": 0}


def test_what_came_just_now_is_left_to_its_event(here: Office, clock: Clock) -> None:
    put(ask(here), papers.PNG)
    after(clock, minutes=15)
    assert look() == {"judged": 0, "skipped": 0, "left": 0}
    assert len(there()) == 1


def test_an_event_that_comes_after_all_finds_nothing_to_do(here: Office, clock: Clock) -> None:
    reference = ask(here)
    put(reference, papers.PNG)
    after(clock, hours=1)
    look()
    function.examine(uploads.event(f"documents/{reference}"), None)
    assert len(told(reference)) == 1


def test_results_that_lie_beside_documents_are_none(here: Office, clock: Clock) -> None:
    boto3.client("s3").put_object(Bucket=local.DOCUMENTS, Key="results/1", Body=b"%PDF-")
    after(clock, hours=1)
    assert look() == {"judged": 0, "skipped": 0, "left": 0}
    assert there() == ["results/1"]


def test_what_cannot_be_judged_stays_and_is_counted_and_holds_up_nothing(
    here: Office, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = (ask(here, right) for right in (Right.ACCESS, Right.ERASURE))
    pdf, image = sorted((first, second))
    put(pdf, SIGNED)
    put(image, papers.PNG)
    after(clock, hours=1)
    with wiring.staffed_by(replace(here, trust_roots=Path("kari.pem"))):
        assert look() == {"judged": 1, "skipped": 0, "left": 1}
    assert there() == [f"documents/{pdf}"]
    assert "document failed: Misconfigured" in caplog.text
    assert "kari" not in caplog.text
    assert look() == {"judged": 1, "skipped": 0, "left": 0}


def test_what_time_is_too_short_for_is_left_for_the_next_hour(here: Office, clock: Clock) -> None:
    for _ in range(2):
        put(ask(here), papers.PNG)
    after(clock, hours=1)
    assert look(Ending(29)) == {"judged": 0, "skipped": 0, "left": 1}
    assert len(there()) == 2
    assert look(Ending(31))["judged"] == 2


# Over HTTP ---------------------------------------------------------------------------------------


def path_of(reference: str, office: Office) -> str:
    return f"/requests/{reference}/{letters.status_secret(reference, office)}"


def send(http: Http, path: str, body: Any, accept: str = "application/json") -> Any:
    headers = {"Content-Type": "application/json", "Accept": accept}
    return http.post(path, headers=headers, body=json.dumps(body))


def test_a_form_for_one_file_can_be_had(http: Http, here: Office) -> None:
    reference = ask(here)
    answer = send(
        http, f"{path_of(reference, here)}/documents", {"content_type": "application/pdf"}
    )
    assert answer.status_code == 201
    assert answer.json_body["url"] == f"https://{local.DOCUMENTS}.s3.{local.REGION}.amazonaws.com/"
    fields = answer.json_body["fields"]
    assert (fields["key"], fields["Content-Type"]) == (f"documents/{reference}", "application/pdf")
    assert "success_action_redirect" not in fields


def test_the_form_lets_pass_just_what_it_was_signed_for(here: Office) -> None:
    request = requests.read(ask(here))
    upload = documents.invite(request, policy.MediaType.PNG, here, back="https://x")
    signed = json.loads(b64decode(upload.fields["policy"]))["conditions"]
    assert signed[0] == ["content-length-range", 1, policy.MOST_BYTES]
    assert {"Content-Type": "image/png"} in signed
    assert {"key": f"documents/{request.reference}"} in signed
    assert {"success_action_redirect": "https://x"} in signed


def test_a_browser_gets_a_page_that_may_send_to_the_bucket(http: Http, here: Office) -> None:
    reference = ask(here)
    path = path_of(reference, here)
    status = http.get(path, headers={"Accept": "text/html"})
    assert f'action="{path}/documents?language=en"' in status.body.decode()
    answer = send(http, f"{path}/documents", {"content_type": "image/png"}, "text/html")
    bucket = f"https://{local.DOCUMENTS}.s3.{local.REGION}.amazonaws.com"
    assert f"form-action 'self' {here.site} {bucket};" in answer.headers["Content-Security-Policy"]
    page = answer.body.decode()
    assert f'action="{bucket}/" enctype="multipart/form-data"' in page
    assert page.rindex('type="file"') > page.rindex('type="hidden"')
    assert letters.status_url(reference, here) in page
    assert bucket not in status.headers["Content-Security-Policy"]


@pytest.mark.parametrize("sent", [{}, {"content_type": "text/html"}, {"content_type": 1}])
def test_another_kind_of_file_is_refused(http: Http, here: Office, sent: dict[str, Any]) -> None:
    answer = send(http, f"{path_of(ask(here), here)}/documents", sent)
    assert answer.status_code == 422
    assert answer.json_body["errors"][0]["pointer"] == "/content_type"


def test_a_closed_request_and_one_that_needs_no_proof_take_none(http: Http, here: Office) -> None:
    closed, stop = ask(here), ask(here, Right.OBJECTION)
    receiving.withdraw(closed, here)
    for reference in (closed, stop):
        path = path_of(reference, here)
        assert http.get(path).json_body["accepts"] == []
        assert send(http, f"{path}/documents", {"content_type": "image/png"}).status_code == 409


def test_a_wrong_secret_and_a_stage_without_a_bucket_are_not_found(
    http: Http, office: Office
) -> None:
    reference = ask(office)
    sent = {"content_type": "image/png"}
    path = path_of(reference, office)
    assert http.get(path).json_body["accepts"] == []
    assert "/documents" not in http.get(path, headers={"Accept": "text/html"}).body.decode()
    for one in (path, f"/requests/{reference}/wrong"):
        assert send(http, f"{one}/documents", sent).status_code == 404


def test_the_status_tells_what_a_document_has_shown(http: Http, here: Office) -> None:
    reference = ask(here)
    put(reference, papers.flipped(SIGNED))
    documents.examine(reference, here)
    told = http.get(path_of(reference, here)).json_body
    assert told["document"] == "changed"
    assert told["accepts"] == ["application/pdf", "image/png", "image/jpeg"]
    page = http.get(path_of(reference, here), headers={"Accept": "text/html"}).body.decode()
    assert 'data-document="changed"' in page


@pytest.mark.parametrize("outcome", Signature)
def test_a_page_tells_the_outcome_in_its_own_words(
    http: Http, here: Office, outcome: Signature
) -> None:
    reference = ask(here)
    because = f"document 0a1b2c3d4e5f: {policy.BECAUSE[outcome]}"
    requests.step(reference, Step.DOCUMENT, here, actor="system", because=because)
    for language in ("nb", "en"):
        path = f"{path_of(reference, here)}?language={language}"
        page = http.get(path, headers={"Accept": "text/html"}).body.decode()
        said = page.partition('class="history"')[2]
        assert ("0a1b2c3d4e5f" in said, policy.BECAUSE[outcome] in said) == (False, False)


def test_whoever_has_sent_a_document_reads_that_it_came(http: Http, here: Office) -> None:
    reference = ask(here)
    browser = {"Accept": "text/html"}
    for path in (path_of(reference, here), handed(here, reference)):
        came, not_yet = (
            "We have received the document" in http.get(at, headers=browser).body.decode()
            for at in (f"{path}?key=documents%2F1&bucket=b", path)
        )
        assert (came, not_yet) == (True, False)


def test_a_document_that_came_meanwhile_is_not_deleted_with_the_one_before(here: Office) -> None:
    bucket, reference = here.documents, ask(here)
    assert bucket
    put(reference, papers.PNG)
    found = bucket.read(reference, 10)
    assert found
    put(reference, SIGNED)
    bucket.delete(reference, found.version)
    assert there() == [f"documents/{reference}"]


def test_what_is_not_there_is_nothing_and_what_is_forbidden_is_a_fault(aws: Any) -> None:
    resources.create_bucket(local.DOCUMENTS)
    assert Bucket(local.DOCUMENTS, local.REGION).read("a", 1) is None
    with pytest.raises(ClientError):
        Bucket("elsewhere", local.REGION).read("a", 1)
    Bucket(local.DOCUMENTS, local.REGION).delete("a", "b")


def test_the_bucket_forgets_what_nobody_judged(aws: Any) -> None:
    resources.create_bucket(local.DOCUMENTS)
    client = boto3.client("s3")
    rule, _ = client.get_bucket_lifecycle_configuration(Bucket=local.DOCUMENTS)["Rules"]
    assert (rule["Status"], rule["Expiration"]) == ("Enabled", {"Days": 30})
