"""Remains: what is still held of somebody of whom nothing else is, and until when?

Pure.

Sources
    GDPR art. 12(1), 15(1)(d)  who asks is told what there is, and for how long
    GDPR art. 5(2)             erasure record, trail and a request's file show what was done
    GDPR art. 21(3)            what must not be used is remembered, or it would be used again
    C19                        a backup holds for a while what was erased
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from shared.model.erasures import ErasureRecord, Remains, Remnant, Trigger
from shared.policy.retention import local_day, ttl_of
from shared.statement.periods import Period
from shared.statement.types import Retention

BACKUPS_LAST = timedelta(days=35)
"""Point-in-time recovery of the table: until then a backup may hold what is erased (C19)."""


def remaining(
    record: ErasureRecord | None,
    law: Retention,
    *,
    suppressed: bool,
    at: datetime,
    closed_on: date | None = None,
) -> tuple[Remains, ...]:
    """The remains at an instant: by the newest `record` of an erasure, if there is one.

    `closed_on`: the day on which the request ends that is answered with it.
    """
    every = _remaining(record, law, suppressed=suppressed, closed_on=closed_on)
    today = local_day(at, law)
    return tuple(one for one in every if one.until is None or one.until > today)


def _remaining(
    record: ErasureRecord | None, law: Retention, *, suppressed: bool, closed_on: date | None
) -> Iterator[Remains]:
    if suppressed:
        yield Remains(kind=Remnant.SUPPRESSION)
    erased_on = local_day(record.erased_at, law) if record else None
    if erased_on:
        yield Remains(kind=Remnant.RECORD, until=_until(erased_on, law.erasure_record.length, law))
        yield Remains(kind=Remnant.TRAIL, until=_until(erased_on, law.audit.length, law))
    asked_on = closed_on or (erased_on if record and record.trigger is Trigger.REQUEST else None)
    if asked_on:
        yield Remains(
            kind=Remnant.REQUESTS, until=_until(asked_on, law.subject_request.length, law)
        )
    if record:
        yield Remains(kind=Remnant.BACKUPS, until=local_day(record.erased_at + BACKUPS_LAST, law))


def _until(on: date, length: Period, law: Retention) -> date:
    """The day on which TTL takes it."""
    return local_day(ttl_of(length.after(on), law), law)
