"""AWS's DynamoDB Local beside a command: `unshare -rn python -m infra.engine COMMAND...`.

The engine listens on every interface and has no option against it, so it only starts where no
network is: in a network namespace that has a loopback and nothing else.  Its telemetry is off.
The jar is fetched by `make`, one a machine; its licence allows use with an AWS account, and no
passing on (docs/decisions/0008).
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

HOME = Path(__file__).parents[1] / ".dynamodb-local" / "package" / "emulator"
NAME = "dynamodb-local"
PORT = 8000
ENDPOINT = f"http://127.0.0.1:{PORT}"
PATIENCE = 60.0
CONDITION = "DynamoDB Local: its licence asks for an AWS account (docs/decisions/0008)."
JAVA = (
    "java",
    "-Xmx1g",
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    f"-Djava.library.path={HOME / 'DynamoDBLocal_lib'}",
    "-jar",
    str(HOME / "DynamoDBLocal.jar"),
    "-port",
    str(PORT),
    "-inMemory",
    "-disableTelemetry",
)


def main(command: list[str]) -> int:
    """Run a command with the engine as its DynamoDB; its exit code, 2 if the engine cannot run."""
    if not HOME.is_dir():
        return _refuse("DynamoDB Local is not here: `make engine` fetches it")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    if _is_connected():
        return _refuse("DynamoDB Local runs without a network only: unshare -rn ...")
    print(CONDITION, file=sys.stderr)
    signal.signal(signal.SIGTERM, _stop)
    environ = {**os.environ, **environment()}
    with _engine():
        return subprocess.run(command, env=environ, check=False, close_fds=False).returncode


def environment() -> dict[str, str]:
    """What makes every DynamoDB client of a process use the engine, and no other service."""
    return {
        "ENGINE": NAME,
        "AWS_ENDPOINT_URL_DYNAMODB": ENDPOINT,
        "AWS_ENDPOINT_URL_DYNAMODB_STREAMS": ENDPOINT,
    }


def _is_connected() -> bool:
    """Whether there is a route to anywhere; a datagram socket that connects sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            asked.connect(("192.0.2.1", 9))
        except OSError:
            return False
        return True


@contextmanager
def _engine() -> Iterator[None]:
    quiet = subprocess.DEVNULL
    environ = {**os.environ, "DDB_LOCAL_TELEMETRY": "0"}
    engine = subprocess.Popen(JAVA, env=environ, stdin=quiet, stdout=quiet, cwd=HOME)
    try:
        _wait_for(engine)
        yield
    finally:
        engine.kill()
        engine.wait()


def _wait_for(engine: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while engine.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", PORT), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    sys.exit(_refuse("DynamoDB Local did not start"))


def _stop(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(143)


def _refuse(reason: str) -> int:
    print(reason, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
