"""The locks hold all that anything in them asks for, so that nothing needs to be resolved."""

from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements", "requirements-uv", "requirements-local", "requirements-dev")
PLATFORMS = {
    "linux-x86": ("linux", "Linux", "x86_64"),
    "linux-arm": ("linux", "Linux", "aarch64"),
    "macos": ("darwin", "Darwin", "arm64"),
}

Pins = dict[str, list[Requirement]]


def environment(version: str, platform: str) -> dict[str, str]:
    sys_platform, system, machine = PLATFORMS[platform]
    return {
        "python_version": version,
        "python_full_version": f"{version}.0",
        "implementation_version": f"{version}.0",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "os_name": "posix",
        "sys_platform": sys_platform,
        "platform_system": system,
        "platform_machine": machine,
    }


def listed(name: str) -> list[Requirement]:
    """What a lock's source asks for itself, and through the sources that it takes up."""
    found = []
    for line in (ROOT / name).with_suffix(".in").read_text("utf-8").splitlines():
        if line.startswith("-r "):
            found += listed(line.removeprefix("-r "))
        elif line and not line.startswith(("#", "-c ")):
            found.append(Requirement(line))
    return found


def pinned(name: str) -> Pins:
    pins: Pins = {}
    for line in (ROOT / f"{name}.txt").read_text("utf-8").splitlines():
        if line and line[0] not in "# ":
            pin = Requirement(line.removesuffix("\\"))
            pins.setdefault(canonicalize_name(pin.name), []).append(pin)
    return pins


def missing(asked: list[Requirement], pins: Pins, where: dict[str, str]) -> list[str]:
    """Whatever of it, or of what it asks for in its turn, no pin fulfils there."""
    faults, done, waiting = [], set(), [("source", one, "") for one in asked]
    while waiting:
        by, one, extra = waiting.pop()
        if one.marker and not one.marker.evaluate({**where, "extra": extra}):
            continue
        name = canonicalize_name(one.name)
        if not any(fulfils(pin, one, where) for pin in pins.get(name, [])):
            faults.append(f"{one} of {by}")
            continue
        for wanted in {"", *one.extras} - {of for of_name, of in done if of_name == name}:
            done.add((name, wanted))
            waiting += [(name, Requirement(text), wanted) for text in requires(name) or ()]
    return faults


def fulfils(pin: Requirement, one: Requirement, where: dict[str, str]) -> bool:
    ((_, version),) = [(spec.operator, spec.version) for spec in pin.specifier]
    return (not pin.marker or pin.marker.evaluate(where)) and one.specifier.contains(version)


@pytest.mark.parametrize("lock", LOCKS)
@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize("platform", list(PLATFORMS))
def test_whatever_a_requirement_asks_for_is_in_the_lock(
    lock: str, version: str, platform: str
) -> None:
    assert missing(listed(lock), pinned(lock), environment(version, platform)) == []


def test_an_extra_that_is_asked_for_but_not_in_the_lock_is_found() -> None:
    asked = [Requirement("moto[proxy]")]
    faults = missing(asked, pinned("requirements-dev"), environment("3.11", "linux-x86"))
    assert 'antlr4-python3-runtime; extra == "proxy" of moto' in faults


@pytest.mark.parametrize("lock", LOCKS)
def test_nothing_in_the_lock_is_without_an_exact_version_and_a_hash(lock: str) -> None:
    text = (ROOT / f"{lock}.txt").read_text("utf-8").replace("\\\n", "")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert lines
    assert [line for line in lines if "==" not in line or "--hash=sha256:" not in line] == []


def versions(name: str) -> set[tuple[str, str]]:
    return {(pin, str(one.specifier)) for pin, some in pinned(name).items() for one in some}


def test_the_locks_agree_on_every_version() -> None:
    everything = versions("requirements-dev")
    for name in LOCKS:
        assert versions(name) <= everything
