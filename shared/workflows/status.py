"""Status: where a request stands, as its status address and the staff's page show it."""

from typing import Any

import msgspec

from shared.model.requests import Happened, Request, Step
from shared.policy import requests as policy
from shared.policy import undelivered
from shared.store import requests as store
from shared.wiring import Office
from shared.workflows import documents, requests


def status(request: Request, office: Office) -> dict[str, Any]:
    """Where a request stands, by when it is answered and why then, and what has happened.

    `kept`: what an erasure had to leave, and why; `remains`: what is held where nothing else is;
    `formats` what can be downloaded until `until`;
    `accepts` which kinds of document may be sent, and `document` what the last one has shown;
    `undelivered`: a mail about it did not arrive.
    """
    deadline = requests.deadline_of(request, office)
    can_export = policy.has_export(request, office.now())
    told: dict[str, Any] = msgspec.to_builtins(
        {
            "reference": request.reference,
            "right": request.right,
            "state": request.state,
            "received_on": request.received_on,
            "due_on": deadline.due,
            "because": deadline.because,
            "refusal": request.refusal,
            "formats": policy.formats(request, office.now()),
            "until": request.result_until if can_export else None,
            "accepts": documents.welcome(request, office),
            "document": request.document or None,
            "undelivered": request.undelivered,
            "kept": request.scheme.kept if request.scheme else (),
            "remains": request.remains,
            "history": [_told(one) for one in store.history(request.reference)],
        }
    )
    return told


def for_person(request: Request, office: Office) -> dict[str, Any]:
    """As `status`, without the reminders that staff were sent.

    That a mail did not arrive is told, and not why: nothing of who has used the address before.
    """
    told = status(request, office)
    told["history"] = [
        {**one, "because": ""} if one["step"] == Step.UNDELIVERED else one
        for one in told["history"]
        if one["step"] != Step.REMIND and not undelivered.is_complaint(one["step"], one["because"])
    ]
    told["undelivered"] = any(one["step"] == Step.UNDELIVERED for one in told["history"])
    return told


def _told(one: Happened) -> dict[str, Any]:
    """A step; of staff the role, and not who it was."""
    return {
        "at": one.at,
        "step": one.step,
        "state": one.state,
        "by": one.actor.partition(":")[0],
        "because": one.because,
    }
