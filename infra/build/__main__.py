"""`python -m infra.build`: the zips and the template that AWS takes as they are, for a stage."""

import json
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
import yaml

from infra.build import artefact, template
from infra.build import stage as stages
from infra.build.artefact import ROOT
from shared.errors import Misconfigured, PrivacyError
from shared.statement import loading

STATEMENT = "statement.toml"
TRUST_ROOTS = "trust-roots.pem"
ARTEFACTS = {"ArtefactKey": "deployment", "DocumentsArtefactKey": "documents"}
"""The parameter that says where an artefact lies, and its name here."""
OPTIMISED = {"deployment": ("-o", "2")}
"""What is compiled without asserts; not where strangers' files are parsed, which these check."""

Template = dict[str, Any]


def main(  # noqa: PLR0917  # options are named
    stage: Annotated[str, typer.Option(help="Parameters: infra/stages/STAGE.json.")] = "prod",
    architecture: Annotated[str, typer.Option(help="arm64 or x86_64.")] = "arm64",
    runtime: Annotated[
        str, typer.Option(envvar="RUNTIME", help="Another than that of .chalice/config.json.")
    ] = "",
    statement: Annotated[str, typer.Option(help="Another statement, to be shipped.")] = "",
    trust_roots: Annotated[str, typer.Option(help="A PEM file, to be shipped.")] = "",
    out: Annotated[Path, typer.Option(help="A folder for each stage.")] = ROOT / ".build",
) -> None:
    """Build deployment.zip, documents.zip, template.json and parameters.json."""
    parameters = stages.parameters(stage)
    if architecture not in artefact.MACHINES.values():
        message = f"the architecture is arm64 or x86_64, not {architecture}"
        raise Misconfigured(message)
    runtime = runtime or artefact.runtime()
    artefact.check_python(runtime)
    if statement:
        loading.load(Path(statement))
    if trust_roots:
        artefact.check_certificates(Path(trust_roots))
    target = out.resolve() / stage
    shutil.rmtree(target, ignore_errors=True)
    folders = {one: target / "unzipped" / one for one in ARTEFACTS.values()}
    folder = folders["documents"]
    with TemporaryDirectory() as temporary:
        packed = artefact.packed(Path(temporary), architecture)
        artefact.unpack(packed / "deployment.zip", folder, ROOT / "requirements.txt")
        chalices: Template = yaml.safe_load((packed / "sam.yaml").read_text("utf-8"))
    parameters["Statement"] = ""  # an update would keep what is not said
    if statement:
        shutil.copy(statement, folder / STATEMENT)
        parameters["Statement"] = f"/var/task/{STATEMENT}"
    parameters["TrustRoots"] = ""
    if trust_roots:
        shutil.copy(trust_roots, folder / TRUST_ROOTS)
        parameters["TrustRoots"] = f"/var/task/{TRUST_ROOTS}"
    artefact.check_machine(folder, architecture)
    artefact.prune(folder)
    artefact.without_documents(folder, folders["deployment"])
    for key, name in ARTEFACTS.items():
        artefact.compile_all(folders[name], *OPTIMISED.get(name, ()))
        digest = artefact.pack(folders[name], target / f"{name}.zip")
        parameters[key] = f"{digest}.zip"

    from app import app  # noqa: PLC0415  # whoever is refused above need not wait for it

    finished = template.split(chalices, app, runtime, architecture)
    _write(target / "template.json", finished)
    _write(target / "parameters.json", [f"{name}={one}" for name, one in parameters.items()])
    _tell(target, finished, runtime, architecture)


def _write(path: Path, content: object) -> None:
    path.write_text(
        json.dumps(content, indent=2, sort_keys=isinstance(content, dict)) + "\n", "utf-8"
    )


def _tell(target: Path, finished: Template, runtime: str, architecture: str) -> None:
    for name in ARTEFACTS.values():
        unzipped = (target / "unzipped" / name).rglob("*")
        whole = sum(path.stat().st_size for path in unzipped if path.is_file())
        zipped = (target / f"{name}.zip").stat().st_size
        sizes = f"{zipped / 1e6:.1f} MB, unzipped {whole / 1e6:.1f} MB"
        print(f"{target / name}.zip: {sizes}, {runtime}, {architecture}")
    for name, handler in sorted(template.handlers(finished).items()):
        time = "(not this machine's)"
        if artefact.runs_here(architecture):
            module = handler.rpartition(".")[0]
            folder = target / "unzipped" / ARTEFACTS[template.artefact(finished, name)]
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
