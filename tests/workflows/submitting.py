"""Submissions as tests send them."""

from typing import Any

from shared.model.contacts import Visit
from shared.wiring import Office
from shared.workflows.submissions import Answer, submit

KARI = "kari@example.com"
NOTICE = "avara-2026-11-en"
VISIT = Visit(
    technical={
        "ip": "192.0.2.7",
        "browser": "Firefox",
        "system": "Linux",
        "language": "nb",
        "referrer": "https://www.avara.no/prices",
        "visitor_cookie": "v-123",
    }
)


def post(
    office: Office,
    form: str = "contact",
    *,
    visit: Visit = VISIT,
    key: str | None = None,
    **sent: Any,
) -> Answer:
    """Submit a form; an e-mail address and the notice are there unless told otherwise."""
    fields = {"email": KARI, "notice": NOTICE, **sent}
    return submit(
        form, {name: one for name, one in fields.items() if one is not None}, visit, key, office
    )
