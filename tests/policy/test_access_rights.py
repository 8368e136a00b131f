"""Access rights: one role at a time, for a purpose, and what people agree to while they do."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from shared.model.contacts import Consent, Source, SourceKind, Value
from shared.model.staff import Action
from shared.policy import access_rights
from shared.statement.types import Role, Statement

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
PROFESSIONS = {
    "reader": Role(clause="10", text={}, purposes=("reply",), fields=("name",), may=("read",)),
    "noter": Role(clause="11", text={}, purposes=("material",), fields=("email",), may=("note",)),
    "guest": Role(clause="12", text={}, purposes=("reply", "material")),
}


@pytest.fixture
def houses(statement: Statement) -> Statement:
    return replace(statement, roles=PROFESSIONS)


def value(name: str, purpose: str) -> Value:
    source = Source(kind=SourceKind.FORM, form="contact", at=AT)
    return Value(name=name, value="x", source=source, purpose=purpose)


def consent(purpose: str, *, granted: bool, days: int = 0) -> Consent:
    return Consent(
        purpose=purpose,
        granted=granted,
        at=AT + timedelta(days=days),
        text_id="",
        text_hash="",
        language="en",
        form="",
        method="ticked",
    )


@pytest.mark.parametrize(
    ("roles", "action", "purpose", "role", "because"),
    [
        (["reader"], Action.READ, None, "reader", "§10 reader may read"),
        (["reader"], Action.READ, "reply", "reader", "§10 reader may read"),
        (
            ["reader"],
            Action.READ,
            "material",
            "",
            "§10 none of your roles may read for this purpose.",
        ),
        (["reader"], Action.NOTE, None, "", "§11 none of your roles may note."),
        (["reader", "noter", "guest"], Action.READ, "material", "", "§10 none of your roles may"),
        (["guest"], Action.READ, "reply", "", "§10 none of your roles may read."),
        (["noter", "reader"], Action.NOTE, "material", "noter", "§11 noter may note"),
        (["stranger"], Action.READ, None, "", "§10 none of your roles may read."),
        ([], Action.HOLD, None, "", "§10 none of your roles may hold."),
    ],
)
def test_one_role_must_have_both_the_action_and_the_purpose(
    houses: Statement,
    roles: list[str],
    action: Action,
    purpose: str | None,
    role: str,
    because: str,
) -> None:
    permission = access_rights.permitted(roles, action, houses, purpose)
    assert (permission.role, permission.granted) == (role, bool(role))
    assert permission.because.startswith(because)


def test_who_is_not_permitted_sees_nothing(houses: Statement) -> None:
    refused = access_rights.permitted(["guest"], Action.READ, houses)
    assert access_rights.visible([value("name", "reply")], (), refused, houses) == ()


def seen(houses: Statement, *consents: Consent, restricted: bool = False) -> list[str]:
    permission = access_rights.permitted(["reader"], Action.READ, houses)
    values = [value("name", "reply"), value("name", "dialogue"), value("email", "reply")]
    shown = access_rights.visible(values, consents, permission, houses, restricted=restricted)
    return [one.purpose for one in shown]


def test_a_value_is_seen_for_what_it_is_held_for(houses: Statement) -> None:
    assert seen(houses) == ["reply"]


@pytest.mark.parametrize(
    ("answers", "also"),
    [
        ([(True, 0)], True),
        ([(False, 0)], False),
        ([(True, 0), (False, 1)], False),
        ([(False, 1), (True, 2), (True, 0)], True),
        ([(False, 1), (True, 0)], False),
        ([(False, 1), (True, 1)], False),
        ([(True, 1), (False, 1)], False),
        ([(False, 1), (True, 2)], True),
    ],
)
def test_of_what_somebody_agrees_to_the_latest_answer_counts(
    houses: Statement, answers: list[tuple[bool, int]], also: bool
) -> None:
    reader = replace(PROFESSIONS["reader"], purposes=("newsletter",))
    statement = replace(houses, roles={"reader": reader})
    consents = [consent("newsletter", granted=granted, days=days) for granted, days in answers]
    assert seen(statement, *consents) == (["reply", "dialogue"] if also else [])


@pytest.mark.parametrize(
    ("answers", "purpose", "shown"),
    [
        ([], "", ["reply", "dialogue"]),
        ([], "dialogue", ["reply", "dialogue"]),
        ([(False, 1)], "", ["reply"]),
        ([(False, 1)], "reply", ["reply"]),
        ([(False, 1)], "dialogue", []),
        ([(False, 1), (True, 2)], "dialogue", ["reply", "dialogue"]),
        ([(True, 1), (False, 2)], "dialogue", []),
    ],
)
def test_what_was_collected_for_a_purpose_is_not_seen_for_it_once_that_is_stopped(
    houses: Statement, answers: list[tuple[bool, int]], purpose: str, shown: list[str]
) -> None:
    reader = replace(PROFESSIONS["reader"], purposes=("reply", "dialogue"))
    statement = replace(houses, roles={"reader": reader})
    permission = access_rights.permitted(["reader"], Action.READ, statement)
    values = [value("name", "reply"), value("name", "dialogue")]
    consents = [consent("dialogue", granted=granted, days=days) for granted, days in answers]
    seen = access_rights.visible(values, consents, permission, statement, purpose=purpose)
    assert [one.purpose for one in seen] == shown


def test_what_is_restricted_is_seen_only_for_what_a_law_demands(houses: Statement) -> None:
    agrees = consent("reply", granted=True)
    assert seen(houses, agrees, restricted=True) == []
    reader = replace(PROFESSIONS["reader"], purposes=("rights",))
    demanded = replace(houses, roles={"reader": reader})
    assert seen(demanded, restricted=True) == ["reply", "dialogue"]


def test_purposes_are_those_of_the_roles_that_may(houses: Statement) -> None:
    everybody = [*PROFESSIONS]
    assert access_rights.purposes(everybody, Action.READ, houses) == ("reply",)
    assert access_rights.purposes(everybody, Action.HOLD, houses) == ()
