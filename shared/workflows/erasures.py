"""Erasures: what is due is decided on again, and erased with evidence.

Each step can be repeated: an erasure that was killed anywhere is finished by the next run, and
one that is finished is not begun again.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import inf
from typing import Any

from msgspec.structs import replace

from shared.errors import kind_of
from shared.model.erasures import ErasurePlan, ErasureRecord, ErasureScheme, Kind, Trigger
from shared.model.noun import Noun
from shared.model.retention import Rule
from shared.model.subjects import State, Subject
from shared.policy import retention
from shared.policy.retention import Verdict
from shared.store import due, erasure, subjects
from shared.store import settling as store
from shared.store.due import DueEntry
from shared.wiring import Office
from shared.workflows import days, forgetting, settling

CLAIMS = 5
AT_LEAST = 30.0
"""Seconds that have to be left for one more data subject."""
A_SECOND = timedelta(seconds=1)
"""The stream tells whole ones: what was erased just before a removal is not taken for later."""
_log = logging.getLogger(__name__)


class Outcome(Noun, frozen=True, kw_only=True):
    """What became of one due entry: erased, kept, or of the technical kind; and why."""

    subject_id: str
    kind: Kind
    due_on: date
    erased: bool
    because: str


@dataclass(slots=True)
class Result:
    """What a sweep did.  `due`: index entries read; the other numbers count data subjects.

    `unfinished` counts shards of which something was left as time was up, `technical` pieces of
    technical data erased at the end of their own life, and `oldest_due_days` for how many days the
    oldest entry was due: 0 when no night was missed.
    """

    run: str
    due: int = 0
    erased: int = 0
    kept: int = 0
    failed: int = 0
    technical: int = 0
    unfinished: int = 0
    oldest_due_days: int = 0
    kept_because: Counter[str] = field(default_factory=Counter)

    def meet(self, due_on: date, today: date) -> None:
        self.due += 1
        self.oldest_due_days = max(self.oldest_due_days, (today - due_on).days)

    def add(self, outcome: Outcome) -> None:
        if outcome.kind is Kind.TECHNICAL:
            self.technical += outcome.erased
        elif outcome.erased:
            self.erased += 1
        else:
            self.kept += 1
            self.kept_because[outcome.because] += 1

    def merge(self, other: "Result") -> None:
        for name in ("due", "erased", "kept", "failed", "technical", "unfinished"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.oldest_due_days = max(self.oldest_due_days, other.oldest_due_days)
        self.kept_because.update(other.kept_because)


Each = Callable[[Callable[[int], Result], Iterable[int]], Iterable[Result]]
"""How the shards are gone through: `map`, or the `map` of an executor."""


def sweep(office: Office, each: Each = map, left: Callable[[], float] = lambda: inf) -> Result:
    """Erase every data subject, and all technical data, whose time has come.

    Nobody is begun with when fewer than AT_LEAST seconds are `left`: another sweep goes on there.

    Reads only what the due index holds for today and earlier.  One that fails is counted, logged
    without a word about the person, and met again by the next sweep.
    """
    total = Result(run=office.new_reference())
    for part in each(lambda shard: _sweep_shard(shard, office, left), due.shards()):
        total.merge(part)
    return total


def _sweep_shard(shard: int, office: Office, left: Callable[[], float]) -> Result:
    result = Result(run="")
    try:
        today = days.today(office)
        for entry in due.entries(shard, until=today):
            if left() < AT_LEAST:
                result.unfinished = 1
                break
            result.meet(entry.due_on, today)
            _attempt(entry, result, office)
    except Exception as fault:  # the boundary: one shard must not stop the others
        result.failed += 1
        _failed(f"shard {shard} cannot be read", fault)
    return result


def _attempt(entry: DueEntry, result: Result, office: Office) -> None:
    try:
        result.add(process(entry, office))
    except Exception as fault:  # the boundary: one subject must not stop the others
        result.failed += 1
        _failed(f"erasure of {entry.subject_id} failed", fault)


def _failed(what: str, fault: Exception) -> None:
    name = kind_of(fault)
    _log.error("%s: %s", what, name, extra={"fault": name})


def plan(office: Office) -> Iterator[Outcome]:
    """What a sweep would do now, decided by the same rules, nothing written."""
    for shard in due.shards():
        for entry in due.entries(shard, until=days.today(office)):
            if entry.kind is Kind.TECHNICAL:
                yield _technical_outcome(entry, office)
                continue
            subject = subjects.read(entry.subject_id)
            if subject:
                verdict = _verdict(subject, office)
                erased = _is_due(subject, verdict, office)
                yield _outcome(entry, subject, verdict, erased=erased)


def process(entry: DueEntry, office: Office) -> Outcome:
    """Deal with one due entry: erase, or file it where it belongs.  A new contact wins."""
    if entry.kind is Kind.TECHNICAL:
        due.erase_technical(entry)
        return _technical_outcome(entry, office)
    for _ in range(CLAIMS):
        raws = subjects.partition_of(entry.subject_id)
        subject = subjects.profile_in(raws)
        if subject is None:
            return _met(entry, "erased meanwhile", erased=False)
        verdict = _verdict(subject, office)
        if not _is_due(subject, verdict, office):
            law = office.statement.retention
            subjects.file_anew(subject, retention.filing(verdict, days.today(office), law))
            return _outcome(entry, subject, verdict, erased=False)
        if _erase(subject, raws, verdict, office):
            return _outcome(entry, subject, verdict, erased=True)
    return _met(entry, "busy: looked at again by the next sweep", erased=False)


def _met(entry: DueEntry, because: str, *, erased: bool) -> Outcome:
    return Outcome(
        subject_id=entry.subject_id,
        kind=entry.kind,
        due_on=entry.due_on,
        erased=erased,
        because=because,
    )


def _verdict(subject: Subject, office: Office) -> Verdict:
    return retention.decide(subject.facts, office.statement.retention)


def _is_due(subject: Subject, verdict: Verdict, office: Office) -> bool:
    return subject.state is State.ERASING or verdict.is_due(days.today(office))


def _outcome(entry: DueEntry, subject: Subject, verdict: Verdict, *, erased: bool) -> Outcome:
    because = subject.erasure.because if subject.erasure else verdict.because
    return _met(entry, because, erased=erased)


def _technical_outcome(entry: DueEntry, office: Office) -> Outcome:
    law = office.statement.retention.technical
    return _met(entry, retention.sentence(law.clause, law.text), erased=True)


def _erase(subject: Subject, raws: list[dict[str, Any]], verdict: Verdict, office: Office) -> bool:
    """Claim and erase; False if the data subject has changed since it was read, with all it has.

    A form that is still to be settled may have subscribed: it is settled first.
    """
    plan = subject.erasure
    if plan is None:
        if places := store.among(raws):
            for place in places:
                settling.settle(place.subject_id, place.sk, office)
            return False
        erasure_id = office.new_reference()
        plan = _plan_of(raws, verdict, trigger=Trigger.SWEEP, erasure_id=erasure_id)
        if not erasure.claim(subject, plan):
            return False
    _carry_out(subject, plan, office)
    return True


def _plan_of(
    raws: list[dict[str, Any]], verdict: Verdict, *, trigger: Trigger, erasure_id: str
) -> ErasurePlan:
    return ErasurePlan(
        erasure_id=erasure_id,
        trigger=trigger,
        rule=verdict.rule,
        clause=verdict.clause,
        because=verdict.because,
        counts={**subjects.counts_of(raws), Kind.PROFILE: 1},
        consents=subjects.evidence_in(raws),
    )


def _carry_out(
    subject: Subject, plan: ErasurePlan, office: Office, carried_by: str = ""
) -> ErasureRecord:
    """Finish the erasure of a claimed data subject, from wherever it stands.

    What came in between reading and claiming is met here, since when nothing can.  The files of
    their requests come first: what leads to them goes with the rest.
    """
    raws = subjects.keys_of(subject.subject_id)
    files = forgetting.others(subject, plan, raws, office) - {carried_by}
    found = replace(plan, files=max(plan.files, len(files)))
    counts = subjects.counts_of(raws)
    if any(number > plan.counts.get(kind, 0) for kind, number in counts.items()):
        whole = subjects.partition_of(subject.subject_id)
        found = replace(found, counts=counts, consents=subjects.evidence_in(whole))
    if found != plan:
        plan = found
        erasure.amend(subject, plan)
    for reference in sorted(files):
        forgetting.forget(reference, subject.subject_id, office)
    forgetting.forget_forms(raws)
    erasure.delete_children(raws)
    if not erasure.is_empty_but_for_profile(subject.subject_id):
        message = "items were left after their deletion"
        raise RuntimeError(message)
    now = office.now()
    law = office.statement.retention
    erased_on = retention.local_day(now, law)
    record = ErasureRecord(
        erasure_id=plan.erasure_id,
        erased_at=now,
        trigger=plan.trigger,
        rule=plan.rule,
        clause=plan.clause,
        because=plan.because,
        counts=plan.counts,
        consents=plan.consents,
        verified_at=now,
        files=plan.files,
    )
    ttl = retention.ttl_of(law.erasure_record.length.after(erased_on), law)
    erasure.finish(subject, record, today=erased_on, ttl=ttl)
    return record


def on_request(
    subject: Subject, scheme: ErasureScheme, reference: str, office: Office
) -> ErasureRecord | None:
    """Erase somebody wholly because a subject request asks for it; None if they have changed."""
    plan = subject.erasure or ErasurePlan(
        erasure_id=office.keys.record_id(reference),
        trigger=Trigger.REQUEST,
        rule=Rule.ERASURE_REQUESTED,
        clause="GDPR art. 17(1)",
        because=retention.sentence("GDPR art. 17(1)", "erasure was asked for"),
        counts=scheme.counts,
        consents=scheme.consents,
    )
    if not subject.erasure and not erasure.claim(subject, plan, due_on=days.today(office)):
        return None
    return _carry_out(subject, plan, office, reference)


def again(subject: Subject, record: ErasureRecord, office: Office) -> bool:
    """Erase whom a backup has brought back, with a record of its own; False if they have changed.

    What was restricted when the backup was made, no longer was when it was erased.
    """
    if subject.facts.restricted_since:
        facts = replace(subject.facts, restricted_since=None, restricted_by=())
        subjects.replace(subject, facts, days.filing(facts, office))
        return False
    because = f"{record.because}; again after a restore"
    verdict = Verdict(erased_on=None, rule=record.rule, clause=record.clause, because=because)
    raws = subjects.partition_of(subject.subject_id)
    plan = _plan_of(raws, verdict, trigger=record.trigger, erasure_id=office.new_reference())
    if not erasure.claim(subject, plan, due_on=days.today(office)):
        return False
    _carry_out(subject, plan, office)
    return True


def finish_expired(
    image: dict[str, Any], event_id: str, office: Office, *, removed_at: datetime
) -> bool:
    """Finish what TTL began when it deleted a profile; False if `image` is of something else.

    `image` is the deleted item as the stream tells it; `event_id` makes a repetition recognisable.
    The emptied profile is put back as claimed, so that a crash is found by the next sweep, and a
    repetition goes on with the plan it finds there.  Who is not due by the rules of today, because
    the statement's periods have grown, is put back whole; but not by a repetition once they were
    erased since they were removed.
    """
    subject = erasure.profile_of_image(image)
    if subject is None:
        return False
    verdict = _verdict(subject, office)
    if not _is_due(subject, verdict, office):
        if erasure.first_record(subject.record_key, removed_at + A_SECOND):
            return True
        law = office.statement.retention
        erasure.put_back(image, subject, retention.filing(verdict, days.today(office), law))
        return True
    raws = subjects.partition_of(subject.subject_id)
    plan = subject.erasure or _plan_of(raws, verdict, trigger=Trigger.TTL, erasure_id=event_id)
    if erasure.record_of(subject, plan.erasure_id) is None:
        erasure.restore_claim(subject, plan, days.today(office))
        claimed = subjects.read(subject.subject_id)
        if claimed and claimed.erasure:
            _carry_out(claimed, claimed.erasure, office)
    return True


def records(since: date, office: Office) -> list[ErasureRecord]:
    """The erasure records since a day, oldest first."""
    found = erasure.records(since, office.now())
    return sorted(found, key=lambda record: (record.erased_at, record.erasure_id))
