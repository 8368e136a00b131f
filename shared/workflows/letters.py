"""Letters: the mails of subject requests, composed when they are sent.

The outbox holds no secret and no text: a link or code is made again from the keys.  No letter
holds personal data (statement §16).  Delivery is at least once: a letter may come twice.
"""

import functools
import tomllib
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import shared
from shared.model import Letter, Request
from shared.wiring import Office

WORDS = Path(shared.__file__).parent / "templates" / "letters.toml"
DIGITS = 8
VERIFY = "verify"
"""The letter that goes to an address which is not proved yet."""


@functools.cache
def _every_word() -> dict[str, Any]:
    return tomllib.loads(WORDS.read_text("utf-8"))


def words(language: str) -> dict[str, Any]:
    """Letters and names of rights in a language; English where it is not spoken."""
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
    return Letter(
        name=name,
        to=request.new_email if name == VERIFY else request.email,
        language=request.language,
        reference=request.reference,
        facts={"right": request.right, **facts},
    )


def compose(one: Letter, office: Office) -> EmailMessage:
    """The mail, in plain text."""
    spoken = words(one.language)
    told = spoken["letters"][one.name]
    facts = {
        **one.facts,
        "right": spoken["rights"][one.facts["right"]],
        "reference": one.reference,
        "status": status_url(one.reference, office),
    }
    if number := one.facts.get("number"):
        token = link_token(one.reference, int(number), office)
        facts["link"] = f"{office.site}/confirm/{one.reference}/{token}"
        facts["code"] = code_of(one.reference, int(number), office)
    controller = office.statement.controller
    message = EmailMessage()
    message["To"] = one.to
    message["Subject"] = told["subject"].format_map(facts)
    message["Date"] = office.now()
    message["Reply-To"] = controller.email
    message["Auto-Submitted"] = "auto-generated"
    signature = "\n".join(
        (
            f"{controller.name}, {', '.join(controller.address)}",
            controller.email,
            f"{spoken['more']} {office.site}/requests",
        )
    )
    message.set_content(f"{told['text'].strip().format_map(facts)}\n\n-- \n{signature}\n")
    return message
