"""What is sent to use a right: taken as it is meant, or refused with every fault at once."""

from datetime import date, timedelta
from typing import Any

import pytest

from shared.errors import FaultCode, Invalid
from shared.model.requests import Channel, Right
from shared.policy import asking

TODAY = date(2026, 11, 23)
LETTER = {"right": "access", "email": "Kari@Example.com", "channel": "letter"}


def faults_of(sent: dict[str, Any]) -> dict[str, FaultCode]:
    with pytest.raises(Invalid) as refused:
        asking.read_by_staff(sent, TODAY)
    return {one.pointer: one.code for one in refused.value.faults}


def test_what_came_by_letter_is_taken_in_with_its_day() -> None:
    sent = {**LETTER, "received_on": "2026-11-20", "details": " as I wrote ", "page": "queue"}
    assert asking.read_by_staff(sent, TODAY) == asking.Asking(
        right=Right.ACCESS,
        email="kari@example.com",
        details="as I wrote",
        channel=Channel.LETTER,
        received_on=date(2026, 11, 20),
    )


@pytest.mark.parametrize("blank", [None, ""])
def test_what_has_no_day_came_in_today(blank: str | None) -> None:
    assert asking.read_by_staff({**LETTER, "received_on": blank}, TODAY).received_on == TODAY


@pytest.mark.parametrize(("days", "taken"), [(-1, True), (0, True), (1, False)])
def test_nothing_comes_in_after_today(days: int, taken: bool) -> None:
    sent = {**LETTER, "received_on": (TODAY + timedelta(days=days)).isoformat()}
    if taken:
        assert asking.read_by_staff(sent, TODAY).received_on == TODAY + timedelta(days=days)
    else:
        assert faults_of(sent) == {"/received_on": FaultCode.NOT_A_DAY}


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
    asked = asking.read_by_staff({**LETTER, "details": "my secret"}, TODAY)
    assert not {"kari@example.com", "my secret"} & set(repr(asked).split("'"))


@pytest.mark.parametrize(
    ("sent", "refuses", "faults"),
    [
        ({}, False, {"/text": "required"}),
        ({"text": " "}, False, {"/text": "required"}),
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
        asking.read_step(sent, refuses=refuses)
    assert {one.pointer: one.code for one in refused.value.faults} == faults


def test_of_a_step_what_it_does_not_need_is_left_alone() -> None:
    told = asking.read_step({"text": " ok ", "reason": "because", "page": "1"}, refuses=False)
    assert told == asking.Told(text="ok")
