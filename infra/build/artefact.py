"""The zips that Lambda unpacks: what Chalice packed, checked, pruned, compiled, always the same.

One has all there is, for documents; the other, for all other functions, has no PDF parser, nor
what that needs.  The same sources and requirements give the same bytes: names sorted, times fixed,
bytecode in place of its source.
"""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from importlib.metadata import PathDistribution
from pathlib import Path

from cryptography import x509
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from infra import local
from infra.build import trimming
from shared.errors import Misconfigured

ROOT = Path(__file__).parents[2]
SHIPPED = ("app.py", "functions", "shared", "vendor", "requirements.txt")
CHALICE = "from chalice.cli import main; main()"
FOR_DOCUMENTS = frozenset({"pyhanko"})
"""The requirements that judging documents has for itself."""

EPOCH = (1980, 1, 1, 0, 0, 0)
LAMBDAS = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "extra": ""}
"""What markers of requirements are about, wherever the build runs."""
UNUSED = (
    *("**/tests", "**/py.typed", "**/*.pyi", "REVISION", "bin"),
    "dns",  # no address is looked up
    *("cffi", "pycparser"),  # of cffi its library is used, not what writes C
    "ua_parser_builtins/regexes.py",  # of an interface of old
    "dateutil/zoneinfo/*.tar.gz",  # zones come from tzdata
    "phonenumbers/shortdata/region_*",  # of numbers for calls within a country
)

MACHINES = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
"""What Lambda calls an architecture, by the names that Linux and macOS have for it."""
ELF_MACHINES = {"x86_64": 62, "arm64": 183}
"""`e_machine` of a native library's header, in its bytes 18 and 19."""


def machines_own() -> str:
    """What Lambda calls the architecture of this machine."""
    return MACHINES[platform.machine()]


def runs_here(architecture: str) -> bool:
    """Whether this machine can run what is built for an architecture: the rest is as on Lambda."""
    return sys.platform == "linux" and architecture == machines_own()


def runtime() -> str:
    """The runtime that a stage runs on, as Lambda calls it: the repository's one setting."""
    config = json.loads((ROOT / ".chalice" / "config.json").read_text("utf-8"))
    named: str = config["runtime"]
    return named


def own_runtime() -> str:
    """What Lambda calls the Python that this is."""
    return f"python{sys.version_info[0]}.{sys.version_info[1]}"


def check_python(runtime: str) -> None:
    """Raises Misconfigured if a build for a runtime needs another Python than this."""
    if runtime != own_runtime():
        own, version = own_runtime(), runtime.removeprefix("python")
        message = (
            f"{runtime} is needed, and this is {own}: `pyenv install {version}`, python.org or the "
            f"system's packages have it, then `make clean package`; a build for the Python that is "
            f"here, if Lambda has it: `make package RUNTIME={own}`"
        )
        raise Misconfigured(message)


def packed(temporary: Path, architecture: str) -> Path:
    """What Chalice makes of a clean copy, so that nothing lies in it by accident."""
    copy, out = temporary / "project", temporary / "out"
    no_bytecode = shutil.ignore_patterns("__pycache__")
    for name in SHIPPED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, symlinks=True, ignore=no_bytecode)
        else:
            copy.mkdir(exist_ok=True)
            shutil.copy(source, copy / name)
    shutil.copytree(
        ROOT / ".chalice", copy / ".chalice", ignore=shutil.ignore_patterns("deployments")
    )
    config = json.loads((copy / ".chalice" / "config.json").read_text("utf-8"))
    config["lambda_architecture"] = architecture
    (copy / ".chalice" / "config.json").write_text(json.dumps(config), "utf-8")
    command = [sys.executable, "-c", CHALICE, "package", "--stage", "lambda"]
    command += ["--merge-template", str(ROOT / "infra" / "resources.yaml"), str(out)]
    environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "AWS_DEFAULT_REGION": "eu-north-1"}
    ended = subprocess.run(
        command, cwd=copy, env=environ, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        message = f"chalice package: {ended.stderr.strip().splitlines()[-1]}"
        raise Misconfigured(message)
    return out


def unpack(packed: Path, folder: Path, locked: Path) -> None:
    """Unzip what Chalice packed.  Raises Misconfigured if a requirement is not in it."""
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(folder)
    found = {(name, one.version) for name, one in _distributions(folder).items()}
    lines = locked.read_text("utf-8").splitlines()
    wanted = [Requirement(one.rstrip(" \\")) for one in lines if one and one[0] not in "# "]
    missing = [
        str(one)
        for one in wanted
        if (one.marker is None or one.marker.evaluate(LAMBDAS))
        and (canonicalize_name(one.name), str(one.specifier)[2:]) not in found
    ]
    if missing:
        message = f"not in the artefact, for want of a wheel: {', '.join(missing)}"
        raise Misconfigured(message)


def check_certificates(path: Path) -> None:
    """Raises Misconfigured for a file that holds no certificates in PEM."""
    try:
        x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError):
        message = f"{path}: holds no certificates in PEM"
        raise Misconfigured(message) from None


def check_machine(folder: Path, architecture: str) -> None:
    """Raises Misconfigured if a native library is another architecture's."""
    wanted = ELF_MACHINES[architecture].to_bytes(2, "little")
    found = sorted(path for path in folder.rglob("*.so*") if path.read_bytes()[18:20] != wanted)
    if found:
        names = ", ".join(str(path.relative_to(folder)) for path in found)
        message = f"not for {architecture}: {names}"
        raise Misconfigured(message)


def prune(folder: Path) -> None:
    """Remove what no function uses."""
    allowed = trimming.actions(ROOT / ".chalice" / "policies")
    trimming.trim(folder / "botocore" / "data", allowed)
    for pattern in UNUSED:
        for path in sorted(folder.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in folder.rglob("*.so*"):
        path.write_bytes(trimming.loaded(path.read_bytes()))


def without_documents(folder: Path, smaller: Path) -> None:
    """Copy a folder, without the distributions that only FOR_DOCUMENTS need."""
    shutil.copytree(folder, smaller)
    found = _distributions(smaller)
    waiting, needed = [*requirements()], set[str]()
    while waiting:
        one = waiting.pop()
        name = canonicalize_name(one.name)
        if name not in needed and (one.marker is None or one.marker.evaluate(LAMBDAS)):
            needed.add(name)
            waiting += map(Requirement, found[name].requires or ())

    def top(names: Iterable[str]) -> set[str]:
        return {path.parts[0] for name in names for path in found[name].files or ()}

    for part in top(found.keys() - needed) - top(needed):
        path = smaller / part
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def requirements(besides: frozenset[str] = FOR_DOCUMENTS) -> Iterator[Requirement]:
    """What requirements.in asks for, `besides` some."""
    for line in (ROOT / "requirements.in").read_text("utf-8").splitlines():
        if line and line[0] != "#" and line not in besides:
            yield Requirement(line)


def compile_all(folder: Path, *options: str) -> None:
    """Bytecode in place of every source: Lambda reads nothing else.  Raises Misconfigured.

    `options`: of compileall; `-o 2` leaves out docstrings and asserts.
    """
    compiler = [sys.executable, "-m", "compileall", "-q", "-b", "-s", str(folder), *options]
    compiler += ["--invalidation-mode", "unchecked-hash", str(folder)]
    ended = subprocess.run(compiler, env={**os.environ, "PYTHONHASHSEED": "0"}, check=False)
    if ended.returncode:
        message = "a source in the artefact cannot be compiled"
        raise Misconfigured(message)
    for path in [*folder.rglob("*.py"), *folder.glob("*.dist-info/RECORD")]:
        path.unlink()


def pack(folder: Path, target: Path) -> str:
    """Zip a folder; the SHA-256 of the zip."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), EPOCH)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    return hashlib.sha256(target.read_bytes()).hexdigest()


def milliseconds(folder: Path, script: str, endpoint_url: str = "http://127.0.0.1:1") -> float:
    """What a script costs the processor in a new, bare interpreter, its own start with it.

    It has only a folder to import from, and may not write bytecode, as on Lambda.
    """
    timed = f"import sys; sys.path.insert(0, {str(folder)!r})\n{script}\n"
    timed += "import time; sys.stdout.write(f'\\n{time.process_time() * 1000}')"
    ended = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", timed],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
        env={"PATH": os.environ["PATH"], **local.environment(endpoint_url)},
    )
    return float(ended.stdout.splitlines()[-1])


def _distributions(folder: Path) -> dict[str, PathDistribution]:
    found = map(PathDistribution, folder.glob("*.dist-info"))
    return {canonicalize_name(one.metadata["Name"]): one for one in found}
