"""Intake: what a form sent is recorded, by the same calls for everybody.

One transaction of one shape, whoever it is about: what follows from the form is settled later
(settling.py).  What can stand in the way is an outcome, not an error.
"""

from datetime import datetime, timedelta
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from shared.model.contacts import Submission, Unsettled
from shared.model.noun import Noun
from shared.model.retention import Filing
from shared.model.subjects import State
from shared.store import _calls as calls
from shared.store import _items as items
from shared.store import subjects
from shared.store._calls import Failed
from shared.store._items import IdempotencyItem, InteractionItem, LookupItem, ProfileItem, SentItem
from shared.store.contacts import Newcomer, is_free

COUNT_LASTS = timedelta(days=2)


class Recorded(Noun, frozen=True):
    """It is written."""


class Answered(Noun, frozen=True):
    """Nothing is written: this idempotency key was answered before."""

    fingerprint: str
    answer: dict[str, Any]


class Full(Noun, frozen=True):
    """Nothing is written: so much was sent for this address today that no more is taken."""


class KnownAs(Noun, frozen=True):
    """Nothing is written: the address belongs to this data subject.

    `later`: of whom a later contact is known.
    """

    subject_id: str
    later: bool = False


class Gone(Noun, frozen=True):
    """Nothing is written: the data subject has been erased, or is being."""


Outcome = Recorded | Answered | Full | KnownAs | Gone


class Remembered(Noun, frozen=True, kw_only=True):
    """The first answer to an idempotency key: kept without a trace of the person."""

    key_hash: str
    fingerprint: str
    answer: dict[str, Any]
    now: datetime
    until: datetime


class Day(Noun, frozen=True, kw_only=True):
    """The room for forms of an address on a day, which `keyed_hash` is of.

    `octets` are those of this form; at most so many forms and octets are taken.
    """

    keyed_hash: str
    octets: int
    most_forms: int
    most_octets: int


class Sent(Noun, frozen=True, kw_only=True):
    """A form on its way into the table.

    `waits_for`: the purpose under which it waits for an answer.  `technical_filing`: where its
    technical data lies.
    """

    submission: Submission
    day: Day
    waits_for: str
    technical_filing: Filing
    remembered: Remembered | None = None


def begin(newcomer: Newcomer, sent: Sent, filing: Filing | None) -> Outcome:
    """Record a form of somebody unknown: a bare profile, filed as after any contact."""
    facts: list[Action] = [
        ProfileItem.state.set(State.ACTIVE.value),
        ProfileItem.rev.set(1),
        ProfileItem.values.set({}),
        ProfileItem.lookups.set([newcomer.lookup]),
        ProfileItem.record_key.set(newcomer.record_key),
        ProfileItem.last_contact.set(sent.submission.interaction.at),
        *subjects.filing_actions(newcomer.subject_id, filing),
    ]
    profile = facts, ProfileItem.pk.does_not_exist()
    return _record(newcomer.subject_id, newcomer.lookup, is_free(newcomer), profile, sent)


def add(known: KnownAs, lookup: str, sent: Sent) -> Outcome:
    """Record a form of a known data subject.  A contact date never moves back."""
    submission = sent.submission
    at, counts = submission.interaction.at, submission.counts
    profile = subjects.contact(at, counts=counts, later=known.later)
    theirs = LookupItem.subject_id == known.subject_id
    return _record(known.subject_id, lookup, theirs, profile, sent)


def _record(
    subject_id: str,
    lookup: str,
    leads_there: Condition,
    profile: tuple[list[Action], Condition],
    sent: Sent,
) -> Outcome:
    def build(transaction: TransactWrite) -> None:
        _add_children(transaction, subject_id, sent)
        _count(transaction, sent.day, sent.submission.interaction.at)
        transaction.update(
            LookupItem(lookup, items.ONLY),
            [LookupItem.subject_id.set(subject_id)],
            leads_there,
            return_values="ALL_OLD",
        )
        transaction.update(subjects.profile_key(subject_id), *profile, return_values="ALL_OLD")

    failed = calls.transact(build)
    return _outcome(failed) if failed else Recorded()


def _add_children(transaction: TransactWrite, subject_id: str, sent: Sent) -> None:
    submission, interaction = sent.submission, sent.submission.interaction
    if sent.remembered:
        one = sent.remembered
        item = IdempotencyItem(
            f"IDEM#{one.key_hash}",
            items.ONLY,
            fingerprint=one.fingerprint,
            answer=one.answer,
            ttl=items.epoch(one.until),
        )
        free = IdempotencyItem.pk.does_not_exist() | (IdempotencyItem.ttl <= items.epoch(one.now))
        transaction.save(item, free, return_values="ALL_OLD")
    waiting = items.interaction_item(subject_id, interaction)
    waiting.due_pk = items.inbox(sent.waits_for)
    waiting.due_sk = waiting.sk.removeprefix("I#")
    first = InteractionItem.pk.does_not_exist()
    transaction.save(waiting, first, return_values="ALL_OLD")
    unsettled = Unsettled(
        reference=interaction.reference,
        at=interaction.at,
        consents=submission.consents,
        subscribes=submission.subscribes,
    )
    transaction.save(items.unsettled_item(subject_id, unsettled))
    if submission.technical:
        technical = submission.technical
        transaction.save(
            items.technical_item(
                subject_id, technical, interaction.reference, sent.technical_filing
            )
        )


def _count(transaction: TransactWrite, day: Day, at: datetime) -> None:
    """Add a form to those of its address and day, provided that it is not one too many."""
    forms, octets = SentItem.forms, SentItem.octets
    actions: list[Action] = [
        forms.add(1),
        octets.add(day.octets),
        SentItem.ttl.set(items.epoch(at + COUNT_LASTS)),
    ]
    room = (forms < day.most_forms) & (octets <= day.most_octets - day.octets)
    counter = SentItem(f"SENT#{day.keyed_hash}", items.ONLY)
    is_first = SentItem.pk.does_not_exist()
    transaction.update(counter, actions, is_first | room, return_values="ALL_OLD")


def _outcome(failed: tuple[Failed, ...]) -> Outcome:
    """The outcome that the first failed condition says; a profile in use is known as itself."""
    for _, raw in failed:
        if raw is None:
            break
        pk, sk = raw["pk"]["S"], raw["sk"]["S"]
        if pk.startswith("IDEM#"):
            item = IdempotencyItem.from_raw_data(raw)
            return Answered(item.fingerprint, item.answer)
        if sk.startswith("I#"):
            return Recorded()
        if pk.startswith("SENT#"):
            return Full()
        if sk == items.ONLY:
            return KnownAs(raw["subject_id"]["S"])
        if raw["state"]["S"] == State.ACTIVE.value:
            return KnownAs(pk.removeprefix("S#"), later=True)
    return Gone()
