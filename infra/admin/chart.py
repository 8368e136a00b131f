"""The forecast as a stacked bar chart in SVG, to be read in black and white too.

Text stays text, and the same forecast writes the same bytes.
"""

import warnings
from collections.abc import Sequence
from io import BytesIO
from itertools import cycle
from os.path import exists, isfile
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import fill
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from matplotlib.typing import RcKeyType

from shared.errors import Malformed
from shared.workflows.filing import Month

SETTINGS: dict[RcKeyType, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "forecast",
    "text.parse_math": False,
    "font.size": 9.0,
    "hatch.linewidth": 0.7,
    "figure.constrained_layout.w_pad": 0.1,
    "figure.constrained_layout.h_pad": 0.1,
}
HATCHES = ("////", "..", "\\\\\\\\", "xxxx", "----", "++++", "||||")
GREYS = ("0.95", "0.75", "0.85", "0.65")
"""Four shades and seven hatches, cycled side by side: 28 rules differ."""

POINTS = 72.0
HEIGHT, NARROWEST, WIDEST, A_MONTH = 5.0, 10.0, 24.0, 0.12  # inches
DIGIT, LABEL, LINE = 6.5, 48.0, 18.0  # points: a figure, a month, the foot of a slanting month
STEPS = (3, 6, 12, 24, 60, 120)
"""Months from one label to the next where not every month has room for one."""


def write(months: Sequence[Month], path: Path, title: str) -> None:
    """Raises Malformed if the file cannot be written; then what was there is there still."""
    with mpl.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # text is drawn with the reader's fonts
        mpl.rcdefaults()
        mpl.rcParams.update(SETTINGS)
        chart = BytesIO()
        told = {"Title": title, "Description": _in_words(months), "Date": None}
        _figure(months, title).savefig(chart, format="svg", metadata=told)
    _replace(path, chart.getvalue())


def _figure(months: Sequence[Month], title: str) -> Figure:
    width = min(max(NARROWEST, A_MONTH * len(months)), WIDEST)
    slots = max(len(months), 6)
    room = (width - 1) * POINTS / slots
    figure = Figure(figsize=(width, HEIGHT), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(fill(title, 90), fontsize=12)
    axes.set_xlabel("month")
    axes.set_ylabel("data subjects erased")
    axes.spines[["top", "right"]].set_visible(False)
    middle, highest = (len(months) - 1) / 2, max(month.erased for month in months)
    axes.set_xlim(middle - slots / 2, middle + slots / 2)
    axes.set_ylim(0, max(1, highest) * 1.08)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    axes.grid(axis="y", color="0.9")
    axes.set_axisbelow(True)
    axes.ticklabel_format(axis="y", style="plain", useOffset=False)
    _label(axes, [month.month for month in months], room)
    if highest:
        _stack(axes, months, room)
        figure.legend(loc="outside lower center", ncols=6, handlelength=3, handleheight=1.6)
    else:
        axes.text(0.5, 0.5, "nothing is due", transform=axes.transAxes, ha="center", fontsize=12)
    return figure


def _label(axes: Axes, names: list[str], room: float) -> None:
    """Name every month, slanting if need be, or else those that a year is divided by."""
    if room >= LINE:
        axes.set_xticks(range(len(names)), names)
        if room < LABEL:
            axes.tick_params(axis="x", rotation=45, rotation_mode="xtick")
        return
    step = next((step for step in STEPS if step * room >= LABEL), STEPS[-1])
    count = [int(name[:4]) * 12 + int(name[5:]) - 1 for name in names]
    shown = [at for at, month in enumerate(count) if month % step == 0]
    axes.set_xticks(shown, [names[at] for at in shown])


def _stack(axes: Axes, months: Sequence[Month], room: float) -> None:
    rules = sorted({rule for month in months for rule in month.by_rule})
    bottoms = [0] * len(months)
    for rule, hatch, grey in zip(rules, cycle(HATCHES), cycle(GREYS), strict=False):
        found = [at for at, month in enumerate(months) if month.by_rule.get(rule)]
        heights = [months[at].by_rule[rule] for at in found]
        bars = axes.bar(
            found,
            heights,
            bottom=[bottoms[at] for at in found],
            label=rule.replace("_", " "),
            color=grey,
            hatch=hatch,
            edgecolor="black",
            linewidth=min(0.8, room / 10),
        )
        for at, height, bar in zip(found, heights, bars, strict=True):
            bar.set_gid(f"{rule}-{months[at].month}")
            bottoms[at] += height
    if room >= DIGIT * len(str(max(bottoms))):
        for at, total in enumerate(bottoms):
            if total:
                axes.annotate(
                    str(total), (at, total), (0, 2), textcoords="offset points", ha="center"
                )


def _in_words(months: Sequence[Month]) -> str:
    told = [
        f"{month.month}: " + ", ".join(f"{rule} {count}" for rule, count in month.by_rule.items())
        for month in months
        if month.erased
    ]
    return "; ".join(told) or "nothing is due"


def _replace(path: Path, content: bytes) -> None:
    if exists(path) and not isfile(path):
        message = f"{path}: is not a file"
        raise Malformed(message)
    try:
        with TemporaryDirectory(prefix=".", dir=path.parent) as beside:
            whole = Path(beside, "chart.svg")
            whole.write_bytes(content)
            whole.replace(path)
    except OSError as fault:
        message = f"{path}: cannot be written: {fault.strerror}"
        raise Malformed(message) from None
