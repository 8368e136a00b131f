"""What is sent to use a right: taken as it is meant, or refused with every fault at once."""

from datetime import date, timedelta
from typing import Any

import pytest

from shared.errors import FaultCode, Invalid
from shared.model.requests import Channel, Right
from shared.policy import asking

TODAY = date(2026, 11, 23)
WORDS = {"health": ("diabet*",)}
LETTER = {"right": "access", "email": "Kari@Example.com", "channel": "letter"}


def faults_of(sent: dict[str, Any]) -> dict[str, FaultCode]:
    with pytest.raises(Invalid) as refused:
        asking.read_by_staff(sent, WORDS, TODAY)
    return {one.pointer: one.code for one in refused.value.faults}


def test_what_came_by_letter_is_taken_in_with_its_day() -> None:
    sent = {**LETTER, "received_on": "2026-11-20", "details": " as I wrote ", "page": "queue"}
    assert asking.read_by_staff(sent, WORDS, TODAY) == asking.Asking(
        right=Right.ACCESS,
        email="kari@example.com",
        details="as I wrote",
        channel=Channel.LETTER,
        received_on=date(2026, 11, 20),
    )


@pytest.mark.parametrize("blank", [None, ""])
def test_what_has_no_day_came_in_today(blank: str | None) -> None:
    assert asking.read_by_staff({**LETTER, "received_on": blank}, WORDS, TODAY).received_on == TODAY


@pytest.mark.parametrize(("days", "taken"), [(-1, True), (0, True), (1, False)])
def test_nothing_comes_in_after_today(days: int, taken: bool) -> None:
    sent = {**LETTER, "received_on": (TODAY + timedelta(days=days)).isoformat()}
    if taken:
        assert asking.read_by_staff(sent, WORDS, TODAY).received_on == TODAY + timedelta(days=days)
    else:
        assert faults_of(sent) == {"/received_on": FaultCode.NOT_A_DAY}


@pytest.mark.parametrize(
    ("day", "because", "faults"),
    [
        ("2025-11-22", "", {"/because": FaultCode.REQUIRED}),
        ("2025-11-22", "\u200b", {"/because": FaultCode.REQUIRED}),
        ("2025-11-22", "found in the archive", {}),
        ("2025-11-22", "she has diabetes", {"/because": FaultCode.SPECIAL_CATEGORY}),
        ("2025-11-23", "", {}),
        ("2025-11-24", "", {}),
        ("1970-01-02", "found", {}),
        ("1970-01-01", "found", {}),
        ("1969-12-31", "found", {"/received_on": FaultCode.NOT_A_DAY}),
        ("1899-12-31", "found", {"/received_on": FaultCode.NOT_A_DAY}),
        ("0026-11-20", "found", {"/received_on": FaultCode.NOT_A_DAY}),
        ("0001-01-01", "found", {"/received_on": FaultCode.NOT_A_DAY}),
        ("2006-11-20", "", {"/because": FaultCode.REQUIRED}),
    ],
)
def test_what_came_in_more_than_a_year_ago_needs_a_reason_and_nothing_came_before_1970(
    day: str, because: str, faults: dict[str, FaultCode]
) -> None:
    sent = {**LETTER, "received_on": day, "because": because}
    if faults:
        assert faults_of(sent) == faults
    else:
        taken = asking.read_by_staff(sent, WORDS, TODAY)
        assert (str(taken.received_on), taken.because) == (day, because)


@pytest.mark.parametrize(
    ("confirmed", "doubts"),
    [(None, ["national_id"]), (True, []), ("true", []), ("no", ["national_id"])],
)
def test_what_looks_like_a_national_id_is_confirmed_first(
    confirmed: object, doubts: list[str]
) -> None:
    sent = {"text": "Order 25926900059", "confirmed": confirmed}
    assert list(asking.read_step(sent, WORDS, refuses=False).doubts) == doubts
    late = {**LETTER, "because": "Order 25926900059", "confirmed": confirmed}
    assert list(asking.read_by_staff(late, WORDS, TODAY).doubts) == doubts


def test_staff_are_told_every_fault_at_once() -> None:
    sent = {"right": "secret", "email": "kari@", "channel": "web", "received_on": "soon"}
    assert faults_of({**sent, "language": 1, "details": "x" * 10_001}) == {
        "/channel": FaultCode.UNKNOWN_CHANNEL,
        "/received_on": FaultCode.NOT_A_DAY,
        "/right": FaultCode.UNKNOWN_RIGHT,
        "/email": FaultCode.NOT_AN_EMAIL,
        "/language": FaultCode.NOT_TEXT,
        "/details": FaultCode.TOO_LONG,
    }


def test_what_was_asked_does_not_print_itself() -> None:
    asked = asking.read_by_staff({**LETTER, "details": "my secret"}, WORDS, TODAY)
    assert not {"kari@example.com", "my secret"} & set(repr(asked).split("'"))


@pytest.mark.parametrize(
    ("sent", "refuses", "faults"),
    [
        ({}, False, {"/text": "required"}),
        ({"text": " "}, False, {"/text": "required"}),
        ({"text": "\u200b"}, False, {"/text": "required"}),
        ({"text": "\u2800", "reason": "unfounded"}, True, {"/text": "required"}),
        ({"text": "x", "ground": "\u3164"}, False, {"/ground": "required"}),
        ({"text": "has diabetes"}, False, {"/text": "special_category"}),
        ({"text": "Fnr. 259269 00059"}, False, {"/text": "national_id"}),
        ({"text": "x", "ground": "diabetes"}, False, {"/ground": "special_category"}),
        (
            {"text": 5, "reason": "because"},
            True,
            {"/text": "required", "/reason": "unknown_reason"},
        ),
        ({"text": "x" * 10_001}, False, {"/text": "too_long"}),
        ({"text": "x", "ground": 5}, False, {"/ground": "required"}),
        ({"corrections": ["name"]}, False, {"/text": "required", "/corrections": "not_an_object"}),
        ({"text": "x", "reason": ["unfounded"]}, True, {"/reason": "unknown_reason"}),
    ],
)
def test_staff_are_told_every_fault_of_a_step_at_once(
    sent: dict[str, Any], refuses: bool, faults: dict[str, str]
) -> None:
    with pytest.raises(Invalid) as refused:
        asking.read_step(sent, WORDS, refuses=refuses)
    assert {one.pointer: one.code for one in refused.value.faults} == faults


def test_of_a_step_what_it_does_not_need_is_left_alone() -> None:
    sent = {"text": " ok ", "reason": "because", "page": "1"}
    told = asking.read_step(sent, WORDS, refuses=False)
    assert told == asking.Told(text="ok")
