"""People whose address is moved, as it happens: asked for, proved, and held for a day."""

from shared.wiring import Office
from shared.workflows import changes, moving, requests
from tests.stand_ins import Clock

NEW = "kari@example.org"
STAFF = "privacy:1"


def propose(reference: str, office: Office, email: str = NEW) -> None:
    """Staff correct the address; both are written to."""
    changes.rectify(reference, {"email": email}, "as asked", office, actor=STAFF)


def prove(reference: str, office: Office) -> None:
    moving.prove(requests.read(reference), office)


def move(reference: str, office: Office, clock: Clock, email: str = NEW) -> None:
    """The whole way; a day has passed at the end."""
    propose(reference, office, email)
    carry_out(reference, office, clock)


def carry_out(reference: str, office: Office, clock: Clock) -> None:
    """Proved, and a day later carried out."""
    prove(reference, office)
    clock.forward(days=1)
    assert moving.carry_out(reference, office)
