"""What a data subject is told on access (GDPR art. 15)."""

from datetime import date
from typing import Any

import msgspec
import pytest

from shared.model.audit import AuditEvent
from shared.model.contacts import Basis, SourceKind
from shared.model.requests import Right
from shared.policy.reports import Disclosure, Reading
from shared.statement.types import Statement
from tests.policy.reporting import AT, LATER, consent, entry, file_of, report_of, value

BROWSER, IMPORT = SourceKind.BROWSER, SourceKind.IMPORT


def test_a_value_is_told_with_why_whence_and_until_when(statement: Statement) -> None:
    (told,) = report_of(file_of(value("position", "Head")), statement).values
    assert (told.label, told.value) == ("Position or area of responsibility", "Head")
    assert told.category == "Business, position and industry"
    assert (told.purpose, told.in_words) == ("material", "Deliver what you asked for")
    assert (told.clause, told.basis) == ("7.6", Basis.CONTRACT)
    assert (told.source.kind, told.source.form, told.source.at) == ("form", "contact", AT)
    assert told.erased_on == date(2028, 11, 23)


@pytest.mark.parametrize(
    ("facts", "basis"),
    [
        pytest.param({}, Basis.CONSENT, id="nobody's customer"),
        pytest.param({"customer_since": AT}, Basis.LEGITIMATE_INTERESTS, id="a customer"),
        pytest.param({"customer_ended": AT}, Basis.CONSENT, id="a customer once"),
    ],
)
def test_a_customers_basis_may_be_another(
    statement: Statement, facts: dict[str, Any], basis: Basis
) -> None:
    (told,) = report_of(file_of(value("name", "K", "marketing_email"), **facts), statement).values
    assert told.basis == basis


@pytest.mark.parametrize(
    ("facts", "name", "kind", "erased_on"),
    [
        pytest.param({}, "name", SourceKind.FORM, date(2028, 11, 23), id="with the person"),
        pytest.param({"subscribed_since": AT}, "name", SourceKind.FORM, None, id="no date yet"),
        pytest.param({}, "ip", BROWSER, date(2026, 12, 23), id="technical data before"),
        pytest.param({"subscribed_since": AT}, "ip", BROWSER, date(2026, 12, 23), id="or anyway"),
    ],
)
def test_each_value_has_its_first_day_without_it(
    statement: Statement, facts: dict[str, Any], name: str, kind: SourceKind, erased_on: date | None
) -> None:
    one = value(name, "x", kind=kind)
    file = file_of(technical=(one,), **facts) if kind is BROWSER else file_of(one, **facts)
    (told,) = report_of(file, statement).values
    assert told.erased_on == erased_on


def test_superseded_values_are_told_too_and_each_once(statement: Statement) -> None:
    old, new = value("name", "Old"), value("name", "New", at=LATER)
    message = value("message", "Hello")
    told = report_of(file_of(old, message, new, current=(new,)), statement).values
    assert [(one.value, one.current) for one in told] == [
        ("Old", False),
        ("Hello", True),
        ("New", True),
    ]


@pytest.mark.parametrize(
    ("one", "label", "category"),
    [
        pytest.param(
            value("answers.Why?", "So."),
            "Answers to questions: Why?",
            "What you write to us",
            id="an answer to a question that was made up says what was asked",
        ),
        pytest.param(
            value("answers.budget", "A lot."),
            "Answers to questions: What is your budget?",
            "What you write to us",
            id="an answer says what the form asked",
        ),
        pytest.param(value("language", "nb"), "language", "", id="a field of no statement"),
        pytest.param(value("shoe", "42", "shoes"), "shoe", "", id="nor a purpose"),
    ],
)
def test_what_the_statement_no_longer_describes_is_told_all_the_same(
    statement: Statement, one: Any, label: str, category: str
) -> None:
    (told,) = report_of(file_of(one), statement).values
    assert (told.label, told.category, told.value) == (label, category, one.value)
    assert (told.basis is None) == (one.purpose == "shoes")


def test_a_technical_value_is_not_taken_for_a_field_of_its_name(statement: Statement) -> None:
    one = value("language", "nb", "website", kind=BROWSER)
    (told,) = report_of(file_of(technical=(one,)), statement).values
    assert (told.label, told.basis) == ("Language of the browser", Basis.LEGITIMATE_INTERESTS)


def test_every_purpose_that_is_served_is_told_once(statement: Statement) -> None:
    file = file_of(
        value("name", "K"), value("email", "k"), consents=(consent("newsletter", granted=False),)
    )
    entries = [entry(1, AuditEvent.READ)]
    told = report_of(file, statement, entries=entries).purposes
    assert [one.purpose for one in told] == ["reply", "material", "newsletter"]


def test_who_has_read_it_is_told_by_role_and_never_by_name(statement: Statement) -> None:
    entries = [entry(1, AuditEvent.READ), entry(2, AuditEvent.CORRECTED)]
    told = report_of(file_of(), statement, entries=entries)
    assert told.readings == (Reading(role="support", purpose="reply", at=LATER),)
    assert b"8f3a" not in msgspec.json.encode(told)


def test_what_was_done_is_told_by_role_with_the_values_that_the_audit_trail_keeps(
    statement: Statement,
) -> None:
    file = msgspec.structs.replace(file_of(), audited={2: {"name": ["Old", "New"]}})
    step = msgspec.structs.replace(entry(3, AuditEvent.NOTED), because="ask", reference="r1")
    entries = [entry(1, AuditEvent.READ), entry(2, AuditEvent.CORRECTED), step]
    told = report_of(file, statement, entries=entries)
    assert [(one.event, one.role, one.because, one.reference) for one in told.audited] == [
        (AuditEvent.CORRECTED, "support", "", ""),
        (AuditEvent.NOTED, "support", "ask", "r1"),
    ]
    assert [one.values for one in told.audited] == [{"name": ["Old", "New"]}, {}]
    assert {one.at for one in told.audited} == {LATER}
    assert b"8f3a" not in msgspec.json.encode(told)


def test_the_rest_of_article_15_is_in_every_report(statement: Statement) -> None:
    told = report_of(file_of(value("name", "K"), note="called"), statement)
    assert (told.controller, told.rights) == (statement.controller, tuple(Right))
    assert "Datatilsynet" in told.controller.supervisory_authority
    assert [one.clause for one in told.recipients] == ["11", "11"]
    assert "Phone number" in told.recipients[0].fields
    assert [(one.name, one.country) for one in told.processors] == [("7Sense AS", "")]
    assert (told.disclosures, told.automated_decisions) == ((), False)
    assert [one.note for one in told.contacts] == ["called"]


def test_who_received_it_is_told_by_name(statement: Statement) -> None:
    made = Disclosure(recipient="Fjord AS", at=AT, fields=("name",))
    assert report_of(file_of(), statement, disclosures=[made]).disclosures == (made,)


def test_a_value_told_does_not_print_itself(statement: Statement) -> None:
    told = report_of(file_of(value("answers.Kari?", "Kari"), note="Kari"), statement)
    assert "Kari" not in repr(told)
