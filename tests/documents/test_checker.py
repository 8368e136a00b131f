"""The process that checks signatures: what is a verdict on a file, and what is none."""

import subprocess
import sys
from pathlib import Path

import pytest

from functions.documents import examine
from shared.gateways import signatures
from tests.documents import papers

ASK = """
import sys
sys.executable = sys.argv[1]
from shared.errors import PrivacyError, kind_of
from shared.gateways import signatures
signatures.PATIENCE = float(sys.argv[2])
try:
    print(signatures.findings(sys.stdin.buffer.read(), None))
except PrivacyError as refusal:
    print(kind_of(refusal))
"""
AS_ON_LAMBDA = '[ "$LD_LIBRARY_PATH" = /var/lang/lib ] || exit 127; exec "$PYTHON" "$@"'
BEGUN = "printf 'begun\\n'; "


def found(interpreter: str, content: bytes, folder: Path, patience: float = 60) -> str:
    """What is found with a shell script as the interpreter of the checker."""
    script = folder / "python"
    interpreter = interpreter.replace('"$PYTHON"', sys.executable)
    script.write_text(f"#!/bin/sh\n{interpreter}\n", "utf-8")
    script.chmod(0o755)
    ended = subprocess.run(
        [sys.executable, "-c", ASK, str(script), str(patience)],
        input=content,
        env={"LD_LIBRARY_PATH": "/var/lang/lib", "PYTHONPATH": ":".join(sys.path), "PATH": ""},
        stdout=subprocess.PIPE,
        check=True,
    )
    return ended.stdout.decode().strip()


def test_the_checker_finds_its_interpreters_library_where_this_process_does(tmp_path: Path) -> None:
    signed = papers.signed(papers.issuer("good"))
    assert "intact=True" in found(AS_ON_LAMBDA, signed, tmp_path)
    assert found(AS_ON_LAMBDA, b"%PDF-nothing", tmp_path) == "None"


@pytest.mark.parametrize(
    "ends",
    [
        pytest.param("exit 127", id="its library is not found"),
        pytest.param("exit 126", id="it may not be started"),
        pytest.param("exit 1", id="it fails as Python fails"),
        pytest.param("exit 0", id="it says nothing"),
        pytest.param("printf '[]'", id="it says something else"),
        pytest.param("kill -SEGV $$", id="it crashes before it reads"),
        pytest.param("exit 22", id="it says so before it reads"),
        pytest.param(f"{BEGUN}exit 1", id="it fails as Python fails, later"),
        pytest.param(f"{BEGUN}kill -TERM $$", id="somebody ends it"),
    ],
)
def test_whatever_else_the_checker_ends_by_is_no_verdict(ends: str, tmp_path: Path) -> None:
    assert found(ends, b"%PDF-", tmp_path) == "Unavailable"


@pytest.mark.parametrize("signal", ["SEGV", "BUS", "ABRT", "KILL", "XCPU", "XFSZ"])
def test_a_file_that_crashes_the_checker_or_wants_too_much_cannot_be_read(
    signal: str, tmp_path: Path
) -> None:
    assert found(f"{BEGUN}kill -{signal} $$", b"%PDF-", tmp_path) == "None"


def test_a_checker_that_the_machine_has_no_time_for_is_no_verdict(tmp_path: Path) -> None:
    waits = f'{BEGUN}exec "$PYTHON" -c "import time; time.sleep(60)"'
    assert found(waits, b"%PDF-", tmp_path, patience=1) == "Unavailable"


def test_a_checker_without_its_parser_is_no_verdict(tmp_path: Path) -> None:
    without = f'cd /; PYTHONPATH={Path(__file__).parents[2]} exec "$PYTHON" -S "$@"'
    assert found(without, papers.unsigned(), tmp_path) == "Unavailable"


def test_the_self_test_proves_that_documents_are_judged() -> None:
    assert examine({"only": "self-test"}, None) == {"judged": 1, "skipped": 0}


def test_the_self_test_is_of_a_document_that_is_intact_by_nobody_known() -> None:
    content = signatures.SELF_TEST.read_bytes()
    (finding,) = signatures.findings(content, None) or ()
    assert (finding.intact, finding.whole, finding.trusted) == (True, True, False)
