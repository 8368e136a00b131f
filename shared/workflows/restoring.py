"""Restoring: what was erased since a backup is erased again in the table that came of it.

The old table tells what: of whom, an erasure record says only by its key.  Each step can be
repeated, and a run that was killed is finished by the next.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from shared.errors import Superseded, busy
from shared.model.erasures import ErasureRecord
from shared.model.requests import Request
from shared.model.subjects import Subject
from shared.policy import erasing
from shared.policy import requests as policy
from shared.store import restoring, subjects
from shared.store.requests import OfPerson
from shared.wiring import Office
from shared.workflows import answers, days, erasures, receiving, requests


@dataclass(slots=True)
class Replayed:
    """What a replay did, or would do.

    `taken_over` counts items that were missing here; nobody looks for them in a rehearsal.  The
    others count data subjects: erased again, changed again by a request or erased again in part by
    one, each time, and those left alone: because something has come in since their erasure, or
    because it was somebody else's, who had the address after them.
    """

    taken_over: int = 0
    erased: int = 0
    followed: int = 0
    reduced: int = 0
    left_alone: int = 0


@dataclass(slots=True, kw_only=True)
class _Replay:
    table: str
    since: datetime
    office: Office
    dry_run: bool
    done: Replayed


def replay(table: str, since: datetime, office: Office, *, dry_run: bool = False) -> Replayed:
    """Erase again, in the office's table, what `table` knows was erased since.

    First takes over what outlives people.  With `dry_run` nothing is written.  Raises Superseded.
    """
    run = _Replay(table=table, since=since, office=office, dry_run=dry_run, done=Replayed())
    records, moved = _read(table, run)
    for subject in subjects.every():
        if record := records.get(subject.record_key):
            _erase(subject, record, run)
    for request in moved:
        _follow(request, run)
        if erasing.was_partial(request):
            _reduce(request, run)
    return run.done


def _read(table: str, run: _Replay) -> tuple[dict[str, ErasureRecord], list[Request]]:
    """The latest erasure by record key, and the requests that have moved; all is taken over."""
    records: dict[str, ErasureRecord] = {}
    moved: list[Request] = []
    for raw in restoring.outliving(table):
        run.done.taken_over += not run.dry_run and restoring.take_over(raw)
        found, request = restoring.record_in(raw), restoring.request_in(raw)
        if found and found[1].erased_at >= run.since:
            known = records.get(found[0])
            if known is None or known.erased_at < found[1].erased_at:
                records[found[0]] = found[1]
        if request and policy.moved_since(request, run.since):
            moved.append(request)
    return records, moved


def _erase(subject: Subject, record: ErasureRecord, run: _Replay) -> None:
    def erase(person: Subject) -> bool:
        return run.dry_run or erasures.again(person, record, run.office)

    ours = not restoring.still_holds(run.table, subject.subject_id)
    erased = ours and _taken(subject, record.erased_at, erase)
    run.done.erased += erased
    run.done.left_alone += not erased


def _reduce(request: Request, run: _Replay) -> None:
    """The file of a request that erased in part still knows whose it is."""
    person, scheme = requests.person_of(request.subject_id), request.scheme
    if person is None or scheme is None or request.closed_at is None:
        return

    def reduce(person: Subject) -> bool:
        return run.dry_run or answers.take_away(request, person, scheme, run.office)

    reduced = _taken(person, request.closed_at, reduce)
    run.done.reduced += reduced
    run.done.left_alone += not reduced


def _taken(subject: Subject, erased_at: datetime, take: Callable[[Subject], bool]) -> bool:
    """Whether it was taken again; False where something has come in since."""
    person: Subject | None = subject
    for _ in range(requests.ATTEMPTS):
        if person is None or not erasing.is_brought_back(person, erased_at):
            return False
        if take(person):
            return True
        person = requests.person_of(subject.subject_id)
    raise busy("The data subject")


def _follow(request: Request, run: _Replay) -> None:
    """What a request changed about somebody who is still there holds on: stopped, restricted."""
    office = run.office
    if request.pending:
        return  # it is taken up here
    for _ in range(requests.ATTEMPTS):
        person = requests.person_of(request.subject_id)
        if person is None:
            return
        after = policy.followed(person.facts, request)
        stops = policy.still_stops(request)
        if after == person.facts and not stops:
            return
        changed = OfPerson(
            before=person,
            after=after,
            filing=days.filing(after, office),
            consents=receiving.refusals(request, request.received_at, office) if stops else (),
        )
        try:
            if not run.dry_run:
                requests.write(requests.read(request.reference), office, person=changed)
        except Superseded:
            continue
        run.done.followed += 1
        return
    raise busy("The data subject")
