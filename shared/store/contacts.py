"""Contacts: one submission is one transaction.

What can stand in the way is an outcome, not an error: the caller knows what to do about each.
"""

from datetime import datetime
from functools import partial
from typing import Any

import msgspec
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from shared.errors import Superseded
from shared.model.contacts import Submission
from shared.model.noun import Noun
from shared.model.retention import Facts, Filing
from shared.model.subjects import State
from shared.store import _calls as calls
from shared.store import _items as items
from shared.store import subjects
from shared.store._calls import Failed
from shared.store._items import (
    IdempotencyItem,
    LookupItem,
    ProfileItem,
    Raw,
)
from shared.store.audit import Prepared

ATTEMPTS = 8


class Recorded(Noun, frozen=True):
    """It is written."""


class Answered(Noun, frozen=True):
    """Nothing is written: this idempotency key was answered before."""

    fingerprint: str
    answer: dict[str, Any]


class KnownAs(Noun, frozen=True):
    """Nothing is written: the address belongs to this data subject."""

    subject_id: str


class Gone(Noun, frozen=True):
    """Nothing is written: the data subject has been erased, or is being."""


Outcome = Recorded | Answered | KnownAs | Gone


class Remembered(Noun, frozen=True, kw_only=True):
    """The first answer to an idempotency key: kept without a trace of the person."""

    key_hash: str
    fingerprint: str
    answer: dict[str, Any]
    now: datetime
    until: datetime


class Entry(Noun, frozen=True, kw_only=True):
    """A submission on its way into the table, with the TTL that follows from it alone.

    `waits_for`: the purpose under which it waits for an answer, "" if it does not.  `answers`: the
    sort key of the submission that waits no longer.  `audited`: the entry of the trail about it.
    """

    submission: Submission
    ttl: datetime
    technical_filing: Filing | None = None
    remembered: Remembered | None = None
    waits_for: str = ""
    answers: str = ""
    audited: Prepared | None = None


class Newcomer(Noun, frozen=True, kw_only=True):
    """Who a new data subject is: a random id, the address's lookup and erasure-record keys.

    `instead_of`: the erased data subject that the lookup may still point to.
    """

    subject_id: str
    lookup: str
    record_key: str
    instead_of: str = ""


def begin(newcomer: Newcomer, entry: Entry, facts: Facts, filing: Filing | None) -> Outcome:
    """Create a data subject with its first submission."""
    profile = ProfileItem(
        items.partition(newcomer.subject_id),
        items.PROFILE,
        state=State.ACTIVE.value,
        values={value.name: items.plain(value) for value in entry.submission.current},
        lookups=[newcomer.lookup],
        record_key=newcomer.record_key,
    )
    for name, fact in msgspec.structs.asdict(facts).items():
        if fact:
            setattr(profile, name, subjects.stored_fact(fact))
    if filing:
        items.file_under(profile, newcomer.subject_id, filing)
    lookup = LookupItem(newcomer.lookup, items.ONLY, subject_id=newcomer.subject_id)
    free = LookupItem.pk.does_not_exist()
    if newcomer.instead_of:
        free |= LookupItem.subject_id == newcomer.instead_of

    def build(transaction: TransactWrite) -> None:
        _add_children(transaction, newcomer.subject_id, entry)
        transaction.save(lookup, free, return_values="ALL_OLD")
        transaction.save(profile, ProfileItem.pk.does_not_exist(), return_values="ALL_OLD")

    failed = calls.transact(build)
    return _outcome(failed) if failed else Recorded()


def add(subject_id: str, entry: Entry) -> Outcome:
    """Add a submission to a known data subject.  A contact date never moves back.

    Raises Superseded if the profile keeps changing under it, or the trail has grown.
    """
    seen: Raw | None = None
    for _ in range(ATTEMPTS):
        failed = calls.transact(partial(_build_addition, subject_id, entry, seen))
        outcome = _outcome(failed) if failed else Recorded()
        if not isinstance(outcome, KnownAs):
            return outcome
        seen = failed[-1][1]
    message = "The data subject is being changed; try again later."
    raise Superseded(message)


def _build_addition(
    subject_id: str, entry: Entry, seen: Raw | None, transaction: TransactWrite
) -> None:
    actions, condition = _profile_change(entry, seen)
    _add_children(transaction, subject_id, entry)
    transaction.update(
        subjects.profile_key(subject_id), actions, condition, return_values="ALL_OLD"
    )


def _add_children(transaction: TransactWrite, subject_id: str, entry: Entry) -> None:
    submission, reference = entry.submission, entry.submission.interaction.reference
    if entry.remembered:
        one = entry.remembered
        item = IdempotencyItem(
            f"IDEM#{one.key_hash}",
            items.ONLY,
            fingerprint=one.fingerprint,
            answer=one.answer,
            ttl=items.epoch(one.until),
        )
        free = IdempotencyItem.pk.does_not_exist() | (IdempotencyItem.ttl <= items.epoch(one.now))
        transaction.save(item, free, return_values="ALL_OLD")
    interaction = items.interaction_item(subject_id, submission.interaction)
    if entry.waits_for:
        interaction.due_pk = items.inbox(entry.waits_for)
        interaction.due_sk = interaction.sk.removeprefix("I#")
    first = items.InteractionItem.pk.does_not_exist()
    transaction.save(interaction, first, return_values="ALL_OLD")
    for number, consent in enumerate(submission.consents):
        transaction.save(items.consent_item(subject_id, consent, f"{reference}.{number}"))
    if submission.technical and entry.technical_filing:
        transaction.save(
            items.technical_item(
                subject_id, submission.technical, reference, entry.technical_filing
            )
        )
    if entry.audited:
        entry.audited.add_to(transaction)
    if entry.answers:
        subjects.close(transaction, subject_id, entry.answers)


def _profile_change(entry: Entry, seen: Raw | None) -> tuple[list[Action], Condition]:
    """What the profile takes from a submission, and what must hold for that.

    At first the usual case is assumed: the newest contact of a subject with a TTL.  When its
    condition fails, `seen` is the profile as it stands and says which case it is.
    """
    submission, at = entry.submission, entry.submission.interaction.at
    known = items.profile_from_raw(seen).facts if seen else None
    newest = submission.counts and (known is None or known.last_contact < at)
    new_ttl = items.epoch(entry.ttl)
    extends = newest and (seen is None or ("ttl" in seen and int(seen["ttl"]["N"]) <= new_ttl))
    actions: list[Action] = [ProfileItem.state.set(State.ACTIVE.value)]
    condition: Condition = ProfileItem.state == State.ACTIVE.value
    if newest:
        actions += [ProfileItem.last_contact.set(at), ProfileItem.purpose_ended.remove()]
        actions += [ProfileItem.values[v.name].set(items.plain(v)) for v in submission.current]
        condition &= ProfileItem.last_contact < at
    elif submission.counts:
        condition &= ProfileItem.last_contact >= at
    if submission.subscribes:
        since = ProfileItem.subscribed_since
        actions += [since.set(since | at), ProfileItem.ttl.remove(), ProfileItem.rev.add(1)]
    elif extends:
        actions.append(ProfileItem.ttl.set(new_ttl))
        condition &= ProfileItem.ttl <= new_ttl
    elif newest:
        condition &= ProfileItem.ttl.does_not_exist() | (ProfileItem.ttl > new_ttl)
    return actions, condition


def _outcome(failed: tuple[Failed, ...]) -> Outcome:
    """What the first condition that failed says; a profile that is in use is known as itself.

    Raises Superseded if it is about the trail: its entry must be prepared anew.
    """
    for _, raw in failed:
        if raw is None:
            break
        pk, sk = raw["pk"]["S"], raw["sk"]["S"]
        if pk.startswith("IDEM#"):
            item = IdempotencyItem.from_raw_data(raw)
            return Answered(item.fingerprint, item.answer)
        if sk.startswith("I#"):
            return Recorded()
        if pk.startswith("AUD#"):
            message = "The audit trail has grown; try again."
            raise Superseded(message)
        if sk == items.ONLY:
            return KnownAs(raw["subject_id"]["S"])
        if raw["state"]["S"] == State.ACTIVE.value:
            return KnownAs(pk.removeprefix("S#"))
    return Gone()
