"""Framing: the text of a mail as HTML, in the colours of our pages."""

import functools
import html
import re
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

import shared

TEMPLATES = Path(shared.__file__).parent / "templates"
PAGES = frozenset({"link", "status", "staff", "rights"})
"""The facts that are addresses of pages; letters.toml says what stands on a link to each."""
COLOUR = re.compile(r"--(\w+): (#\w+)")
BREAK = "<br>\n"


@functools.cache
def _frame() -> tuple[Template, Mapping[str, str]]:
    frame = Template((TEMPLATES / "letter.html").read_text("utf-8"))
    return frame, dict(COLOUR.findall((TEMPLATES / "site.css").read_text("utf-8")))


def page(texts: tuple[str, str], facts: Mapping[str, str], spoken: Mapping[str, Any]) -> str:
    """Text and signature with the facts put in: pages are links, a code is large."""
    frame, colours = _frame()
    shown = {fact: html.escape(told) for fact, told in facts.items()}
    for one in PAGES & shown.keys():
        shown[one] = f'<a href="{shown[one]}">{html.escape(spoken["pages"][one])}</a>'
    if "code" in shown:
        shown["code"] = f"<strong>{shown['code']}</strong>"
    text, signature = texts
    return frame.substitute(
        colours,
        language=spoken["language"],
        name=shown["name"],
        text="\n".join(_paragraph(one, shown) for one in text.strip().split("\n\n")),
        signature=_filled(signature, shown),
    )


def _paragraph(text: str, shown: Mapping[str, str]) -> str:
    """A page in a paragraph of its own is what the mail asks for: it looks like a button."""
    kind = ' class="act"' if text.strip("{}") in PAGES else ""
    return f"<p{kind}>{_filled(text, shown)}</p>"


def _filled(text: str, shown: Mapping[str, str]) -> str:
    return html.escape(text, quote=False).format_map(shown).replace("\n", BREAK)
