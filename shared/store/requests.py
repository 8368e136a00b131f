"""Subject requests: each in a partition of its own, with its history and the letters on their way.

Every write demands the `rev` that was read: of two workers on one request the second is told.  It
bears a mark, by which it is known where its answer was lost and it was sent again.
"""

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta

from pynamodb.expressions.condition import Condition, size
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from shared.model.contacts import Consent, Value
from shared.model.noun import Noun
from shared.model.requests import Asked, Happened, Letter, Queued, Request
from shared.model.retention import Facts, Filing
from shared.model.subjects import Subject
from shared.store import _calls as calls
from shared.store import _items as items
from shared.store import queues, subjects, suppression
from shared.store._items import (
    AskedItem,
    EventItem,
    LetterItem,
    MailedItem,
    OfAddressItem,
    ProfileItem,
    Raw,
    RequestItem,
)
from shared.store.audit import Prepared
from shared.store.suppression import Freed, Suppressed

OUTBOX, POSTPONED, ASKED = "MAIL", "MAIL#LATER", "ASKED"
FIRST, LAST = "0001", "9999"
MOST_AT_ONCE = 80
"""Of a transaction's hundred items those that are earlier steps."""

LETTER_LASTS = timedelta(days=30)
"""What cannot be sent is given up: the address is kept no longer than a request nobody confirms."""

COUNT_LASTS = timedelta(days=2)


class OfPerson(Noun, frozen=True, kw_only=True):
    """What a step changes about the data subject, and puts in their trail, in its transaction."""

    before: Subject
    after: Facts
    filing: Filing | None
    consents: tuple[Consent, ...] = ()
    unsaid: tuple[Consent, ...] = ()
    asked: Asked | None = None
    forgets: bool = False
    values: tuple[Value, ...] = ()
    removed: tuple[str, ...] = ()
    audited: Prepared | None = None


class Written(Noun, frozen=True, kw_only=True):
    """What a step writes.

    `queued`: where it waits; None where it does not.  `ttl`: when it is removed, once it is
    closed.  `asked`: what was written by somebody of whom nothing is held.  `suppress` is a
    keyed hash of the address and the tag that the request marks it with, `frees` what is taken
    away again.  `unsent`: the key of a letter that is given up with it.
    """

    request: Request
    history: tuple[Happened, ...] = ()
    letters: tuple[Letter, ...] = ()
    queued: Queued | None = None
    ttl: datetime | None = None
    person: OfPerson | None = None
    asked: Asked | None = None
    suppress: tuple[str, str] | None = None
    frees: tuple[Freed, ...] = ()
    unsent: str = ""
    at: datetime


def write(one: Written) -> bool:
    """Write a step, all or nothing; False if request, person or trail were changed meanwhile."""
    earlier, mark = _closed_with(one), secrets.token_hex(8)
    for event in earlier[:-MOST_AT_ONCE]:
        calls.update(event, _expiring(one), EventItem.pk.exists())

    def build(transaction: TransactWrite) -> None:
        request, rev = one.request, one.request.rev + 1
        transaction.save(_request_item(one, rev, mark), _still(request))
        for happened in one.history:
            transaction.save(_event_item(one, happened, mark))
        for event in earlier[-MOST_AT_ONCE:]:
            transaction.update(event, _expiring(one))
        for number, letter in enumerate(one.letters):
            transaction.save(letter_item(letter, one.at, f"{rev:06d}.{number}"))
        if one.unsent:
            letter_key = LetterItem(f"REQ#{request.reference}", one.unsent)
            transaction.delete(letter_key, LetterItem.pk.exists())
        _suppress(transaction, one)
        if one.person:
            _change(transaction, one.person, request.reference, one.at)
        _keep_or_forget(transaction, one)
        _point(transaction, request)

    return not calls.transact(build) or _is_written(one, mark)


def _is_written(one: Written, mark: str) -> bool:
    """Whether what stands in the way is this very write: by its last step, which none replaces."""
    reference = one.request.reference
    last = _event_key(reference, one.history[-1].number).sk if one.history else "REQUEST"
    found = calls.get(f"REQ#{reference}", last)
    return found is not None and found.get("mark") == {"S": mark}


def _point(transaction: TransactWrite, request: Request) -> None:
    """Let the address lead to a file as long as that has it: the erased are forgotten there."""
    item = OfAddressItem(f"BY#{request.found_by}", f"R#{request.reference}")
    if request.found_by and not request.rev:
        transaction.save(item)
    elif request.found_by and not request.email:
        transaction.delete(item)


def _keep_or_forget(transaction: TransactWrite, one: Written) -> None:
    """Keep with the request what somebody unknown wrote, until it is closed or they are known."""
    reference = one.request.reference
    if one.asked:
        content = items.plain(one.asked)
        transaction.save(AskedItem(f"REQ#{reference}", ASKED, content=content))
    elif (one.person and one.person.asked) or any(
        happened.at == one.request.closed_at for happened in one.history
    ):
        transaction.delete(AskedItem(f"REQ#{reference}", ASKED))


def _closed_with(one: Written) -> list[EventItem]:
    """The earlier steps of a request whose end is known from now on: its file goes as a whole."""
    request, new = one.request, len(one.history)
    is_closed = any(happened.at == request.closed_at for happened in one.history)
    is_lifted = request.lifted_at is not None and not new
    if one.ttl is None or not (is_closed or is_lifted):
        return []
    return [_event_key(request.reference, n) for n in range(1, request.number + 1 - new)]


def _suppress(transaction: TransactWrite, one: Written) -> None:
    if one.suppress:
        keyed_hash, tag = one.suppress
        why = Suppressed(reasons=frozenset({tag}))
        suppression.add(transaction, keyed_hash, why, one.at)
    for freed in one.frees:
        freed.add_to(transaction)


def _still(request: Request) -> Condition:
    if not request.rev:
        condition: Condition = RequestItem.pk.does_not_exist()
    else:
        condition = RequestItem.rev == request.rev
    return condition


def _request_item(one: Written, rev: int, mark: str) -> RequestItem:
    reference = one.request.reference
    found_by = one.request.found_by if one.request.email else ""
    content = {**items.plain(one.request), "rev": rev, "found_by": found_by}
    item = RequestItem(f"REQ#{reference}", "REQUEST", rev=rev, content=content, mark=mark)
    if one.queued:
        item.due_pk, item.due_sk = queues.keys(one.queued, reference)
    if one.ttl:
        item.ttl = items.epoch(one.ttl)
    return item


def _event_item(one: Written, happened: Happened, mark: str) -> EventItem:
    item = _event_key(one.request.reference, happened.number)
    item.content, item.mark = items.plain(happened), mark
    if one.ttl:
        item.ttl = items.epoch(one.ttl)
    return item


def _event_key(reference: str, number: int) -> EventItem:
    return EventItem(f"REQ#{reference}", f"EVENT#{number:06d}")


def _expiring(one: Written) -> list[Action]:
    return [EventItem.ttl.set(items.epoch(one.ttl))] if one.ttl else []


def letter_item(letter: Letter, at: datetime, number: str) -> LetterItem:
    """A letter in the outbox."""
    item = LetterItem(f"REQ#{letter.reference}", f"MAIL#{number}", content=items.plain(letter))
    item.ttl = items.epoch(at + LETTER_LASTS)
    item.due_pk, item.due_sk = OUTBOX, f"{items.instant(at)}#{letter.reference}#{number}"
    return item


def _change(transaction: TransactWrite, person: OfPerson, reference: str, at: datetime) -> None:
    subject_id = person.before.subject_id
    for number, consent in enumerate(person.consents):
        transaction.save(items.consent_item(subject_id, consent, f"{reference}.{number}"))
    for number, consent in enumerate(person.unsaid):
        transaction.delete(items.consent_item(subject_id, consent, f"{reference}.{number}"))
    if person.forgets:
        transaction.delete(AskedItem(items.partition(subject_id), f"R#{reference}"))
    elif person.asked:
        content = items.plain(person.asked)
        transaction.save(AskedItem(items.partition(subject_id), f"R#{reference}", content=content))
    if person.audited:
        person.audited.add_to(transaction)
    actions = subjects.changes(person.before, person.after, person.filing)
    actions += subjects.value_actions(person.values, person.removed)
    if person.removed:
        removed = {**person.before.removed, **dict.fromkeys(person.removed, at)}
        actions.append(ProfileItem.removed.set(items.plain(removed)))
    key = subjects.profile_key(subject_id)
    transaction.update(key, actions, subjects.unchanged(person.before))


def read(reference: str) -> Request | None:
    """A request, strongly read."""
    raw = calls.get(f"REQ#{reference}", "REQUEST")
    return items.request_from_raw(raw) if raw else None


def history(reference: str) -> tuple[Happened, ...]:
    """The steps of a request, from the first."""
    return tuple(map(items.happened_from_raw, calls.beginning(f"REQ#{reference}", "EVENT#")))


def asked(request: Request) -> Asked | None:
    """What the person wrote with a request, as long as it is there."""
    places = [(f"REQ#{request.reference}", ASKED)]
    if request.subject_id:
        places = [(items.partition(request.subject_id), f"R#{request.reference}"), *places]
    for pk, sk in places:
        if raw := calls.get(pk, sk):
            return items.asked_from_raw(raw)
    return None


class Posted(Noun, frozen=True, kw_only=True):
    """A letter in the outbox, and its key there."""

    letter: Letter
    sk: str


def unsent(before: datetime) -> Iterator[Posted]:
    """The letters that were written before an instant and are still there."""
    yield from _posted(calls.due_between(OUTBOX, FIRST, items.instant(before)))


def postponed() -> Iterator[Posted]:
    """The letters that wait for the next hour, about in the order in which they were written."""
    yield from _posted(calls.due_between(POSTPONED, FIRST, LAST))


def _posted(keys: Iterator[Raw]) -> Iterator[Posted]:
    for raw in calls.get_many(map(calls.key_of, keys)):
        yield Posted(letter=items.letter_from_raw(raw), sk=raw["sk"]["S"])


def number_postponed() -> int:
    """The number that wait for the next hour."""
    return calls.count(POSTPONED)


def postpone(reference: str, sk: str) -> None:
    """Let a letter wait among those for the next hour; again is as once."""
    waits = LetterItem.due_pk.set(POSTPONED)
    calls.update(LetterItem(f"REQ#{reference}", sk), [waits], LetterItem.pk.exists())


def letter(reference: str, sk: str) -> Letter | None:
    """A letter that is still to be sent."""
    raw = calls.get(f"REQ#{reference}", sk)
    return items.letter_from_raw(raw) if raw else None


def sent(reference: str, sk: str) -> None:
    """Forget a letter: it is on its way, or goes nowhere."""
    calls.call("DeleteItem", Key=calls.key(f"REQ#{reference}", sk))


def count_mail(counted: str, letter: str, most: int, at: datetime) -> bool:
    """Count a letter among those of a mailbox and day, or of an hour; False if it is one too many.

    Again is as once: a letter that was counted, and then not sent, is counted no further.
    """
    letters = MailedItem.letters
    ttl = MailedItem.ttl.set(items.epoch(at + COUNT_LASTS))
    actions: list[Action] = [letters.add({letter}), ttl]
    is_first = MailedItem.pk.does_not_exist()
    return calls.update(
        MailedItem(f"MAILED#{counted}", items.ONLY),
        actions,
        is_first | (size(letters) < most) | letters.contains(letter),
    )


def room_for_mails(counted: str, most: int) -> int:
    """The number of letters that a count has room for."""
    raw = calls.get(f"MAILED#{counted}", items.ONLY, consistent=False)
    return most - len(raw["letters"]["SS"]) if raw else most
