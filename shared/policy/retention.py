"""Retention: until when is a data subject kept, and why?

Pure.  One date for each data subject.  A period counts in calendar units in the controller's
time zone, is kept through its last day, and its data is erased from the next local midnight.

Sources
    Statement §9                   dialogue, subscription, customer relationship, purpose
    GDPR art. 5(1)(e)              no longer than the purpose needs
    GDPR art. 17(1)                what was kept from an erasure on request goes when it can
    GDPR art. 17(3), art. 18(2)    a legal hold and a restriction keep what would be erased
    Reg. (EEC) 1182/71 art. 3      the day of the event is not counted
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from msgspec.structs import replace

from shared.model.contacts import Contact
from shared.model.noun import Noun
from shared.model.retention import Facts, Filing, Hold, Rule
from shared.statement.types import Retention, RetentionRule, Statement


class Verdict(Noun, frozen=True, kw_only=True):
    """When a data subject is erased, by which rule, and why.

    `erased_on` is the first day on which the data is no longer there; None while a reason
    without an end keeps it.
    """

    erased_on: date | None
    rule: Rule
    clause: str
    because: str

    def is_due(self, today: date) -> bool:
        return self.erased_on is not None and self.erased_on <= today


def decide(facts: Facts, retention: Retention) -> Verdict:
    """Decide until when a data subject with these facts is kept.

    Hold and restriction outweigh everything, an open reason outweighs every period, and of
    the periods that run the last to end decides.
    """
    open_reason = next(_open_reasons(facts, retention), None)
    if open_reason:
        return open_reason
    return max(_periods(facts, retention), key=lambda verdict: verdict.erased_on or date.max)


def _open_reasons(facts: Facts, retention: Retention) -> Iterator[Verdict]:
    clause = retention.rules[Rule.SUBSCRIPTION].clause, retention.rules[Rule.CUSTOMER].clause
    if any(hold.until is None for hold in facts.holds):
        yield _open(Rule.HOLD, "GDPR art. 17(3)", "held: kept until the hold is released")
    if facts.restricted_since:
        yield _open(Rule.RESTRICTION, "GDPR art. 18", "restricted: kept until it is lifted")
    if facts.open_requests:
        words = "a subject request is open: kept until it is answered"
        yield _open(Rule.REQUEST_OPEN, "GDPR art. 12(3)", words)
    if facts.subscribed_since:
        yield _open(Rule.SUBSCRIPTION, clause[0], "subscribed: kept until the subscription ends")
    if facts.customer_since:
        yield _open(Rule.CUSTOMER, clause[1], "customer: kept until the relationship ends")


def _open(rule: Rule, clause: str, words: str) -> Verdict:
    return Verdict(erased_on=None, rule=rule, clause=clause, because=sentence(clause, words))


def _closed(rule: Rule, clause: str, words: str, erased_on: date) -> Verdict:
    because = sentence(clause, words)
    return Verdict(erased_on=erased_on, rule=rule, clause=clause, because=because)


def _periods(facts: Facts, retention: Retention) -> Iterator[Verdict]:
    for until in (hold.until for hold in facts.holds if hold.until):
        words = f"held by law until {until.isoformat()}"
        yield _closed(Rule.HOLD, "GDPR art. 17(3)", words, until + timedelta(days=1))
    if facts.erasure_requested:
        words = "erasure was asked for, and its last ground for keeping has ended"
        asked_on = local_day(facts.erasure_requested, retention)
        yield _closed(Rule.ERASURE_REQUESTED, "GDPR art. 17(1)", words, asked_on)
        return
    yield _dialogue(facts, retention)
    if facts.subscription_ended:
        yield _period(Rule.SUBSCRIPTION, facts.subscription_ended, retention)
    if facts.customer_ended:
        yield _period(Rule.CUSTOMER, facts.customer_ended, retention)


def _dialogue(facts: Facts, retention: Retention) -> Verdict:
    """The period from the last contact is a ceiling: a purpose that ended earlier ends it (C3)."""
    ceiling = _period(Rule.DIALOGUE, facts.last_contact, retention)
    if facts.purpose_ended is None or Rule.PURPOSE_ENDED not in retention.rules:
        return ceiling
    earlier = _period(Rule.PURPOSE_ENDED, facts.purpose_ended, retention)
    return min(ceiling, earlier, key=lambda verdict: verdict.erased_on or date.max)


def _period(rule: Rule, started: datetime, retention: Retention) -> Verdict:
    law = retention.rules[rule]
    return Verdict(
        erased_on=erased_on(started, law, retention),
        rule=rule,
        clause=law.clause,
        because=sentence(law.clause, law.text),
    )


def sentence(clause: str, words: str) -> str:
    """A reason in words, after the clause or article it stands on."""
    return f"{clause if clause.startswith('GDPR') else f'§{clause}'} {words}"


def erased_on(started: datetime, rule: RetentionRule, retention: Retention) -> date:
    """The first local day on which data kept by `rule` since `started` is no longer there."""
    return rule.length.after(local_day(started, retention)) + timedelta(days=1)


def local_day(at: datetime, retention: Retention) -> date:
    """The calendar day of an instant where the controller is."""
    return at.astimezone(retention.zone).date()


def filing(verdict: Verdict, today: date, retention: Retention) -> Filing | None:
    """Where a verdict puts a profile; None while a reason without an end keeps it.

    DynamoDB never expires a TTL that lies more than five years back, hence the later of the
    due day and today.
    """
    if verdict.erased_on is None:
        return None
    ttl = ttl_of(max(verdict.erased_on, today), retention)
    return Filing(due_on=verdict.erased_on, ttl=ttl)


def filing_of_technical(visited_at: datetime, retention: Retention) -> Filing:
    """Technical data has a short life of its own, whatever keeps the data subject (§9)."""
    due_on = erased_on(visited_at, retention.technical, retention)
    return Filing(due_on=due_on, ttl=ttl_of(due_on, retention))


def ttl_of(due_on: date, retention: Retention) -> datetime:
    """Local midnight of the day `ttl_margin` after the day on which erasure is due."""
    day = retention.margin.after(due_on)
    return datetime(day.year, day.month, day.day, tzinfo=retention.zone)


# How facts change ----------------------------------------------------------------------------


def counts(contact: Contact, statement: Statement) -> bool:
    """Whether this kind of contact keeps a dialogue active (§9, C4)."""
    event = statement.contact_events.get(contact)
    return event is not None and event.counts


def contacted(facts: Facts, at: datetime) -> Facts:
    """After a contact that counts.  It never moves the date back, and a new one is a new reason."""
    if at <= facts.last_contact:
        return facts
    return replace(facts, last_contact=at, purpose_ended=None)


def subscribed(facts: Facts, at: datetime) -> Facts:
    return replace(facts, subscribed_since=facts.subscribed_since or at)


def unsubscribed(facts: Facts, at: datetime) -> Facts:
    """After the end of the subscription; of two ends the later counts."""
    return replace(
        facts, subscribed_since=None, subscription_ended=_later(facts.subscription_ended, at)
    )


def became_customer(facts: Facts, at: datetime) -> Facts:
    return replace(facts, customer_since=facts.customer_since or at)


def customer_ended(facts: Facts, at: datetime) -> Facts:
    return replace(facts, customer_since=None, customer_ended=_later(facts.customer_ended, at))


def purpose_ended(facts: Facts, at: datetime) -> Facts:
    """After the purpose was met; of two such days the earlier counts."""
    return replace(facts, purpose_ended=min(facts.purpose_ended or at, at))


def held(
    facts: Facts, at: datetime, because: str, ground: str = "", until: date | None = None
) -> Facts:
    """The facts with a hold, unless one stands for that reason, on that ground, as long."""
    hold = Hold(since=at, because=because, ground=ground, until=until)
    if any(replace(one, since=at) == hold for one in facts.holds):
        return facts
    return replace(facts, holds=(*facts.holds, hold))


def released(facts: Facts, ground: str = "") -> Facts:
    """Without the holds on a ground, or without any."""
    return replace(facts, holds=tuple(one for one in facts.holds if ground not in ("", one.ground)))


def merged(known: Facts, told: Facts) -> Facts:
    """What is known, and what an import tells besides: the later date wins, an end after a
    beginning ends it, and nothing that was ended is opened by an older beginning.

    `told.last_contact` of somebody known counts as a contact.
    """
    facts = contacted(known, told.last_contact)
    if end := told.subscription_ended:
        since = facts.subscribed_since
        facts = replace(unsubscribed(facts, end), subscribed_since=_newer(since, end))
    if end := told.customer_ended:
        since = facts.customer_since
        facts = replace(customer_ended(facts, end), customer_since=_newer(since, end))
    began = told.customer_since
    if began and not facts.customer_since and _newer(began, facts.customer_ended):
        facts = replace(facts, customer_since=began)
    return facts


def _newer(began: datetime | None, ended: datetime | None) -> datetime | None:
    """The beginning, if it comes after the end."""
    return began if began and (ended is None or began > ended) else None


def _later(known: datetime | None, at: datetime) -> datetime:
    return max(known, at) if known else at
