"""Subject requests: what may be done with one, where does that leave it, and who answers it?

Pure.  The life of a request is the table `MOVES`; a step that it does not have is refused.

Sources
    GDPR art. 7(3), 21(2)-(3)   stopping use takes effect at once, and needs no proof
    GDPR art. 11(2), 12(2), (6) identity: no more is asked than reasonable doubt demands
    GDPR art. 5(2), 18(3)       the file of a restriction stands as long as the restriction does
    GDPR art. 12(3)-(5)         extension, refusal with reasons, manifestly unfounded requests
    Statement §13               C7: a signed document raises confidence, and is never needed
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

from msgspec.structs import replace

from shared.errors import Conflict
from shared.model.requests import (
    Channel,
    Happened,
    Pause,
    Proof,
    Request,
    RequestState,
    Right,
    Step,
)
from shared.model.retention import Facts
from shared.policy import histories, texts
from shared.policy.exports import FORMATS
from shared.policy.retention import local_day, unsubscribed
from shared.statement.types import Retention, Statement

OPEN = frozenset(
    {
        RequestState.RECEIVED,
        RequestState.PAUSED,
        RequestState.IDENTIFIED,
        RequestState.EXTENDED,
    }
)
UNPROVED = frozenset({RequestState.RECEIVED, RequestState.PAUSED})
PROVED = frozenset({RequestState.IDENTIFIED, RequestState.EXTENDED})
MOVES: dict[Step, tuple[frozenset[RequestState], RequestState | None]] = {
    Step.RECEIVE: (frozenset(), None),
    Step.IDENTIFY: (UNPROVED, RequestState.IDENTIFIED),
    Step.ASK: (frozenset({RequestState.RECEIVED, RequestState.IDENTIFIED}), RequestState.PAUSED),
    Step.REPLY: (frozenset({RequestState.PAUSED}), RequestState.RECEIVED),
    Step.EXTEND: (frozenset({RequestState.IDENTIFIED}), RequestState.EXTENDED),
    Step.ANSWER: (PROVED, RequestState.ANSWERED),
    Step.REFUSE: (OPEN, RequestState.REFUSED),
    Step.WITHDRAW: (OPEN, RequestState.WITHDRAWN),
    Step.PLAN: (PROVED, None),
    Step.REMIND: (OPEN, None),
    Step.DOCUMENT: (OPEN, None),
    Step.INVITE: (OPEN, None),
    Step.DOWNLOAD: (frozenset({RequestState.ANSWERED}), None),
    Step.LIFT: (frozenset({RequestState.ANSWERED}), None),
    Step.HOLD: (frozenset(RequestState), None),
    Step.RELEASE: (frozenset(RequestState), None),
    Step.UNSENT: (frozenset(RequestState), None),
    Step.UNDELIVERED: (frozenset(RequestState), None),
    Step.PROVE: (PROVED, None),
    Step.OBJECT: (OPEN, None),
    Step.MOVE: (PROVED, None),
}
"""From which states a step is possible, and where it leads; None: it stays.

A doubt takes an identification back (art. 12(6)): after the answer to it staff identify anew.
"""

STOPS = frozenset({Right.OBJECTION, Right.WITHDRAWAL})
ERASES = frozenset({Right.ERASURE, Right.WITHDRAWAL})
SUPPRESSES = STOPS | ERASES
"""Once proved, the address does not come back by import; a stop has it so before."""
EXPORTS = frozenset({Right.ACCESS, Right.PORTABILITY})
AUTOMATIC = STOPS | ERASES | EXPORTS
"""Answered without staff once identified; an erasure only if nothing has to be kept."""

LINK_LASTS = timedelta(hours=24)
CODE_LASTS = timedelta(minutes=15)
RESULT_LASTS = timedelta(days=7)
UNCONFIRMED_LASTS = timedelta(days=30)
TRIES = 5
MOST_DOWNLOADS = 5
MOST_MAILS = 10
"""Links, and codes, that are sent for one request."""
MOST_MAILS_A_DAY = 5
"""Mails to one mailbox, of each kind that whoever knows it can have sent."""
MOST_MAILS_TO_STRANGERS_AN_HOUR = 100
"""Such mails to addresses that nobody is known by: the others wait for the next hour."""
LEAVES = frozenset({Step.ASK, Step.REFUSE, Step.WITHDRAW})
"""Steps that keep a request from being carried out."""
NEEDS_REASON = frozenset({Step.ASK, Step.EXTEND, Step.REFUSE})


def after(state: RequestState, step: Step) -> RequestState:
    """Where a step leads.  Raises Conflict if the request does not allow it."""
    allowed, leads_to = MOVES[step]
    if state not in allowed:
        message = f"A request that is {state} cannot be changed like this: {step}."
        raise Conflict(message)
    return leads_to or state


def moved(
    request: Request, step: Step, *, at: datetime, actor: str, because: str = ""
) -> tuple[Request, Happened]:
    """A request after a step, and the step for its history.  Raises Conflict."""
    if step in NEEDS_REASON and texts.is_blank(because):
        message = "A reason is needed."
        raise Conflict(message)
    happened = Happened(
        number=request.number + 1,
        previous=request.head,
        step=step,
        state=after(request.state, step),
        at=at,
        actor=actor,
        because=because,
    )
    closed_at = at if happened.state not in OPEN else None
    changed = replace(
        request,
        state=happened.state,
        number=happened.number,
        head=histories.digest(happened),
        closed_at=request.closed_at or closed_at,
    )
    return changed, happened


def begun(
    request: Request, *, at: datetime, actor: str, because: str = ""
) -> tuple[Request, Happened]:
    """A request with its first step."""
    happened = Happened(
        number=1,
        previous="",
        step=Step.RECEIVE,
        state=request.state,
        at=at,
        actor=actor,
        because=because,
    )
    return replace(request, number=1, head=histories.digest(happened)), happened


def ended(request: Request, at: datetime) -> Request:
    """Without what is no longer needed: where no code has to be sent, no address is kept.

    The link stays, so that whoever opens it again is told that it has been used.
    """
    if request.pending or request.state in OPEN or has_export(request, at):
        return request
    return replace(request, email="", new_email="", code=None)


def held_until(at: datetime, statement: Statement) -> datetime:
    """The instant until which a move to an address that was proved then can be objected to."""
    at = at.astimezone(UTC)
    return datetime.combine(statement.website.held.after(at.date()), at.timetz())


def moves(request: Request, at: datetime) -> bool:
    """Whether its person is to be found by the new address: it was proved, and nobody objected."""
    due = request.moves_at is not None and at >= request.moves_at
    return request.state in PROVED and bool(request.new_email) and due


def can_be_objected_to(request: Request) -> bool:
    """Whether a move waits that is not being carried out yet."""
    return bool(request.new_email) and not request.moves


def unmoved(request: Request) -> Request:
    """The request without the move; no link that was sent is good for anything."""
    return replace(request, new_email="", moves_at=None, moves=False, link=_spent(request.link))


def readdressed(request: Request, before: str, email: str) -> Request:
    """Another request of somebody whose address is `email` now, and was another one `before`.

    Links and codes that went there are dropped.  What is proved is answered to the new address;
    what is not, nobody but the reader of the old one has asked for.
    """
    if request.email != before:
        return request
    to = email if request.state in PROVED else before
    return replace(request, email=to, link=_spent(request.link), code=_spent(request.code))


def _spent(proof: Proof | None) -> Proof | None:
    """A proof that was sent to nobody, and is good for nothing."""
    return replace(proof, number=proof.number + 1, tries=0) if proof else None


def names_somebody(request: Request) -> bool:
    """Whether there is an address in its file, or what a code could be sent for."""
    return bool(request.email or request.new_email or request.code)


def demand_taken_up(request: Request) -> None:
    """Raises Conflict where what its latest step changes about the person is not done yet."""
    if request.pending:
        message = "The request is just being taken up; try again in a moment."
        raise Conflict(message)


def demand_not_moving(request: Request, step: Step) -> None:
    """Nothing is left half-way: an address whose move has begun is moved.  Raises Conflict."""
    if request.moves and step in LEAVES and request.state in OPEN:
        message = "The address is just being moved; try again in a moment."
        raise Conflict(message)


def fresh(proof: Proof | None, at: datetime, lasts: timedelta) -> Proof:
    """The next link or code: the one before it is no longer good."""
    return Proof(number=proof.number + 1 if proof else 1, until=at + lasts, tries=TRIES)


def is_good(proof: Proof | None, at: datetime) -> bool:
    """Whether a link or code may still be tried."""
    return proof is not None and proof.tries > 0 and at < proof.until


def stopped(request: Request, statement: Statement) -> tuple[str, ...]:
    """The purposes for which data is no longer used, from the moment the request comes in.

    A withdrawal ends every consent (art. 7(3)), an objection direct marketing (art. 21(2)-(3)).
    """
    if request.right is Right.WITHDRAWAL:
        return tuple(
            name for name, one in statement.purposes.items() if one.basis == one.basis.CONSENT
        )
    if request.right is Right.OBJECTION:
        return tuple(name for name, one in statement.purposes.items() if one.direct_marketing)
    return ()


def is_automatic(request: Request) -> bool:
    """Whether it is answered without staff, as far as the right alone can tell."""
    return request.right in AUTOMATIC


def has_export(request: Request, at: datetime) -> bool:
    """Whether there is personal data to download, for a week and at most five times."""
    return (
        request.state is RequestState.ANSWERED
        and request.right in EXPORTS
        and bool(request.subject_id)
        and request.result_until is not None
        and at < request.result_until
        and request.downloads < MOST_DOWNLOADS
    )


def restricts(request: Request) -> bool:
    """Whether a restriction stands on it, which can be lifted by nothing else (art. 18(3))."""
    return (
        request.right is Right.RESTRICTION
        and request.state is RequestState.ANSWERED
        and bool(request.subject_id)
        and request.lifted_at is None
    )


def file_removed_on(request: Request, retention: Retention) -> date | None:
    """The day on which its file is due: the statement's period after it was closed, or lifted.

    None while it is open, or while its restriction stands.
    """
    ended = request.lifted_at or request.closed_at
    if ended is None or restricts(request):
        return None
    return retention.subject_request.length.after(local_day(ended, retention))


def is_forgotten(request: Request, at: datetime, retention: Retention) -> bool:
    """Whether nobody has confirmed it for so long that it is closed (art. 11(2), 12(6)).

    Who has answered our question about identity waits for us, and is not forgotten.
    """
    if request.pauses:
        asked_on = request.pauses[-1].asked_on
        over = request.state is RequestState.PAUSED
        return over and local_day(at, retention) >= asked_on + UNCONFIRMED_LASTS
    return waits_for_link(request) and at >= request.received_at + UNCONFIRMED_LASTS


def waits_for_link(request: Request) -> bool:
    """Whether the link identifies it: not after a question, whose answer staff have to judge."""
    return request.state is RequestState.RECEIVED and not request.pauses


def is_unconfirmed(request: Request) -> bool:
    """Whether it is no more than what anybody can send."""
    return waits_for_link(request) and request.channel is Channel.WEB


def asked(request: Request, on: date) -> Request:
    """After a question about identity: the clock stands still."""
    return replace(request, pauses=(*request.pauses, Pause(asked_on=on)))


def replied(request: Request, on: date) -> Request:
    """After the answer: it goes on."""
    *before, last = request.pauses
    return replace(request, pauses=(*before, replace(last, answered_on=on)))


def opened(facts: Facts, reference: str) -> Facts:
    """With an identified request, which suspends the sweep until it is closed."""
    return replace(facts, open_requests=tuple(dict.fromkeys((*facts.open_requests, reference))))


def closed(facts: Facts, reference: str) -> Facts:
    return replace(
        facts, open_requests=tuple(one for one in facts.open_requests if one != reference)
    )


def restricted(facts: Facts, reference: str, at: datetime) -> Facts:
    """With a restriction that was granted on a request (art. 18(1))."""
    return replace(
        facts,
        restricted_since=facts.restricted_since or at,
        restricted_by=tuple(dict.fromkeys((*facts.restricted_by, reference))),
    )


def unrestricted(facts: Facts) -> Facts | None:
    """Without any restriction; None where there is none."""
    if not facts.restricted_since:
        return None
    return replace(facts, restricted_since=None, restricted_by=())


def moved_since(request: Request, since: datetime) -> bool:
    """Whether a table of that moment may not know where a request stands, and what it changed."""
    ended = request.lifted_at or request.closed_at
    return ended is None or ended >= since


def followed(facts: Facts, request: Request) -> Facts:
    """The facts of somebody after a request, as it stands, has had its effect on them.

    A subscription that is younger than an objection is a new one.
    """
    opens_or_closes = opened if request.state in PROVED else closed
    facts = opens_or_closes(facts, request.reference)
    if restricts(request):
        facts = restricted(facts, request.reference, request.closed_at or request.received_at)
    elif request.reference in facts.restricted_by:
        facts = unrestricted(facts) or facts
    return stopped_then(facts, request.received_at) if still_stops(request) else facts


def is_older(facts: Facts, at: datetime) -> bool:
    """Whether there is a subscription that was begun by then."""
    return facts.subscribed_since is not None and facts.subscribed_since <= at


def stopped_then(facts: Facts, at: datetime, agreed: Iterable[datetime] = ()) -> Facts:
    """The facts after a stop that came in at an instant in the past: what is younger stands.

    `agreed`: when a subscription was agreed to.
    """
    if not is_older(facts, at):
        return facts
    again = min((one for one in agreed if one > at), default=None)
    return replace(unsubscribed(facts, at), subscribed_since=again)


def may_go_on(stops: Sequence[Request], at: datetime) -> bool:
    """Whether a subscription of that moment goes on if stops that nobody has proved are undone."""
    unproved = any(one.pending or one.state in UNPROVED for one in stops)
    return unproved and any(one.stopped_since and one.stopped_since <= at for one in stops)


def resumed(facts: Facts, stops: Iterable[Request], refused: Iterable[datetime]) -> Facts:
    """The facts after everything that stopped a subscription was taken back.

    `refused`: when it was ended otherwise.  That stands, and so does what has begun since.
    """
    stop = next((one for one in stops if one.stopped_since), None)
    if stop is None or stop.stopped_since is None or facts.subscribed_since:
        return facts
    ended = facts.subscription_ended
    if (ended and ended > stop.received_at) or any(at >= stop.stopped_since for at in refused):
        return facts
    return replace(facts, subscribed_since=stop.stopped_since, subscription_ended=stop.ended_before)


def without_subscription(facts: Facts, at: datetime) -> Facts:
    """The facts of somebody whose subscription, if there is one, is stopped then."""
    since = facts.subscribed_since
    return unsubscribed(facts, max(at, since)) if since else facts


def still_stops(request: Request) -> bool:
    """Whether it stops a use of data, and was not taken back."""
    return request.right in STOPS and request.state is not RequestState.WITHDRAWN


def formats(request: Request, at: datetime) -> tuple[str, ...]:
    """What can be downloaded: a report in its formats, or an erasure's certificate."""
    if has_export(request, at):
        return FORMATS[request.right]
    return ("certificate",) if request.certificate else ()
