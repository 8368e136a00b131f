"""The zip: always the same, whole, and nothing in it that is not needed."""

import ast
import hashlib
import sys
import zipfile
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from infra.build import artefact
from shared.errors import Misconfigured
from tests.artefact.conftest import ROOT, Built, build
from tests.documents import papers

OURS = {"app.py", "functions", "shared", "chalice"}
SOURCES = {".py", ".toml", ".html", ".css"}


def digest(built: Built) -> str:
    return hashlib.sha256((built.folder / "deployment.zip").read_bytes()).hexdigest()


def test_two_clean_builds_are_the_same(built: Built, tmp_path: Path) -> None:
    again = build(tmp_path)
    assert digest(again) == digest(built)
    assert again.template == built.template


def test_what_is_deployed_is_named_by_what_it_is(built: Built) -> None:
    assert f'"ArtefactKey={digest(built)}.zip"' in (built.folder / "parameters.json").read_text()


def test_only_the_product_and_its_requirements_are_in_it(built: Built) -> None:
    distributions = [PathDistribution(path) for path in built.unzipped.glob("*.dist-info")]
    required = {path.parts[0] for one in distributions for path in one.files or ()}
    found = {path.name for path in built.unzipped.iterdir()} - {"__pycache__"}
    assert found - required - {one for one in found if one.endswith(".data")} == OURS


@pytest.mark.parametrize("package", ["functions", "shared"])
def test_every_source_of_the_product_is_in_it_compiled_and_nothing_else(
    built: Built, package: str
) -> None:
    def files(folder: Path) -> set[str]:
        found = (path for path in folder.rglob("*") if path.is_file())
        return {str(path.relative_to(folder)) for path in found if path.suffix != ".pyc"}

    here = {path for path in files(ROOT / package) if "__pycache__" not in path}
    assert files(built.unzipped / package) == here
    assert {Path(path).suffix for path in here} <= SOURCES
    compiled = len(list((built.unzipped / package).rglob("*.pyc")))
    assert compiled == len([path for path in here if path.endswith(".py")])


def test_the_zip_holds_what_was_looked_at(built: Built) -> None:
    with zipfile.ZipFile(built.folder / "deployment.zip") as archive:
        zipped = set(archive.namelist())
    there = (path for path in built.unzipped.rglob("*") if path.is_file())
    assert zipped == {path.relative_to(built.unzipped).as_posix() for path in there}


def test_a_requirement_without_a_wheel_fails_the_build(built: Built, tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("msgspec==0.22.0\nnever-built==1.0 \\\n    --hash=sha256:0\n")
    with pytest.raises(Misconfigured, match=r"want of a wheel: .*never-built 1\.0"):
        artefact.unpack(built.folder / "deployment.zip", tmp_path / "unzipped", requirements)


@pytest.mark.parametrize("content", [None, "", "-----BEGIN CERTIFICATE-----", "issuer = me"])
def test_trust_roots_that_are_no_certificates_fail_the_build(
    tmp_path: Path, content: str | None
) -> None:
    roots = tmp_path / "roots.pem"
    if content is not None:
        roots.write_text(content)
    with pytest.raises(Misconfigured, match="holds no certificates in PEM"):
        artefact.check_certificates(roots)


def test_trust_roots_are_certificates(tmp_path: Path) -> None:
    artefact.check_certificates(papers.issuer("good").pem(tmp_path))


def test_a_native_library_of_another_architecture_fails_the_build(built: Built) -> None:
    (another,) = set(artefact.ELF_MACHINES) - {artefact.machines_own()}
    with pytest.raises(Misconfigured, match=rf"not for {another}: .*msgspec/_core"):
        artefact.check_machine(built.unzipped, another)


def distributions(built: Built) -> dict[str, PathDistribution]:
    found = map(PathDistribution, built.unzipped.glob("*.dist-info"))
    return {canonicalize_name(one.metadata["Name"]): one for one in found}


def test_just_the_requirements_and_what_they_require_are_in_it(built: Built) -> None:
    shipped = distributions(built)
    lines = (ROOT / "requirements.in").read_text("utf-8").splitlines()
    wanted, reached = [Requirement(one) for one in lines if one and one[0] != "#"], set()
    while wanted:
        one = wanted.pop()
        if one.marker and not one.marker.evaluate({"extra": ""}):
            continue
        name = canonicalize_name(one.name)
        reached.add(name)
        wanted += map(Requirement, shipped[name].requires or ())
    assert reached == set(shipped)


def test_every_module_of_a_requirement_is_in_it(built: Built) -> None:
    listed = [path for one in distributions(built).values() for path in one.files or ()]
    modules = [path for path in listed if path.suffix == ".py" and "tests" not in path.parts]
    assert [path for path in modules if not (built.unzipped / path).exists()] == []


def test_whatever_the_product_imports_is_in_it(built: Built) -> None:
    paths = [
        path for one in ("functions", "shared") for path in (built.unzipped / one).rglob("*.py")
    ]
    nodes = [node for path in paths for node in ast.walk(ast.parse(path.read_text("utf-8")))]
    names = {one.name for node in nodes if isinstance(node, ast.Import) for one in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    wanted = {name.partition(".")[0] for name in names} - sys.stdlib_module_names
    there = {path.stem for path in built.unzipped.iterdir()}
    assert {"multipart", "jinja2"} <= wanted <= there
