"""Pages and sentences in the visitor's language, from shared/templates."""

import functools
import tomllib
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from chalice import Response

import shared
from shared.errors import Fault
from shared.model import Right, Rule
from shared.statement.types import Period, Statement

if TYPE_CHECKING:
    from jinja2 import Environment

    from shared.gateways.documents import Upload
    from shared.model import Request
    from shared.policy.exports import Document, Format
    from shared.policy.reports import Report

TEMPLATES = Path(shared.__file__).parent / "templates"
FORM_ACTION = "form-action 'self'"
PAGE_HEADERS: dict[str, str | list[str]] = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'self'; {FORM_ACTION}; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


SECRET_HEADERS: dict[str, str | list[str]] = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


@functools.cache
def _every_word() -> dict[str, Any]:
    return tomllib.loads((TEMPLATES / "words.toml").read_text("utf-8"))


def words(language: str) -> dict[str, Any]:
    """The product's own sentences in a language; English where it is not spoken."""
    spoken = _every_word()
    found: dict[str, Any] = spoken.get(language, spoken["en"])
    return found


@functools.cache
def _environment() -> "Environment":
    """Loaded when the first page is rendered: a form sent as JSON does without."""
    import jinja2  # noqa: PLC0415

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def stylesheet() -> Response:
    """The one stylesheet of all pages."""
    headers: dict[str, str | list[str]] = {
        "Content-Type": "text/css; charset=utf-8",
        "Cache-Control": "max-age=3600",
    }
    return Response((TEMPLATES / "site.css").read_text("utf-8"), headers, 200)


def _text(name: str, statement: Statement, language: str, **facts: Any) -> str:
    return (
        _environment()
        .get_template(name)
        .render(statement=statement, language=language, words=words(language), **facts)
    )


def _page(name: str, status: int, statement: Statement, language: str, **facts: Any) -> Response:
    return Response(_text(name, statement, language, **facts), dict(PAGE_HEADERS), status)


def home_page(statement: Statement, language: str) -> Response:
    """The company's forms."""
    return _page("home.html", 200, statement, language, here="/")


def form_page(
    form_name: str,
    statement: Statement,
    language: str,
    *,
    page: str,
    sent: dict[str, Any] | None = None,
    faults: tuple[Fault, ...] = (),
) -> Response:
    """A form; after a refusal with what was typed and what is wrong with it (422)."""
    typed = {name: one for name, one in (sent or {}).items() if isinstance(one, (str, list, dict))}
    wrong: dict[str, list[str]] = {}
    for fault in faults:
        wrong.setdefault(fault.pointer.split("/")[1], []).append(
            words(language)["faults"][fault.code]
        )
    return _page(
        "form.html",
        422 if faults else 200,
        statement,
        language,
        here=f"/page/{form_name}",
        form_name=form_name,
        form=statement.forms[form_name],
        notice=statement.notice_for(language),
        sent=typed,
        wrong=wrong,
        page=page or typed.get("page", ""),
    )


def thanks_page(
    statement: Statement,
    language: str,
    *,
    form_name: str,
    reference: str,
    erased_on: date | None,
    stored: tuple[str, ...],
    keep: str,
) -> Response:
    """What was stored, why, and when it is erased; of the values themselves it knows nothing."""
    law = statement.retention
    form = statement.forms[form_name]
    dialogue = law.rules[Rule.DIALOGUE]
    return _page(
        "thanks.html",
        200,
        statement,
        language,
        here="/thanks",
        keep=f"&{keep}",
        form=form,
        reference=reference,
        erased_on=erased_on,
        stored=[name for name in form.fields if name in stored],
        purpose=statement.purposes[form.purpose],
        clause=dialogue.clause,
        period=_worded(dialogue.length, language),
        after_subscription=_worded(law.rules[Rule.SUBSCRIPTION].length, language),
        technical_period=_worded(law.technical.length, language),
    )


def report_page(report: "Report", statement: Statement, here: str) -> Response:
    """All that is held about a person, to read and to print; `here` is the path of the page."""
    facts = _facts_of(report, statement)
    return _page("report.html", 200, statement, report.language, here=here, **facts)


def export(report: "Report", statement: Statement, right: Right, wanted: "Format") -> "Document":
    """A report in any format of `exports.FORMATS[right]`; HTML stands alone, with its style in it.

    Raises Malformed.
    """
    from shared.policy import exports  # noqa: PLC0415  # a form's page does without

    if (right, wanted) != (Right.ACCESS, exports.Format.HTML):
        return exports.render(wanted, report, statement, right)
    style = (TEMPLATES / "site.css").read_text("utf-8")
    facts = _facts_of(report, statement)
    text = _text("report.html", statement, report.language, here="", style=style, **facts)
    return exports.document(exports.Format.HTML, report, statement, right, text)


def _facts_of(report: "Report", statement: Statement) -> dict[str, Any]:
    """The report, and what words it; days and times are the controller's."""
    law, zone = statement.retention, statement.retention.zone
    rule = law.rules.get(report.rule)
    return {
        "report": report,
        "local": lambda at: at.astimezone(zone),
        "in_words": {use.purpose: use.in_words for use in report.purposes},
        "period": _worded(rule.length, report.language) if rule else "",
        "technical_period": _worded(law.technical.length, report.language),
    }


def request_form(
    statement: Statement,
    language: str,
    sent: dict[str, Any] | None = None,
    faults: tuple[Fault, ...] = (),
) -> Response:
    """The page on which every right can be used; after a refusal with what is wrong (422)."""
    typed = {name: one for name, one in (sent or {}).items() if isinstance(one, str)}
    wrong = {fault.pointer.split("/")[1]: words(language)["faults"][fault.code] for fault in faults}
    facts = {"here": "/requests", "sent": typed, "wrong": wrong, "rights": list(Right)}
    return _page("request_form.html", 422 if faults else 200, statement, language, **facts)


def confirm_page(
    request: "Request", statement: Statement, language: str, *, undoes: bool, done: bool
) -> Response:
    """Where a mail's link leads to: nothing happens before a button is pressed."""
    facts = {"request": request, "undoes": undoes, "done": done, "here": ""}
    return _secret(_page("request_confirm.html", 200, statement, language, **facts))


def status_page(told: dict[str, Any], url: str, statement: Statement, language: str) -> Response:
    """Where a request stands, and what can be done with it."""
    facts = {"told": told, "url": url, "here": "", "day": date.fromisoformat}
    return _secret(_page("request_status.html", 200, statement, language, **facts))


def upload_page(upload: "Upload", url: str, statement: Statement, language: str) -> Response:
    """Where a document is chosen and sent to the bucket itself; only this page may."""
    facts = {"upload": upload, "url": url, "here": ""}
    page = _secret(_page("request_upload.html", 201, statement, language, **facts))
    bucket, policy = urlsplit(upload.url), str(page.headers["Content-Security-Policy"])
    allowed = f"{FORM_ACTION} {bucket.scheme}://{bucket.netloc}"
    page.headers["Content-Security-Policy"] = policy.replace(FORM_ACTION, allowed)
    return page


def _secret(response: Response) -> Response:
    """A page whose address is a secret: it is told to nobody, and kept nowhere."""
    response.headers.update(SECRET_HEADERS)
    return response


def _worded(period: Period, language: str) -> str:
    one, many = words(language)["period"][period.unit]
    return f"{period.count} {one if period.count == 1 else many}"
