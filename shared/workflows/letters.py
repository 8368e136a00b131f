"""Letters: the mails of subject requests, to the person and to staff, composed when they are sent.

The outbox holds no secret and no text: a link or code is made again from the keys.  No letter
holds personal data (statement §16).  Delivery is at least once: a letter may come twice.
"""

import functools
import tomllib
from datetime import date
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import shared
from shared.model.requests import Channel, Letter, Request
from shared.policy import requests as policy
from shared.wiring import Office

TEMPLATES = Path(shared.__file__).parent / "templates"
DIGITS = 8
SHORT = 8
"""Characters of a reference in a subject, which is shown to whoever sees the screen."""
LIFTING, VERIFY = "lifting", "verify"
"""The letter before a restriction ends, and that to an address which is not proved yet."""
PROVOKED = {"confirm", "stopped", "unknown", "suppressed", "code", "withdrawn", "resumed"}
"""The letters of a request by web that tell of what needs no proof, or ask for it."""
DAYS = {"until", "due"}
"""The facts that are days, and are spelt in words."""
OF_STOPS = {"unknown": "suppressed", "withdrawn": "resumed"}
"""What is said instead, where the use of data was stopped."""


@functools.cache
def _every_word() -> dict[str, Any]:
    spoken = tomllib.loads((TEMPLATES / "letters.toml").read_text("utf-8"))
    pages = tomllib.loads((TEMPLATES / "words.toml").read_text("utf-8"))
    return {
        language: {**told, "date": pages[language]["date"], "months": pages[language]["months"]}
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
    return office.keys.capability(f"status:{reference}")


def link_token(reference: str, number: int, office: Office) -> str:
    """What confirms a request, once, to whoever reads the mail."""
    return office.keys.capability(f"link:{reference}:{number}")


def code_of(reference: str, number: int, office: Office) -> str:
    """The one-time code of this number: eight digits."""
    made = int(office.keys.capability(f"code:{reference}:{number}"), 16)
    return f"{made % 10**DIGITS:0{DIGITS}d}"


def letter(name: str, request: Request, **facts: str) -> Letter:
    """A letter to whoever sent a request."""
    stops = request.right in policy.STOPS and (name == "unknown" or bool(request.subject_id))
    name = OF_STOPS.get(name, name) if stops else name
    return Letter(
        name=name,
        to=request.new_email if name == VERIFY else request.email,
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
    """The mail, in plain text."""
    spoken = words(one.language)
    told = spoken["letters"][one.name]
    right = one.facts["right"]
    facts = {
        **one.facts,
        "right": spoken["rights"][right],
        "stopped": spoken["stopped"].get(right, ""),
        "reference": one.reference,
        "status": status_url(one.reference, office),
        "staff": f"{office.site}/staff/requests/{one.reference}",
    }
    if number := one.facts.get("number"):
        token = link_token(one.reference, int(number), office)
        facts["link"] = f"{office.site}/confirm/{one.reference}/{token}"
        facts["code"] = code_of(one.reference, int(number), office)
    for name in DAYS & one.facts.keys():
        facts[name] = _spelt(date.fromisoformat(one.facts[name]), spoken)
    controller = office.statement.controller
    message = EmailMessage()
    message["To"] = one.to
    message["Subject"] = told["subject"].format_map({**facts, "reference": one.reference[:SHORT]})
    message["Date"] = office.now().astimezone(office.statement.retention.zone)
    message["Reply-To"] = controller.email
    message["Auto-Submitted"] = "auto-generated"
    signature = "\n".join(
        (
            f"{controller.name}, {', '.join(controller.address)}",
            controller.email,
            f"{spoken['more']} {office.site}/requests",
        )
    )
    text = f"{told['text'].strip().format_map(facts)}\n\n-- \n{signature}\n"
    message.set_content(text, cte="quoted-printable")  # SES takes seven bits, and no more
    return message


def _spelt(on: date, spoken: dict[str, Any]) -> str:
    month = spoken["months"][on.month - 1]
    return str(spoken["date"].format(day=on.day, month=month, year=on.year))
