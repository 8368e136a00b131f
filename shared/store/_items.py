"""The items of the table: the only module that knows their keys and attributes.

    kind             pk                 sk                            due index
    profile          S#<subject>        PROFILE                       DUE#<shard>, <day>#<subject>
    interaction      S#<subject>        I#<instant>#<reference>       IN#<purpose>, <instant>#<ref.>
    technical data   S#<subject>        V#<instant>#<reference>       DUE#<shard>, <day>#<subject>
    consent          S#<subject>        C#<purpose>#<instant>#<r>.<n> -
    asked            S#<subject>        R#<request>                   -
    audited values   S#<subject>        A#<number>                    -
    to be settled    S#<subject>        J#<instant>#<reference>       SETTLE, <instant>#<reference>
    audit entry      AUD#<subject>      <number>                      -
    lookup           E#/T#<keyed hash>  -                             -
    request of it    BY#<keyed hash>    R#<request>                   -
    idempotency      IDEM#<keyed hash>  -                             -
    forms of a day   SENT#<hash>        -                             -
    suppression      SUPP#<keyed hash>  -                             -
    subject request  REQ#<request>      REQUEST                       a queue, <due>#<request>
    its history      REQ#<request>      EVENT#<number>                -
    asked, of nobody REQ#<request>      ASKED                         -
    letter           REQ#<request>      MAIL#<rev>.<n>                MAIL…, <instant>#<request>#<n>
    asked of a form  REQ#<reference>    FORM                          -
    mails of a day   MAILED#<hash>      -                             -
    mails of an hour MAILED#<hour>      -                             -
    unreachable      UNREACHABLE#<hash> -                             -
    staff's session  SESS#<session>     -                             -
    erasure record   TOMB#<keyed hash>  <erasure>                     TOMB#<shard>, <day>#<erasure>
    proof of keys    KEYS               -                             -

A persisted attribute may be added with a default; it is never renamed, retyped or reused:
retention periods outlive releases.  Whole partitions are read raw, never through a model, so that
an item which this release does not know is exported, counted and erased all the same.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
from pynamodb.attributes import (
    JSONAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.models import Model

from shared.model.audit import AuditEntry
from shared.model.contacts import AddressKind, Consent, Interaction, Unsettled, Value
from shared.model.erasures import ErasurePlan, ErasureRecord, Kind
from shared.model.requests import Asked, Happened, Letter, Request
from shared.model.retention import Facts, Filing, Hold
from shared.model.subjects import State, Subject
from shared.store import _client

DUE_INDEX = "due_index"
SHARDS = 16
SETTLE = "SETTLE"
PROFILE = "PROFILE"
ONLY = "-"
LOOKUP_PREFIX = {AddressKind.EMAIL: "E#", AddressKind.PHONE: "T#"}
KIND_OF_PREFIX = {
    "I": Kind.INTERACTION,
    "V": Kind.TECHNICAL,
    "C": Kind.CONSENT,
    "A": Kind.AUDIT,
    "R": Kind.REQUEST,
    "J": Kind.UNSETTLED,
}

Raw = dict[str, Any]
"""An item as DynamoDB spells it: attribute name to {type: value}."""


class Json(JSONAttribute):
    """JSON as UTF-8: a letter that is not ASCII takes two bytes, and not six.

    What was stored with escapes is read as well.
    """

    def serialize(self, value: Any) -> str | None:
        return None if value is None else json.dumps(value, ensure_ascii=False)


class Item(Model):
    """What every item has; `bind` says which table it lies in."""

    class Meta:
        table_name = "unbound"
        region = "unbound"
        connect_timeout_seconds = 1
        read_timeout_seconds = 15  # longer than an engine under load, shorter than a function
        max_pool_connections = 50

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    ttl = NumberAttribute(null=True)
    due_pk = UnicodeAttribute(null=True)
    due_sk = UnicodeAttribute(null=True)


class ProfileItem(Item):
    state = UnicodeAttribute()
    rev = NumberAttribute(default=1)
    values: MapAttribute[str, Any] = MapAttribute(null=True)
    lookups: ListAttribute[Any] = ListAttribute(default=list)
    record_key = UnicodeAttribute()
    last_contact = UTCDateTimeAttribute()
    purpose_ended = UTCDateTimeAttribute(null=True)
    subscribed_since = UTCDateTimeAttribute(null=True)
    subscription_ended = UTCDateTimeAttribute(null=True)
    customer_since = UTCDateTimeAttribute(null=True)
    customer_ended = UTCDateTimeAttribute(null=True)
    holds: ListAttribute[Any] = ListAttribute(null=True)
    restricted_since = UTCDateTimeAttribute(null=True)
    restricted_by: ListAttribute[Any] = ListAttribute(null=True)
    erasure_requested = UTCDateTimeAttribute(null=True)
    open_requests: ListAttribute[Any] = ListAttribute(null=True)
    erasure = Json(null=True)
    removed = Json(null=True)


class InteractionItem(Item):
    content = Json()


class TechnicalItem(Item):
    content = Json()


class ConsentItem(Item):
    content = Json()


class AuditItem(Item):
    content = Json()


class AuditedItem(Item):
    salt = UnicodeAttribute()
    content = Json()


class UnsettledItem(Item):
    content = Json()


class AskedFormItem(Item):
    person = UnicodeAttribute()
    place = UnicodeAttribute()


class SentItem(Item):
    forms = NumberAttribute()
    octets = NumberAttribute()


class LookupItem(Item):
    subject_id = UnicodeAttribute()


class IdempotencyItem(Item):
    fingerprint = UnicodeAttribute()
    answer = Json()


class SuppressionItem(Item):
    reason = UnicodeAttribute(null=True)
    reasons = UnicodeSetAttribute(null=True)
    at = UTCDateTimeAttribute()


class RecordItem(Item):
    content = Json()


class AskedItem(Item):
    content = Json()


class RequestItem(Item):
    rev = NumberAttribute()
    content = Json()
    mark = UnicodeAttribute(null=True)


class OfAddressItem(Item):
    """A request whose file has the address: nothing but its key."""


class EventItem(Item):
    content = Json()
    mark = UnicodeAttribute(null=True)


class LetterItem(Item):
    content = Json()


class SessionItem(Item):
    seen = NumberAttribute()


class MailedItem(Item):
    letters = UnicodeSetAttribute()


class KeysItem(Item):
    proof = UnicodeAttribute()


class UnreachableItem(Item):
    why = UnicodeAttribute()


def bind(table_name: str, region: str) -> Any:
    """Point every item at a table; one client, returned, serves all of them."""
    Item.Meta.table_name = table_name
    Item.Meta.region = region
    Item._connection = None
    connection = Item._get_connection().connection
    _client.prepare(connection.session)
    return connection.client


def session() -> Any:
    """The botocore session of the table's client."""
    return Item._get_connection().connection.session


# Keys -----------------------------------------------------------------------------------------


def partition(subject_id: str) -> str:
    return f"S#{subject_id}"


def trail(subject_id: str) -> str:
    return f"AUD#{subject_id}"


def instant(at: datetime) -> str:
    """Sorts as time does."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def shard_of(reference: str) -> int:
    return int(reference[:8], 16) % SHARDS


def due_keys(subject_id: str, day: date) -> tuple[str, str]:
    return f"DUE#{shard_of(subject_id):02d}", f"{day.isoformat()}#{subject_id}"


def inbox(purpose: str) -> str:
    return f"IN#{purpose}"


def kind_of(sk: str) -> Kind:
    if sk == PROFILE:
        return Kind.PROFILE
    return KIND_OF_PREFIX.get(sk.partition("#")[0], Kind.OTHER)


def epoch(at: datetime) -> int:
    return int(at.timestamp())


def day_after(day: date) -> date:
    return day + timedelta(days=1)


# Values ---------------------------------------------------------------------------------------


def plain(thing: object) -> Any:
    """Nouns as JSON has them, tuples as lists; `msgspec.convert` reads them back."""
    return msgspec.json.decode(msgspec.json.encode(thing))


def subject_from(item: ProfileItem) -> Subject:
    facts = Facts(
        last_contact=item.last_contact,
        purpose_ended=item.purpose_ended,
        subscribed_since=item.subscribed_since,
        subscription_ended=item.subscription_ended,
        customer_since=item.customer_since,
        customer_ended=item.customer_ended,
        holds=tuple(msgspec.convert(hold, Hold) for hold in _dicts(item.holds)),
        restricted_since=item.restricted_since,
        restricted_by=tuple(item.restricted_by or ()),
        erasure_requested=item.erasure_requested,
        open_requests=tuple(item.open_requests or ()),
    )
    values = item.values.as_dict() if item.values else {}
    return Subject(
        subject_id=item.pk.removeprefix("S#"),
        state=State(item.state),
        rev=int(item.rev),
        facts=facts,
        values=tuple(msgspec.convert(value, Value) for value in values.values()),
        lookups=tuple(item.lookups),
        record_key=item.record_key,
        filing=_filing_of(item),
        erasure=msgspec.convert(item.erasure, ErasurePlan) if item.erasure else None,
        removed=msgspec.convert(item.removed or {}, dict[str, datetime]),
    )


def _filing_of(item: ProfileItem) -> Filing | None:
    if item.ttl is None or item.due_sk is None:
        return None
    due_on = date.fromisoformat(item.due_sk[:10])
    return Filing(due_on=due_on, ttl=datetime.fromtimestamp(int(item.ttl), UTC))


def _dicts(items: Iterable[Any] | None) -> Iterator[dict[str, Any]]:
    for item in items or ():
        yield item.as_dict() if isinstance(item, MapAttribute) else item


def profile_from_raw(raw: Raw) -> Subject:
    item = ProfileItem()
    item.deserialize({name: value for name, value in raw.items() if name in item.get_attributes()})
    return subject_from(item)


def interaction_from_raw(raw: Raw) -> Interaction:
    return msgspec.json.decode(raw["content"]["S"], type=Interaction)


def consent_from_raw(raw: Raw) -> Consent:
    return msgspec.json.decode(raw["content"]["S"], type=Consent)


def technical_from_raw(raw: Raw) -> tuple[Value, ...]:
    return msgspec.json.decode(raw["content"]["S"], type=tuple[Value, ...])


def unsettled_from_raw(raw: Raw) -> Unsettled:
    return msgspec.json.decode(raw["content"]["S"], type=Unsettled)


def asked_from_raw(raw: Raw) -> Asked:
    return msgspec.json.decode(raw["content"]["S"], type=Asked)


def request_from_raw(raw: Raw) -> Request:
    return msgspec.json.decode(raw["content"]["S"], type=Request)


def happened_from_raw(raw: Raw) -> Happened:
    return msgspec.json.decode(raw["content"]["S"], type=Happened)


def letter_from_raw(raw: Raw) -> Letter:
    return msgspec.json.decode(raw["content"]["S"], type=Letter)


def record_from_raw(raw: Raw) -> ErasureRecord:
    return msgspec.json.decode(raw["content"]["S"], type=ErasureRecord)


def entry_from_raw(raw: Raw) -> AuditEntry:
    return msgspec.json.decode(raw["content"]["S"], type=AuditEntry)


def audited_from_raw(raw: Raw) -> tuple[int, dict[str, Any]]:
    return int(raw["sk"]["S"].removeprefix("A#")), msgspec.json.decode(raw["content"]["S"])


def interaction_item(subject_id: str, one: Interaction) -> InteractionItem:
    return InteractionItem(
        partition(subject_id), f"I#{instant(one.at)}#{one.reference}", content=plain(one)
    )


def unsettled_item(subject_id: str, one: Unsettled) -> UnsettledItem:
    place = f"{instant(one.at)}#{one.reference}"
    item = UnsettledItem(partition(subject_id), f"J#{place}", content=plain(one))
    if not one.waits:
        item.due_pk, item.due_sk = SETTLE, place
    return item


def consent_item(subject_id: str, one: Consent, reference: str) -> ConsentItem:
    return ConsentItem(
        partition(subject_id), f"C#{one.purpose}#{instant(one.at)}#{reference}", content=plain(one)
    )


def technical_item(
    subject_id: str, values: tuple[Value, ...], reference: str, filing: Filing
) -> TechnicalItem:
    item = TechnicalItem(
        partition(subject_id),
        f"V#{instant(values[0].source.at)}#{reference}",
        content=plain(values),
    )
    file_under(item, subject_id, filing)
    return item


def file_under(item: Item, subject_id: str, filing: Filing) -> None:
    """Give a new item its due entry and the TTL behind it."""
    item.ttl = epoch(filing.ttl)
    item.due_pk, item.due_sk = due_keys(subject_id, filing.due_on)
