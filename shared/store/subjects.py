"""Data subjects: found by address, read whole, changed as one."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec
from pynamodb.attributes import Attribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from shared.errors import Superseded
from shared.model.contacts import (
    AddressKind,
    Consent,
    Evidence,
    Interaction,
    Source,
    SourceKind,
    Value,
)
from shared.model.erasures import Kind
from shared.model.noun import Noun
from shared.model.retention import Facts, Filing
from shared.model.subjects import File, State, Subject
from shared.store import _calls as calls
from shared.store import _items as items
from shared.store import suppression
from shared.store._items import InteractionItem, LookupItem, ProfileItem, Raw
from shared.store.audit import Prepared
from shared.store.suppression import Suppressed


def lookup_key(kind: AddressKind, keyed_hash: str) -> str:
    """Under which an address is found; kept on the profile, so that erasure finds it too."""
    return f"{items.LOOKUP_PREFIX[kind]}{keyed_hash}"


def find(lookup: str, *, consistent: bool = True) -> str | None:
    """The data subject of an address.  Read weakly, one just created may be missed."""
    raw = calls.get(lookup, items.ONLY, consistent=consistent)
    return raw["subject_id"]["S"] if raw else None


def find_or_suppressed(lookup: str, suppression: str) -> tuple[str | None, bool]:
    """The data subject of an address, and whether it must not be imported: one read."""
    keys = (lookup, f"SUPP#{suppression}")
    raws = calls.get_many(calls.key(pk, items.ONLY) for pk in keys)
    found = {raw["pk"]["S"]: raw for raw in raws}
    subject_id = found[lookup]["subject_id"]["S"] if lookup in found else None
    return subject_id, keys[1] in found


def read(subject_id: str) -> Subject | None:
    """The profile, strongly read."""
    raw = calls.get(items.partition(subject_id), items.PROFILE)
    return items.profile_from_raw(raw) if raw else None


def read_file(subject_id: str) -> File | None:
    """All that is held about a data subject, strongly read; None without a profile."""
    raws = partition_of(subject_id)
    subject = profile_in(raws)
    if subject is None:
        return None
    return File(
        subject=subject,
        interactions=tuple(map(items.interaction_from_raw, _of(Kind.INTERACTION, raws))),
        technical=tuple(
            value for raw in _of(Kind.TECHNICAL, raws) for value in items.technical_from_raw(raw)
        ),
        consents=tuple(map(items.consent_from_raw, _of(Kind.CONSENT, raws))),
        asked=tuple(map(items.asked_from_raw, _of(Kind.REQUEST, raws))),
        audited=dict(map(items.audited_from_raw, _of(Kind.AUDIT, raws))),
        unsettled=tuple(map(items.unsettled_from_raw, _of(Kind.UNSETTLED, raws))),
    )


def partition_of(subject_id: str) -> list[Raw]:
    """Every item of a data subject, of whatever kind, strongly read."""
    return list(calls.pages("Query", **_everything(subject_id)))


def keys_of(subject_id: str) -> list[Raw]:
    """The keys alone of every item of a data subject, strongly read: less to carry and to parse."""
    return list(calls.pages("Query", **_everything(subject_id), ProjectionExpression="pk, sk"))


def _everything(subject_id: str) -> Raw:
    return {
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": items.partition(subject_id)}},
        "ConsistentRead": True,
    }


def profile_in(raws: list[Raw]) -> Subject | None:
    """The profile among the items of a data subject."""
    found = next((raw for raw in raws if raw["sk"]["S"] == items.PROFILE), None)
    return items.profile_from_raw(found) if found else None


def counts_of(raws: list[Raw]) -> Mapping[Kind, int]:
    return dict(Counter(items.kind_of(raw["sk"]["S"]) for raw in raws))


def requests_in(raws: list[Raw]) -> tuple[str, ...]:
    """The references of the person's subject requests."""
    return tuple(raw["sk"]["S"].removeprefix("R#") for raw in _of(Kind.REQUEST, raws))


def evidence_in(raws: list[Raw]) -> tuple[Evidence, ...]:
    """The consents, summed up by purpose, answer and text: however many there are, it is short."""
    summed: dict[tuple[str, bool, str], list[datetime]] = {}
    for consent in map(items.consent_from_raw, _of(Kind.CONSENT, raws)):
        summed.setdefault((consent.purpose, consent.granted, consent.text_id), []).append(
            consent.at
        )
    return tuple(
        Evidence(
            purpose=purpose,
            granted=granted,
            text_id=text_id,
            times=len(times),
            first_at=min(times),
            last_at=max(times),
        )
        for (purpose, granted, text_id), times in summed.items()
    )


def _of(kind: Kind, raws: list[Raw]) -> list[Raw]:
    return [raw for raw in raws if items.kind_of(raw["sk"]["S"]) is kind]


def replace(
    before: Subject,
    after: Facts,
    filing: Filing | None,
    *,
    values: tuple[Value, ...] = (),
    interaction: Interaction | None = None,
    consent: Consent | None = None,
    reference: str = "",
    answers: str = "",
    audited: Prepared | None = None,
) -> None:
    """Write other facts (and values), provided that nothing has changed since `before` was read.

    The due entry and the TTL follow `filing`; without one the TTL goes, and the due entry stays
    until the sweep parks it.  `answers`: the sort key of the submission that waits no longer;
    `audited`: the entry of the trail about it.  Raises Superseded.
    """
    actions = changes(before, after, filing) + value_actions(values)

    def build(transaction: TransactWrite) -> None:
        transaction.update(profile_key(before.subject_id), actions, unchanged(before))
        if interaction:
            transaction.save(items.interaction_item(before.subject_id, interaction))
        if consent:
            transaction.save(items.consent_item(before.subject_id, consent, reference))
        if audited:
            audited.add_to(transaction)
        if answers:
            close(transaction, before.subject_id, answers)

    if calls.transact(build) and not _is_written(before.subject_id, interaction, audited):
        message = "The data subject was changed meanwhile."
        raise Superseded(message)


def _is_written(subject_id: str, interaction: Interaction | None, audited: Prepared | None) -> bool:
    """Whether what stands in the way is this very write, whose answer was lost."""
    if interaction is None:
        return audited is not None and audited.is_there()
    item = items.interaction_item(subject_id, interaction)
    return calls.get(item.pk, item.sk) is not None


def contact(at: datetime, *, counts: bool, later: bool) -> tuple[list[Action], Condition]:
    """The changes of a profile by a contact, and what must hold; `later`: a later one is known."""
    actions: list[Action] = [ProfileItem.state.set(State.ACTIVE.value)]
    condition: Condition = ProfileItem.state == State.ACTIVE.value
    if counts and later:
        condition &= ProfileItem.last_contact >= at
    elif counts:
        actions += [ProfileItem.last_contact.set(at), ProfileItem.purpose_ended.remove()]
        condition &= ProfileItem.last_contact < at
    return actions, condition


def changes(
    before: Subject, after: Facts, filing: Filing | None, *, lazily: bool = False
) -> list[Action]:
    """The changes of a profile by other facts, and where that files it.

    `lazily`: a due entry stays where it is unless that is too late; the sweep moves it on when it
    comes to it, and most people write again before that.
    """
    facts = msgspec.structs.asdict(after)
    actions: list[Action] = [fact_action(name, fact) for name, fact in facts.items()]
    filed = filing_actions(before.subject_id, filing)
    stays = lazily and before.filing and filing and before.filing.due_on <= filing.due_on
    actions += filed[:1] if stays else filed
    actions.append(ProfileItem.rev.set(before.rev + 1))
    return actions


def value_actions(values: tuple[Value, ...], removed: tuple[str, ...] = ()) -> list[Action]:
    """What sets and removes current values of a profile."""
    actions: list[Action] = [ProfileItem.values[one.name].set(items.plain(one)) for one in values]
    return actions + [ProfileItem.values[name].remove() for name in removed]


class Moved(Noun, frozen=True, kw_only=True):
    """Another address of a data subject: its value, and the keys that follow from it.

    `suppressed`: why the address before it must not come back by import; then neither must this
    one, under `suppression`.
    """

    private = ("email",)

    email_field: str
    email: str
    lookup: str
    record_key: str
    suppression: str
    suppressed: Suppressed
    source_of: str
    at: datetime


def move(subject: Subject, moved: Moved, audited: Prepared) -> bool:
    """Find a data subject by another address from now on, and by no other.

    False if somebody else has that address, or the data subject has changed.
    """
    source = Source(kind=SourceKind.CORRECTION, record=moved.source_of, at=moved.at)
    held = {one.name: one for one in subject.values}
    known = held.get(moved.email_field) or next(iter(held.values()), None)
    purpose = known.purpose if known else ""
    value = Value(name=moved.email_field, value=moved.email, source=source, purpose=purpose)
    actions = value_actions((value,))
    actions += [
        ProfileItem.lookups.set([moved.lookup]),
        ProfileItem.record_key.set(moved.record_key),
        ProfileItem.rev.set(subject.rev + 1),
    ]

    def build(transaction: TransactWrite) -> None:
        for pk in subject.lookups:
            ours = LookupItem.subject_id == subject.subject_id
            transaction.delete(LookupItem(pk, items.ONLY), LookupItem.pk.does_not_exist() | ours)
        lookup = LookupItem(moved.lookup, items.ONLY, subject_id=subject.subject_id)
        transaction.save(lookup, LookupItem.pk.does_not_exist())
        transaction.update(profile_key(subject.subject_id), actions, unchanged(subject))
        audited.add_to(transaction)
        if moved.suppressed != suppression.NOT:
            suppression.add(transaction, moved.suppression, moved.suppressed, moved.at)

    return not calls.transact(build) or audited.is_there()


def close(transaction: TransactWrite, subject_id: str, sk: str) -> None:
    """Take a submission out of the inbox, provided that it still waits there."""
    item = InteractionItem(items.partition(subject_id), sk)
    transaction.update(
        item,
        [InteractionItem.due_pk.remove(), InteractionItem.due_sk.remove()],
        InteractionItem.due_pk.exists(),
        return_values="ALL_OLD",
    )


def every() -> Iterator[Subject]:
    """Every data subject in use: reads the whole table."""
    for raw in calls.every_profile():
        subject = items.profile_from_raw(raw)
        if subject.state is State.ACTIVE:
            yield subject


def file_anew(subject: Subject, filing: Filing | None) -> bool:
    """Move the due entry to its true day, or take it out; False if the subject has changed.

    The TTL moves along: it may lie before the true day when the statement's periods grew.
    """
    actions: list[Action]
    if filing is None:
        actions = [ProfileItem.due_pk.remove(), ProfileItem.due_sk.remove()]
    else:
        actions = filing_actions(subject.subject_id, filing)
    return calls.update(profile_key(subject.subject_id), actions, unchanged(subject))


def profile_key(subject_id: str) -> ProfileItem:
    return ProfileItem(items.partition(subject_id), items.PROFILE)


def unchanged(subject: Subject) -> Any:
    """Every change but a contact raises `rev`; a contact raises `last_contact`."""
    return (
        (ProfileItem.state == State.ACTIVE.value)
        & (ProfileItem.rev == subject.rev)
        & (ProfileItem.last_contact == subject.facts.last_contact)
    )


def fact_action(name: str, fact: Any) -> Action:
    attribute: Attribute[Any] = getattr(ProfileItem, name)
    return attribute.set(stored_fact(fact)) if fact else attribute.remove()


def stored_fact(fact: Any) -> Any:
    return [items.plain(one) for one in fact] if isinstance(fact, tuple) else fact


def filing_actions(subject_id: str, filing: Filing | None) -> list[Action]:
    if filing is None:
        return [ProfileItem.ttl.remove()]
    due_pk, due_sk = items.due_keys(subject_id, filing.due_on)
    return [
        ProfileItem.ttl.set(items.epoch(filing.ttl)),
        ProfileItem.due_pk.set(due_pk),
        ProfileItem.due_sk.set(due_sk),
    ]
