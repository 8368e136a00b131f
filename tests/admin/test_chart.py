"""The forecast as a chart: read back from the SVG."""

import os
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from infra.admin import chart
from shared.errors import Malformed
from shared.statement.types import Statement
from shared.workflows.filing import Month
from tests.local.stack import ROOT, Stack, operate, running

SVG = "{http://www.w3.org/2000/svg}"
Many = StrEnum("Many", [f"RULE_{letter}" for letter in "ABCDEFGHIJKLMNOPQRST"])
"""More rules than there are hatches."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack with two people in it, each under a rule of its own."""
    with running(tmp_path_factory.mktemp("stack")) as started:
        started.fill_in("contact", email="kari@example.com")
        started.fill_in("contact", email="ola@example.com")
        started.ask("event", "ola@example.com", "purpose-ended", "--at", "2020-01-01")
        yield started


def forecast(count: int, **by_rule: int) -> list[Month]:
    """The same in each of so many months from 2026-11 on."""
    names = [
        f"{at // 12:04d}-{at % 12 + 1:02d}" for at in range(2026 * 12 + 10, 2026 * 12 + 10 + count)
    ]
    found: dict[Any, int] = {Many(rule): number for rule, number in by_rule.items()}
    return [Month(month=name, erased=sum(found.values()), by_rule=found) for name in names]


def read(path: Path) -> ElementTree.Element:
    return ElementTree.parse(path).getroot()  # noqa: S314  # written by the test


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chart.svg"


def drawn(months: list[Month], path: Path) -> ElementTree.Element:
    chart.write(months, path, "Avara")
    return read(path)


def texts(svg: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in svg.iter(f"{SVG}text")]


def bars(svg: ElementTree.Element) -> dict[str, ElementTree.Element]:
    """The outline of each bar by its rule and month."""
    groups = {group.get("id", ""): group for group in svg.iter(f"{SVG}g")}
    named = {name: group for name, group in groups.items() if re.search(r"-\d{4}-\d\d$", name)}
    return {name: next(group.iter(f"{SVG}path")) for name, group in named.items()}


def height(bar: ElementTree.Element) -> tuple[float, float]:
    """Foot and top, upwards."""
    ys = [-float(y) for y in re.findall(r"[ML] \S+ (\S+)", bar.get("d", ""))]
    return min(ys), max(ys)


@pytest.fixture(scope="module")
def asked(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Any], Path]:
    """The months of a forecast, and the chart of it."""
    path = tmp_path_factory.mktemp("asked") / "chart.svg"
    told = stack.ask("forecast", "--months", "26", "--svg", str(path))
    return told["months"], path


def test_the_chart_shows_what_the_forecast_says(
    asked: tuple[list[Any], Path], statement: Statement
) -> None:
    months, svg = asked[0], read(asked[1])
    assert set(bars(svg)) == {f"{rule}-{one['month']}" for one in months for rule in one["by_rule"]}
    assert {"dialogue", "purpose ended", "month", "data subjects erased"} <= set(texts(svg))
    assert statement.controller.name in (svg.findtext(f"{SVG}title") or "")


def test_the_same_forecast_writes_the_same_bytes_and_says_where(
    stack: Stack, asked: tuple[list[Any], Path], path: Path
) -> None:
    words = operate("--local", stack.url, "forecast", "--months", "26", "--svg", str(path))
    assert words.stdout.replace("\n", "").endswith(f"chart: {path}")
    assert path.read_bytes() == asked[1].read_bytes()


def test_each_bar_is_as_high_as_its_number_and_stands_on_the_one_below(path: Path) -> None:
    found = bars(drawn(forecast(2, rule_a=3, rule_b=1, rule_c=2), path))
    one, two, three = (height(found[f"rule_{rule}-2026-12"]) for rule in "abc")
    assert (one[1], two[1]) == (two[0], three[0])
    unit = two[1] - two[0]
    assert (one[1] - one[0], three[1] - three[0]) == pytest.approx((3 * unit, 2 * unit))


def test_every_rule_is_named_and_looks_like_no_other(path: Path) -> None:
    svg = drawn(forecast(3, **dict.fromkeys(Many, 1)), path)
    assert {rule.replace("_", " ") for rule in Many} <= set(texts(svg))
    looks = {}
    for pattern in svg.iter(f"{SVG}pattern"):
        ((ground, lines),) = zip(
            pattern.iter(f"{SVG}rect"), pattern.iter(f"{SVG}path"), strict=True
        )
        looks[f"url(#{pattern.get('id')})"] = (ground.get("fill"), lines.get("d"))
    of_rules = [
        looks[re.findall(r"fill: ([^;]+)", bar.get("style", ""))[0]]
        for name, bar in bars(svg).items()
        if name.endswith("2026-11")
    ]
    assert len(set(of_rules)) == len(of_rules) == len(Many)
    assert len({lines for _, lines in of_rules[:6]}) == 6


@pytest.mark.parametrize(
    ("count", "named"), [(1, 1), (12, 12), (24, 24), (36, 36), (37, 12), (120, 20), (600, 25)]
)
def test_the_names_of_months_do_not_overlap(path: Path, count: int, named: int) -> None:
    labels = [
        text
        for text in drawn(forecast(count, rule_a=1), path).iter(f"{SVG}text")
        if re.fullmatch(r"\d{4}-\d\d", text.text or "")
    ]
    slanting = any("rotate(-45" in label.get("transform", "") for label in labels)
    apart = 9 * 2**0.5 if slanting else 9 * 0.64 * len("2026-11")  # points: the font's size is 9
    xs = [
        float(label.get("x") or re.findall(r"translate\((\S+)", label.get("transform", ""))[0])
        for label in labels
    ]
    assert len(labels) == named
    assert all(right - left > apart for left, right in pairwise(xs))


@pytest.mark.parametrize(("count", "shown"), [(1, 1), (24, 24), (600, 0)])
def test_totals_stand_above_the_bars_where_there_is_room(
    path: Path, count: int, shown: int
) -> None:
    svg = drawn(forecast(count, rule_a=617, rule_b=100), path)
    assert texts(svg).count("717") == shown


@pytest.mark.parametrize("erased", [0, 1, 3, 7_654_321])
def test_data_subjects_are_counted_in_whole_numbers(path: Path, erased: int) -> None:
    svg = drawn(forecast(24, rule_a=erased), path)
    axis = [
        text
        for group in svg.iter(f"{SVG}g")
        if group.get("id", "").startswith("ytick_")
        for text in texts(group)
    ]
    assert all(number.isdigit() for number in axis)
    assert int(axis[-1]) >= max(1, erased / 2)
    assert ("nothing is due" in texts(svg)) is (erased == 0)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("missing/chart.svg", id="no such folder"),
        pytest.param("folder", id="a folder"),
        pytest.param("pipe", id="a pipe"),
        pytest.param("file/chart.svg", id="a file as folder"),
        pytest.param("x" * 300, id="too long a name"),
    ],
)
def test_what_cannot_be_a_chart_is_refused_and_left(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    there = sorted(tmp_path.iterdir())
    with pytest.raises(Malformed, match=rf"^{tmp_path / name}: (is not a file|cannot be written)"):
        chart.write(forecast(1), tmp_path / name, "Avara")
    assert sorted(tmp_path.rglob("*")) == there
    assert (tmp_path / "pipe").is_fifo()


def test_a_chart_that_cannot_be_written_is_said_in_one_line(stack: Stack) -> None:
    ended = operate("--local", stack.url, "forecast", "--svg", "missing/chart.svg", "--json")
    (line,) = ended.stderr.splitlines()
    assert (ended.returncode, ended.stdout) == (2, "")
    assert line == "missing/chart.svg: cannot be written: No such file or directory"


def test_a_chart_that_breaks_off_leaves_the_one_that_was_there(path: Path) -> None:
    path.write_text("the last one")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(Malformed, match="cannot be written: File too large"):
            chart.write(forecast(1, rule_a=1), path, "Avara")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [one.read_text() for one in path.parent.iterdir()] == ["the last one"]


def test_without_a_chart_nobody_waits_for_matplotlib() -> None:
    asked = "import sys, infra.admin.__main__; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], cwd=ROOT, check=False).returncode == 0
