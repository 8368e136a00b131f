"""Signing in by a page: a session begins, is used, and ends; here, and not only in the browser.

The cookie says whose session it is; the table, whether it is one still.
"""

from datetime import timedelta

from shared.errors import Unauthenticated
from shared.gateways import sessions
from shared.model.staff import Staff
from shared.store import sessions as store
from shared.wiring import Office

IDLE = timedelta(minutes=30)
"""The time for which a session may be left alone."""


def begin(staff: Staff, office: Office) -> str:
    """The session of somebody who has just signed in, for their browser to keep."""
    name, now = office.new_reference(), office.now()
    store.begin(name, now, IDLE)
    return sessions.opened(staff, name, office.keys.session_key, now)


def staff_of(session: str, office: Office) -> Staff:
    """Whose session it is, used now.  Raises Unauthenticated where it is over or was idle."""
    now = office.now()
    opened = sessions.read(session, office.keys.session_key, now)
    if not store.use(opened.name, now, IDLE):
        message = "You are signed in no longer."
        raise Unauthenticated(message)
    return opened.staff


def end(session: str, office: Office) -> None:
    """Over, if it was a session: whoever has a copy of its cookie is signed in no longer."""
    try:
        opened = sessions.read(session, office.keys.session_key, office.now())
    except Unauthenticated:
        return
    store.end(opened.name)
