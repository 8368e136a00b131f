"""Who of the staff asks, and what a role may do (statement §10)."""

from enum import StrEnum

from shared.model.noun import Noun


class Action(StrEnum):
    """What a role of the staff may do (statement §10); which role may what, it says itself.

    `inbox`: see and close what arrived through forms; `note`: contacts, unsubscriptions;
    `relationship`: its beginning and end; `hold`: legal holds, set and released.
    """

    INBOX = "inbox"
    READ = "read"
    NOTE = "note"
    RELATIONSHIP = "relationship"
    HOLD = "hold"
    REQUESTS = "requests"
    AUDIT = "audit"


class Staff(Noun, frozen=True, kw_only=True):
    """Who of the staff asks: an id that is opaque to us, and the roles the issuer gave."""

    subject: str
    roles: frozenset[str]
