"""Remains: what is still held under the keyed hashes of an address of which nothing else is."""

from datetime import date

from shared.model.contacts import Address
from shared.model.erasures import Remains
from shared.model.requests import Request
from shared.policy import remains as policy
from shared.store import erasure, suppression
from shared.wiring import Office
from shared.workflows import days, requests


def of_address(
    address: Address, office: Office, closed_on: date | None = None, *, suppresses: bool = False
) -> tuple[Remains, ...]:
    """The remains of whoever had the address; only for who has proved that it is theirs."""
    return policy.remaining(
        erasure.latest_record(office.keys.erasure(address)),
        office.statement.retention,
        suppressed=suppresses
        or suppression.read(office.keys.suppression(address)) != suppression.NOT,
        at=office.now(),
        closed_on=closed_on,
    )


def of_request(
    request: Request, office: Office, *, suppresses: bool = False
) -> tuple[Remains, ...]:
    """The remains where a request is answered today, its file and what it `suppresses` too."""
    address, today = requests.address_of(request), days.today(office)
    return of_address(address, office, today, suppresses=suppresses)
