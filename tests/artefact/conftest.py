"""The artefact for this machine, built once, and an AWS for it to find.

built         template and unzipped folder of a build
plain         the template's resources as CloudFormation gets them, without SAM's words
endpoint_url  of an embedded AWS with the table and the keys
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from samtranslator.public.translator import ManagedPolicyLoader
from samtranslator.translator.transform import transform

from infra import local
from infra.build import artefact, template
from infra.build.__main__ import ARTEFACTS
from infra.local import aws as embedded

ROOT = Path(__file__).parents[2]
RUN = """
import importlib, json, sys, zoneinfo
zoneinfo.reset_tzpath(to=())  # Lambda has no time zones of its own
sys.path.insert(0, sys.argv[1])
class Context:
    function_name = memory_limit_in_mb = log_stream_name = "f"
    aws_request_id = "8f0f1d3c-6f0e-4f3d-9d7c-2c8f0a1b3d4e"
    function_version = "$LATEST"
    invoked_function_arn = "arn:aws:lambda:eu-north-1:123456789012:function:f"
    get_remaining_time_in_millis = staticmethod(lambda: 10000)
module, _, name = sys.argv[2].rpartition(".")
handler = getattr(importlib.import_module(module), name)
event = json.load(sys.stdin)
print(json.dumps(eval(sys.argv[3])))
"""


@dataclass(frozen=True, slots=True)
class Built:
    """What a build has left."""

    folder: Path

    @property
    def template(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads((self.folder / "template.json").read_text("utf-8"))
        return loaded

    def unzipped(self, name: str = "deployment") -> Path:
        """The content of an artefact."""
        return self.folder / "unzipped" / name

    def unzipped_for(self, handler: str) -> Path:
        """The content of the artefact that a handler is in."""
        (function,) = (one for one, told in self.functions().items() if told == handler)
        return self.unzipped(ARTEFACTS[template.artefact(self.template, function)])

    @property
    def parameters(self) -> dict[str, str]:
        told = json.loads((self.folder / "parameters.json").read_text("utf-8"))
        return dict(one.split("=", 1) for one in told)

    def functions(self) -> dict[str, str]:
        """Logical id and handler of each function."""
        return template.handlers(self.template)

    def run(self, handler: str, expression: str, event: Any, endpoint_url: str) -> Any:
        """What an expression over `handler`, `event` comes to in a bare interpreter."""
        aws = local.environment(endpoint_url)
        environ = {"PATH": os.environ["PATH"], **aws, "SITE": endpoint_url}
        folder = self.unzipped_for(handler)
        ended = subprocess.run(
            [sys.executable, "-I", "-S", "-c", RUN, str(folder), handler, expression],
            input=json.dumps(event),
            env=environ,
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout.splitlines()[-1])


def build(out: Path) -> Built:
    command = [sys.executable, "-m", "infra.build", "--architecture", artefact.machines_own()]
    command += ["--runtime", artefact.own_runtime()]
    ended = subprocess.run(
        [*command, "--out", str(out)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    sys.stdout.write(ended.stdout)
    return Built(out / "prod")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    own, runtime = artefact.own_runtime(), artefact.runtime()
    if own != runtime:
        terminalreporter.write_line(f"Proved for {own}, which is here; a stage runs on {runtime}.")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(tmp_path_factory.mktemp("built"))


@pytest.fixture(scope="session")
def plain(built: Built) -> dict[str, Any]:
    with mock_aws():
        managed = ManagedPolicyLoader(boto3.client("iam"))
        found: dict[str, Any] = transform(built.template, built.parameters, managed)["Resources"]
        return found


@pytest.fixture(scope="session")
def endpoint_url() -> str:
    url = embedded.start(embedded.MOTO)
    os.environ.update(local.environment(url))
    embedded.furnish(embedded.MOTO)
    return url
