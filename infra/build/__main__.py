"""`python -m infra.build`: the zip and the template that AWS takes as they are, for a stage."""

import json
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
import yaml

from infra.build import artefact, template
from infra.build.artefact import ROOT
from shared.errors import Misconfigured, PrivacyError
from shared.statement import loading

STATEMENT = "statement.toml"
TRUST_ROOTS = "trust-roots.pem"
NEWEST = (3, 13)
NO_PARAMETERS = ("MonthlyBudget",)
"""What a stage's file says to the deployment alone: not every region's CloudFormation has it."""
RUNTIME = f"python{sys.version_info[0]}.{sys.version_info[1]}"

Template = dict[str, Any]


def main(
    stage: Annotated[str, typer.Option(help="Parameters: infra/stages/STAGE.json.")] = "prod",
    architecture: Annotated[str, typer.Option(help="arm64 or x86_64.")] = "arm64",
    statement: Annotated[str, typer.Option(help="Another statement, to be shipped.")] = "",
    trust_roots: Annotated[str, typer.Option(help="A PEM file, to be shipped.")] = "",
    out: Annotated[Path, typer.Option(help="A folder for each stage.")] = ROOT / ".build",
) -> None:
    """Build deployment.zip, template.json and parameters.json."""
    parameters = _parameters(stage)
    if architecture not in artefact.MACHINES.values():
        message = f"the architecture is arm64 or x86_64, not {architecture}"
        raise Misconfigured(message)
    if sys.version_info[:2] > NEWEST:
        message = f"Lambda does not have {RUNTIME} yet: make clean package PYTHON=python3.13"
        raise Misconfigured(message)
    target = out / stage
    shutil.rmtree(target, ignore_errors=True)
    folder = target / "unzipped"
    with TemporaryDirectory() as temporary:
        packed = artefact.packed(Path(temporary), architecture)
        artefact.unpack(packed / "deployment.zip", folder, ROOT / "requirements.txt")
        chalices: Template = yaml.safe_load((packed / "sam.yaml").read_text("utf-8"))
    parameters["Statement"] = ""  # an update would keep what is not said
    if statement:
        loading.load(Path(statement))
        shutil.copy(statement, folder / STATEMENT)
        parameters["Statement"] = f"/var/task/{STATEMENT}"
    parameters["TrustRoots"] = ""
    if trust_roots:
        artefact.check_certificates(Path(trust_roots))
        shutil.copy(trust_roots, folder / TRUST_ROOTS)
        parameters["TrustRoots"] = f"/var/task/{TRUST_ROOTS}"
    artefact.check_machine(folder, architecture)
    artefact.prune(folder)
    artefact.compile_all(folder)
    digest = artefact.pack(folder, target / "deployment.zip")
    parameters["ArtefactKey"] = f"{digest}.zip"

    from app import app  # noqa: PLC0415  # whoever is refused above need not wait for it

    finished = template.split(chalices, app, RUNTIME, architecture)
    _write(target / "template.json", finished)
    _write(target / "parameters.json", [f"{name}={one}" for name, one in parameters.items()])
    _tell(target, finished, architecture)


def _parameters(stage: str) -> dict[str, str]:
    path = ROOT / "infra" / "stages" / f"{stage}.json"
    try:
        found: dict[str, str] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        message = f"{path.relative_to(ROOT)}: cannot be read"
        raise Misconfigured(message) from None
    return {name: value for name, value in found.items() if name not in NO_PARAMETERS}


def _write(path: Path, content: object) -> None:
    path.write_text(
        json.dumps(content, indent=2, sort_keys=isinstance(content, dict)) + "\n", "utf-8"
    )


def _tell(target: Path, finished: Template, architecture: str) -> None:
    folder = target / "unzipped"
    unzipped = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    zipped = (target / "deployment.zip").stat().st_size
    sizes = f"{zipped / 1e6:.1f} MB, unzipped {unzipped / 1e6:.1f} MB"
    print(f"{target}: {sizes}, {RUNTIME}, {architecture}")
    for name, handler in sorted(template.handlers(finished).items()):
        time = "(not this machine's)"
        if architecture == artefact.machines_own():
            module = handler.rpartition(".")[0]
            time = f"{artefact.milliseconds(folder, f'import {module}'):.0f} ms"
        print(f"  {name}: {handler}, import {time}")


def run() -> int:
    """As `main`, with one line for what goes wrong."""
    try:
        typer.run(main)
    except PrivacyError as refusal:
        print(refusal, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(run())
