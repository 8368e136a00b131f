"""What the command line shows: words on a terminal, or one JSON object.

Values of people are shown as text: no markup, no control characters.
"""

import json
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from shared.statement import loading
from shared.statement.lint import Finding
from shared.statement.types import Statement

WIDEST = 5
"""Columns of a table that an ordinary terminal can show."""

console = Console(highlight=False)
progress = Console(stderr=True)


def show(told: object, as_json: bool, also: str = "") -> None:
    """One object: scalars as lines, lists of objects as tables."""
    plain = msgspec.json.decode(msgspec.json.encode(told))
    if as_json:
        print(json.dumps(plain, ensure_ascii=False))
        return
    for name, value in plain.items():
        if isinstance(value, list) and any(isinstance(one, dict) for one in value):
            _rows(name, value)
        else:
            console.print(Text(f"{name.replace('_', ' ')}: {_worded(value)}"))
    if also:
        console.print(Text(also))


def _rows(name: str, rows: list[dict[str, Any]]) -> None:
    """A table, or where that would be too wide a paragraph for each row."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    if len(columns) <= WIDEST:
        console.print(_table(name, columns, rows))
        return
    console.print(Text(f"{name}: {len(rows)}", style="bold"))
    for row in rows:
        console.print()
        for key, value in row.items():
            console.print(Text(f"  {key.replace('_', ' ')}: {_worded(value)}"))


def _table(name: str, columns: list[str], rows: list[dict[str, Any]]) -> Table:
    table = Table(title=name, title_justify="left")
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(Text(_worded(row.get(column))) for column in columns))
    return table


def _worded(value: Any) -> str:
    if isinstance(value, dict):
        told = {key: one for key, one in value.items() if one not in (None, "", [], {})}
        return ", ".join(f"{key} {_worded(one)}" for key, one in told.items()) or "–"
    if isinstance(value, list):
        return ", ".join(map(_worded, value)) or "–"
    text = "–" if value in (None, "") else str(value)
    return "".join(letter if letter.isprintable() else " " for letter in text)


def statement(loaded: Statement, findings: tuple[Finding, ...]) -> None:
    """The rules of a statement in words, then its contradictions and what settles them."""
    one, language = loaded.controller, loaded.language_for("en")
    console.print(Text(f"{loaded.title}, version {loaded.version}", style="bold"))
    console.print(f"{one.name}, organisation number {one.organisation_number}, {one.email}")
    purposes = Table(title="Purposes", title_justify="left")
    for heading in ("purpose", "clause", "lawful basis", "in words"):
        purposes.add_column(heading)
    for name, purpose in loaded.purposes.items():
        basis = (
            f"{purpose.basis}, customers {purpose.customers}"
            if purpose.customers
            else purpose.basis
        )
        purposes.add_row(name, f"§{purpose.clause}", basis, purpose.text[language])
    console.print(purposes)
    rules = Table(title=f"Retention ({loaded.retention.time_zone})", title_justify="left")
    for heading in ("rule", "clause", "period", "in words"):
        rules.add_column(heading)
    for rule, law in loading.rules_of(loaded).items():
        rules.add_row(rule, f"§{law.clause}", str(law.length), law.text)
    console.print(rules)
    counting = [kind for kind, event in loaded.contact_events.items() if event.counts]
    console.print(f"Contacts that keep a dialogue active: {', '.join(counting)}")
    contradictions = Table(title="Contradictions", title_justify="left")
    for heading in ("no.", "clauses", "question", "settled by", "open"):
        contradictions.add_column(heading, overflow="fold")
    for finding in findings:
        settled = "" if finding.open else finding.key
        contradictions.add_row(
            finding.number, finding.clauses, finding.question, settled, "; ".join(finding.open)
        )
    console.print(contradictions)
