"""Settling: what follows from a form that was recorded, and what must be confirmed first.

Pure.  Nobody has proved that a form is from whose address stands in it.

Sources
    Statement §9              a form moves the date of the last contact, and some choices subscribe
    GDPR art. 5(1)(d), (f)    no stranger changes what was proved, or what a customer said
    GDPR art. 7(1)            a choice is on record with the text that was shown
    GDPR art. 7(3), 21(3)     what was stopped is not used again without the person's own word
"""

from collections.abc import Iterable

from msgspec.structs import replace

from shared.model.contacts import Consent, Interaction, SourceKind, Unsettled, Value
from shared.model.noun import Noun
from shared.model.retention import Facts
from shared.model.subjects import Subject
from shared.policy.current import is_replaceable
from shared.statement.types import Statement

PROVED = frozenset({SourceKind.CORRECTION, SourceKind.CONFIRMED})
"""The sources of values that were proved."""


class Settled(Noun, frozen=True, kw_only=True):
    """The changes by a form: the facts after it, new current values, answers that are on record.

    `rest`: what stands beside until the person confirms it; None where nothing does.
    """

    facts: Facts
    values: tuple[Value, ...]
    consents: tuple[Consent, ...]
    rest: Unsettled | None = None


def settle(
    subject: Subject,
    sent: Interaction,
    unsettled: Unsettled,
    statement: Statement,
    *,
    stopped: bool,
) -> Settled:
    """Decide what follows from a form.  In whichever order several are settled, it is the same.

    Of customers, and of values that were proved, what differs stands beside, and so do choices; of
    whose address a use was `stopped`, choices do.
    """
    customer = subject.facts.customer_since is not None
    current = {one.name: one for one in subject.values}
    guarded = {one.name: one.value for one in subject.values if customer or _is_proved(one)}
    new = [
        one
        for one in sent.values
        if is_replaceable(one, statement)
        and not _is_removed_since(one, subject)
        and guarded.get(one.name) != one.value
        and _is_newer(one, current.get(one.name))
    ]
    proved = {*guarded, *subject.removed}  # that there is no such value, too
    beside = [one for one in new if customer or one.name in proved]
    waits = stopped or customer or bool(proved)
    choices = tuple(one for one in unsettled.consents if one.granted and waits)
    facts = subject.facts
    if unsettled.subscribes and not waits and not _ended_since(facts, unsettled):
        since = min(facts.subscribed_since or unsettled.at, unsettled.at)
        facts = replace(facts, subscribed_since=since)
    rest = replace(
        unsettled,
        consents=choices,
        subscribes=unsettled.subscribes and waits,
        beside=tuple(one.name for one in beside),
        asked=True,
    )
    return Settled(
        facts=facts,
        values=tuple(one for one in new if one not in beside),
        consents=tuple(one for one in unsettled.consents if one not in choices),
        rest=rest if beside or choices else None,
    )


def answered(subject: Subject, sent: Interaction, rest: Unsettled) -> Settled:
    """The changes that follow from the person's word on what stands beside.

    Nothing that was corrected or confirmed since is undone.
    """
    facts, at = subject.facts, rest.answered_at
    if at is None or not rest.confirmed:
        return Settled(facts=facts, values=(), consents=())
    if rest.subscribes:
        facts = replace(facts, subscribed_since=facts.subscribed_since or at)
    return Settled(
        facts=facts,
        values=tuple(_confirmed(one) for one in beside(subject, sent, rest)),
        consents=tuple(replace(one, at=at, method="confirmed") for one in rest.consents),
    )


def decided(subject: Subject, sent: Interaction, rest: Unsettled, *, confirms: bool) -> Settled:
    """The same by staff: of values only, as nobody agrees to anything for somebody else."""
    shown = beside(subject, sent, rest) if confirms else ()
    return Settled(
        facts=subject.facts,
        values=tuple(_confirmed(one) for one in shown),
        consents=(),
        rest=replace(rest, beside=()) if rest.consents else None,
    )


def beside(subject: Subject, sent: Interaction, rest: Unsettled) -> tuple[Value, ...]:
    """The values that stand beside the current ones: not those that were overtaken since."""
    current = {one.name: one for one in subject.values}
    return tuple(
        one
        for one in sent.values
        if rest.asked
        and one.name in rest.beside
        and _is_newer(one, current.get(one.name))
        and not _is_removed_since(one, subject)
    )


def all_beside(
    subject: Subject, interactions: Iterable[Interaction], unsettled: Iterable[Unsettled]
) -> tuple[tuple[str, Value], ...]:
    """Every value that stands beside, with the reference of the form that it came with."""
    asked = {one.reference: one for one in unsettled if one.waits}
    return tuple(
        (sent.reference, value)
        for sent in interactions
        if sent.reference in asked
        for value in beside(subject, sent, asked[sent.reference])
    )


def _confirmed(value: Value) -> Value:
    """The value as confirmed, still of when it was sent: a later one replaces it."""
    return replace(value, source=replace(value.source, kind=SourceKind.CONFIRMED))


def _ended_since(facts: Facts, unsettled: Unsettled) -> bool:
    """Whether a subscription was ended after the choice was made: that is not undone by it."""
    ended = facts.subscription_ended
    return ended is not None and ended >= unsettled.at


def _is_proved(value: Value) -> bool:
    return value.source.kind in PROVED


def _is_removed_since(value: Value, subject: Subject) -> bool:
    """Whether a correction has removed it after it was sent, before this was settled."""
    removed = subject.removed.get(value.name)
    return removed is not None and removed >= value.source.at


def _is_newer(value: Value, current: Value | None) -> bool:
    """Whether it replaces the current one: a list's, or one that the person gave before."""
    return (
        current is None
        or current.source.kind is SourceKind.IMPORT
        or current.source.at < value.source.at
    )
