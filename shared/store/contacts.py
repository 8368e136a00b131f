"""Contacts: what staff note and lists tell, one transaction each.

What can stand in the way is an outcome, not an error: the caller knows what to do about each.
"""

from datetime import datetime
from functools import partial

import msgspec
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from shared.errors import Superseded
from shared.model.contacts import Interaction, Value
from shared.model.noun import Noun
from shared.model.retention import Facts, Filing
from shared.model.subjects import State
from shared.store import _calls as calls
from shared.store import _items as items
from shared.store import subjects
from shared.store._calls import Failed
from shared.store._items import InteractionItem, LookupItem, ProfileItem, Raw
from shared.store.audit import Prepared

ATTEMPTS = 8


class Entry(Noun, frozen=True, kw_only=True):
    """A contact on its way into the table, with the TTL that follows from it alone.

    `counts`: whether it moves the date of the last contact.  `answers`: the sort key of the
    submission that waits no longer.  `audited`: the entry of the trail about it.
    """

    interaction: Interaction
    counts: bool
    ttl: datetime
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


def begin(
    newcomer: Newcomer,
    interaction: Interaction,
    values: tuple[Value, ...],
    facts: Facts,
    filing: Filing | None,
) -> bool:
    """Create a data subject with what a list tells; False if somebody else has the address."""
    profile = ProfileItem(
        items.partition(newcomer.subject_id),
        items.PROFILE,
        state=State.ACTIVE.value,
        values={value.name: items.plain(value) for value in values},
        lookups=[newcomer.lookup],
        record_key=newcomer.record_key,
    )
    for name, fact in msgspec.structs.asdict(facts).items():
        if fact:
            setattr(profile, name, subjects.stored_fact(fact))
    if filing:
        items.file_under(profile, newcomer.subject_id, filing)
    lookup = LookupItem(newcomer.lookup, items.ONLY, subject_id=newcomer.subject_id)

    def build(transaction: TransactWrite) -> None:
        item = items.interaction_item(newcomer.subject_id, interaction)
        transaction.save(item, InteractionItem.pk.does_not_exist(), return_values="ALL_OLD")
        transaction.save(lookup, is_free(newcomer))
        transaction.save(profile, ProfileItem.pk.does_not_exist())

    failed = calls.transact(build)
    return not failed or _is_written(failed)


def is_free(newcomer: Newcomer) -> Condition:
    """Whether the lookup of an address leads nowhere, or to who was erased."""
    free: Condition = LookupItem.pk.does_not_exist()
    if newcomer.instead_of:
        free |= LookupItem.subject_id == newcomer.instead_of
    return free


def add(subject_id: str, entry: Entry) -> bool:
    """Add a contact to a known data subject; False if they have been erased, or are being.

    A contact date never moves back.  Raises Superseded if the profile keeps changing under it, or
    the trail has grown.
    """
    seen: Raw | None = None
    for _ in range(ATTEMPTS):
        failed = calls.transact(partial(_build_addition, subject_id, entry, seen))
        if not failed or _is_written(failed):
            return True
        seen = failed[-1][1]
        if seen is None or seen["state"]["S"] != State.ACTIVE:
            return False
    message = "The data subject is being changed; try again later."
    raise Superseded(message)


def _is_written(failed: tuple[Failed, ...]) -> bool:
    """Whether the first condition that failed is met by the contact itself, from an earlier try.

    Raises Superseded if it is about the trail, whose entry must be prepared anew, or about a
    submission that somebody else has answered.
    """
    position, raw = failed[0]
    if position and raw and raw["pk"]["S"].startswith("AUD#"):
        message = "The audit trail has grown; try again."
        raise Superseded(message)
    if position and raw and raw["sk"]["S"].startswith("I#"):
        message = "It was answered meanwhile."
        raise Superseded(message)
    return position == 0


def _build_addition(
    subject_id: str, entry: Entry, seen: Raw | None, transaction: TransactWrite
) -> None:
    actions, condition = _profile_change(entry, seen)
    interaction = items.interaction_item(subject_id, entry.interaction)
    first = InteractionItem.pk.does_not_exist()
    transaction.save(interaction, first, return_values="ALL_OLD")
    if entry.audited:
        entry.audited.add_to(transaction)
    if entry.answers:
        subjects.close(transaction, subject_id, entry.answers)
    transaction.update(
        subjects.profile_key(subject_id), actions, condition, return_values="ALL_OLD"
    )


def _profile_change(entry: Entry, seen: Raw | None) -> tuple[list[Action], Condition]:
    """The changes of the profile by a contact, and what must hold for them.

    At first the usual case is assumed: the newest contact of a subject with a TTL.  When its
    condition fails, `seen` is the profile as it stands and says which case it is.
    """
    at = entry.interaction.at
    known = items.profile_from_raw(seen).facts if seen else None
    newest = entry.counts and (known is None or known.last_contact < at)
    new_ttl = items.epoch(entry.ttl)
    extends = newest and (seen is None or ("ttl" in seen and int(seen["ttl"]["N"]) <= new_ttl))
    actions, condition = subjects.contact(at, counts=entry.counts, later=not newest)
    if extends:
        actions.append(ProfileItem.ttl.set(new_ttl))
        condition &= ProfileItem.ttl <= new_ttl
    elif newest:
        condition &= ProfileItem.ttl.does_not_exist() | (ProfileItem.ttl > new_ttl)
    return actions, condition
