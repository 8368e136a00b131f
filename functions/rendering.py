"""Pages and sentences in the visitor's language, from shared/templates."""

import functools
import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from chalice import Response

import shared
from shared.errors import Fault
from shared.model.requests import Right
from shared.model.retention import Rule
from shared.statement.periods import Period
from shared.statement.types import Statement

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jinja2 import Environment

    from shared.model.contacts import Consent, Value
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


def _text(name: str, statement: Statement, language: str, root: str = "", **facts: Any) -> str:
    """A template with what every page needs; `root`: requests.root_of, before every link."""
    return (
        _environment()
        .get_template(name)
        .render(statement=statement, language=language, words=words(language), root=root, **facts)
    )


def _page(
    name: str, status: int, statement: Statement, language: str, root: str, **facts: Any
) -> Response:
    return Response(_text(name, statement, language, root, **facts), dict(PAGE_HEADERS), status)


def home_page(statement: Statement, language: str, root: str) -> Response:
    """The company's forms."""
    return _page("home.html", 200, statement, language, root, here="/")


def form_page(
    form_name: str,
    statement: Statement,
    language: str,
    root: str,
    *,
    page: str,
    sent: dict[str, Any] | None = None,
    faults: tuple[Fault, ...] = (),
    full: bool = False,
) -> Response:
    """A form; after a refusal with what was typed and what is wrong with it (422).

    `full`: no more is taken in for the address today (429).
    """
    typed = {name: one for name, one in (sent or {}).items() if isinstance(one, (str, list, dict))}
    wrong: dict[str, list[str]] = {}
    for fault in faults:
        wrong.setdefault(_field_of(fault), []).append(words(language)["faults"][fault.code])
    return _page(
        "form.html",
        429 if full else 422 if faults else 200,
        statement,
        language,
        root,
        here=f"/page/{form_name}",
        form_name=form_name,
        form=statement.forms[form_name],
        notice=statement.notice_for(language),
        sent=typed,
        wrong=wrong,
        full=full,
        page=page or typed.get("page", ""),
    )


def _field_of(fault: Fault) -> str:
    """The field that it is about; "" for the whole."""
    return fault.pointer.partition("/")[2].partition("/")[0]


def thanks_page(
    statement: Statement,
    language: str,
    root: str,
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
        root,
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
    root: str,
    sent: dict[str, Any] | None = None,
    faults: tuple[Fault, ...] = (),
) -> Response:
    """The page on which every right can be used; after a refusal with what is wrong (422)."""
    typed = {name: one for name, one in (sent or {}).items() if isinstance(one, str)}
    wrong = {_field_of(fault): words(language)["faults"][fault.code] for fault in faults}
    facts = {"here": "/requests", "sent": typed, "wrong": wrong}
    return _page("request_form.html", 422 if faults else 200, statement, language, root, **facts)


def secret_page(
    name: str, statement: Statement, language: str, root: str, **facts: Any
) -> Response:
    """A page whose address is a secret: it is told to nobody, and kept nowhere.

    request_confirm.html: `request`, whether it `moves` an address (`held` until then), can be
    undone, is done already or `expired`, the `details`, the path to `follow` it at, and `here`.
    request_object.html: whether a move `waits` or else the address `stays`, `details`, and `here`.
    request_status.html: what `for_person` tells as `told`, `code_until`, whether it `is_pending`,
    whether a document was just `sent`, and `here`.
    request_linked.html: the `document`'s outcome, what it `accepts`, `sent`, and `here`.
    request_upload.html: `upload`, and `here`, where the status is.
    """
    spelling = _spelling(statement, language)
    response = _page(name, 200, statement, language, root, **spelling, **facts)
    response.headers.update(SECRET_HEADERS)
    return response


def form_sent_page(
    statement: Statement,
    language: str,
    root: str,
    *,
    here: str,
    day: date | None,
    values: "Iterable[Value]",
    choices: "Iterable[Consent]",
    done: str,
) -> Response:
    """The page of what stands beside, at its secret address; once `done`, no word of it."""
    shown = [(statement.fields[one.name].label[language], one.value) for one in values]
    return secret_page(
        "form_confirm.html",
        statement,
        language,
        root,
        here=here,
        day=day.isoformat() if day else "",
        values=shown,
        choices=[
            statement.choices[one.text_id.partition("/")[0]].text[language] for one in choices
        ],
        done=words(language)["beside"][done] if done else "",
    )


def staff_page(name: str, statement: Statement, language: str, root: str, **facts: Any) -> Response:
    """A page of the staff's: what it sends says by its Origin that it comes from here."""
    return _page(name, 200, statement, language, root, **_spelling(statement, language), **facts)


def problem_page(
    statement: Statement, language: str, root: str, *, status: int, **facts: Any
) -> Response:
    """A refusal in words, `told` its document and `kind` of which kind, with a `way_on`."""
    response = _page("problem.html", status, statement, language, root, **facts)
    response.headers.update(SECRET_HEADERS)
    return response


def with_remains(told: dict[str, Any], language: str) -> dict[str, Any]:
    """The state of a request, with the remains in words: {"what", "until", "because"}."""
    said = words(language)["requests"]["remains"]
    left = [{**said[one["kind"]], "until": one["until"]} for one in told["remains"]]
    return {**told, "remains": left}


def _spelling(statement: Statement, language: str) -> dict[str, Any]:
    """How pages spell days and times: the controller's, in the language's words."""
    zone, said = statement.retention.zone, words(language)

    def local(text: str) -> datetime:
        at = datetime.fromisoformat(text)
        return at.astimezone(zone) if at.tzinfo else at

    def date_of(text: str) -> str:
        on = local(text)
        month = said["months"][on.month - 1]
        return str(said["date"].format(day=on.day, month=month, year=on.year))

    return {"date_of": date_of, "time_of": lambda text: f"{local(text):%H:%M}"}


def may_send_to(url: str, response: Response) -> Response:
    """Let the forms of one page, and of no other, send or be led to another origin too."""
    target, rules = urlsplit(url), str(response.headers["Content-Security-Policy"])
    if not target.netloc:
        return response
    allowed = f"{FORM_ACTION} {target.scheme}://{target.netloc}"
    response.headers["Content-Security-Policy"] = rules.replace(FORM_ACTION, allowed)
    return response


def _worded(period: Period, language: str) -> str:
    one, many = words(language)["period"][period.unit]
    return f"{period.count} {one if period.count == 1 else many}"
