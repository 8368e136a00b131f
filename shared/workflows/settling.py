"""Settling: what follows from a form that was recorded is done behind its answer.

The table's stream tells of each; what it misses the hourly reminders find.  Again is as once.
"""

from datetime import timedelta

from shared.errors import busy
from shared.policy import settling as policy
from shared.store import settling as store
from shared.store import subjects
from shared.store.settling import Place
from shared.wiring import Office
from shared.workflows import days

ATTEMPTS = 8
WAIT = timedelta(minutes=5)
"""How long something may lie before it is looked for: the stream is given that time."""


def settle(subject_id: str, sk: str, office: Office) -> bool:
    """Settle the form whose item lies there; False if that was done, or the person is gone.

    Raises Superseded.
    """
    for _ in range(ATTEMPTS):
        one = store.read(subject_id, sk)
        if one is None:
            return False
        settled = policy.settle(one.subject, one.interaction, one.unsettled, office.statement)
        filing = days.filing(settled.facts, office)
        if store.write(
            one, settled.facts, filing, values=settled.values, consents=settled.consents
        ):
            return True
    raise busy("The data subject")


def settle_all(subject_id: str, office: Office) -> None:
    """Settle every form of a person, before something that depends on it.  Raises Superseded."""
    for place in store.among(subjects.partition_of(subject_id)):
        settle(subject_id, place.sk, office)


def late(office: Office) -> list[Place]:
    """What the stream has not brought on its way."""
    return list(store.late(office.now() - WAIT))
