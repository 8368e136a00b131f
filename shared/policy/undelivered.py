"""Letters that do not arrive: what is put on record, and for how long no other one is tried.

Pure.  A bounce for good and a complaint are about the address: our mail service counts them, and
shuts out whoever goes on writing there.  A transient bounce may be a full mailbox, or the answer of
somebody on holiday: nothing follows from it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from shared.model.requests import Happened, MailOutcome, Step

UNREACHABLE_LASTS = timedelta(days=30)
"""As long as a request waits for its link, and about as long as there is to answer it: no longer
than a mail could matter that an address takes again."""
MARKS = frozenset({MailOutcome.BOUNCED, MailOutcome.COMPLAINED})
"""The outcomes after which no mail is tried to the address for a while."""
BECAUSE = {
    MailOutcome.BOUNCED: "it came back; the address takes no mail",
    MailOutcome.REJECTED: "our mail service takes it for a virus",
}
"""Why a letter did not arrive, in words for the history; by other outcomes it did, or may have."""
NOT_TRIED = {
    MailOutcome.BOUNCED: "not tried; a mail to the address has come back within 30 days",
    MailOutcome.COMPLAINED: "not tried; a mail to the address was reported within 30 days",
}
"""Why a letter was not even sent."""


def is_bad(outcome: MailOutcome) -> bool:
    """Whether anything follows from it."""
    return outcome in BECAUSE or outcome in MARKS


def unreachable_until(sent_at: datetime, now: datetime) -> datetime:
    """The instant from which mail is tried again, counted from the letter, however late it is told.

    `sent_at` is by our mail service's clock.
    """
    return min(sent_at, now) + UNREACHABLE_LASTS


def because(number: str, why: str) -> str:
    """The reason of a step, with the number of its letter in the request."""
    return f"letter {number}: {why}"


def is_on_record(history: Iterable[Happened], number: str) -> bool:
    """Whether the history tells already that a letter did not arrive."""
    start = because(number, "")
    return any(one.step is Step.UNDELIVERED and one.because.startswith(start) for one in history)


def is_complaint(step: str, because: str) -> bool:
    """Whether a letter was not tried as the mailbox's reader has complained of another one.

    The reader may be somebody else than whoever has sent the request.
    """
    return step == Step.UNDELIVERED and because.endswith(NOT_TRIED[MailOutcome.COMPLAINED])
