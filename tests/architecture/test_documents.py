"""What the documents say is what the code does."""

import inspect
import re
import tomllib
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from types import ModuleType

import pytest

from infra import resources
from shared import errors, model
from shared.model import audit, contacts, requests, retention
from shared.policy import documents, exports
from shared.statement import loading, periods
from shared.statement.types import Statement
from shared.workflows import beside, events, imports, submissions

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
NOUNS = [import_module(one.name) for one in walk_packages(model.__path__, "shared.model.")]
ROW = re.compile(r"^\| (\w+) \| §(\S+) \| (.+?) \| (.+?) \|$", re.MULTILINE)


def enums(*modules: ModuleType) -> list[type[StrEnum]]:
    return [
        thing
        for module in modules
        for _, thing in inspect.getmembers(module, inspect.isclass)
        if issubclass(thing, StrEnum) and thing.__module__ == module.__name__
    ]


def test_the_published_schedule_is_the_one_applied(statement: Statement) -> None:
    published = ROW.findall((DOCS / "retention-schedule.md").read_text("utf-8"))
    assert published == [
        (name, rule.clause, str(rule.length), rule.text)
        for name, rule in loading.rules_of(statement).items()
    ]


@pytest.mark.parametrize(
    "enum",
    enums(*NOUNS, errors, periods, documents, exports, events, imports, submissions),
    ids=lambda enum: enum.__name__,
)
def test_the_glossary_has_every_term_of_the_code(enum: type[StrEnum]) -> None:
    glossary = (DOCS / "glossary.md").read_text("utf-8")
    (row,) = re.findall(rf"^\| `{enum.__name__}` \|.*$", glossary, re.MULTILINE)
    assert [term for term in enum if f"`{term}`" not in row] == []


def test_the_glossary_has_every_purpose_of_the_statement(statement: Statement) -> None:
    glossary = (DOCS / "glossary.md").read_text("utf-8")
    assert [name for name in statement.purposes if f"`{name}`" not in glossary] == []


def test_the_sweep_runs_where_and_when_the_statement_counts_its_days(
    statement: Statement,
) -> None:
    schedules = resources.schedules(resources.default_time_zone())
    first, rest = (one for one in schedules if one.function == "RetentionSweep")
    assert first.zone == rest.zone == statement.retention.zone
    assert (first.hours, first.minute) == (range(1), 30)
    assert (rest.hours, rest.minute, rest.every) == (range(1, 6), 0, 15)


def test_both_languages_have_the_same_words() -> None:
    words = tomllib.loads((ROOT / "shared/templates/words.toml").read_text("utf-8"))

    def keys(table: dict[str, object], prefix: str = "") -> set[str]:
        return {
            key
            for name, one in table.items()
            for key in (keys(one, f"{prefix}{name}.") if isinstance(one, dict) else {prefix + name})
        }

    assert keys(words["nb"]) == keys(words["en"])


@pytest.mark.parametrize("fault", errors.FaultCode)
def test_every_fault_has_words(fault: errors.FaultCode) -> None:
    words = tomllib.loads((ROOT / "shared/templates/words.toml").read_text("utf-8"))
    assert words["nb"]["faults"][fault]
    assert words["en"]["faults"][fault]


@pytest.mark.parametrize("language", ["nb", "en"])
def test_a_report_has_words_for_whatever_it_tells(language: str) -> None:
    words = tomllib.loads((ROOT / "shared/templates/words.toml").read_text("utf-8"))
    told = words[language]["report"]
    opened = {retention.Rule.SUBSCRIPTION, retention.Rule.CUSTOMER}
    ended = {retention.Rule.RESTRICTION, retention.Rule.REQUEST_OPEN}
    forms = {beside.CONFIRMED, beside.DROPPED}
    assert {*told["channels"]} == {*contacts.Contact, *events.Event, "import", *forms}
    assert {*told["sources"]} == {*contacts.SourceKind}
    assert {*told["rights"]} == {*requests.Right}
    assert {*told["events"]} == {*audit.AuditEvent}
    assert {*told["flags"]} == {*contacts.Sensitive}
    assert {*told["kept"]} == {*retention.Rule} - ended
    assert {*told["kept_open"]} == ended | opened | {retention.Rule.HOLD}
    apart = {"holds", "open_requests", "restricted_by"}
    assert {*told["facts"], *apart} == {*retention.Facts.__struct_fields__}
    assert {*words[language]["bases"]} == {*contacts.Basis}


@pytest.mark.parametrize(
    "document", [ROOT / "README.md", *DOCS.rglob("*.md")], ids=lambda p: p.name
)
def test_every_link_of_a_document_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", document.read_text("utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize(
    ("document", "most"),
    [
        ("README.md", 120),
        *((f"docs/decisions/{p.name}", 60) for p in (DOCS / "decisions").iterdir()),
    ],
)
def test_a_document_is_short(document: str, most: int) -> None:
    assert len((ROOT / document).read_text("utf-8").splitlines()) <= most


def test_every_command_the_readme_names_is_there() -> None:
    readme, makefile = ((ROOT / name).read_text("utf-8") for name in ("README.md", "Makefile"))
    for target in set(re.findall(r"`make ([a-z-]+)", readme)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
