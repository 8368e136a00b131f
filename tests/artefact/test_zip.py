"""The zips: always the same, whole, and nothing in them that is not needed."""

import ast
import hashlib
import sys
import zipfile
from importlib.metadata import PackagePath, PathDistribution
from importlib.metadata import files as files_of
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from infra.build import artefact, template
from infra.build.__main__ import ARTEFACTS, main
from shared.errors import Misconfigured, PrivacyError
from tests.artefact.conftest import ROOT, Built, build
from tests.documents import papers

OURS = {"app.pyc", "functions", "shared", "chalice"}
SOURCES = {".py", ".toml", ".html", ".css", ".pdf"}
KEYS = list(ARTEFACTS)
NAMES = list(ARTEFACTS.values())
each_artefact = pytest.mark.parametrize("name", NAMES)


def digest(built: Built, name: str) -> str:
    return hashlib.sha256((built.folder / f"{name}.zip").read_bytes()).hexdigest()


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_two_clean_builds_are_the_same(built: Built, tmp_path: Path) -> None:
    again = build(tmp_path)
    assert [digest(again, name) for name in NAMES] == [digest(built, name) for name in NAMES]
    assert again.template == built.template


@pytest.mark.parametrize("key", KEYS)
def test_what_is_deployed_is_named_by_what_it_is(built: Built, key: str) -> None:
    assert built.parameters[key] == f"{digest(built, ARTEFACTS[key])}.zip"


def test_documents_alone_have_the_larger_artefact(built: Built) -> None:
    larger = [
        name
        for name in built.functions()
        if template.artefact(built.template, name) != "ArtefactKey"
    ]
    assert larger == ["Documents"]


@each_artefact
def test_only_the_product_and_its_requirements_are_in_it(built: Built, name: str) -> None:
    every = (path for one in distributions(built, name).values() for path in listing(one))
    listed = {path.parts[0] for path in every}
    required = listed | {f"{part.removesuffix('.py')}.pyc" for part in listed}
    found = {path.name for path in built.unzipped(name).iterdir()}
    assert found - required - {one for one in found if one.endswith(".data")} == OURS


@pytest.mark.parametrize("package", ["functions", "shared"])
@each_artefact
def test_every_module_of_the_product_is_in_it_compiled_and_nothing_else(
    built: Built, package: str, name: str
) -> None:
    here = {path for path in files(ROOT / package) if "__pycache__" not in path}
    assert {Path(path).suffix for path in here} <= SOURCES
    compiled = {f"{path}c" if path.endswith(".py") else path for path in here}
    assert files(built.unzipped(name) / package) == compiled


@each_artefact
def test_bytecode_stands_for_every_source(built: Built, name: str) -> None:
    there = files(built.unzipped(name))
    assert not [path for path in there if path.endswith(".py") or "__pycache__" in path]


@each_artefact
def test_the_zip_holds_what_was_looked_at(built: Built, name: str) -> None:
    with zipfile.ZipFile(built.folder / f"{name}.zip") as archive:
        assert set(archive.namelist()) == files(built.unzipped(name))


def test_what_is_not_for_documents_weighs_at_most_8_mb(built: Built) -> None:
    assert (built.folder / "deployment.zip").stat().st_size <= 8_000_000


def test_a_requirement_without_a_wheel_fails_the_build(built: Built, tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("msgspec==0.22.0\nnever-built==1.0 \\\n    --hash=sha256:0\n")
    with pytest.raises(Misconfigured, match=r"want of a wheel: .*never-built==1\.0"):
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
        artefact.check_machine(built.unzipped(), another)


def distributions(built: Built, name: str) -> dict[str, PathDistribution]:
    found = map(PathDistribution, built.unzipped(name).glob("*.dist-info"))
    return {canonicalize_name(one.metadata["Name"]): one for one in found}


@pytest.mark.parametrize(
    ("name", "besides"), [("deployment", artefact.FOR_DOCUMENTS), ("documents", frozenset[str]())]
)
def test_just_the_requirements_and_what_they_require_are_in_it(
    built: Built, name: str, besides: frozenset[str]
) -> None:
    shipped = distributions(built, name)
    wanted, reached = [*artefact.requirements(besides)], set()
    while wanted:
        one = wanted.pop()
        if one.marker and not one.marker.evaluate(artefact.LAMBDAS):
            continue
        reached.add(canonicalize_name(one.name))
        wanted += map(Requirement, shipped[canonicalize_name(one.name)].requires or ())
    assert reached == set(shipped)


def test_what_only_documents_need_is_not_in_the_smaller(built: Built) -> None:
    gone = set(distributions(built, "documents")) - set(distributions(built, "deployment"))
    assert {"pyhanko", "lxml", "aiohttp"} <= gone
    top = {path.name for path in built.unzipped().iterdir()}
    assert {"pyhanko", "lxml", "aiohttp", "dns", "oscrypto"}.isdisjoint(top)


@each_artefact
def test_every_module_of_a_requirement_is_in_it_but_what_is_left_out(
    built: Built, name: str
) -> None:
    folder = built.unzipped(name)
    listed = [path for one in distributions(built, name).values() for path in listing(one)]
    modules = [path for path in listed if path.suffix == ".py" and "tests" not in path.parts]
    modules = [path for path in modules if path.parts[0] != ".."]  # programs
    lost = {path.parts[0] for path in modules if not (folder / f"{path}c").exists()}
    assert lost == {"cffi", "dns", "phonenumbers", "pycparser", "ua_parser_builtins"}


def listing(one: PathDistribution) -> list[PackagePath]:
    """Every file of a distribution, which this environment has too."""
    return files_of(one.metadata["Name"]) or []


def test_whatever_the_product_imports_is_in_it(built: Built) -> None:
    paths = [path for one in ("functions", "shared") for path in (ROOT / one).rglob("*.py")]
    nodes = [node for path in paths for node in ast.walk(ast.parse(path.read_text("utf-8")))]
    names = {one.name for node in nodes if isinstance(node, ast.Import) for one in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    wanted = {name.partition(".")[0] for name in names} - sys.stdlib_module_names
    there = {path.stem for path in built.unzipped("documents").iterdir()}
    assert {"multipart", "jinja2"} <= wanted <= there
    smaller = {path.stem for path in built.unzipped().iterdir()}
    assert wanted - smaller == {"pyhanko", "pyhanko_certvalidator"}


def test_a_build_for_another_python_is_refused_and_says_how_to_get_it() -> None:
    artefact.check_python(artefact.own_runtime())
    with pytest.raises(
        Misconfigured, match=r"^python3\.10 is needed, .*pyenv install 3\.10"
    ) as told:
        artefact.check_python("python3.10")
    assert f"make package RUNTIME={artefact.own_runtime()}" in str(told.value)


@pytest.mark.parametrize("option", ["statement", "trust_roots"])
def test_what_is_refused_leaves_the_build_before(tmp_path: Path, option: str) -> None:
    before = tmp_path / "dev" / "parameters.json"
    before.parent.mkdir()
    before.write_text("[]")
    with pytest.raises(PrivacyError):
        main(stage="dev", runtime=artefact.own_runtime(), out=tmp_path, **{option: "nowhere"})
    assert before.exists()
