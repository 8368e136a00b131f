"""Erasing on request: what goes, what must stay for now, on which ground, and who is told?

Pure.  The scheme is a value: it is shown, stored, and carried out as it is.

Sources
    GDPR art. 17(1)     erasure without undue delay; what rests on another reason is named
    GDPR art. 17(3)     (b) a legal duty, (e) legal claims
    GDPR art. 18(2)     what is restricted is stored until it is lifted
    C19                 a backup that is restored brings back whom an erasure has to take again
    GDPR art. 19        recipients are told
    Statement §9, C15   a customer relationship keeps what the contract needs, until it ends
    C16                 a hold names its fields, and is released by itself
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from msgspec.structs import replace

from shared.model.contacts import Evidence, Value
from shared.model.erasures import ErasureScheme, Kept, Kind
from shared.model.requests import Request, RequestState
from shared.model.retention import Facts
from shared.model.subjects import Subject
from shared.statement.types import Statement

CUSTOMER = "customer"
EVERYTHING = ("*",)
"""The fields of a hold that names no ground: all there are."""


def scheme(
    subject: Subject,
    counts: Mapping[Kind, int],
    consents: tuple[Evidence, ...],
    statement: Statement,
    *,
    at: datetime,
    today: date,
) -> ErasureScheme:
    """What an erasure asked for now does."""
    kept = tuple(_kept(subject.facts, statement, today))
    return ErasureScheme(
        at=at,
        upto=at,
        counts=counts,
        consents=consents,
        kept=kept,
        tell=tuple(name for name, one in statement.processors.items() if one.agreement),
        record_key=subject.record_key,
        because=_because(kept),
    )


def _because(kept: tuple[Kept, ...]) -> str:
    if not kept:
        return "GDPR art. 17(1): nothing has to be kept"
    return "; ".join(f"{one.clause}: {one.ground}" for one in kept)


def _kept(facts: Facts, statement: Statement, today: date) -> Iterator[Kept]:
    if facts.customer_since:
        rule = statement.withheld[CUSTOMER]
        yield Kept(fields=rule.fields, ground=CUSTOMER, clause=rule.clause)
    if facts.restricted_since:
        yield Kept(fields=EVERYTHING, ground="restriction", clause="GDPR art. 18(2)")
    for hold in facts.holds:
        if hold.until and hold.until < today:
            continue
        if not hold.ground:
            clause = "GDPR art. 17(3)(e)"
            yield Kept(fields=EVERYTHING, ground="hold", clause=clause, until=hold.until)
        else:
            rule = statement.withheld[hold.ground]
            yield Kept(fields=rule.fields, ground=hold.ground, clause=rule.clause, until=hold.until)


def keeps_everything(scheme: ErasureScheme) -> bool:
    """Whether nothing goes yet, the contacts no more than the profile."""
    return any(EVERYTHING[0] in one.fields for one in scheme.kept)


def values_kept(values: tuple[Value, ...], scheme: ErasureScheme) -> tuple[Value, ...]:
    """Of a profile's values those that must stay, and those that came in later."""
    fields = {name for one in scheme.kept for name in one.fields}
    everything = keeps_everything(scheme)
    return tuple(
        one for one in values if everything or one.name in fields or one.source.at > scheme.upto
    )


def carried_out(facts: Facts, scheme: ErasureScheme) -> Facts:
    """After all that could be erased was: the rest goes when its ground does."""
    return replace(
        facts,
        erasure_requested=facts.erasure_requested or scheme.at,
        subscription_ended=scheme.at if facts.subscribed_since else facts.subscription_ended,
        subscribed_since=None,
    )


def is_brought_back(subject: Subject, erased_at: datetime) -> bool:
    """Whether a backup has brought somebody back who was erased then: nothing has come in since.

    What has, is a new reason: whoever came back by themselves is not erased.
    """
    latest = [subject.facts.last_contact, *(one.source.at for one in subject.values)]
    return max(latest) <= erased_at


def was_partial(request: Request) -> bool:
    """Whether an erasure on request was carried out, and had to leave something."""
    scheme, done = request.scheme, request.state is RequestState.ANSWERED
    return done and scheme is not None and not scheme.whole and bool(request.subject_id)


def hold_until(on: date, years: int) -> date:
    """The last day of a hold that runs for years after the end of the accounting year (C16)."""
    return date(on.year + years, 12, 31)
