"""The operator's command line, as a process of its own, beside a running local stack."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import boto3
import pytest

from infra import local
from tests.local.stack import PATIENCE, ROOT, Stack, operate, running
from tests.local.walking import in_mail

NUMBERS = count(1)
Ended = subprocess.CompletedProcess[str]


OSLO = ZoneInfo("Europe/Oslo")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack whose clock nobody sets; the tests share it, each with people of its own."""
    with running(tmp_path_factory.mktemp("stack")) as started:
        yield started


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Stack]:
    """A stack of one test's own, to set the clock of."""
    with running(tmp_path) as started:
        yield started


@pytest.fixture
def email() -> str:
    """The address of somebody whom no other test knows."""
    return f"kari{next(NUMBERS)}@example.com"


def one_line(ended: Ended) -> str:
    """What a command that was refused says: a single line, and nothing on stdout."""
    (line,) = ended.stderr.splitlines()
    assert ended.stdout == ""
    return line


def today(stack: Stack) -> date:
    """The controller's day: in Oslo it begins before that of UTC."""
    return datetime.fromisoformat(stack.now()).astimezone(OSLO).date()


def years_on(day: date, years: int) -> date:
    leap = (day.month, day.day) == (2, 29)
    return date(day.year + years, day.month, 28 if leap else day.day)


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["nonsense"], id="an unknown command"),
        pytest.param(["--nonsense", "sweep"], id="an unknown option"),
        pytest.param(["event", "kari@example.com", "nonsense"], id="an unknown event"),
        pytest.param(["subject"], id="no address"),
        pytest.param(["forecast", "--months", "0"], id="no months"),
    ],
)
def test_wrong_usage_is_said_in_one_line(arguments: list[str]) -> None:
    ended = operate(*arguments)
    assert ended.returncode == 2
    assert one_line(ended)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        pytest.param("http://127.0.0.1:1", "no local stack answers", id="nobody listens"),
        pytest.param("localhost:8000", "is not the address of a local stack", id="no address"),
    ],
)
def test_without_a_stack_nothing_is_done(url: str, reason: str) -> None:
    ended = operate("--local", url, "sweep", "--json")
    assert ended.returncode == 2
    assert reason in one_line(ended)


def test_without_settings_nothing_is_done() -> None:
    ended = operate("sweep", TABLE="")
    assert ended.returncode == 2
    assert one_line(ended) == "not set: TABLE"


def test_a_local_stack_is_of_no_stage() -> None:
    ended = operate("--local", "http://127.0.0.1:1", "--stage", "dev", "sweep")
    assert ended.returncode == 2
    assert one_line(ended) == "--local, --stage: give one of them"


def test_a_stage_in_no_region_says_what_is_missing() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "infra.admin", "--stage", "dev", "sweep"],
        cwd=ROOT,
        env={"AWS_CONFIG_FILE": os.devnull},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ended.returncode == 2
    assert one_line(ended) == "You must specify a region."


def test_with_other_keys_than_the_tables_nothing_is_done(stack: Stack, email: str) -> None:
    stack.fill_in("contact", email=email)
    secrets, name = client(stack, "secretsmanager"), local.KEYS_SECRET
    kept = secrets.get_secret_value(SecretId=name)["SecretString"]
    secrets.put_secret_value(SecretId=name, SecretString=operate("new-keys").stdout)
    try:
        ended = operate("--local", stack.url, "subject", email)
    finally:
        secrets.put_secret_value(SecretId=name, SecretString=kept)
    assert ended.returncode == 2
    assert one_line(ended) == "the keys of the secret are not those that the table was written with"


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["subject", "nobody@example.com"], id="asking for the file"),
        pytest.param(["event", "nobody@example.com", "phone"], id="noting an event"),
    ],
)
def test_somebody_unknown_is_not_found(stack: Stack, arguments: list[str]) -> None:
    ended = operate("--local", stack.url, *arguments, "--json")
    assert ended.returncode == 1
    assert one_line(ended) == "Nobody is known by this address."


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["subject", "kari(at)example.com"], id="no address"),
        pytest.param(["event", "k@example.com", "phone", "--at", "yesterday"], id="no time"),
        pytest.param(["event", "k@example.com", "phone", "--at", "2999-01-01"], id="the future"),
        pytest.param(["event", "k@example.com", "hold", "--because", " "], id="a blank reason"),
        pytest.param(["erasures", "--since", "yesterday"], id="no day"),
        pytest.param(["erasures", "replay", "--from", "old", "--since", "x"], id="no moment"),
        pytest.param(
            ["erasures", "replay", "--from", local.TABLE, "--since", "2026-01-01"],
            id="the restored table for the old one",
        ),
        pytest.param(["import", "no/such/file.csv"], id="no such file"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(stack: Stack, arguments: list[str]) -> None:
    ended = operate("--local", stack.url, *arguments, "--json")
    assert ended.returncode == 2
    assert one_line(ended)


@pytest.mark.parametrize("what", ["customer-end", "unsubscribe", "release"])
def test_what_has_not_begun_cannot_end(stack: Stack, email: str, what: str) -> None:
    stack.fill_in("contact", email=email)
    ended = operate("--local", stack.url, "event", email, what, "--json")
    assert ended.returncode == 2
    assert one_line(ended).startswith("There is no ")


@pytest.fixture
def told(stack: Stack, email: str) -> dict[str, Any]:
    """The file of somebody who has filled in the contact form."""
    stack.fill_in("contact", email=email, name="Kari", choices=["marketing_email"])
    return stack.ask("subject", email)


def test_the_file_of_a_person_says_what_why_and_until_when(told: dict[str, Any]) -> None:
    assert {"subject", "erased_on", "because", "values", "consents", "contacts"} <= set(told)
    assert told["because"] == "§9 active dialogue: 2 years from the last contact"
    name = next(value for value in told["values"] if value["name"] == "name")
    assert (name["value"], name["clause"], name["basis"]) == ("Kari", "7.5", "6(1)(f)")


@pytest.mark.parametrize(
    ("arguments", "begins"),
    [
        pytest.param(["--format", "html", "--language", "en"], b"<!doctype html>", id="a page"),
        pytest.param(["--format", "json"], b'{\n  "subject": ', id="JSON"),
        pytest.param(["--format", "csv"], b'"name","label","value"', id="CSV"),
        pytest.param(
            ["--format", "vcard", "--portability"], b"BEGIN:VCARD\r\nVERSION:4.0\r\n", id="a card"
        ),
    ],
)
def test_the_file_of_a_person_is_handed_over_as_a_document(
    stack: Stack, email: str, arguments: list[str], begins: bytes
) -> None:
    stack.fill_in("order", email=email)
    command = ["-m", "infra.admin", "--local", stack.url, "subject", email, *arguments]
    made = subprocess.check_output([sys.executable, *command], cwd=ROOT)
    assert made.startswith(begins)
    assert email.encode() in made


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--portability"], "--portability needs --format json, csv or vcard"),
        (["--format", "vcard"], "vcard is not a format for access"),
        (["--format", "html", "--portability"], "html is not a format for portability"),
    ],
)
def test_what_is_no_document_of_a_right_is_said_in_one_line(
    stack: Stack, email: str, arguments: list[str], reason: str
) -> None:
    stack.fill_in("contact", email=email)
    ended = operate("--local", stack.url, "subject", email, *arguments)
    assert (ended.returncode, one_line(ended)) == (2, reason)


def test_the_file_of_a_person_holds_the_consents_and_contacts(told: dict[str, Any]) -> None:
    assert [consent["purpose"] for consent in told["consents"]] == ["marketing_email"]
    assert [(one["channel"], one["form"]) for one in told["contacts"]] == [("form", "contact")]


def test_the_events_of_a_life_move_the_day_of_erasure(stack: Stack, email: str) -> None:
    stack.fill_in("contact", email=email, choices=["newsletter"])
    day = today(stack)
    open_end, two_years = None, years_on(day, 2) + timedelta(days=1)
    expected: dict[tuple[str, ...], tuple[str, date | None]] = {
        ("phone",): ("§9 subscribed: kept until the subscription ends", open_end),
        ("unsubscribe",): ("§9 ", two_years),
        ("reply",): ("§9 ", two_years),
        ("customer-start", "--at", "2026-01-01"): ("§9 customer: kept until", open_end),
        ("hold", "--because", "a claim"): ("GDPR art. 17(3) held: kept until", open_end),
        ("customer-end",): ("GDPR art. 17(3) held: kept until", open_end),
        ("release",): ("§9 ", two_years),
        ("purpose-ended", "--at", "2026-02-01T12:00:00+01:00"): ("§9 ", two_years),
    }
    told = {what: stack.ask("event", email, *what) for what in expected}
    assert {frozenset(one) for one in told.values()} == {
        frozenset({"subject", "erased_on", "because"})
    }
    assert {
        what: (one["because"][: len(expected[what][0])], one["erased_on"])
        for what, one in told.items()
    } == {what: (words, on and on.isoformat()) for what, (words, on) in expected.items()}


def test_an_earlier_end_of_the_purpose_brings_the_day_forward(stack: Stack, email: str) -> None:
    stack.fill_in("contact", email=email)
    told = stack.ask("event", email, "purpose-ended", "--at", "2026-02-01")
    assert told["erased_on"] == "2028-02-02"


def test_who_is_spelt_as_now_is_left_alone_by_a_new_keying(stack: Stack, email: str) -> None:
    stack.fill_in("contact", email=email)
    for options in ((), ("--dry-run",)):
        told = stack.ask("re-key", *options)
        assert told.pop("read") > 0
        assert told == {"moved": 0, "taken": [], "refused": [], "maybe_two": []}


def test_the_sweep_erases_what_is_due_and_the_rehearsal_says_so_before(fresh: Stack) -> None:
    fresh.fill_in("contact", email="kari@example.com", page="https://www.avara.no/")
    fresh.fill_in("contact", email="ola@example.com", choices=["newsletter"])
    subject = fresh.ask("subject", "kari@example.com")["subject"]
    advance_without_schedule(fresh, "kari@example.com")
    rehearsal, swept = fresh.ask("sweep", "--dry-run"), fresh.ask("sweep")
    numbers = ("due", "erased", "kept", "failed")
    assert [rehearsal[name] for name in numbers] == [swept[name] for name in numbers]
    assert [one["subject"] for one in rehearsal["plan"]] == [subject]
    assert (swept["erased"], "run" in swept, "plan" in swept) == (1, True, False)


def advance_without_schedule(stack: Stack, email: str) -> None:
    """Bring the day of erasure to today: a purpose that ended over two years ago."""
    stack.ask("event", email, "purpose-ended", "--at", "2020-01-01")


def test_the_records_of_erasures_name_nobody(fresh: Stack) -> None:
    fresh.fill_in("contact", email="kari@example.com", name="Kari Nordmann")
    advance_without_schedule(fresh, "kari@example.com")
    fresh.ask("sweep")
    told = fresh.ask("erasures")
    (record,) = told["erasures"]
    assert (record["trigger"], record["clause"], record["counts"]["profile"]) == ("sweep", "9", 1)
    assert "kari" not in json.dumps(told).casefold()
    tomorrow = today(fresh) + timedelta(days=1)
    assert fresh.ask("erasures", "--since", tomorrow.isoformat()) == {"erasures": []}


def client(stack: Stack, service: str) -> Any:
    told = stack.get("/_local/aws").json()
    return boto3.client(service, endpoint_url=told["endpoint_url"], region_name=told["region"])


def dynamodb(stack: Stack) -> Any:
    return client(stack, "dynamodb")


def restore(stack: Stack, backup: list[dict[str, Any]]) -> None:
    """The stack's table becomes what a backup held; what it has come to lies in another, "old"."""
    aws = dynamodb(stack)
    shape = aws.describe_table(TableName=local.TABLE)["Table"]
    keys = [one for one in shape["AttributeDefinitions"] if one["AttributeName"] in {"pk", "sk"}]
    aws.create_table(
        TableName="old",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=shape["KeySchema"],
        AttributeDefinitions=keys,
    )
    for item in aws.scan(TableName=local.TABLE)["Items"]:
        aws.put_item(TableName="old", Item=item)
        aws.delete_item(TableName=local.TABLE, Key={"pk": item["pk"], "sk": item["sk"]})
    for item in backup:
        aws.put_item(TableName=local.TABLE, Item=item)


def test_after_a_restore_whoever_was_erased_since_the_backup_is_erased_again(fresh: Stack) -> None:
    fresh.fill_in("contact", email="kari@example.com", name="Kari Nordmann")
    backup, moment = dynamodb(fresh).scan(TableName=local.TABLE)["Items"], fresh.now()
    advance_without_schedule(fresh, "kari@example.com")
    fresh.ask("sweep")
    restore(fresh, backup)
    replay = ("erasures", "replay", "--from", "old", "--since", moment)
    assert fresh.ask(*replay, "--dry-run")["erased"] == 1
    assert fresh.ask("subject", "kari@example.com")["values"]
    assert fresh.ask(*replay)["erased"] == 1
    told = fresh.ask("subject", "kari@example.com")
    assert told.keys() == {"remains"}


def test_the_forecast_counts_the_coming_erasures_by_month_and_rule(fresh: Stack) -> None:
    fresh.fill_in("contact", email="kari@example.com")
    fresh.fill_in("contact", email="ola@example.com", choices=["newsletter"])
    months = fresh.ask("forecast", "--months", "26")["months"]
    due_on = years_on(today(fresh), 2) + timedelta(days=1)
    assert len(months) == 26
    assert months[0] == {"month": f"{today(fresh):%Y-%m}", "erased": 0, "by_rule": {}}
    assert [month for month in months if month["erased"]] == [
        {"month": f"{due_on:%Y-%m}", "erased": 1, "by_rule": {"dialogue": 1}}
    ]


def test_the_forecast_looks_two_years_ahead_unless_told_otherwise(stack: Stack) -> None:
    assert len(stack.ask("forecast")["months"]) == 24


def test_the_command_line_uses_the_clock_of_the_stack(fresh: Stack) -> None:
    fresh.set_clock("2031-07-01T12:00:00Z")
    assert fresh.ask("forecast", "--months", "1")["months"][0]["month"] == "2031-07"


def test_the_statement_says_which_contradictions_are_settled() -> None:
    told = operate("statement", "--json")
    findings = json.loads(told.stdout)["findings"]
    assert {"C1", "C2", "C3", "C4", "C6", "C9", "C11", "C13"} <= {one["number"] for one in findings}
    assert (told.returncode, [one for one in findings if one["open"]]) == (0, [])


def test_an_open_contradiction_is_told_by_the_exit_code(tmp_path: Path) -> None:
    shipped = (ROOT / "shared/statement/avara.toml").read_text("utf-8")
    before, _, after = shipped.partition("[withdrawal]")
    other = tmp_path / "other.toml"
    other.write_text(before + after[after.index("\n# §9, C15") :], "utf-8")
    ended = operate("statement", "--json", STATEMENT=str(other))
    still_open = [one["number"] for one in json.loads(ended.stdout)["findings"] if one["open"]]
    assert (ended.returncode, ended.stderr, still_open) == (1, "", ["C2"])


def test_a_deadline_needs_the_statement_and_nothing_else() -> None:
    told = operate("deadline", "2026-03-05", "--json", TABLE="", AWS_ENDPOINT_URL_DYNAMODB="")
    assert (told.returncode, json.loads(told.stdout)) == (
        0,
        {
            "received": "2026-03-05",
            "nominal": "2026-04-05",
            "due": "2026-04-07",
            "target": "2026-04-01",
            "because": "GDPR art. 12(3): one month from 5 March 2026 is 5 April 2026, Easter "
            "Sunday; Reg. 1182/71 art. 3(4) moves it to 7 April 2026",
        },
    )


def test_a_deadline_can_be_an_extended_one() -> None:
    told = json.loads(operate("deadline", "2026-03-05", "--extended", "--json").stdout)
    assert (told["nominal"], told["due"], told["target"]) == ("2026-06-05",) * 3


def test_a_deadline_counts_the_holidays_of_the_controllers_country(tmp_path: Path) -> None:
    shipped = (ROOT / "shared/statement/avara.toml").read_text("utf-8")
    other = tmp_path / "other.toml"
    other.write_text(shipped.replace('country = "NO"', 'country = "XX"'), "utf-8")
    told = operate("deadline", "2026-03-05", "--json", STATEMENT=str(other))
    assert json.loads(told.stdout)["due"] == "2026-04-06"


@pytest.mark.parametrize("text", ["2026-02-30", "tomorrow", "9999-12-31"])
def test_a_deadline_of_no_day_is_said_in_one_line(text: str) -> None:
    ended = operate("deadline", text, "--json")
    assert ended.returncode == 2
    assert one_line(ended) == "DATE: is not a date such as 2026-05-31"


def test_a_statement_that_is_not_there_is_said_in_one_line() -> None:
    ended = operate("statement", STATEMENT="missing.toml")
    assert ended.returncode == 2
    assert one_line(ended).startswith("missing.toml: ")


@pytest.mark.parametrize("command", ["forecast", "erasures", "sweep", "statement"])
def test_without_json_there_are_words(stack: Stack, command: str) -> None:
    ended = operate("--local", stack.url, command)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.strip()[0] not in "{["


def test_words_about_a_person_are_text_and_nothing_else(stack: Stack, email: str) -> None:
    stack.fill_in("contact", email=email, name="[red]Kari[/red] [2J")
    words = operate("--local", stack.url, "subject", email).stdout
    assert "[red]Kari[/red] [2J" in words
    assert "\x1b" not in words


def test_a_command_for_a_local_stack_asks_no_other_table(stack: Stack) -> None:
    elsewhere = {"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:1"}
    ended = operate("--local", stack.url, "sweep", "--dry-run", "--json", **elsewhere)
    assert (ended.returncode, json.loads(ended.stdout)["failed"]) == (0, 0)


NOTE = """
import sys
from infra.admin.connection import connect
from shared.model.audit import AuditEvent
from shared.workflows import auditing, events
office = connect(sys.argv[1])
found = events.find(sys.argv[2], office)
for values in ({}, {"name": "Kari"}):
    auditing.note(found, AuditEvent.CORRECTED, "system", office, values=values)
"""


def audited(stack: Stack, email: str) -> str:
    """Somebody with an audit trail of three entries, one of them about values; the id."""
    stack.fill_in("contact", email=email)
    asked = [sys.executable, "-c", NOTE, stack.url, email]
    subprocess.run(asked, cwd=ROOT, check=True, timeout=60)
    found: str = stack.ask("subject", email)["subject"]
    return found


def test_an_audit_trail_is_verified_by_address_or_id(stack: Stack, email: str) -> None:
    subject_id = audited(stack, email)
    told = stack.ask("audit", "verify", email)
    assert told == stack.ask("audit", "verify", subject_id)
    assert (told["subject"], told["whole"], told["entries"], told["opened"]) == (
        subject_id,
        True,
        3,
        1,
    )
    assert (told["broken"], len(told["head"])) == ([], 64)


def test_the_trail_of_somebody_erased_is_verified_by_the_id(fresh: Stack) -> None:
    subject_id = audited(fresh, "kari@example.com")
    advance_without_schedule(fresh, "kari@example.com")
    before = fresh.ask("audit", "verify", subject_id)
    fresh.ask("sweep")
    after = fresh.ask("audit", "verify", subject_id)
    assert after == {**before, "opened": 0}
    gone = operate("--local", fresh.url, "audit", "verify", "kari@example.com")
    assert (gone.returncode, one_line(gone)) == (1, "Nobody is known by this address.")


def test_a_trail_that_is_broken_is_told_by_the_exit_code(stack: Stack, email: str) -> None:
    subject_id = audited(stack, email)
    key = {"pk": {"S": f"AUD#{subject_id}"}, "sk": {"S": "00000001"}}
    told = stack.get("/_local/aws").json()
    client = boto3.client("dynamodb", endpoint_url=told["endpoint_url"], region_name=told["region"])
    client.delete_item(TableName=local.TABLE, Key=key)
    ended = operate("--local", stack.url, "audit", "verify", subject_id, "--json")
    assert (ended.returncode, ended.stderr) == (1, "")
    assert json.loads(ended.stdout)["broken"] == [2]


def asked_for(stack: Stack, email: str) -> tuple[str, str]:
    """Somebody with a request that staff have put a hold on; their id, and its reference."""
    stack.fill_in("contact", email=email)
    sent = stack.post("/requests", json={"right": "rectification", "email": email})
    reference = sent.json()["reference"]
    in_mail(stack, email, "/confirm/")
    token = stack.get("/_local/token?role=privacy").json()["access_token"]
    held = stack.post(
        f"/staff/requests/{reference}/hold",
        json={"text": "a claim"},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert held.status_code == 200, held.text
    return stack.ask("subject", email)["subject"], reference


def test_with_a_trail_the_requests_that_it_names_are_verified(stack: Stack, email: str) -> None:
    subject_id, reference = asked_for(stack, email)
    told = stack.ask("audit", "verify", email)
    one = stack.ask("audit", "verify", "--request", reference)
    assert told["requests"] == [one]
    assert (told["subject"], told["entries"], told["whole"]) == (subject_id, 2, True)
    assert (one["reference"], one["entries"], one["whole"], one["broken"]) == (
        reference,
        2,
        True,
        [],
    )


def test_a_request_whose_history_is_broken_is_told_by_the_exit_code(
    stack: Stack, email: str
) -> None:
    subject_id, reference = asked_for(stack, email)
    key = {"pk": {"S": f"REQ#{reference}"}, "sk": {"S": "EVENT#000001"}}
    where = stack.get("/_local/aws").json()
    client = boto3.client(
        "dynamodb", endpoint_url=where["endpoint_url"], region_name=where["region"]
    )
    client.delete_item(TableName=local.TABLE, Key=key)
    alone = operate("--local", stack.url, "audit", "verify", "--request", reference, "--json")
    assert (alone.returncode, json.loads(alone.stdout)["broken"]) == (1, [2])
    ended = operate("--local", stack.url, "audit", "verify", subject_id, "--json")
    told = json.loads(ended.stdout)
    assert (ended.returncode, told["whole"], told["requests"][0]["broken"]) == (1, True, [2])


@pytest.mark.parametrize(
    ("named", "code"),
    [
        pytest.param([], 2, id="nothing"),
        pytest.param(["0" * 32, "--request", "0" * 32], 2, id="both"),
        pytest.param(["--request", "0" * 32], 1, id="a request that is not there"),
    ],
)
def test_what_is_verified_is_a_person_or_a_request(
    stack: Stack, named: list[str], code: int
) -> None:
    ended = operate("--local", stack.url, "audit", "verify", *named)
    assert ended.returncode == code
    assert one_line(ended)


@pytest.mark.parametrize(
    ("whose", "code"),
    [
        pytest.param("0" * 32, 1, id="an id that nobody has"),
        pytest.param("nobody@example.com", 1, id="an address that nobody has"),
        pytest.param("neither", 2, id="neither address nor id"),
    ],
)
def test_a_trail_that_is_not_there_is_said_in_one_line(stack: Stack, whose: str, code: int) -> None:
    ended = operate("--local", stack.url, "audit", "verify", whose)
    assert ended.returncode == code
    assert one_line(ended)
