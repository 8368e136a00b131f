"""Certifying: what an erasure's certificate says.

Pure.  What it says is signed by `gateways.certificates`.

Sources
    GDPR art. 5(2), 17  what was erased, what was left, on which ground, and how that was checked
    GDPR art. 19        who has to be told
"""

from datetime import datetime
from typing import Any

import msgspec

from shared.model.contacts import Evidence
from shared.model.erasures import ErasureScheme
from shared.model.requests import Request
from shared.policy.remains import BACKUPS_LAST
from shared.policy.retention import local_day
from shared.statement.types import Statement


def certificate(
    request: Request,
    scheme: ErasureScheme,
    statement: Statement,
    *,
    found: dict[str, int],
    consents: tuple[Evidence, ...],
    left: int = 0,
    files: int | None = None,
    at: datetime,
) -> dict[str, Any]:
    """The certificate of what was done and how that was checked: nothing readable of the person.

    `files`: of the person's other requests, which have been freed of the address; None where the
    person stays.  `at`: when that was.
    """
    controller, law = statement.controller, statement.retention
    told: dict[str, Any] = msgspec.to_builtins(
        {
            "kind": "erasure",
            "reference": request.reference,
            "controller": controller.name,
            "organisation_number": controller.organisation_number,
            "right": request.right,
            "received_on": request.received_on,
            "identified": True,
            "erased_at": at,
            "whole": scheme.whole,
            "because": scheme.because,
            "stores": [
                {
                    "store": "table",
                    "found": found,
                    "left": left,
                    "checked": "consistent query of the whole partition after the deletion",
                    "checked_at": at,
                },
                *_freed(files, at),
            ],
            "kept": scheme.kept,
            "consents": consents,
            "recipients_to_tell": scheme.tell,
            "suppressed": True,
            "backups_until": local_day(at + BACKUPS_LAST, law),
        }
    )
    return told


def _freed(files: int | None, at: datetime) -> list[dict[str, Any]]:
    """The lines about the files of the other requests."""
    if files is None:
        return []
    checked = "each file written without address, result and letters before the deletion"
    return [
        {
            "store": "files of other requests",
            "found": files,
            "left": 0,
            "checked": checked,
            "checked_at": at,
        }
    ]
