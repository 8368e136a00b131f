"""Entry points as AWS loads them."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENTRY_POINTS = sorted(path.stem for path in (ROOT / "functions").glob("[a-z]*.py"))


def imported(module: str, also: str = "") -> subprocess.CompletedProcess[str]:
    code = f"import sys, {module}\n{also}"
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={}, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("name", ENTRY_POINTS)
def test_an_entry_point_imports_alone_with_an_empty_environment(name: str) -> None:
    assert imported(f"functions.{name}").stderr == ""


def test_where_lambda_starts_it_a_function_opens_early_and_survives_that_it_cannot() -> None:
    code = "import functions.intake"
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "not opened early: Misconfigured\n")


def test_no_library_logs_what_it_sends() -> None:
    code = "import logging; print([logging.getLogger(n).level for n in ('botocore', 'pynamodb')])"
    assert imported("functions.workers", code).stdout == "[30, 30]\n"


def test_the_forms_load_nothing_that_only_pages_and_browsers_need() -> None:
    heavy = {"jinja2", "ua_parser", "multipart", "boto3", "moto", "typer"}
    loaded = imported("functions.intake", "print(*sys.modules)").stdout.split()
    assert heavy.isdisjoint(loaded)


@pytest.mark.parametrize("name", ENTRY_POINTS)
def test_what_reads_tokens_is_loaded_with_the_first_token_and_by_nobody_else(name: str) -> None:
    loaded = imported(f"functions.{name}", "print(*sys.modules)").stdout.split()
    assert {"joserfc", "cryptography"}.isdisjoint(loaded)
    if name not in {"staff", "guard"}:
        assert "shared.gateways.identity" not in loaded


def test_nothing_personal_prints_itself() -> None:
    code = """
from datetime import UTC, datetime
from shared.model.contacts import Address, AddressKind, Source, SourceKind, Value
at = datetime(2026, 1, 1, tzinfo=UTC)
source = Source(kind=SourceKind.FORM, form="contact", at=at)
print(Value(name="email", value="kari", source=source, purpose="reply"))
print(Address(AddressKind.EMAIL, "kari"))
"""
    assert "kari" not in imported("shared.model.contacts", code).stdout


def test_the_statement_of_another_company_is_named_when_it_is_wrong() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "infra.admin", "statement"],
        cwd=ROOT,
        env={"STATEMENT": "nowhere.toml"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "nowhere.toml: file: cannot be read: No such file or directory\n"
