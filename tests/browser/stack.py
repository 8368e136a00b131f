"""The local stack in a process of its own, as `make run` starts it, and its operator."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).parents[2]
SECONDS_TO_START = 30


class Stack:
    """A running local stack; what it prints goes to `log`."""

    def __init__(self, log: Path) -> None:
        port = _free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "infra.local"],
                cwd=ROOT,
                env={**os.environ, "PORT": str(port)},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        for _ in range(SECONDS_TO_START * 10):
            try:
                if requests.get(f"{self.url}/health", timeout=5).ok:
                    return
            except requests.ConnectionError:
                time.sleep(0.1)
            if self._process.poll() is not None:
                break
        self.stop()
        message = f"the local stack did not start:\n{self.printed()}"
        raise RuntimeError(message)

    def stop(self) -> int:
        """End it as Ctrl-C does; its exit status."""
        self._process.terminate()
        return self._process.wait(timeout=10)

    def printed(self) -> str:
        return self._log.read_text("utf-8")

    def set_clock(self, now: str) -> None:
        answer = requests.post(f"{self.url}/_local/clock", json={"now": now}, timeout=60)
        answer.raise_for_status()

    def operate(self, *command: str) -> tuple[int, Any]:
        """Run a command of the operator's; its exit status, and what it answers as JSON."""
        done = subprocess.run(
            [sys.executable, "-m", "infra.admin", "--local", self.url, *command, "--json"],
            cwd=ROOT,
            capture_output=True,
            check=False,
            timeout=60,
        )
        return done.returncode, json.loads(done.stdout) if done.returncode == 0 else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
