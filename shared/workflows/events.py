"""Events: what happens between a data subject and the controller besides forms.

`phone` and `reply` are contacts from the person, `outbound` is one from us; the
others open or end a reason to keep the data.
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from shared.errors import Conflict, NotFound, Superseded, busy
from shared.model.contacts import (
    Address,
    AddressKind,
    Consent,
    Contact,
    Interaction,
    Sensitive,
)
from shared.model.noun import Noun
from shared.model.retention import Facts, Rule
from shared.model.subjects import State, Subject
from shared.policy import requests as policy
from shared.policy import retention
from shared.policy.retention import Verdict
from shared.store import contacts, subjects
from shared.store.audit import Prepared
from shared.store.contacts import Entry
from shared.store.inbox import Waiting
from shared.wiring import Office
from shared.workflows import days, receiving

ATTEMPTS = 8


class Event(StrEnum):
    """What can be noted about a data subject."""

    PHONE = "phone"
    REPLY = "reply"
    OUTBOUND = "outbound"
    CUSTOMER_START = "customer-start"
    CUSTOMER_END = "customer-end"
    UNSUBSCRIBE = "unsubscribe"
    HOLD = "hold"
    RELEASE = "release"
    PURPOSE_ENDED = "purpose-ended"


CONTACTS = {
    Event.PHONE: Contact.PHONE,
    Event.REPLY: Contact.REPLY,
    Event.OUTBOUND: Contact.OUTBOUND,
}
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


Record = Callable[[str], Prepared]
"""The entry of the audit trail that goes with an event, by the data subject's id."""


class Told(Noun, frozen=True, kw_only=True):
    """An event on its way in.  `answers`: the sort key of the submission that it answers."""

    private = ("because",)

    event: Event
    at: datetime
    because: str = ""
    flags: tuple[Sensitive, ...] = ()
    answers: str = ""


def note(
    email: str,
    event: Event,
    office: Office,
    *,
    at: datetime,
    because: str = "",
    flags: tuple[Sensitive, ...] = (),
    record: Record | None = None,
) -> tuple[str, Verdict]:
    """Note an event; the data subject and until when it is kept now.

    `record` makes the entry of the audit trail that is written with it, all or nothing.  Raises
    NotFound, Conflict (the event does not fit what is known) or Superseded.
    """
    told = Told(event=event, at=at, because=because, flags=flags)
    return _note(lambda: (find(email, office), told), office, record)


def note_answer(
    waiting: Callable[[], Waiting], event: Event, office: Office, *, at: datetime, record: Record
) -> Verdict:
    """Note an event with which a submission waits no longer.  As `note`; `waiting` finds it."""

    def found() -> tuple[str, Told]:
        one = waiting()
        return one.subject_id, Told(event=event, at=at, answers=one.sk)

    return _note(found, office, record)[1]


def _note(
    found: Callable[[], tuple[str, Told]], office: Office, record: Record | None
) -> tuple[str, Verdict]:
    for _ in range(ATTEMPTS):
        subject_id, told = found()
        subject = subjects.read(subject_id)
        if subject is None:
            continue  # erased meanwhile: the address is free, or a new person's
        if subject.state is not State.ACTIVE:
            message = "Nobody is known by this address."
            raise NotFound(message)
        try:
            happen = _contact if told.event in CONTACTS else _change
            facts = happen(subject, told, office, record and record(subject_id))
        except Superseded:
            continue
        return subject.subject_id, retention.decide(facts, office.statement.retention)
    raise busy("The data subject")


def _contact(subject: Subject, told: Told, office: Office, audited: Prepared | None) -> Facts:
    channel = CONTACTS[told.event]
    counts = retention.counts(channel, office.statement)
    law = office.statement.retention
    due_on = retention.erased_on(told.at, law.rules[Rule.DIALOGUE], law)
    entry = Entry(
        interaction=_interaction(channel, told, _reference_of(subject, told, office)),
        counts=counts,
        ttl=retention.ttl_of(max(due_on, days.today(office)), law),
        answers=told.answers,
        audited=audited,
    )
    if not contacts.add(subject.subject_id, entry):
        raise Superseded
    return retention.contacted(subject.facts, told.at) if counts else subject.facts


def _reference_of(subject: Subject, told: Told, office: Office) -> str:
    """The same contact has the same reference: sent again, it is the one that is noted."""
    if told.answers:
        return office.new_reference()
    same = f"event:{subject.subject_id}:{told.event}:{told.at.isoformat()}:{told.because}"
    return office.keys.fingerprint(same).rpartition(".")[2][:32]


def _change(subject: Subject, told: Told, office: Office, audited: Prepared | None) -> Facts:
    event, at = told.event, told.at
    if _has_ended(subject.facts, event, at):
        return subject.facts  # it is noted already, and was sent again
    interaction = _interaction(event, told, office.new_reference())
    if event is not Event.UNSUBSCRIBE or not _is_stopped(subject, at):
        _refuse_misfit(subject.facts, event, at)
    if event is Event.HOLD:
        facts = retention.held(subject.facts, at, told.because)
    else:
        facts = CHANGES[event](subject.facts, at)
    subjects.replace(
        subject,
        facts,
        days.filing(facts, office),
        interaction=interaction,
        consent=unsubscription(office, at, "staff") if event is Event.UNSUBSCRIBE else None,
        reference=interaction.reference,
        answers=told.answers,
        audited=audited,
    )
    return facts


def _is_stopped(subject: Subject, at: datetime) -> bool:
    """Whether a request that may yet be taken back has ended a subscription which ends then."""
    if subject.facts.subscribed_since:
        return False
    held = subjects.read_file(subject.subject_id)
    return policy.may_go_on(receiving.stops_of(held) if held else (), at)


def _interaction(channel: str, told: Told, reference: str) -> Interaction:
    return Interaction(
        reference=reference,
        channel=channel,
        at=told.at,
        flags=told.flags,
        note=told.because,
    )


def _has_ended(facts: Facts, event: Event, at: datetime) -> bool:
    """Whether it was ended at this very instant, and has not begun again."""
    ended = {
        Event.CUSTOMER_END: (facts.customer_since, facts.customer_ended),
        Event.UNSUBSCRIBE: (facts.subscribed_since, facts.subscription_ended),
    }
    return ended.get(event) == (None, at)


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
    return Consent(
        purpose=office.statement.subscribing,
        granted=False,
        at=at,
        text_id="",
        text_hash="",
        language="",
        form="",
        method=method,
    )
