"""Settling: what follows from a form that was recorded.

Pure.  Nobody has proved that a form is from whose address stands in it.

Sources
    Statement §9    a form moves the date of the last contact, and some choices subscribe
    GDPR art. 7(1)  a choice is on record with the text that was shown
"""

from msgspec.structs import replace

from shared.model.contacts import Consent, Interaction, SourceKind, Unsettled, Value
from shared.model.noun import Noun
from shared.model.retention import Facts
from shared.model.subjects import Subject
from shared.statement.types import Statement


class Settled(Noun, frozen=True, kw_only=True):
    """What a form changes: the facts after it, new current values, answers that are on record."""

    facts: Facts
    values: tuple[Value, ...]
    consents: tuple[Consent, ...]


def settle(
    subject: Subject, sent: Interaction, unsettled: Unsettled, statement: Statement
) -> Settled:
    """Decide what follows from a form.  In whichever order several are settled, it is the same."""
    facts = subject.facts
    if unsettled.subscribes and not _ended_since(facts, unsettled):
        since = min(facts.subscribed_since or unsettled.at, unsettled.at)
        facts = replace(facts, subscribed_since=since)
    current = {one.name: one for one in subject.values}
    values = tuple(
        one
        for one in sent.values
        if _is_current(one, statement)
        and _is_newer(one, current.get(one.name))
        and not _is_removed_since(one, subject)
    )
    return Settled(facts=facts, values=values, consents=unsettled.consents)


def _ended_since(facts: Facts, unsettled: Unsettled) -> bool:
    """Whether a subscription was ended after the choice was made: that is not undone by it."""
    ended = facts.subscription_ended
    return ended is not None and ended >= unsettled.at


def _is_current(value: Value, statement: Statement) -> bool:
    known = statement.fields.get(value.name)
    return known is not None and known.current


def _is_removed_since(value: Value, subject: Subject) -> bool:
    """Whether a correction has removed it after it was sent, before this was settled."""
    removed = subject.removed.get(value.name)
    return removed is not None and removed >= value.source.at


def _is_newer(value: Value, current: Value | None) -> bool:
    """Whether it replaces the current one; what a person gave replaces what a list says."""
    return (
        current is None
        or current.source.kind is SourceKind.IMPORT
        or current.source.at < value.source.at
    )
