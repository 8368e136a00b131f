"""What a web request says: its body, its language, its visitor.

Bodies are read by content type; what they must contain is not decided here.
"""

import json
import re
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from shared.errors import Malformed, NotFound, TooLarge, Unsupported
from shared.model.contacts import Visit
from shared.statement.types import Statement

MOST_BYTES = 64 * 1024
MOST_PARTS = 500
MOST_KEY = 255
REFERENCE = re.compile(r"[0-9a-f]{32}")
SECRET = re.compile(r"[bcdfghjkmnpqrstv]{32}|[0-9a-f]{64}")
"""The secret of a status address or a link; mails of earlier releases have the second form."""
WORD = re.compile(r"[\w .~-]{1,100}")
NAMES = {
    "reference": REFERENCE,
    "secret": SECRET,
    "token": SECRET,
    "form_name": WORD,
    "step": WORD,
    "action": WORD,
}
"""The form of the parts of a path that are names of something; no route has others."""
PLACE = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]{8,15}Z#[0-9a-f]{32}")
"""The place where the next page of a list begins."""
KEY = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])+)"|([\x21\x23-\x7e]+)')


def body_of(
    request: Any, list_fields: Iterable[str], answered: Iterable[str] = ()
) -> dict[str, Any]:
    """The fields sent, as JSON would hold them.  Raises TooLarge, Malformed or Unsupported.

    A web form writes `<field>.<question>` for each answer in a field that is `answered`, repeats a
    checkbox, and puts each item of a list on a line of its own.
    """
    raw = bytes(request.raw_body)
    if len(raw) > MOST_BYTES:
        message = "The body is larger than 64 KiB."
        raise TooLarge(message)
    header = request.headers.get("content-type", "application/json")
    kind = header.partition(";")[0].strip().lower()
    if kind == "application/json":
        return _json(raw)
    if kind == "application/x-www-form-urlencoded" and raw.lstrip().startswith(b"{"):
        message = "The body looks like JSON: send it as application/json."  # curl says otherwise
        raise Unsupported(message)
    if kind == "application/x-www-form-urlencoded":
        return _fields(_urlencoded(raw), {*list_fields}, {*answered})
    if kind == "multipart/form-data":
        return _fields(_multipart(raw, header), {*list_fields}, {*answered})
    message = "Send application/json, application/x-www-form-urlencoded or multipart/form-data."
    raise Unsupported(message)


def _json(raw: bytes) -> dict[str, Any]:
    try:
        content = json.loads(raw.decode("utf-8"))
        json.dumps(content, ensure_ascii=False).encode("utf-8")  # no half characters
    except (ValueError, RecursionError):
        message = "The body is not JSON in UTF-8."
        raise Malformed(message) from None
    if not isinstance(content, dict):
        message = "The body must be a JSON object."
        raise Malformed(message)
    return content


def _urlencoded(raw: bytes) -> list[tuple[str, Any]]:
    try:
        return list(
            parse_qsl(
                raw.decode("utf-8"),
                keep_blank_values=True,
                errors="strict",
                max_num_fields=MOST_PARTS,
            )
        )
    except ValueError:
        message = "The body is not a web form in UTF-8."
        raise Malformed(message) from None


def _multipart(raw: bytes, header: str) -> list[tuple[str, Any]]:
    """A part that is a file is passed on as bytes, which no field accepts."""
    import multipart  # noqa: PLC0415  # only web forms that ask for it need it

    try:
        boundary = multipart.parse_options_header(header)[1].get("boundary", "")
        parts = list(multipart.MultipartParser(BytesIO(raw), boundary, part_limit=MOST_PARTS))
        return [
            (part.name, part.raw if part.filename else part.raw.decode("utf-8")) for part in parts
        ]
    except (multipart.MultipartError, ValueError):
        message = "The body is not multipart/form-data in UTF-8."
        raise Malformed(message) from None


def _fields(
    pairs: list[tuple[str, Any]], list_fields: set[str], answered: set[str]
) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, content in pairs:
        whole, dot, question = name.partition(".")
        if name == "choices":
            fields.setdefault(name, []).append(content)
        elif name in list_fields:
            lines = (
                content.replace("\r\n", "\n").split("\n") if isinstance(content, str) else [content]
            )
            fields.setdefault(name, []).extend(line for line in lines if line)
        elif dot and whole in answered and isinstance(fields.setdefault(whole, {}), dict):
            _put(fields[whole], question, content)
        elif name != whole or not isinstance(fields.get(name), dict):
            _put(fields, name, content)
    return fields


def _put(fields: dict[str, Any], name: str, content: Any) -> None:
    """What is sent twice is a list, which no field of one text accepts."""
    fields[name] = [fields[name], content] if name in fields else content


def demand_names(named: Mapping[str, str]) -> None:
    """Nothing has a name that cannot be one, and nobody is asked for it.  Raises NotFound."""
    if not all(NAMES[name].fullmatch(one) for name, one in named.items()):
        message = "There is nothing under this name."
        raise NotFound(message)


def place_of(request: Any) -> str:
    """?before=, where a list goes on; "" for its beginning.  Raises Malformed."""
    before: str = (request.query_params or {}).get("before", "")
    if before and not PLACE.fullmatch(before):
        message = "Pages of this list do not begin there; take `before` from the page before it."
        raise Malformed(message)
    return before


def idempotency_key(request: Any) -> str | None:
    """The Idempotency-Key: a structured-field string, or a bare word.  Raises Malformed."""
    header = request.headers.get("idempotency-key")
    if header is None:
        return None
    found = KEY.fullmatch(header.strip())
    if found is None or len(header) > MOST_KEY:
        message = "Idempotency-Key must be a string in double quotes, of at most 255 characters."
        raise Malformed(message)
    return found[1] or found[2]


def language_of(request: Any, statement: Statement, chosen: str = "") -> str:
    """?language=, or else what was `chosen` before, or Accept-Language by preference, or the first.

    The first: the statement's.
    """
    accepted = _accepted(request.headers.get("accept-language", ""))
    return statement.language_for(_language_asked(request), chosen, *accepted)


def _language_asked(request: Any) -> str:
    asked: str = (request.query_params or {}).get("language", "")
    return asked


def led_to(request: Any, path: str) -> str:
    """Where a browser goes on, on the host that it asked and in the language that it asked for."""
    language = _language_asked(request)
    query = f"?{urlencode({'language': language})}" if language else ""
    return f"{root_of(request)}{path}{query}"


def _accepted(header: str) -> list[str]:
    def weight(entry: str) -> float:
        try:
            return float(entry.partition("q=")[2] or 1)
        except ValueError:
            return 0.0

    return [
        entry.partition(";")[0].strip()
        for entry in sorted(header.split(","), key=weight, reverse=True)
        if entry.strip()
    ]


def wants_page(request: Any) -> bool:
    """Whether a browser asks: its Accept names HTML."""
    return "text/html" in request.headers.get("accept", "")


def visit_of(request: Any, statement: Statement) -> Visit:
    """What the request tells besides its body."""
    headers = request.headers
    cookies = cookies_of(request)
    agent = headers.get("user-agent", "")
    browser, system = _families(agent) if agent else ("", "")
    visitor = next((cookies[name] for name in _visitor_cookies(statement) if name in cookies), "")
    languages = _accepted(headers.get("accept-language", ""))
    return Visit(
        technical={
            "ip": request.context.get("identity", {}).get("sourceIp", ""),
            "browser": browser,
            "system": system,
            "language": languages[0][:35] if languages else "",
            "referrer": _without_query(headers.get("referer", "")),
            "visitor_cookie": visitor[:200],
        },
        cookie_choices=frozenset(cookies.get(statement.website.cookie_choices, "").split(".")),
        objects=headers.get("sec-gpc", "").strip() == "1",
    )


def _visitor_cookies(statement: Statement) -> list[str]:
    """The cookies that identify a visitor: those of the choice that identification needs."""
    needed = {
        one.cookie_choice
        for one in statement.technical.values()
        if one.read_from == "visitor_cookie"
    }
    return [name for name, one in statement.cookies.items() if one.choice and one.choice in needed]


def bearer(request: Any) -> str:
    """The token of `Authorization: Bearer`; "" if there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def cookies_of(request: Any) -> dict[str, str]:
    """Each cookie by its name; of several of one name the first, which is the path's own.

    Other sites' cookies come along, in any form: none of them hides another.  A browser may send
    them in several headers, of which the gateway puts the last alone among the single ones.
    """
    found: dict[str, str] = {}
    every = request.to_original_event().get("multiValueHeaders") or {}
    several = [one for name, told in every.items() if name.lower() == "cookie" for one in told]
    for pair in ";".join(several or [request.headers.get("cookie", "")]).split(";"):
        name, is_one, content = pair.partition("=")
        if is_one and name.strip():
            found.setdefault(name.strip(), _unquoted(content.strip()))
    return found


def _unquoted(content: str) -> str:
    quoted = len(content) > 1 and content[0] == content[-1] == '"'
    return content[1:-1] if quoted else content


def _families(agent: str) -> tuple[str, str]:
    import ua_parser  # noqa: PLC0415  # its patterns take 200 ms to load

    found = ua_parser.parse(agent[:500])
    browser = found.user_agent.family if found.user_agent else ""
    return browser, found.os.family if found.os else ""


def _without_query(url: str) -> str:
    try:
        parts = urlsplit(url[:2000])
    except ValueError:
        return ""
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def root_of(request: Any) -> str:
    """Under which path the routes lie for whoever asks: "/api" behind a stage of that name, or "".

    Only the context's path has it: the parts before as many as the route has.
    """
    return "".join(f"/{part}" for part in _parts(request)[0])


def path_of(request: Any) -> str:
    """The request's own path, below its root."""
    return "".join(f"/{part}" for part in _parts(request)[1])


def _parts(request: Any) -> tuple[list[str], list[str]]:
    whole = [part for part in request.context.get("path", "").split("/") if part]
    own = [part for part in request.path.split("/") if part]
    before = len(whole) - len(own)
    return whole[:before], whole[before:]


def base_url(request: Any) -> str:
    """Scheme and host under which this request arrived; "" if it does not say."""
    host = request.headers.get("host", "")
    if not re.fullmatch(r"[A-Za-z0-9._:\[\]-]+", host):
        return ""
    scheme = request.headers.get("x-forwarded-proto", "http")
    return f"{'https' if scheme == 'https' else 'http'}://{host}"
