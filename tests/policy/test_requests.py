"""Subject requests: which step is possible when, what proves one, and what a history shows."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
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
from shared.policy import histories, requests
from shared.statement.types import Statement

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
ASKED = Request(
    reference="0" * 32,
    right=Right.ACCESS,
    channel=Channel.WEB,
    language="en",
    received_at=AT,
    received_on=date(2026, 11, 22),
    state=RequestState.RECEIVED,
    number=0,
    head="",
    subject_id="1" * 32,
    email="kari@example.com",
)
TABLE = """
            received    paused      identified  extended    answered  refused  withdrawn
receive     -           -           -           -           -         -        -
identify    identified  identified  -           -           -         -        -
ask         paused      -           paused      -           -         -        -
reply       -           received    -           -           -         -        -
extend      -           -           extended    -           -         -        -
answer      -           -           answered    answered    -         -        -
refuse      refused     refused     refused     refused     -         -        -
withdraw    withdrawn   withdrawn   withdrawn   withdrawn   -         -        -
plan        -           -           identified  extended    -         -        -
remind      received    paused      identified  extended    -         -        -
document    received    paused      identified  extended    -         -        -
download    -           -           -           -           answered  -        -
lift        -           -           -           -           answered  -        -
hold        received    paused      identified  extended    answered  refused  withdrawn
release     received    paused      identified  extended    answered  refused  withdrawn
unsent      received    paused      identified  extended    answered  refused  withdrawn
undelivered received    paused      identified  extended    answered  refused  withdrawn
invite      received    paused      identified  extended    -         -        -
prove       -           -           identified  extended    -         -        -
object      received    paused      identified  extended    -         -        -
move        -           -           identified  extended    -         -        -
"""
HEAD, *ROWS = TABLE.strip().splitlines()
MOVES = {
    (RequestState(state), Step(step)): leads_to
    for step, *cells in map(str.split, ROWS)
    for state, leads_to in zip(HEAD.split(), cells, strict=True)
}


def moved(
    state: RequestState = RequestState.RECEIVED, step: Step = Step.REMIND, because: str = "why"
) -> tuple[Request, Happened]:
    request = replace(ASKED, state=state)
    return requests.moved(request, step, at=AT, actor="system", because=because)


# Steps -----------------------------------------------------------------------------------------


def test_the_table_has_every_state_and_every_step() -> None:
    assert set(MOVES) == {(state, step) for state in RequestState for step in Step}


@pytest.mark.parametrize(("state", "step"), MOVES)
def test_a_step_leads_where_the_table_says_or_is_refused(state: RequestState, step: Step) -> None:
    leads_to = MOVES[state, step]
    if leads_to == "-":
        with pytest.raises(Conflict):
            moved(state, step)
    else:
        request, happened = moved(state, step)
        assert (request.state, happened.state, happened.step) == (leads_to, leads_to, step)


@pytest.mark.parametrize("step", [step for step in Step if step is not Step.RECEIVE])
def test_a_reason_is_needed_where_somebody_is_kept_waiting_or_sent_away(step: Step) -> None:
    state = next(state for state in RequestState if MOVES[state, step] != "-")
    if step in {Step.ASK, Step.EXTEND, Step.REFUSE}:
        with pytest.raises(Conflict):
            moved(state, step, because="")
    else:
        assert moved(state, step, because="")


@pytest.mark.parametrize("state", RequestState)
def test_a_request_is_closed_once(state: RequestState) -> None:
    before = replace(ASKED, state=state, closed_at=None if state in requests.OPEN else AT)
    for step in Step:
        if MOVES[state, step] != "-":
            later = AT + DAY
            after, _ = requests.moved(before, step, at=later, actor="system", because="why")
            closes = later if after.state not in requests.OPEN else None
            assert after.closed_at == (before.closed_at or closes)


def test_whatever_is_done_a_closed_request_stays_closed() -> None:
    for (state, _), leads_to in MOVES.items():
        if state not in requests.OPEN and leads_to != "-":
            assert leads_to == state


# The history -----------------------------------------------------------------------------------

WALKS = st.lists(st.sampled_from([step for step in Step if step is not Step.RECEIVE]), max_size=12)


def walked(steps: list[Step]) -> tuple[Request, list[Happened]]:
    """A request on which those of the steps were taken that it allowed, and its history."""
    request, first = requests.begun(ASKED, at=AT, actor="data subject")
    history = [first]
    for number, step in enumerate(steps, start=1):
        if MOVES[request.state, step] != "-":
            at = AT + number * DAY
            request, happened = requests.moved(
                request, step, at=at, actor="privacy:1", because="why"
            )
            history.append(happened)
    return request, history


@given(WALKS)
def test_a_history_as_it_was_written_is_whole(steps: list[Step]) -> None:
    request, history = walked(steps)
    verified = histories.verify(request, history)
    assert (verified.broken, verified.entries) == ((), len(history))
    assert (verified.first, verified.head) == (1, request.head)


@given(st.data(), WALKS)
def test_a_changed_step_shows(data: st.DataObject, steps: list[Step]) -> None:
    request, history = walked([Step.REMIND, *steps])
    place = data.draw(st.integers(0, len(history) - 1))
    one = history[place]
    changed = data.draw(
        st.sampled_from(
            [
                replace(one, because=one.because + "!"),
                replace(one, actor="support:2"),
                replace(one, at=one.at + SECOND),
                replace(one, number=one.number + 1),
                replace(one, previous="0" * 64),
                replace(one, state=_another(one.state)),
                replace(one, step=Step.RECEIVE if place else Step.REMIND),
            ]
        )
    )
    verified = histories.verify(request, [*history[:place], changed, *history[place + 1 :]])
    assert set(verified.broken) & {place + 1, place + 2}


def _another(state: RequestState) -> RequestState:
    return next(one for one in RequestState if one is not state)


@given(st.data(), WALKS)
def test_a_step_left_out_or_put_elsewhere_shows(data: st.DataObject, steps: list[Step]) -> None:
    request, history = walked([Step.REMIND, *steps])
    place, other = (data.draw(st.integers(0, len(history) - 1)) for _ in range(2))
    left_out = history[:place] + history[place + 1 :]
    assert histories.verify(request, left_out).broken == (min(place + 2, len(history)),)
    if place != other:
        swapped = list(history)
        swapped[place], swapped[other] = history[other], history[place]
        assert not histories.verify(request, swapped).whole
    twice = [*history[:place], history[place], *history[place:]]
    assert histories.verify(request, twice).broken == (place + 1,)


@given(st.data(), WALKS)
def test_a_request_that_is_not_where_its_history_leads_shows(
    data: st.DataObject, steps: list[Step]
) -> None:
    request, history = walked(steps)
    changed = data.draw(
        st.sampled_from(
            [
                replace(request, state=_another(request.state)),
                replace(request, head="0" * 64),
                replace(request, number=request.number + 1),
                replace(request, number=request.number - 1),
            ]
        )
    )
    assert histories.verify(changed, history).broken == (changed.number,)
    assert histories.verify(request, []).broken == (request.number,)


@given(WALKS)
def test_the_head_of_a_request_is_the_digest_of_its_last_step(steps: list[Step]) -> None:
    _, history = walked(steps)
    request, _ = requests.begun(ASKED, at=AT, actor="data subject")
    for one in history[1:]:
        request, _ = requests.moved(
            request, one.step, at=one.at, actor=one.actor, because=one.because
        )
    assert (request.head, request.number) == (histories.digest(history[-1]), len(history))


# Written by an earlier release: every attribute is digested, also where it is empty.
OF_OLD = (
    Happened(
        number=1,
        previous="",
        step=Step.RECEIVE,
        state=RequestState.RECEIVED,
        at=AT,
        actor="data subject",
    ),
    Happened(
        number=2,
        previous="40bebcda0bd55ffc3871462b206898478fa8db49fb56171fd78e97e9680a441a",
        step=Step.IDENTIFY,
        state=RequestState.IDENTIFIED,
        at=AT + DAY,
        actor="privacy:1",
        because="by phone",
    ),
)
HEAD_OF_OLD = "6f237a1b9ccfcf87fc597716714d926366633ae0bce330ea09f807b06063b833"


class Later(Happened, frozen=True, kw_only=True):
    """A step as a later release may know it."""

    told: bool = False
    weight: int = 7


def test_a_history_of_an_earlier_release_is_whole_and_goes_on() -> None:
    request = replace(ASKED, state=RequestState.IDENTIFIED, number=2, head=HEAD_OF_OLD)
    assert histories.verify(request, OF_OLD).whole
    after, third = requests.moved(request, Step.REMIND, at=AT + DAY, actor="system")
    assert histories.verify(after, [*OF_OLD, third]).whole
    changed = replace(OF_OLD[0], actor="privacy:2")
    assert histories.verify(after, [changed, OF_OLD[1], third]).broken == (2,)


@given(WALKS)
def test_an_attribute_that_a_later_release_adds_changes_no_digest(steps: list[Step]) -> None:
    request, history = walked(steps)
    later, again = ([Later(**structs.asdict(one)) for one in them] for them in (history, OF_OLD))
    assert histories.verify(request, later).whole
    old = replace(ASKED, state=RequestState.IDENTIFIED, number=2, head=HEAD_OF_OLD)
    assert histories.verify(old, again).whole


# Proofs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lasts", "after", "good"),
    [
        (requests.LINK_LASTS, timedelta(), True),
        (requests.LINK_LASTS, timedelta(hours=24) - SECOND, True),
        (requests.LINK_LASTS, timedelta(hours=24), False),
        (requests.LINK_LASTS, timedelta(hours=24) + SECOND, False),
        (requests.CODE_LASTS, timedelta(minutes=15) - SECOND, True),
        (requests.CODE_LASTS, timedelta(minutes=15), False),
        (requests.CODE_LASTS, timedelta(minutes=15) + SECOND, False),
    ],
)
def test_a_link_is_good_for_a_day_and_a_code_for_a_quarter_of_an_hour(
    lasts: timedelta, after: timedelta, good: bool
) -> None:
    assert requests.is_good(requests.fresh(None, AT, lasts), AT + after) is good


@pytest.mark.parametrize(("used", "good"), [(0, True), (4, True), (5, False), (6, False)])
def test_a_proof_can_be_tried_five_times(used: int, good: bool) -> None:
    proof = requests.fresh(None, AT, requests.LINK_LASTS)
    assert requests.is_good(replace(proof, tries=proof.tries - used), AT) is good


def test_a_new_proof_is_another_one_and_has_its_tries_anew() -> None:
    old = Proof(number=3, until=AT, tries=0)
    fresh = requests.fresh(old, AT, requests.CODE_LASTS)
    assert (fresh.number, requests.is_good(fresh, AT)) == (4, True)


def test_where_there_is_no_proof_none_is_good() -> None:
    assert not requests.is_good(None, AT)


# Being forgotten -------------------------------------------------------------------------------

ASKED_ON = date(2026, 12, 1)
OPEN_PAUSE = (Pause(asked_on=ASKED_ON),)
OVER = (Pause(asked_on=ASKED_ON, answered_on=ASKED_ON + DAY),)


@pytest.mark.parametrize(
    ("state", "pauses", "on", "forgotten"),
    [
        (RequestState.RECEIVED, (), AT + 30 * DAY - SECOND, False),
        (RequestState.RECEIVED, (), AT + 30 * DAY, True),
        (RequestState.RECEIVED, (), AT + 31 * DAY, True),
        pytest.param(RequestState.RECEIVED, OVER, AT + 99 * DAY, False, id="replied to us"),
        pytest.param(
            RequestState.PAUSED, OPEN_PAUSE, AT + 30 * DAY, False, id="paused, asked later"
        ),
        (RequestState.PAUSED, OPEN_PAUSE, datetime(2026, 12, 30, 22, 59, 59, tzinfo=UTC), False),
        pytest.param(
            RequestState.PAUSED,
            OPEN_PAUSE,
            datetime(2026, 12, 30, 23, tzinfo=UTC),
            True,
            id="paused, midnight in Oslo",
        ),
        (RequestState.PAUSED, OPEN_PAUSE, datetime(2026, 12, 31, 12, tzinfo=UTC), True),
        (RequestState.PAUSED, OPEN_PAUSE, datetime(2027, 1, 1, 12, tzinfo=UTC), True),
        *((state, (), AT + 99 * DAY, False) for state in sorted(requests.PROVED)),
        *((state, (), AT + 99 * DAY, False) for state in sorted(set(RequestState) - requests.OPEN)),
    ],
)
def test_what_nobody_proves_for_thirty_days_is_forgotten(
    state: RequestState,
    pauses: tuple[Pause, ...],
    on: datetime,
    forgotten: bool,
    statement: Statement,
) -> None:
    request = replace(ASKED, state=state, pauses=pauses)
    assert requests.is_forgotten(request, on, statement.retention) is forgotten


# What rights do --------------------------------------------------------------------------------


@pytest.mark.parametrize("right", Right)
def test_what_a_right_stops_is_said_by_the_statement(right: Right, statement: Statement) -> None:
    stopped = set(requests.stopped(replace(ASKED, right=right), statement))
    purposes = statement.purposes.items()
    expected = {
        Right.OBJECTION: {name for name, one in purposes if one.direct_marketing},
        Right.WITHDRAWAL: {name for name, one in purposes if one.basis == "6(1)(a)"},
    }
    assert stopped == expected.get(right, set())
    assert bool(stopped) is (right in requests.STOPS)


@pytest.mark.parametrize(
    ("right", "state", "held", "downloads", "after", "formats"),
    [
        (Right.ACCESS, "answered", True, 0, timedelta(), ("html", "json", "csv")),
        (Right.ACCESS, "answered", True, 4, 7 * DAY - SECOND, ("html", "json", "csv")),
        (Right.ACCESS, "answered", True, 5, timedelta(), ()),
        (Right.ACCESS, "answered", True, 0, 7 * DAY, ()),
        (Right.ACCESS, "answered", False, 0, timedelta(), ()),
        (Right.ACCESS, "identified", True, 0, timedelta(), ()),
        (Right.PORTABILITY, "answered", True, 0, timedelta(), ("json", "csv", "vcard")),
        (Right.ERASURE, "answered", True, 0, timedelta(), ()),
    ],
)
def test_personal_data_can_be_had_five_times_in_a_week(
    right: Right, state: str, held: bool, downloads: int, after: timedelta, formats: tuple[str, ...]
) -> None:
    request = replace(
        ASKED,
        right=right,
        state=RequestState(state),
        subject_id=ASKED.subject_id if held else "",
        downloads=downloads,
        result_until=AT + 7 * DAY,
    )
    assert set(requests.formats(request, AT + after)) == set(formats)


@pytest.mark.parametrize("right", [Right.ERASURE, Right.WITHDRAWAL])
def test_a_certificate_can_be_had_whenever(right: Right) -> None:
    done = replace(ASKED, right=right, state=RequestState.ANSWERED, certificate="{}")
    assert requests.formats(done, AT + 999 * DAY) == ("certificate",)


@pytest.mark.parametrize("state", RequestState)
@pytest.mark.parametrize("right", Right)
def test_an_address_is_kept_only_as_long_as_there_is_somebody_to_write_to(
    state: RequestState, right: Right
) -> None:
    link = requests.fresh(None, AT, requests.LINK_LASTS)
    before = replace(
        ASKED, state=state, right=right, result_until=AT + 7 * DAY, link=link, code=link
    )
    after = requests.ended(before, AT)
    needed = state in requests.OPEN or requests.has_export(before, AT)
    assert (bool(after.email), after.link, after.code) == (
        (True, link, link) if needed else (False, link, None)
    )


@given(st.lists(st.sampled_from("abc")), st.sampled_from("abc"))
def test_a_request_is_open_once_and_then_not_at_all(known: list[str], reference: str) -> None:
    facts = Facts(last_contact=AT)
    for one in known:
        facts = requests.opened(facts, one)
    opened = requests.opened(facts, reference)
    assert sorted(opened.open_requests) == sorted({*known, reference})
    left = set(known) - {reference}
    assert set(requests.closed(opened, reference).open_requests) == left


RESTRICTING = replace(
    ASKED, right=Right.RESTRICTION, state=RequestState.ANSWERED, closed_at=AT, email=""
)


@pytest.mark.parametrize(
    ("change", "removed_on"),
    [
        pytest.param({"state": RequestState.IDENTIFIED, "closed_at": None}, None, id="open"),
        pytest.param({}, None, id="while the restriction stands"),
        pytest.param({"right": Right.ACCESS}, date(2029, 11, 22), id="of another right"),
        pytest.param({"state": RequestState.REFUSED}, date(2029, 11, 22), id="refused"),
        pytest.param({"subject_id": ""}, date(2029, 11, 22), id="nothing was there to restrict"),
        pytest.param({"lifted_at": AT + 13 * HOUR}, date(2029, 11, 22), id="lifted the same day"),
        pytest.param({"lifted_at": AT + 14 * HOUR}, date(2029, 11, 23), id="at the next midnight"),
        pytest.param({"lifted_at": AT + 38 * HOUR}, date(2029, 11, 24), id="the day after"),
    ],
)
def test_the_file_of_a_restriction_stands_until_three_years_from_its_lifting(
    change: dict[str, Any], removed_on: date | None, statement: Statement
) -> None:
    request = replace(RESTRICTING, **change)
    assert requests.file_removed_on(request, statement.retention) == removed_on


def test_a_second_restriction_adds_its_reason_and_leaves_the_day_of_the_first() -> None:
    first = requests.restricted(Facts(last_contact=AT), "a", AT)
    second = requests.restricted(first, "b", AT + DAY)
    assert (second.restricted_since, second.restricted_by) == (AT, ("a", "b"))
    assert requests.restricted(second, "b", AT + DAY) == second
    assert requests.unrestricted(second) == Facts(last_contact=AT)
    assert requests.unrestricted(Facts(last_contact=AT)) is None


@pytest.mark.parametrize(
    ("change", "moved"),
    [
        pytest.param({}, True, id="open"),
        pytest.param({"closed_at": AT - DAY}, False, id="closed the day before"),
        pytest.param({"closed_at": AT}, True, id="at that very moment"),
        pytest.param({"closed_at": AT + DAY}, True, id="the day after"),
        pytest.param({"closed_at": AT - DAY, "lifted_at": AT + DAY}, True, id="lifted since"),
    ],
)
def test_a_backup_may_not_know_what_has_moved_since(change: dict[str, Any], moved: bool) -> None:
    assert requests.moved_since(replace(ASKED, **change), AT) is moved


KNOWN = Facts(last_contact=AT - DAY)
OURS = ASKED.reference
OPENED = replace(KNOWN, open_requests=(OURS,))
RESTRICTED = requests.restricted(KNOWN, OURS, AT)
SUBSCRIBED = replace(KNOWN, subscribed_since=AT)
ENDED = replace(KNOWN, subscription_ended=AT)
OBJECTION = replace(ASKED, right=Right.OBJECTION)


@pytest.mark.parametrize(
    ("before", "request_", "after"),
    [
        pytest.param(KNOWN, ASKED, KNOWN, id="not proved"),
        pytest.param(KNOWN, replace(ASKED, state=RequestState.IDENTIFIED), OPENED, id="proved"),
        pytest.param(OPENED, replace(ASKED, state=RequestState.ANSWERED), KNOWN, id="answered"),
        pytest.param(KNOWN, RESTRICTING, RESTRICTED, id="restricted"),
        pytest.param(RESTRICTED, replace(RESTRICTING, lifted_at=AT), KNOWN, id="lifted"),
        pytest.param(SUBSCRIBED, OBJECTION, ENDED, id="objected to"),
        pytest.param(
            SUBSCRIBED,
            replace(OBJECTION, state=RequestState.WITHDRAWN),
            SUBSCRIBED,
            id="taken back",
        ),
        pytest.param(
            SUBSCRIBED,
            replace(OBJECTION, received_at=AT - SECOND),
            SUBSCRIBED,
            id="subscribed later",
        ),
    ],
)
def test_a_request_has_its_effect_on_whom_a_backup_knows_without_it(
    before: Facts, request_: Request, after: Facts
) -> None:
    assert requests.followed(before, request_) == after
    assert requests.followed(after, request_) == after


def test_a_pause_lasts_from_the_question_to_its_answer() -> None:
    asked = requests.asked(requests.asked(ASKED, ASKED_ON - DAY), ASKED_ON)
    replied = requests.replied(asked, ASKED_ON + DAY)
    assert replied.pauses == (Pause(ASKED_ON - DAY), Pause(ASKED_ON, ASKED_ON + DAY))
