"""`python -m infra.bench.cold [--write FILE]`: how long a new process takes until it can serve.

Each handler is imported from the unzipped artefact by a bare interpreter, with its first client;
beside it (a) a DynamoDB client of botocore alone and (b) the same from what plain `chalice
package` makes: every route behind one function, no bytecode, nothing pruned.
"""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from infra.bench.report import machine, table
from infra.build import artefact
from shared.gateways.clock import utc_now

ROUNDS = 15
CONFIG = json.loads((artefact.ROOT / ".chalice" / "config.json").read_text("utf-8"))
FUNCTIONS = CONFIG["stages"]["lambda"]["lambda_functions"]
CLIENT = (
    "from shared.settings import Settings; from shared.wiring import bind; "
    "bind(Settings(table='t', region='eu-north-1', keys_secret='k', origins=(), statement=None))"
)
STATEMENT = "from shared.statement import loading; loading.load()"
BARE = "import botocore.session; botocore.session.get_session().create_client('dynamodb')"
STARTS = {
    "intake, and the address of its first form": (
        f"import functions.intake; {STATEMENT}; {CLIENT}; "
        "from shared.policy import addresses; addresses.email('kari@example.com')"
    ),
    **{
        name: f"import functions.{name}; {STATEMENT}{'' if name == 'pages' else f'; {CLIENT}'}"
        for name in sorted(FUNCTIONS)
    },
}
HEAD = """# Cold start

Written by `make bench-cold`. Milliseconds from the start of a new interpreter's work until a
handler is imported from the unzipped artefact, the statement read and the first client made: the
least of {rounds}, taken in turn, as whatever disturbs only adds. (a) is a DynamoDB client of
botocore and nothing else; (b) what plain `chalice package` makes: one function for every route, no
bytecode, nothing pruned. Lambda adds its own start-up to each alike.
"""
PLAIN = f"import app; {STATEMENT}; {CLIENT}"


def main(
    write: Annotated[Path | None, typer.Option(metavar="FILE", help="Markdown.")] = None,
) -> None:
    """Measure in turn, show the table, and write it to FILE."""
    with TemporaryDirectory() as temporary:
        plain, ours = Path(temporary, "plain"), Path(temporary, "ours")
        packed = artefact.packed(Path(temporary), artefact.machines_own())
        for folder in (plain, ours):
            artefact.unpack(packed / "deployment.zip", folder, artefact.ROOT / "requirements.txt")
        artefact.prune(ours)
        artefact.compile_all(ours)
        starts = {
            "(a) botocore alone": (ours, BARE),
            "(b) plain chalice package": (plain, PLAIN),
            **{name: (ours, script) for name, script in STARTS.items()},
        }
        times: dict[str, list[float]] = {name: [] for name in starts}
        for _ in range(ROUNDS):
            for name, (folder, script) in starts.items():
                times[name].append(artefact.milliseconds(folder, script))
    text = written({name: min(some) for name, some in times.items()})
    print(text)
    if write:
        write.write_text(text, "utf-8")


def written(least: dict[str, float]) -> str:
    """The page."""
    bare, plain = least["(a) botocore alone"], least["(b) plain chalice package"]
    rows = [
        (name, f"{ms:.0f}", f"{ms / bare:.2f}", f"{ms / plain:.2f}") for name, ms in least.items()
    ]
    goals = [
        ("intake: at most 1.6 × (a)", f"{least['intake'] / bare:.2f}", 1.6),
        ("intake: at most 0.45 × (b)", f"{least['intake'] / plain:.2f}", 0.45),
    ]
    verdicts = [(goal, got, "yes" if float(got) <= most else "**no**") for goal, got, most in goals]
    return "\n".join(
        [
            HEAD.format(rounds=ROUNDS),
            f"{utc_now():%Y-%m-%d}, {machine()}.\n",
            *table(("goal", "measured", "met"), verdicts),
            "",
            *table(("", "ms", "× (a)", "× (b)"), rows),
            "",
        ]
    )


if __name__ == "__main__":
    typer.run(main)
