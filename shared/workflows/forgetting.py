"""Forgetting: whoever is erased is erased in the files of their requests too.

Those outlive the person for years, and say when what was asked and done; not of whom.
"""

from contextlib import suppress
from typing import Any

from msgspec.structs import replace

from shared.errors import Conflict, busy
from shared.model.erasures import ErasurePlan
from shared.model.requests import Refusal
from shared.model.subjects import Subject
from shared.policy import requests as policy
from shared.store import addressed, settling, subjects
from shared.store import requests as store
from shared.wiring import Office
from shared.workflows import receiving, requests

ERASED = "the data that it was about is erased"


def others(
    subject: Subject, plan: ErasurePlan, raws: list[dict[str, Any]], office: Office
) -> set[str]:
    """The references of a person's requests, and of those sent under their address.

    Without the one that is carried out: it is answered at the end.
    """
    asked = {one for lookup in subject.lookups for one in addressed.of_lookup(lookup)}
    every = asked | set(subjects.requests_in(raws))
    return {one for one in every if plan.erasure_id not in {office.keys.record_id(one), one}}


def forget(reference: str, subject_id: str, office: Office) -> None:
    """Leave no address, result or letter in the file of a request of somebody who is erased.

    What is open is closed: the letter about the erasure says it all.  Again is as once.  Raises
    Superseded.
    """
    for _ in range(requests.ATTEMPTS):
        request = store.read(reference)
        if request is None or request.subject_id not in {"", subject_id}:
            return  # past its period, or of who has had the address before
        with suppress(Conflict):  # it was changed meanwhile
            if request.pending:
                receiving.take_up(reference, office)  # what it has stopped stays stopped
                continue
            if request.state in policy.OPEN:
                requests.refuse(
                    reference, Refusal.ERASED, ERASED, office, actor=requests.SYSTEM, told=False
                )
            elif policy.names_somebody(request):
                requests.put_away(replace(request, result_until=None), office)
            addressed.recall(reference)
            return
    raise busy("The request")


def forget_forms(raws: list[dict[str, Any]]) -> None:
    """Leave no letter that asks an erased person about a form, nor where its link leads."""
    for reference in settling.references_in(raws):
        addressed.recall(reference)
        settling.forget_asked(reference)
