"""Events: what happens between a data subject and the controller besides forms.

`phone` and `reply` are contacts; the others open or end a reason to keep the data.
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from shared.errors import Conflict, NotFound, Superseded
from shared.model import (
    Address,
    AddressKind,
    Consent,
    Contact,
    Facts,
    Interaction,
    State,
    Subject,
    Submission,
)
from shared.policy import retention
from shared.policy.retention import Verdict
from shared.store import contacts, subjects
from shared.wiring import Office
from shared.workflows import submissions

ATTEMPTS = 8


class Event(StrEnum):
    """What can be noted about a data subject."""

    PHONE = "phone"
    REPLY = "reply"
    CUSTOMER_START = "customer-start"
    CUSTOMER_END = "customer-end"
    UNSUBSCRIBE = "unsubscribe"
    HOLD = "hold"
    RELEASE = "release"
    PURPOSE_ENDED = "purpose-ended"


CONTACTS = {Event.PHONE: Contact.PHONE, Event.REPLY: Contact.REPLY}
CHANGES: dict[Event, Callable[[Facts, datetime], Facts]] = {
    Event.CUSTOMER_START: retention.became_customer,
    Event.CUSTOMER_END: retention.customer_ended,
    Event.UNSUBSCRIBE: retention.unsubscribed,
    Event.RELEASE: lambda facts, _: retention.released(facts),
    Event.PURPOSE_ENDED: retention.purpose_ended,
}


def find(email: str, office: Office) -> str:
    """The data subject of a normalised e-mail address.  Raises NotFound."""
    address = Address(AddressKind.EMAIL, email)
    found = subjects.find(subjects.lookup_key(address.kind, office.keys.lookup(address)))
    if found is None:
        message = "Nobody is known by this address."
        raise NotFound(message)
    return found


def note(
    email: str, event: Event, office: Office, *, at: datetime, because: str = ""
) -> tuple[str, Verdict]:
    """Note an event; the data subject and until when it is kept now.

    Raises NotFound, Conflict (the event does not fit what is known) or Superseded.
    """
    for _ in range(ATTEMPTS):
        subject = subjects.read(find(email, office))
        if subject is None:
            continue  # erased meanwhile: the address is free, or a new person's
        if subject.state is not State.ACTIVE:
            message = "Nobody is known by this address."
            raise NotFound(message)
        try:
            if event in CONTACTS:
                facts = _contact(subject, CONTACTS[event], office, at, because)
            else:
                facts = _change(subject, event, office, at, because)
        except Superseded:
            continue
        return subject.subject_id, retention.decide(facts, office.statement.retention)
    message = "The data subject is being changed; try again later."
    raise Superseded(message)


def _contact(subject: Subject, channel: Contact, office: Office, at: datetime, note: str) -> Facts:
    interaction = Interaction(reference=office.new_reference(), channel=channel, at=at, note=note)
    counts = retention.counts(channel, office.statement)
    submission = Submission(interaction=interaction, counts=counts)
    outcome = contacts.add(subject.subject_id, submissions.entry_of(submission, office))
    if not isinstance(outcome, contacts.Recorded):
        raise Superseded
    return retention.contacted(subject.facts, at) if counts else subject.facts


def _change(subject: Subject, event: Event, office: Office, at: datetime, because: str) -> Facts:
    law = office.statement.retention
    _refuse_misfit(subject.facts, event, at)
    if event is Event.HOLD:
        facts = retention.held(subject.facts, at, because)
    else:
        facts = CHANGES[event](subject.facts, at)
    today = retention.local_day(office.now(), law)
    filing = retention.filing(retention.decide(facts, law), today, law)
    reference = office.new_reference()
    subjects.replace(
        subject,
        facts,
        filing,
        interaction=Interaction(reference=reference, channel=event, at=at, note=because),
        consent=unsubscription(office, at, "staff") if event is Event.UNSUBSCRIBE else None,
        reference=reference,
    )
    return facts


def _refuse_misfit(facts: Facts, event: Event, at: datetime) -> None:
    """What has not begun cannot end, nor before it began."""
    begun = {
        Event.CUSTOMER_END: (facts.customer_since, "customer relationship"),
        Event.UNSUBSCRIBE: (facts.subscribed_since, "subscription"),
        Event.RELEASE: (max((hold.since for hold in facts.holds), default=None), "hold"),
    }
    since, what = begun.get(event, (at, ""))
    if since is None:
        message = f"There is no {what}."
        raise Conflict(message)
    if at < since:
        message = f"The {what} began later than that."
        raise Conflict(message)


def unsubscription(office: Office, at: datetime, method: str) -> Consent:
    """The record that the consent which subscribed is no longer given."""
    purpose = next(one.purpose for one in office.statement.choices.values() if one.subscribes)
    return Consent(
        purpose=purpose,
        granted=False,
        at=at,
        text_id="",
        text_hash="",
        language="",
        form="",
        method=method,
    )
