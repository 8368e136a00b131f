"""Lambda, as far as a function can tell: AWS's own runtime client in a process that is started as
there, and the Runtime API that it asks for events.

The process has the artefact and the runtime client to import from, and nothing else; no time
zones, no right to write where the code lies, and an interpreter that needs LD_LIBRARY_PATH.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any
from uuid import UUID

import awslambdaric

ROOT = "/2018-06-01/runtime"
ARN = "arn:aws:lambda:eu-north-1:123456789012:function:f"
PATIENCE = 60
CLIENT = ("awslambdaric", "runtime_client*.so", "simplejson", "snapshot_restore_py")
"""The runtime client and what it needs: what lies in /var/runtime."""
INTERPRETER = """#!/bin/bash
[ "$LD_LIBRARY_PATH" = /var/lang/lib ] || exit 127
exec -a "$0" {python} "$@"
"""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back for an event: the handler's answer, or the error that the client reports."""

    content: bytes
    ok: bool = True

    @property
    def told(self) -> Any:
        return json.loads(self.content)


class Api(ThreadingHTTPServer):
    """The Runtime API of one function: hands out events, and keeps what is answered."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Requests)
        self.events: Queue[bytes] = Queue()
        self.answers: Queue[Answered] = Queue()
        self.asked: Queue[None] = Queue()
        self.given = 0
        Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_: object) -> None:
        """A function that is ended leaves its question behind."""


class Requests(BaseHTTPRequestHandler):
    """`next`, `response` and `error` of an invocation, and `init/error`."""

    server: Api
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        assert self.path == f"{ROOT}/invocation/next"
        self.server.asked.put(None)
        event = self.server.events.get()
        self.server.given += 1
        request = UUID(int=self.server.given)
        self._answer(
            200,
            event,
            {
                "Content-Type": "application/json",
                "Lambda-Runtime-Aws-Request-Id": str(request),
                "Lambda-Runtime-Deadline-Ms": "4102444800000",
                "Lambda-Runtime-Invoked-Function-Arn": ARN,
                "Lambda-Runtime-Trace-Id": "Root=1-6740a5c1-0123456789abcdef01234567;Sampled=0",
            },
        )

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.headers.get("Transfer-Encoding") == "chunked":
            content = b"".join(self._chunks())
        self.server.answers.put(Answered(content, self.path.endswith("/response")))
        self._answer(202, b'{"status": "OK"}', {})

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline(), 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def _answer(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, told in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, told)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@dataclass(kw_only=True)
class Lambda:
    """A function that is warm after its first event; `settings` are its environment's."""

    handler: str
    code: Path
    layer: Path
    settings: dict[str, str]
    log: Path
    api: Api = field(default_factory=Api)

    @cached_property
    def process(self) -> subprocess.Popen[bytes]:
        """The runtime client, started; it has asked for its first event."""
        interpreter = self.layer / "lang" / "bin" / f"python3.{sys.version_info[1]}"
        with self.log.open("ab") as log:
            started = subprocess.Popen(
                [interpreter, "-S", "-m", "awslambdaric", self.handler],
                cwd=self.code,
                env={**self._environment(), **self.settings},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait(self.api.asked, started)
        return started

    def invoke(self, event: Any) -> Answered:
        """What comes back for an event."""
        started = self.process
        self.api.events.put(json.dumps(event).encode())
        answered: Answered = self._wait(self.api.answers, started)
        return answered

    def end(self) -> None:
        if "process" in vars(self):
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.api.shutdown()

    def written(self) -> str:
        """All that it has written: what CloudWatch would be given."""
        return self.log.read_text("utf-8")

    def _wait(self, queue: Queue[Any], started: subprocess.Popen[bytes]) -> Any:
        for _ in range(PATIENCE):
            try:
                return queue.get(timeout=1)
            except Empty:
                assert started.poll() is None, self.written()
        raise TimeoutError(self.written())

    def _environment(self) -> dict[str, str]:
        return {
            "_HANDLER": self.handler,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_python3.{sys.version_info[1]}",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_LAMBDA_FUNCTION_NAME": self.handler.split(".")[1],
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_FORMAT": "JSON",
            "AWS_LAMBDA_LOG_GROUP_NAME": "logs",
            "AWS_LAMBDA_LOG_STREAM_NAME": "stream",
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.api.server_port}",
            "AWS_SESSION_TOKEN": "token",
            "LAMBDA_RUNTIME_DIR": str(self.layer / "runtime"),
            "LAMBDA_TASK_ROOT": str(self.code),
            "LANG": "en_US.UTF-8",
            "LD_LIBRARY_PATH": "/var/lang/lib",
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "PYTHONPATH": str(self.layer / "runtime"),
            "PYTHONTZPATH": "",
            "TZ": ":UTC",
        }


def layer(folder: Path) -> Path:
    """A folder with an interpreter and the runtime client, as Lambda's image has them in /var."""
    packages = Path(awslambdaric.__file__).parents[1]
    (folder / "runtime").mkdir()
    for pattern in CLIENT:
        for path in packages.glob(pattern):
            (folder / "runtime" / path.name).symlink_to(path)
    (folder / "lang" / "bin").mkdir(parents=True)
    (folder / "lang" / "lib").symlink_to(Path(sys.base_prefix) / "lib")
    interpreter = folder / "lang" / "bin" / f"python3.{sys.version_info[1]}"
    interpreter.write_text(INTERPRETER.format(python=os.path.realpath(sys.executable)), "utf-8")
    interpreter.chmod(0o755)
    return folder


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Let nobody write in a folder; whoever may all the same leaves something behind."""
    before = set(folder.rglob("*"))
    folders = [folder, *(path for path in before if path.is_dir())]
    for one in folders:
        one.chmod(0o555)
    try:
        yield
        assert set(folder.rglob("*")) == before
    finally:
        for one in folders:
            one.chmod(0o755)
