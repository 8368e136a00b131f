"""Submissions as tests send them."""

from datetime import UTC, datetime
from typing import Any

from shared.model.contacts import Visit
from shared.store import settling as store
from shared.wiring import Office
from shared.workflows import settling
from shared.workflows.submissions import Answer, submit

KARI = "kari@example.com"
NOTICE = "avara-2026-11-en"
LATEST = datetime(9999, 1, 1, tzinfo=UTC)
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


def send(
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


def post(office: Office, form: str = "contact", **sent: Any) -> Answer:
    """As `send`, and what follows from it is settled."""
    answer = send(office, form, **sent)
    settle(office)
    return answer


def settle(office: Office) -> None:
    """Settle whatever came in, as the stream has it done."""
    for place in list(store.late(LATEST)):
        settling.settle(place.subject_id, place.sk, office)
