"""A correction sets and removes exactly what it names, or is refused with what is wrong."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import FaultCode, Invalid
from shared.model.contacts import SourceKind, Value
from shared.model.subjects import Subject
from shared.policy.corrections import Correction, correction
from shared.statement.types import Statement
from tests.policy.reporting import AT, file_of, value

REFERENCE = "2" * 32
LATER = AT + timedelta(days=1)
HELD: dict[str, str | tuple[str, ...]] = {
    "email": "kari@example.com",
    "name": "Kari",
    "phone": "+4722222222",
    "industry": "Fishing",
    "interests": ("boats", "nets"),
}


def person(held: dict[str, str | tuple[str, ...]]) -> Subject:
    return file_of(*(value(name, told) for name, told in held.items())).subject


def corrected(
    sent: dict[str, Any], statement: Statement, held: dict[str, str | tuple[str, ...]] = HELD
) -> Correction:
    return correction(sent, person(held), statement, reference=REFERENCE, at=LATER)


def after(done: Correction, held: dict[str, str | tuple[str, ...]] = HELD) -> dict[str, Any]:
    """What stands on the profile then, in no order."""
    left = {name: told for name, told in held.items() if name not in done.removed}
    return {**left, **{one.name: one.value for one in done.values}}


def faults_of(
    sent: dict[str, Any], statement: Statement, held: dict[str, str | tuple[str, ...]] = HELD
) -> dict[str, FaultCode]:
    with pytest.raises(Invalid) as refused:
        corrected(sent, statement, held)
    return {one.pointer: one.code for one in refused.value.faults}


@pytest.mark.parametrize(
    ("name", "sent", "held"),
    [
        ("name", " Kari Nordmann ", "Kari Nordmann"),
        ("position", "Skipper", "Skipper"),
        ("phone", "33 33 33 33", "+4733333333"),
        ("interests", ["sails", " boats ", "", "sails"], ("sails", "boats")),
        ("products", ["a net"], ("a net",)),
    ],
)
def test_a_value_of_every_kind_is_read_as_a_form_reads_it(
    statement: Statement, name: str, sent: Any, held: Any
) -> None:
    done = corrected({name: sent}, statement)
    assert after(done) == {**HELD, name: held}
    assert done.before == ({name: HELD[name]} if name in HELD else {})
    assert (done.after, done.removed, done.email) == ({name: held}, (), "")


def test_another_address_is_told_apart_and_stands_nowhere_yet(statement: Statement) -> None:
    done = corrected({"email": "K@Example.org", "name": "Eva"}, statement)
    assert (done.email, after(done)) == ("k@example.org", {**HELD, "name": "Eva"})


def test_what_is_set_says_by_which_request_and_serves_what_it_did(statement: Statement) -> None:
    (one,) = corrected({"name": "Eva"}, statement).values
    assert (one.source.kind, one.source.record) == (SourceKind.CORRECTION, REFERENCE)
    assert (one.source.at, one.purpose) == (LATER, "material")


@pytest.mark.parametrize(
    ("name", "nothing"),
    [
        *[(name, one) for name in ("name", "phone", "industry") for one in (None, "", "  ")],
        *[("interests", one) for one in (None, "", [], ["", " "])],
    ],
)
def test_nothing_removes_what_is_held(statement: Statement, name: str, nothing: Any) -> None:
    done = corrected({name: nothing}, statement)
    assert after(done) == {key: told for key, told in HELD.items() if key != name}
    assert (done.before, done.after) == ({name: HELD[name]}, {})


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        ({"name": "Kari"}, FaultCode.SAME_AS_HELD),
        ({"name": " Kari "}, FaultCode.SAME_AS_HELD),
        ({"phone": "22 22 22 22"}, FaultCode.SAME_AS_HELD),
        ({"interests": ["boats", "nets", "boats"]}, FaultCode.SAME_AS_HELD),
        ({"email": "KARI@example.com"}, FaultCode.SAME_AS_HELD),
        ({"position": None}, FaultCode.NOT_HELD),
        ({"products": []}, FaultCode.NOT_HELD),
        ({"address": ""}, FaultCode.NOT_HELD),
        ({"email": None}, FaultCode.REQUIRED),
        ({"email": ""}, FaultCode.REQUIRED),
        ({"email": "kari"}, FaultCode.NOT_AN_EMAIL),
        ({"phone": "12"}, FaultCode.NOT_A_PHONE),
        ({"name": 17}, FaultCode.NOT_TEXT),
        ({"name": ["Eva"]}, FaultCode.NOT_TEXT),
        ({"name": "x" * 201}, FaultCode.TOO_LONG),
        ({"name": "\ud800"}, FaultCode.NOT_TEXT),
        ({"interests": "sails"}, FaultCode.NOT_A_LIST),
        ({"interests": {"sails": True}}, FaultCode.NOT_A_LIST),
        ({"interests": ["sails"] * 51}, FaultCode.TOO_MANY),
        ({"message": "Hello"}, FaultCode.UNKNOWN_FIELD),
        ({"answers": {"Why?": "So."}}, FaultCode.UNKNOWN_FIELD),
    ],
)
def test_what_corrects_nothing_or_is_no_value_is_refused(
    statement: Statement, sent: dict[str, Any], fault: FaultCode
) -> None:
    (name,) = sent
    assert faults_of(sent, statement) == {f"/corrections/{name}": fault}


def test_an_item_of_a_list_is_named_by_its_place(statement: Statement) -> None:
    sent = {"interests": ["sails", 17, "x" * 201]}
    assert faults_of(sent, statement) == {
        "/corrections/interests/1": FaultCode.NOT_TEXT,
        "/corrections/interests/2": FaultCode.TOO_LONG,
    }


def test_no_correction_at_all_is_refused(statement: Statement) -> None:
    assert faults_of({}, statement) == {"/corrections": FaultCode.REQUIRED}


def test_all_faults_are_told_at_once_and_nothing_is_corrected(statement: Statement) -> None:
    sent = {"name": "Eva", "phone": "12", "products": [], "a/b": "c"}
    assert faults_of(sent, statement) == {
        "/corrections/phone": FaultCode.NOT_A_PHONE,
        "/corrections/products": FaultCode.NOT_HELD,
        "/corrections": FaultCode.UNKNOWN_FIELD,
    }


WORDS = st.text("abcåø", min_size=1, max_size=3)
ITEMS = st.lists(WORDS, min_size=1, max_size=3, unique=True)
TEXTS, LISTS = ("name", "business", "position", "industry", "address"), ("interests", "products")
PROFILES = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(TEXTS, WORDS),
        **dict.fromkeys(LISTS, ITEMS.map(tuple)),
    },
)
SENT = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(TEXTS, st.none() | st.just("") | WORDS),
        **dict.fromkeys(LISTS, st.none() | st.just([]) | ITEMS),
    },
)


@given(held=PROFILES, sent=SENT)
def test_what_is_held_afterwards_is_what_was_with_exactly_the_named_changes(
    statement: Statement, held: dict[str, Any], sent: dict[str, Any]
) -> None:
    wanted: dict[str, Any] = dict(held)
    for name, content in sent.items():
        if not content:
            wanted.pop(name, None)
        else:
            wanted[name] = tuple(content) if isinstance(content, list) else content
    idle = {f"/corrections/{name}" for name in sent if wanted.get(name) == held.get(name)}
    if idle or not sent:
        assert set(faults_of(sent, statement, held)) == (idle or {"/corrections"})
        return
    done = corrected(sent, statement, held)
    assert after(done, held) == wanted
    assert set(done.after) | set(done.removed) == set(sent)
    assert not set(done.after) & set(done.removed)
    assert all(isinstance(one, Value) for one in done.values)
