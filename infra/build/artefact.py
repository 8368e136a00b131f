"""The zip that Lambda unpacks: what Chalice packed, checked, pruned, compiled, and always the same.

The same sources and requirements give the same bytes: names sorted, times fixed, bytecode by a
hash of the source that is not checked again.
"""

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import PathDistribution
from pathlib import Path

from cryptography import x509

from infra import local
from shared.errors import Misconfigured

ROOT = Path(__file__).parents[2]
SHIPPED = ("app.py", "functions", "shared", "vendor", "requirements.txt")
CHALICE = "from chalice.cli import main; main()"
SERVICES = ("dynamodb", "s3", "secretsmanager", "ses")
"""The AWS services that a function calls; botocore describes some four hundred."""

EPOCH = (1980, 1, 1, 0, 0, 0)
NAME = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
UNUSED = ("**/tests", "**/py.typed", "**/*.pyi", "REVISION", "bin")

MACHINES = {"x86_64": "x86_64", "aarch64": "arm64"}
ELF_MACHINES = {"x86_64": 62, "arm64": 183}
"""`e_machine` of a native library's header, in its bytes 18 and 19."""


def machines_own() -> str:
    """What Lambda calls the architecture of this machine."""
    return MACHINES[platform.machine()]


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


def unpack(packed: Path, folder: Path, requirements: Path) -> None:
    """Unzip what Chalice packed.  Raises Misconfigured if a requirement is not in it."""
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(folder)
    found = {
        (_normal(one.metadata["Name"]), one.version)
        for one in map(PathDistribution, folder.glob("*.dist-info"))
    }
    wanted = NAME.findall(requirements.read_text("utf-8"))
    missing = [
        f"{name} {version}" for name, version in wanted if (_normal(name), version) not in found
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
    data = folder / "botocore" / "data"
    for service in data.iterdir():
        if service.is_dir() and service.name not in SERVICES:
            shutil.rmtree(service)
    for pattern in UNUSED:
        for path in sorted(folder.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def compile_all(folder: Path) -> None:
    """Bytecode beside every source: Lambda's disk cannot be written to.  Raises Misconfigured."""
    compiler = [sys.executable, "-m", "compileall", "-q", "-s", str(folder), str(folder)]
    compiler += ["--invalidation-mode", "unchecked-hash"]
    ended = subprocess.run(compiler, env={**os.environ, "PYTHONHASHSEED": "0"}, check=False)
    if ended.returncode:
        message = "a source in the artefact cannot be compiled"
        raise Misconfigured(message)


def pack(folder: Path, target: Path) -> str:
    """Zip a folder; the SHA-256 of the zip."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), EPOCH)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    return hashlib.sha256(target.read_bytes()).hexdigest()


def milliseconds(folder: Path, script: str) -> float:
    """How long a script takes in a new, bare interpreter that has only a folder to import from.

    It may not write bytecode, as on Lambda.
    """
    timed = (
        f"import sys, time; sys.path.insert(0, {str(folder)!r}); start = time.perf_counter(); "
        f"{script}; print((time.perf_counter() - start) * 1000)"
    )
    ended = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", timed],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
        env={"PATH": os.environ["PATH"], **local.environment("http://127.0.0.1:1")},
    )
    return float(ended.stdout)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
