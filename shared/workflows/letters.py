"""Letters: the mails of subject requests, to the person and to staff, composed when they are sent.

The outbox holds no secret and no text: a link or code is made again from the keys.  No letter
holds personal data (statement §16).  Delivery is at least once: a letter may come twice.
"""

import functools
import hmac
import tomllib
from datetime import date
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any

from shared.model.requests import Channel, Letter, Request
from shared.policy import addresses
from shared.policy import requests as policy
from shared.wiring import Office
from shared.workflows import framing

TEMPLATES = framing.TEMPLATES
DIGITS = 8
SHORT = 8
"""Characters of a reference in a subject, which is shown to whoever sees the screen."""
LIFTING, VERIFY, MOVING = "lifting", "verify", "moving"
"""The letters before a restriction ends, to an address that is not proved yet, and to the one that
it is to take the place of."""
BESIDE = "beside"
"""The letter that asks whether a form is the person's, whose values stand beside until then."""
PROVOKED = {"confirm", "stopped", "unknown", "suppressed", "code", "withdrawn", "resumed"}
"""The letters of a request by web that tell of what needs no proof, or ask for it."""
DAYS = {"until", "due"}
"""The facts that are days, and are spelt in words."""
OF_STOPS = {"unknown": "suppressed", "withdrawn": "resumed"}
"""What is said instead, where the use of data was stopped."""
SIGNATURE = """{name}, {address}
{email}
{more} {rights}"""
SPELT = str.maketrans("0123456789abcdef", "bcdfghjkmnpqrstv")
"""Secrets in addresses are spelt in consonants: no digits to be taken for a code, and no words."""
LETTERS_OF_SECRET = 32
"""Letters of sixteen kinds: 128 bits."""


@functools.cache
def _every_word() -> dict[str, Any]:
    spoken = tomllib.loads((TEMPLATES / "letters.toml").read_text("utf-8"))
    pages = tomllib.loads((TEMPLATES / "words.toml").read_text("utf-8"))
    return {
        language: {
            **told,
            "language": language,
            "date": pages[language]["date"],
            "months": pages[language]["months"],
            "period": pages[language]["period"],
        }
        for language, told in spoken.items()
    }


def words(language: str) -> dict[str, Any]:
    """Letters, names of rights and how days are spelt in a language; English where unspoken."""
    spoken = _every_word()
    found: dict[str, Any] = spoken.get(language, spoken["en"])
    return found


def status_url(reference: str, office: Office) -> str:
    """Where a request can be followed: it carries the secret."""
    return f"{office.site}{status_path(reference, office)}"


def status_path(reference: str, office: Office) -> str:
    return f"/requests/{reference}/{status_secret(reference, office)}"


def status_secret(reference: str, office: Office) -> str:
    return _spelt_secret(_of_status(reference, office))


def is_status_secret(secret: str, reference: str, office: Office) -> bool:
    return _is_spelling(secret, _of_status(reference, office))


def _of_status(reference: str, office: Office) -> str:
    return office.keys.capability(f"status:{reference}")


def link_token(reference: str, number: int, office: Office) -> str:
    """What confirms a request, once, to whoever reads the mail."""
    return _spelt_secret(_of_link(reference, number, office))


def is_link_token(token: str, reference: str, number: int, office: Office) -> bool:
    return _is_spelling(token, _of_link(reference, number, office))


def _of_link(reference: str, number: int, office: Office) -> str:
    return office.keys.capability(f"link:{reference}:{number}")


def objection_token(reference: str, office: Office) -> str:
    """The secret that keeps an address from being moved, for whoever reads the mail there."""
    return _spelt_secret(_of_objection(reference, office))


def is_objection_token(token: str, reference: str, office: Office) -> bool:
    return _is_spelling(token, _of_objection(reference, office))


def _of_objection(reference: str, office: Office) -> str:
    return office.keys.capability(f"objection:{reference}")


def upload_url(reference: str, number: int, office: Office) -> str:
    """The address where a document can be sent by whoever was handed it."""
    return f"{office.site}{upload_path(reference, number, office)}"


def upload_path(reference: str, number: int, office: Office) -> str:
    return f"/documents/{reference}/{_spelt_secret(_of_upload(reference, number, office))}"


def is_upload_token(token: str, reference: str, number: int, office: Office) -> bool:
    return _is_spelling(token, _of_upload(reference, number, office))


def _of_upload(reference: str, number: int, office: Office) -> str:
    return office.keys.capability(f"upload:{reference}:{number}")


def form_path(reference: str, office: Office) -> str:
    """The path where a form is confirmed or rejected: it carries the secret."""
    return f"/confirm/form/{reference}/{_spelt_secret(_of_form(reference, office))}"


def is_form_token(token: str, reference: str, office: Office) -> bool:
    return _is_spelling(token, _of_form(reference, office))


def _of_form(reference: str, office: Office) -> str:
    return office.keys.capability(f"form:{reference}")


def _spelt_secret(made: str) -> str:
    return made[:LETTERS_OF_SECRET].translate(SPELT)


def _is_spelling(secret: str, made: str) -> bool:
    """Whether it is the secret, as it is spelt now or was until version 2026-11: in hex, whole."""
    is_now = hmac.compare_digest(secret.encode(), _spelt_secret(made).encode())
    return hmac.compare_digest(secret.encode(), made.encode()) or is_now


def code_of(reference: str, number: int, office: Office) -> str:
    """The one-time code of this number: eight digits."""
    made = int(office.keys.capability(f"code:{reference}:{number}"), 16)
    return f"{made % 10**DIGITS:0{DIGITS}d}"


def letter(name: str, request: Request, *, to: str = "", **facts: str) -> Letter:
    """A letter to whoever sent a request, or `to` another address of theirs."""
    stops = request.right in policy.STOPS and (name == "unknown" or bool(request.subject_id))
    name = OF_STOPS.get(name, name) if stops else name
    return Letter(
        name=name,
        to=to or (request.new_email if name == VERIFY else request.email),
        language=request.language,
        reference=request.reference,
        facts={"right": request.right, **facts},
        provoked=name in PROVOKED and request.channel is Channel.WEB,
    )


def to_staff(name: str, request: Request, office: Office, **facts: str) -> Letter:
    """A letter to who answers requests: to the controller's address, in its first language."""
    statement = office.statement
    return Letter(
        name=name,
        to=statement.controller.email,
        language=statement.languages[0],
        reference=request.reference,
        facts={"right": request.right, **facts},
    )


def compose(one: Letter, office: Office) -> EmailMessage:
    """The mail, in plain text and in HTML; who sends it adds from whom."""
    spoken, controller = words(one.language), office.statement.controller
    told, facts = spoken["letters"][one.name], _facts(one, spoken, office)
    message = EmailMessage()
    local, _, domain = addresses.current(one.to).rpartition("@")
    message["To"] = Address(username=local, domain=domain)
    subject = told["subject"].format_map({**facts, "reference": one.reference[:SHORT]})
    message["Subject"] = f"{subject} – {controller.name}"
    message["Date"] = office.now().astimezone(office.statement.retention.zone)
    message["Reply-To"] = controller.email
    message["Auto-Submitted"] = "auto-generated"
    text = f"{told['text'].strip()}\n\n-- \n{SIGNATURE}\n".format_map(facts)
    message.set_content(text, cte="quoted-printable")  # SES takes seven bits, and no more
    framed = framing.page((told["text"], SIGNATURE), facts, spoken)
    message.add_alternative(framed, subtype="html", cte="quoted-printable")
    return message


def _facts(one: Letter, spoken: dict[str, Any], office: Office) -> dict[str, str]:
    right, controller = one.facts.get("right", ""), office.statement.controller
    facts = {
        **one.facts,
        "right": spoken["rights"].get(right, ""),
        "stopped": spoken["stopped"].get(right, ""),
        "reference": one.reference,
        "status": status_url(one.reference, office),
        "staff": f"{office.site}/staff/requests/{one.reference}",
        "rights": f"{office.site}/requests",
        "name": controller.name,
        "address": ", ".join(controller.address),
        "email": controller.email,
        "more": spoken["more"],
    }
    if one.name == BESIDE:
        facts["link"] = f"{office.site}{form_path(one.reference, office)}"
    if number := one.facts.get("number"):
        token = link_token(one.reference, int(number), office)
        facts["link"] = f"{office.site}/confirm/{one.reference}/{token}"
        facts["code"] = code_of(one.reference, int(number), office)
    if one.name == MOVING:
        token = objection_token(one.reference, office)
        facts["link"] = f"{office.site}/confirm/{one.reference}/{token}"
        held = office.statement.website.held
        single, many = spoken["period"][held.unit]
        facts["held"] = f"{held.count} {single if held.count == 1 else many}"
    for name in DAYS & one.facts.keys():
        facts[name] = _spelt(date.fromisoformat(one.facts[name]), spoken)
    return facts


def _spelt(on: date, spoken: dict[str, Any]) -> str:
    month = spoken["months"][on.month - 1]
    return str(spoken["date"].format(day=on.day, month=month, year=on.year))
