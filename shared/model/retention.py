"""What retention decides on, and by which rule (statement §9)."""

from datetime import date, datetime
from enum import StrEnum

from shared.model.noun import Noun


class Rule(StrEnum):
    """The rule of the statement's §9 that decides about a data subject."""

    DIALOGUE = "dialogue"
    SUBSCRIPTION = "subscription"
    CUSTOMER = "customer"
    PURPOSE_ENDED = "purpose_ended"
    HOLD = "hold"
    RESTRICTION = "restriction"
    REQUEST_OPEN = "request_open"
    ERASURE_REQUESTED = "erasure_requested"


class Hold(Noun, frozen=True, kw_only=True):
    """A legal hold (GDPR art. 17(3)): erasure waits until it is released, or `until` is over.

    `ground` names what the statement withholds on it: the fields that are needed.  Without one,
    everything is held.
    """

    private = ("because",)

    since: datetime
    because: str
    ground: str = ""
    until: date | None = None


class Facts(Noun, frozen=True, kw_only=True):
    """The facts that retention decides on.

    A subscription or customer relationship is open while its `_since` is set; `_ended` is the
    end of the latest one that ended.  `erasure_requested`: what could be erased then, was.
    `restricted_by` are the references of the subject requests that restriction was granted on,
    `open_requests` those of identified ones.
    """

    last_contact: datetime
    purpose_ended: datetime | None = None
    subscribed_since: datetime | None = None
    subscription_ended: datetime | None = None
    customer_since: datetime | None = None
    customer_ended: datetime | None = None
    holds: tuple[Hold, ...] = ()
    restricted_since: datetime | None = None
    restricted_by: tuple[str, ...] = ()
    erasure_requested: datetime | None = None
    open_requests: tuple[str, ...] = ()


class Filing(Noun, frozen=True, kw_only=True):
    """Where a profile lies: its day in the due index, and the instant of its TTL behind it."""

    due_on: date
    ttl: datetime
