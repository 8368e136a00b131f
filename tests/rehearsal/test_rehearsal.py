"""The rehearsal walks a local stack to its end, and says what it could not see there."""

import subprocess
import sys
from pathlib import Path

import pytest

from infra.deploy import __main__ as deployment
from infra.rehearsal import __main__ as rehearsal
from infra.rehearsal.__main__ import PARTS
from tests.documents import papers
from tests.local.stack import ROOT, running

PATIENCE = 600
ISSUER = papers.issuer("rehearsal")


def test_every_part_goes_well_and_says_what_is_not_shown_here(tmp_path: Path) -> None:
    document = tmp_path / "signed.pdf"
    document.write_bytes(papers.signed(ISSUER))
    with running(tmp_path, TRUST_ROOTS=str(ISSUER.pem(tmp_path))) as stack:
        told = ["--local", stack.url, "--document", str(document)]
        ended = subprocess.run(
            [sys.executable, "-m", "infra.rehearsal", *told],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout
    assert "went wrong" not in ended.stdout
    walked = [one for one in PARTS if not one.only_on_aws]
    assert ended.stdout.count("went well") == len(walked)
    assert ended.stdout.count("not shown here") == len(PARTS) + len(["deployment", "removal"])


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--document", "nowhere.pdf"], id="no document"),
        pytest.param(["--nonsense"], id="an unknown option"),
        pytest.param(["--local", "http://127.0.0.1:1", "--document", "README.md"], id="no stack"),
    ],
)
def test_wrong_usage_is_said_in_one_line(
    arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["infra.rehearsal", *arguments])
    assert deployment.run(rehearsal.app) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_nothing_is_deployed_for_whom_no_token_is_given(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STAFF_TOKEN", raising=False)
    monkeypatch.setattr("sys.argv", ["infra.rehearsal"])
    assert deployment.run(rehearsal.app) == 2
    assert capsys.readouterr().err == "STAFF_TOKEN: give a token of the role privacy\n"
