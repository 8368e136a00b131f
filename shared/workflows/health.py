"""Whether the system works from end to end: the canary asks, and intake answers.

Who asks shows a key that is made from the keyring: whoever knows the stage's keys may, such as
the canary, and nobody else is told anything.
"""

import hmac
from contextlib import closing, suppress

from shared import wiring
from shared.errors import Misconfigured, NotFound
from shared.gateways import web
from shared.model.contacts import Visit
from shared.wiring import Office
from shared.workflows import submissions

PATH = "/health/deep"
PATIENCE = 25.0
"""Seconds: longer than intake may take with a start."""


def demand_canary(shown: str, office: Office) -> None:
    """Raises NotFound, as of a path that is not there."""
    if not hmac.compare_digest(shown.encode(), _key(office).encode()):
        message = "There is nothing at this path, or not for this method."
        raise NotFound(message)


def check(office: Office) -> None:
    """Raises what is wrong with the secret, the table, or how a form is taken in.

    The form has its honeypot filled in, and so is taken and dropped.
    """
    wiring.keys_of(office)
    form = min(office.statement.forms)
    submissions.submit(form, {office.statement.website.honeypot: "canary"}, Visit(), None, office)


def ask(office: Office) -> int:
    """The status of the deep check at the site's own address; 0 without an answer.

    Raises Misconfigured if the site is not an address over TLS or on this machine.
    """
    where = web.connection(f"{office.site}{PATH}", PATIENCE)
    if where is None:
        message = "SITE: is only asked over https"
        raise Misconfigured(message)
    connection, path = where
    with closing(connection), suppress(*web.NO_ANSWER):
        connection.request("GET", path, headers={"Authorization": f"Bearer {_key(office)}"})
        return connection.getresponse().status
    return 0


def _key(office: Office) -> str:
    return office.keys.capability("health")
