"""Of each field one value counts now; what never becomes current stays as it was sent."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shared.model.contacts import Interaction, SourceKind, Value
from shared.policy import current
from shared.statement.types import Statement
from tests.policy.reporting import AT, LATER, file_of, value

CORRECTION = SourceKind.CORRECTION


@pytest.mark.parametrize(
    ("one", "replaceable"),
    [
        (value("name", "Kari"), True),
        (value("interests", ("boats",)), True),
        (value("email", "kari@example.com"), True),
        (value("message", "Hello"), False),
        (value("answers.Why?", "So."), False),
        (value("page", "https://www.avara.no/", kind=SourceKind.BROWSER), False),
        (value("shoe size", "42"), False),
    ],
)
def test_only_what_stands_on_the_profile_is_replaced(
    statement: Statement, one: Value, replaceable: bool
) -> None:
    assert current.is_replaceable(one, statement) is replaceable


def submitted(*values: Value) -> Interaction:
    return replace(file_of(*values).interactions[0], values=values)


OLD, NEW = value("name", "Old"), value("name", "New", at=LATER, kind=CORRECTION)
HELLO = value("message", "Hello", "reply")


@pytest.mark.parametrize(
    ("profile", "counts"),
    [
        pytest.param((OLD,), {"name": "Old", "message": "Hello"}, id="as it was sent"),
        pytest.param((NEW,), {"name": "New", "message": "Hello"}, id="corrected"),
        pytest.param((), {"message": "Hello"}, id="removed"),
    ],
)
def test_a_submission_is_read_with_the_values_of_now_and_for_its_own_purpose(
    statement: Statement, profile: tuple[Value, ...], counts: dict[str, Any]
) -> None:
    sent = submitted(replace(OLD, purpose="reply"), HELLO)
    shown = current.of_submission(file_of(current=profile).subject, sent, statement)
    assert {one.name: one.value for one in shown} == counts
    assert {one.purpose for one in shown} == {"reply"}


def test_a_submission_shows_nothing_that_was_not_sent_with_it(statement: Statement) -> None:
    profile = file_of(current=(OLD, value("phone", "+4722222222"))).subject
    shown = current.of_submission(profile, submitted(HELLO), statement)
    assert [one.name for one in shown] == ["message"]


NAMES = st.sampled_from(["name", "phone", "interests", "message", "answers.Why?"])
VALUES = st.builds(
    value, NAMES, st.text("ab", min_size=1, max_size=2), at=st.sampled_from([AT, LATER])
)


@given(sent=st.lists(VALUES, max_size=6), held=st.lists(VALUES, max_size=4))
def test_of_a_person_each_field_has_the_profiles_value_and_no_other(
    statement: Statement, sent: list[Value], held: list[Value]
) -> None:
    profile = {one.name: one for one in held if current.is_replaceable(one, statement)}
    file = file_of(*sent, current=tuple(profile.values()))
    shown = current.of_person(file.subject, file.interactions, statement)
    replaceable = [one for one in shown if current.is_replaceable(one, statement)]
    assert {one.name: one for one in replaceable} == profile
    assert len(replaceable) == len(profile)
    others = [one for one in sent if not current.is_replaceable(one, statement)]
    assert {one for one in shown if one not in replaceable} == set(others)
    assert [one.source.at for one in shown] == sorted(one.source.at for one in shown)
