"""Re-keying: a data subject is found by another spelling of the same address from now on."""

from msgspec.structs import replace
from pynamodb.transactions import TransactWrite

from shared.model.noun import Noun
from shared.model.subjects import Subject
from shared.store import _calls as calls
from shared.store import _items as items
from shared.store import subjects
from shared.store._items import LookupItem, ProfileItem, SuppressionItem


class Respelt(Noun, frozen=True, kw_only=True):
    """An address as it is spelt from now on, and the keys of it; `was` are those that go."""

    private = ("email",)

    email_field: str
    email: str
    lookup: str
    was_lookup: str
    record_key: str
    suppression: str
    was_suppression: str


def respell(subject: Subject, spelt: Respelt) -> bool:
    """Change value, lookup, record key and suppression at once; nothing is said to be newer.

    False if somebody is known by the spelling already, or something has changed meanwhile.
    """
    values = tuple(
        replace(one, value=spelt.email) for one in subject.values if one.name == spelt.email_field
    )
    lookups = [spelt.lookup if one == spelt.was_lookup else one for one in subject.lookups]
    actions = subjects.value_actions(values)
    actions += [
        ProfileItem.lookups.set(lookups),
        ProfileItem.record_key.set(spelt.record_key),
        ProfileItem.rev.set(subject.rev + 1),
    ]
    suppressed = _suppressions(spelt)

    def build(transaction: TransactWrite) -> None:
        ours = LookupItem.subject_id == subject.subject_id
        transaction.delete(LookupItem(spelt.was_lookup, items.ONLY), ours)
        lookup = LookupItem(spelt.lookup, items.ONLY, subject_id=subject.subject_id)
        transaction.save(lookup, LookupItem.pk.does_not_exist())
        transaction.update(
            subjects.profile_key(subject.subject_id), actions, subjects.unchanged(subject)
        )
        if suppressed:
            was, now = suppressed
            transaction.delete(was, SuppressionItem.pk.exists())
            transaction.save(now, SuppressionItem.pk.does_not_exist())

    return not calls.transact(build)


def _suppressions(spelt: Respelt) -> tuple[SuppressionItem, SuppressionItem] | None:
    """The suppressions of the address as it was spelt, and as it is from now on, in all else alike.

    None where there is none, or one of the new spelling already: then neither is touched.
    """
    keys = [f"SUPP#{one}" for one in (spelt.was_suppression, spelt.suppression)]
    raws = calls.get_many(calls.key(pk, items.ONLY) for pk in keys)
    found = {raw["pk"]["S"]: raw for raw in raws}
    if list(found) != keys[:1]:
        return None
    was, now = SuppressionItem(), SuppressionItem()
    was.deserialize(dict(found[keys[0]]))
    now.deserialize({**found[keys[0]], "pk": {"S": keys[1]}})
    return was, now
