"""Filing: the day on which each data subject comes up; set right, and looked ahead at."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from shared.errors import Superseded
from shared.model.erasures import Kind
from shared.model.noun import Noun
from shared.model.retention import Filing, Rule
from shared.model.subjects import State, Subject
from shared.policy import retention
from shared.statement.types import Retention
from shared.store import due, subjects
from shared.wiring import Office
from shared.workflows import days

ATTEMPTS = 8


@dataclass(slots=True)
class Refiled:
    """How many data subjects were read, and how many lay under another day than the rules say."""

    read: int = 0
    moved: int = 0


def refile(office: Office) -> Refiled:
    """File every data subject where the statement's rules now put it: after they have changed.

    A lengthened period is met by the sweep too, one day at a time; a shortened one only here.
    Reads the whole table; can be repeated, and resumed by repeating it.
    """
    law = office.statement.retention
    today = days.today(office)
    done = Refiled()
    for subject in subjects.every():
        done.read += 1
        done.moved += _refile(subject, today, law)
    return done


def _refile(subject: Subject, today: date, law: Retention) -> bool:
    """Whether it had to be moved.  Raises Superseded if it keeps changing."""
    for _ in range(ATTEMPTS):
        filing = retention.filing(retention.decide(subject.facts, law), today, law)
        if _is_filed(subject, filing):
            return False
        try:
            subjects.replace(subject, subject.facts, filing)
        except Superseded:
            now = subjects.read(subject.subject_id)
            if now is None or now.state is not State.ACTIVE:
                return False
            subject = now
        else:
            return True
    message = "A data subject keeps changing; try again later."
    raise Superseded(message)


def _is_filed(subject: Subject, filing: Filing | None) -> bool:
    """Whether it lies where it belongs; a due entry may lie earlier, never later."""
    filed = subject.filing
    if filing is None or filed is None:
        return filing is filed
    return filed.due_on <= filing.due_on and filed.ttl == filing.ttl


class Month(Noun, frozen=True, kw_only=True):
    """How many data subjects are erased in a month ("2028-11") if nothing else happens."""

    month: str
    erased: int
    by_rule: dict[Rule, int]


def forecast(months: int, office: Office) -> list[Month]:
    """The coming erasures by month, this month first; what is overdue counts to this month."""
    law = office.statement.retention
    today = days.today(office)
    first = today.year * 12 + today.month - 1
    names = [f"{at // 12:04d}-{at % 12 + 1:02d}" for at in range(first, first + months)]
    last = first + months
    until = date(last // 12, last % 12 + 1, 1) - timedelta(days=1)
    found: dict[str, Counter[Rule]] = {name: Counter() for name in names}
    for shard in due.shards():
        filed = (one for one in due.entries(shard, until=until) if one.kind is Kind.PROFILE)
        for subject in due.profiles(filed):
            verdict = retention.decide(subject.facts, law)
            if verdict.erased_on and verdict.erased_on <= until:
                found[f"{max(verdict.erased_on, today):%Y-%m}"][verdict.rule] += 1
    return [
        Month(month=name, erased=rules.total(), by_rule=dict(sorted(rules.items())))
        for name, rules in found.items()
    ]
