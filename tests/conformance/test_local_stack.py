"""The local stack brings an engine of its own, and takes it along when it ends."""

import time
from datetime import datetime
from pathlib import Path

from tests.local import walking
from tests.local.stack import running

EMAIL = "kari@example.com"
PATIENCE = 10.0


def engines(mark: str) -> list[int]:
    """The processes of Java that were started by what has this mark in its environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command, environ = ((process / name).read_bytes() for name in ("cmdline", "environ"))
        except OSError:
            continue  # ended meanwhile, or somebody else's
        if command.startswith(b"java\0") and f"MARK={mark}\0".encode() in environ:
            found.append(int(process.name))
    return found


def test_somebody_is_kept_and_erased_on_the_stacks_own_engine(tmp_path: Path) -> None:
    with running(tmp_path, ENGINE="dynamodb-local", MARK=str(tmp_path)) as stack:
        told = stack.fill_in("contact", email=EMAIL, message="Hei")
        held = stack.ask("subject", EMAIL)
        assert [one["value"] for one in held["values"] if one["name"] == "message"] == ["Hei"]
        due = datetime.fromisoformat(f"{told['erased_on']}T02:00:00+01:00")
        assert "retention_sweep" in stack.set_clock(due.isoformat())
        (record,) = stack.ask("erasures")["erasures"]
        assert (record["counts"]["interaction"], record["trigger"]) == (1, "sweep")
        stack.fill_in("contact", email=EMAIL, message="Igjen")
        assert "Igjen" in str(walking.access(stack, EMAIL)["values"])
        assert '"left": 0' in walking.erasure(stack, EMAIL)
        assert len(engines(str(tmp_path))) == 1
    until = time.monotonic() + PATIENCE
    while engines(str(tmp_path)):
        assert time.monotonic() < until, "the engine outlives its stack"
        time.sleep(0.1)
