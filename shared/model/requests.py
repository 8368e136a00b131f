"""A subject request: which right, where it stands, and what happened to it."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum

from shared.model.erasures import ErasureScheme, Remains
from shared.model.noun import Noun


class Right(StrEnum):
    """A right of the data subject (GDPR chapter III; withdrawal: art. 7(3))."""

    ACCESS = "access"
    RECTIFICATION = "rectification"
    ERASURE = "erasure"
    RESTRICTION = "restriction"
    PORTABILITY = "portability"
    OBJECTION = "objection"
    WITHDRAWAL = "withdrawal"


class Channel(StrEnum):
    """How a subject request came in."""

    WEB = "web"
    EMAIL = "email"
    PHONE = "phone"
    LETTER = "letter"


class RequestState(StrEnum):
    """Where a subject request stands."""

    RECEIVED = "received"
    PAUSED = "paused"
    IDENTIFIED = "identified"
    EXTENDED = "extended"
    ANSWERED = "answered"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Step(StrEnum):
    """What is done with a subject request; those from PLAN on leave it where it stands."""

    RECEIVE = "receive"
    IDENTIFY = "identify"
    ASK = "ask"
    REPLY = "reply"
    EXTEND = "extend"
    ANSWER = "answer"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    PLAN = "plan"
    REMIND = "remind"
    DOCUMENT = "document"
    INVITE = "invite"
    DOWNLOAD = "download"
    LIFT = "lift"
    HOLD = "hold"
    RELEASE = "release"
    UNSENT = "unsent"
    UNDELIVERED = "undelivered"
    PROVE = "prove"
    OBJECT = "object"
    MOVE = "move"


class Refusal(StrEnum):
    """Why a subject request is refused (GDPR art. 11(2), 12(4)-(6), 15(4), 17(3))."""

    NOT_CONFIRMED = "not_confirmed"
    NOT_IDENTIFIED = "not_identified"
    UNFOUNDED = "unfounded"
    EXCESSIVE = "excessive"
    RIGHTS_OF_OTHERS = "rights_of_others"
    LEGAL_DUTY = "legal_duty"
    LEGAL_CLAIMS = "legal_claims"
    NOT_APPLICABLE = "not_applicable"
    ERASED = "erased"


class MailOutcome(StrEnum):
    """What became of a letter after it was sent; a bounce is either for good or transient."""

    DELIVERED = "delivered"
    TRANSIENT = "transient"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    REJECTED = "rejected"


class Queue(StrEnum):
    """The queue that a subject request waits in.

    For its latest step to be carried out, an answer, its link to be used, and to be forgotten.
    """

    PENDING = "pending"
    OPEN = "open"
    UNCONFIRMED = "unconfirmed"
    CLOSED = "closed"


class Queued(Noun, frozen=True):
    """A request's place in a queue: by the day, or the instant, at which something is due."""

    queue: Queue
    by: date | datetime


class Asked(Noun, frozen=True, kw_only=True):
    """What the person wrote with a subject request: lies with their data, and goes with it."""

    private = ("details",)

    reference: str
    right: Right
    channel: Channel
    at: datetime
    details: str = ""


class Pause(Noun, frozen=True):
    """The legal clock stands from the question about identity until its answer; None: none yet."""

    asked_on: date
    answered_on: date | None = None


class Proof(Noun, frozen=True, kw_only=True):
    """The newest of a request's links or codes: its number, until when it is good, tries left."""

    number: int
    until: datetime
    tries: int


class Happened(Noun, frozen=True, kw_only=True):
    """One step of a subject request; `previous` is the digest of the one before it."""

    private = ("because",)

    number: int
    previous: str
    step: Step
    state: RequestState
    at: datetime
    actor: str
    because: str = ""


class Request(Noun, frozen=True, kw_only=True, omit_defaults=True):
    """A subject request; its history lies beside it.  What is at its default is not stored.

    `number` and `head` are those of the latest step; every write raises `rev`.  `subject_id` is
    "" where nothing is held.  `email` is there only as long as there is somebody to write to.
    `new_email`: a correction of it that is not carried out yet; from `moves_at` on it may be, once
    it was proved, and `moves` says that it is being.  `stopped_since`: the subscription
    that stopping use has ended, to be opened again if the person undoes it; `ended_before`: the
    end of one before that.  `lifted_at`: when the restriction that it brought was lifted.
    `upload`: the newest link that staff have handed out to send a document by; `invited`: how many
    forms for one were given out.  `undelivered`: a letter of it did not arrive.
    `pending`: what its latest step changes about the person is not done yet.
    `found_by`: the keyed hash by which its address leads to it, while that is here.  `remains`:
    what was held where nothing else was when it was answered.
    """

    private = ("email", "new_email")

    reference: str
    right: Right
    channel: Channel
    language: str
    received_at: datetime
    received_on: date
    state: RequestState
    number: int
    head: str
    rev: int = 0
    pending: bool = False
    subject_id: str = ""
    email: str = ""
    new_email: str = ""
    moves_at: datetime | None = None
    moves: bool = False
    extended: bool = False
    pauses: tuple[Pause, ...] = ()
    link: Proof | None = None
    code: Proof | None = None
    stopped_since: datetime | None = None
    ended_before: datetime | None = None
    scheme: ErasureScheme | None = None
    refusal: Refusal | None = None
    document: str = ""
    upload: Proof | None = None
    invited: int = 0
    undelivered: bool = False
    closed_at: datetime | None = None
    lifted_at: datetime | None = None
    result_until: datetime | None = None
    downloads: int = 0
    certificate: str = ""
    found_by: str = ""
    remains: tuple[Remains, ...] = ()


class Letter(Noun, frozen=True, kw_only=True):
    """A mail on its way: which one, to whom, in which language; composed when it is sent.

    `provoked`: whoever knows the address can have it sent.
    """

    private = ("to",)

    name: str
    to: str
    language: str
    reference: str
    facts: Mapping[str, str] = {}
    provoked: bool = False


class MailEvent(Noun, frozen=True, kw_only=True):
    """What our mail service tells of a letter: which one, to whom, and when it was sent."""

    private = ("to",)

    outcome: MailOutcome
    reference: str
    number: str
    to: str
    at: datetime
