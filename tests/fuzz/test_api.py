"""Requests made up from the API's own description, sent to a running stack."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra import local
from tests.local.stack import ROOT, running

CONFIG = Path(__file__).with_name("schemathesis.toml")
PROGRAM = Path(sys.executable).with_name("schemathesis")
DOCUMENT = "/openapi.json"
EXAMPLES, SEED = os.environ.get("FUZZ_EXAMPLES", "10"), os.environ.get("FUZZ_SEED", "1")


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(["-H", "Accept: application/json"], id="by a program"),
        pytest.param(
            ["-H", "Accept: text/html", "--include-method", "POST", "--phases", "examples,fuzzing"],
            id="by a browser",
        ),
    ],
)
def test_whatever_is_sent_is_answered_as_described(tmp_path: Path, options: list[str]) -> None:
    """No fault of ours; no status, type, header or body that the description does not know; what
    it allows is taken in, and what it does not is refused.
    """
    with running(tmp_path) as stack:
        aws = local.environment(stack.get("/_local/aws").json()["endpoint_url"])
        command = [PROGRAM, "--no-color", "--config-file", CONFIG, "run", "--checks", "all"]
        command += ["--exclude-checks", "ensure_resource_availability"]  # the hooks empty the table
        ended = subprocess.run(
            [*command, "--seed", SEED, "--max-examples", EXAMPLES, *options, stack.url + DOCUMENT],
            cwd=ROOT,
            env={**os.environ, **aws, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
    print(ended.stdout.rpartition("Test cases:")[2])  # noqa: T201
    assert ended.returncode == 0, ended.stdout + ended.stderr
