"""A local stack in a process of its own, as `make run` starts it, and the operator's command line.

Each is forked from a process that has imported both: importing takes longer than most of what is
tried.  `python -m` itself is tried where it is all that is asked.
"""

import importlib
import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import requests

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
NOTICE = "avara-2026-11-en"

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["__main__", "app", "infra.admin.__main__", "infra.local.__main__"])
Process = multiprocessing.context.ForkServerProcess


@dataclass(frozen=True, slots=True)
class Stack:
    """A running stack: its address, and where its output goes."""

    url: str
    written: Path

    def get(self, path: str, **options: Any) -> requests.Response:
        return requests.get(self.url + path, timeout=PATIENCE, **options)

    def post(self, path: str, **options: Any) -> requests.Response:
        return requests.post(self.url + path, timeout=PATIENCE, **options)

    def fill_in(self, form: str, **fields: Any) -> dict[str, Any]:
        """Send a form as JSON; what it answers."""
        answer = self.post(f"/forms/{form}", json={"notice": NOTICE, **fields})
        assert answer.status_code == 202, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def now(self) -> str:
        now: str = self.get("/_local/clock").json()["now"]
        return now

    def set_clock(self, now: str) -> list[str]:
        """Move the clock; which functions ran."""
        answer = self.post("/_local/clock", json={"now": now})
        assert answer.status_code == 200, answer.text
        ran: list[str] = answer.json()["ran"]
        return ran

    def ask(self, *arguments: str) -> dict[str, Any]:
        """The one JSON object with which a command of the operator's answers."""
        ended = operate("--local", self.url, *arguments, "--json")
        assert ended.returncode == 0, ended.stderr
        told: dict[str, Any] = json.loads(ended.stdout)
        return told

    def output(self) -> str:
        return self.written.read_text()


@contextmanager
def running(folder: Path, **environ: str) -> Iterator[Stack]:
    """A stack on a free port; stopped as Ctrl-C does, which must end it cleanly.

    No function may have been denied anything.
    """
    port, written = _free_port(), folder / "output.txt"
    process = _started("infra.local", (), {"PORT": str(port), **environ}, written, written)
    stack = Stack(f"http://127.0.0.1:{port}", written)
    try:
        _wait(stack, process)
        yield stack
        os.kill(process.pid or 0, signal.SIGINT)
        process.join(PATIENCE)
        assert process.exitcode == 0, stack.output()
        assert " may not " not in stack.output()
    finally:
        process.kill()
        process.join()


def _wait(stack: Stack, process: Process) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert process.exitcode is None, stack.output()
        try:
            if stack.get("/health").status_code == 200:
                return
        except requests.ConnectionError:
            time.sleep(0.05)
    message = f"no stack after {PATIENCE} s: {stack.output()}"
    raise TimeoutError(message)


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
        return port


def operate(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """A command of the operator's."""
    return _run("infra.admin", arguments, environ)


def refused_start(**environ: str) -> subprocess.CompletedProcess[str]:
    """A stack that is not expected to start."""
    return _run("infra.local", (), environ)


def _run(
    module: str, arguments: tuple[str, ...], environ: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    with TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        process = _started(module, arguments, environ, out, err)
        process.join(PATIENCE)
        code = process.exitcode
        process.kill()
        assert code is not None, f"{module} has not ended after {PATIENCE} s"
        return subprocess.CompletedProcess(arguments, code, out.read_text(), err.read_text())


def _started(
    module: str, arguments: tuple[str, ...], environ: dict[str, str], out: Path, err: Path
) -> Process:
    process = FORKS.Process(
        target=_become, args=(module, arguments, {**os.environ, **environ}, out, err)
    )
    process.start()
    return process


def _become(
    module: str, arguments: tuple[str, ...], environ: dict[str, str], out: Path, err: Path
) -> None:
    """What `python -m` does, in a fork of a process that has imported the module."""
    for descriptor, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), descriptor)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(write_through=True)  # type: ignore[union-attr]
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(ROOT)
    sys.argv = [module, *arguments]
    sys.exit(importlib.import_module(f"{module}.__main__").run())
