"""`python -m infra.bench.cold [--write FILE]`: what a new process costs until its first answer.

Each function answers one event from the unzipped artefact in a bare interpreter, with an embedded
AWS in another process; beside it a DynamoDB client of botocore alone with its first call: from the
same artefact, from what plain `chalice package` makes (nothing pruned, no bytecode), and as it is
installed here.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import botocore
import typer

from infra import local
from infra.bench.report import machine, table
from infra.build import artefact
from infra.local import aws
from shared.gateways.clock import utc_now

ROUNDS = 7
GOAL = 1.2
BARE = """
import botocore.session
client = botocore.session.get_session().create_client("dynamodb")
client.get_item(TableName="privacy", Key={"pk": {"S": "a"}, "sk": {"S": "b"}})
"""
HANDLED = """
import json, os
os.environ["AWS_LAMBDA_RUNTIME_API"] = "127.0.0.1:1"
class Context:
    function_name, aws_request_id, function_version = "f", "1", "$LATEST"
    get_remaining_time_in_millis = staticmethod(lambda: 100000)
from functions import {module}
told = {module}.{name}(json.loads({event!r}), Context())
assert "statusCode" not in told or told["statusCode"] < 500, told
"""
STATEMENT_NOTICE = "avara-2026-11-nb"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"
HEAD = """# Cold start

Written by `make bench-cold`. Milliseconds of the processor from the start of a process until it has
answered its first event: interpreter, imports, statement, keys, clients, the event itself. The
median of {rounds}, taken in turn, beside (a) a DynamoDB client of botocore and nothing else, with
its first call, from the same artefact, (b) the same from what plain `chalice package` makes:
nothing pruned, no bytecode, and (c) the same as pip installs it: nothing pruned. An embedded AWS
answers in another process, so waiting and TLS are not in it; Lambda's own start is the same for
each.
"""


def gateway(method: str, resource: str, **named: str) -> dict[str, Any]:
    """A request as the REST API hands it over; `named` are the names in its path."""
    path = resource.format(**named)
    return {
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": {"Accept": "application/json", "Content-Type": "application/json"},
        "multiValueHeaders": {},
        "multiValueQueryStringParameters": None,
        "pathParameters": named or None,
        "stageVariables": None,
        "requestContext": {
            "httpMethod": method,
            "identity": {"sourceIp": "192.0.2.7"},
            "path": f"/api{path}",
            "requestId": "1",
            "resourcePath": resource,
        },
        "body": None,
        "isBase64Encoded": False,
    }


def _events() -> dict[str, tuple[str, str, dict[str, Any]]]:
    """What is measured: module, name of the handler, event."""
    form = gateway("POST", "/forms/{form_name}", form_name="contact")
    form["body"] = json.dumps({"email": "kari@example.com", "notice": STATEMENT_NOTICE})
    from_browser = {**form, "headers": {**form["headers"], "User-Agent": AGENT}}
    asked = gateway("POST", "/requests")
    asked["body"] = json.dumps({"right": "access", "email": "kari@example.com", "language": "nb"})
    page = gateway("GET", "/page/{form_name}", form_name="contact")
    records: dict[str, Any] = {"Records": []}
    return {
        "intake": ("intake", "handle", form),
        "intake, of a browser that says what it is": ("intake", "handle", from_browser),
        "pages": ("pages", "handle", page),
        "subject_requests": ("subject_requests", "handle", asked),
        "staff": ("staff", "handle", gateway("GET", "/staff/inbox")),
        "staff_requests": ("staff_requests", "handle", gateway("GET", "/staff/requests")),
        "workers": ("workers", "work", records),
        "stream_cascade": ("stream_cascade", "cascade", records),
        "reminders": ("reminders", "remind", {"only": "letters"}),
        "retention_sweep": ("retention_sweep", "sweep", {}),
        "documents": ("documents", "examine", records),
    }


def main(
    write: Annotated[Path | None, typer.Option(metavar="FILE", help="Markdown.")] = None,
) -> None:
    """Measure in turn, show the table, and write it to FILE."""
    url = aws.start(aws.MOTO)
    os.environ.update(local.environment(url))
    aws.furnish(aws.MOTO)
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        built = _built(folder / "built")
        packed = artefact.packed(folder, artefact.machines_own())
        plain = folder / "plain"
        artefact.unpack(packed / "deployment.zip", plain, artefact.ROOT / "requirements.txt")
        starts = {
            "(a) botocore alone": (built["deployment"], BARE),
            "(b) plain": (plain, BARE),
            "(c) installed": (Path(botocore.__file__).parents[1], BARE),
        }
        for name, (module, handler, event) in _events().items():
            where = built["documents" if module == "documents" else "deployment"]
            script = HANDLED.format(module=module, name=handler, event=json.dumps(event))
            starts[name] = (where, script)
        times: dict[str, list[float]] = {name: [] for name in starts}
        for _ in range(ROUNDS):
            for name, (where, script) in starts.items():
                times[name].append(artefact.milliseconds(where, script, url))
    text = written({name: median(some) for name, some in times.items()})
    print(text)
    if write:
        write.write_text(text, "utf-8")


def _built(out: Path) -> dict[str, Path]:
    """The folders of both artefacts, built for this machine."""
    command = [sys.executable, "-m", "infra.build", "--architecture", artefact.machines_own()]
    command += ["--runtime", artefact.own_runtime(), "--out", str(out)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=artefact.ROOT)
    return {name: out / "prod" / "unzipped" / name for name in ("deployment", "documents")}


def written(medians: dict[str, float]) -> str:
    """The page."""
    beside = [medians[name] for name in ("(a) botocore alone", "(b) plain", "(c) installed")]
    rows = [
        (name, f"{ms:.0f}", *(f"{ms / one:.2f}" for one in beside)) for name, ms in medians.items()
    ]
    goals = []
    for letter, one in (("a", beside[0]), ("c", beside[2])):
        measured = medians["intake"] / one
        met = "yes" if measured <= GOAL else "**no**"
        goals.append((f"intake: {GOAL} × ({letter})", f"{measured:.2f}", met))
    return "\n".join(
        [
            HEAD.format(rounds=ROUNDS),
            f"{utc_now():%Y-%m-%d}, {machine()}.\n",
            *table(("goal", "measured", "met"), goals),
            "",
            *table(("", "ms", "× (a)", "× (b)", "× (c)"), rows),
            "",
        ]
    )


if __name__ == "__main__":
    typer.run(main)
