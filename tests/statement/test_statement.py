"""The statement is data: another company's is another file, and a wrong one says what is wrong."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from shared.errors import Misconfigured
from shared.model.contacts import Visit
from shared.statement import lint, loading
from shared.statement.periods import Period
from shared.statement.types import Statement
from shared.wiring import Office
from shared.workflows import access
from shared.workflows.submissions import submit
from tests.stand_ins import Aws

KAYAK = Path(__file__).with_name("kayak.toml")
AVARA = loading.DEFAULT.read_text("utf-8")


def load(tmp_path: Path, text: str) -> Statement:
    path = tmp_path / "statement.toml"
    path.write_text(text, "utf-8")
    return loading.load(path)


def test_another_statement_runs_without_another_line_of_code(office: Office, aws: Aws) -> None:
    kayak = replace(office, statement=loading.load(KAYAK))
    sent = {"mail": "kim@example.com", "boat": "Canoe", "notice": "kayak-3", "wish": "North"}
    answer = submit("trip", sent, Visit(technical={"ip": "192.0.2.7"}), None, kayak)
    assert answer.erased_on == date(2028, 5, 23)
    assert aws.profile()["due_sk"]["S"].startswith("2028-05-23")
    assert {one.purpose for one in access.report("kim@example.com", kayak).values} == {
        "trips",
        "safety",
    }


@pytest.mark.parametrize(
    ("before", "after", "key", "reason"),
    [
        pytest.param(
            '"923 130 969"',
            '"923 130 968"',
            "controller.organisation_number",
            "is not an organisation number (mod 11)",
            id="an organisation number with a wrong digit",
        ),
        pytest.param(
            'email = "post@avara.no"',
            'email = "post"',
            "controller.email",
            "is not an e-mail address",
            id="an address that is none",
        ),
        pytest.param(
            "subscribes = true",
            "ticked = true",
            "choices.newsletter.ticked",
            "a choice must start unticked (C9)",
            id="a choice that is ticked before it is made",
        ),
        pytest.param(
            '[choices.newsletter]\npurpose = "newsletter"',
            '[choices.newsletter]\npurpose = ["newsletter", "marketing_email"]',
            "choices.newsletter.purpose",
            "bundles purposes; each choice is for one (C9)",
            id="a choice for two things at once",
        ),
        pytest.param(
            'basis = "6(1)(b)"\ntext = { nb = "Levere',
            'basis = "6(1)(z)"\ntext = { nb = "Levere',
            "purposes.material.basis",
            "Invalid enum value '6(1)(z)'",
            id="a lawful basis that is none",
        ),
        pytest.param(
            '[purposes.reply]\nclause = "7.5"',
            "[purposes.reply]",
            "purposes.reply",
            "Object missing required field `clause`",
            id="a purpose without a clause",
        ),
        pytest.param(
            'period = "2 years"',
            'period = "two years"',
            "retention.rules.dialogue.period",
            '"two years" is not a period such as "2 years", "18 months" or "30 days"',
            id="a period in words",
        ),
        pytest.param(
            'move_held_for = "1 day"',
            'move_held_for = "24 hours"',
            "website.move_held_for",
            '"24 hours" is not a period such as "2 years", "18 months" or "30 days"',
            id="a time to object in hours",
        ),
        pytest.param(
            '"Europe/Oslo"',
            '"Europe/Avara"',
            "retention.time_zone",
            '"Europe/Avara" is not a time zone',
            id="a time zone that is none",
        ),
        pytest.param(
            'fields = ["name", "email", "business", "industry", "interests"]',
            'fields = ["email", "shoe"]',
            "forms.newsletter.fields",
            '"shoe" is not a field',
            id="a form with a field outside the catalogue",
        ),
        pytest.param(
            'nb = "Nyhetsbrev", en = "Newsletter"',
            'nb = "Nyhetsbrev"',
            "forms.newsletter.title",
            "must have exactly the languages nb, en",
            id="a text without its translation",
        ),
        pytest.param(
            'title = "Privacy statement of Avara AS"',
            'title = "Privacy statement of Avara AS"\ncolour = "blue"',
            "statement",
            "Object contains unknown field `colour`",
            id="an unknown key",
        ),
        pytest.param(
            'id = "avara-2026-11-en"',
            'id = "avara-2026-11-nb"',
            "notices",
            'has the id "avara-2026-11-nb" twice; one id for each language and version',
            id="one notice id for two texts",
        ),
        pytest.param(
            'may = ["read", "note"]',
            'may = ["read", "gossip"]',
            "roles.marketing.may[1]",
            "Invalid enum value 'gossip'",
            id="a role that may do what nobody knows",
        ),
        pytest.param(
            'may = ["read", "note"]',
            'may = ["note"]',
            "roles.marketing.fields",
            "cannot be seen: may has none of inbox, read",
            id="a role that sees nothing of what it may see",
        ),
        pytest.param(
            'purposes = ["rights"]',
            "purposes = []",
            "roles.privacy.purposes",
            "is needed: who may see data sees it for a purpose",
            id="a role that sees data for nothing",
        ),
        pytest.param(
            'fields = ["name", "email", "phone", "business"]\nmay',
            'fields = ["name", "shoe"]\nmay',
            "roles.privacy.fields",
            '"shoe" is not a field',
            id="a role that sees what is not collected",
        ),
        pytest.param(
            'interest = "Whoever writes',
            "# ",
            "purposes.reply.interest",
            "is needed: 6(1)(f) rests on a named interest",
            id="a legitimate interest that is not named",
        ),
        pytest.param(
            'export = "jobTitle"',
            'export = "shoeSize"',
            "fields.position.export",
            "Invalid enum value 'shoeSize'",
            id="a term of a person that is none",
        ),
        pytest.param(
            'export = "jobTitle"',
            'export = "name"',
            "fields.name.export",
            '"name" is the term of another field too',
            id="two fields for one term",
        ),
        pytest.param(
            'export = "telephone"',
            'export = "address"',
            "fields.phone.export",
            '"address" is of a field of kind "text"',
            id="a number for an address",
        ),
        pytest.param(
            'email = "post@avara.no"',
            'email = "påst@avara.no"',
            "controller.email",
            "has letters other than a-z before the @: no mail can be sent there",
            id="an address that no mail can be sent to",
        ),
        pytest.param(
            'email = "post@avara.no"',
            'email = "post@åvara.no"',
            "controller.email",
            "has a domain with letters other than a-z: write it as it is registered, xn--…",
            id="a domain that is not spelt as it is registered",
        ),
        *(
            pytest.param(
                'email = "post@avara.no"',
                f'email = "{wrong}"',
                "controller.email",
                "is not an e-mail address",
                id=f"no address: {wrong}",
            )
            for wrong in (
                "post",
                "post@avara",
                "post@avara.no,ola@example.com",
                "Avara <post@avara.no>",
                "=?utf-8?q?post=40avara.no?=@avara.no",
                f"{'p' * 65}@avara.no",
                "post.@avara.no",
            )
        ),
        pytest.param(
            'kind = "list", label = { nb = "Dette',
            'kind = "list", export = "address", label = { nb = "Dette',
            "fields.interests.export",
            '"address" is of a field of kind "text"',
            id="a list for a term of one line",
        ),
    ],
)
def test_an_error_names_file_key_and_reason_in_one_line(
    tmp_path: Path, before: str, after: str, key: str, reason: str
) -> None:
    assert before in AVARA
    with pytest.raises(Misconfigured) as refusal:
        load(tmp_path, AVARA.replace(before, after, 1))
    assert str(refusal.value) == f"{tmp_path / 'statement.toml'}: {key}: {reason}"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"nothing.toml: file: cannot be read"):
        loading.load(tmp_path / "nothing.toml")


def test_a_file_that_is_not_toml_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="file: is not TOML: Invalid value") as refusal:
        load(tmp_path, "title = ")
    assert "\n" not in str(refusal.value)


def test_all_nine_uses_of_the_statement_have_a_purpose(statement: Statement) -> None:
    clauses = {purpose.clause for purpose in statement.purposes.values()}
    assert {f"7.{number}" for number in range(1, 10)} <= clauses


def test_every_contradiction_of_avaras_statement_is_settled(statement: Statement) -> None:
    numbers = [finding.number for finding in lint.findings(statement) if not finding.open]
    assert numbers == ["C1", "C2", "C3", "C4", "C6", "C9", "C11", "C13"]


def test_what_a_statement_leaves_open_is_reported() -> None:
    findings = lint.findings(loading.load(KAYAK))
    reported = {finding.number: finding.open[0] for finding in findings if finding.open}
    assert reported == {
        "C2": "[withdrawal] is missing: unsubscribing and withdrawing are not told apart",
        "C3": "retention.rules.purpose_ended is missing: an earlier end of the purpose is ignored",
        "C4": "contact_events.download is missing: does it keep a dialogue active?",
        "C6": "retention.never_in_dialogue is missing: nothing says when imports begin to count",
        "C11": "cookies.stats must have both a choice and purposes, or neither",
        "C13": "recipients.ferry.fields is missing: what may be disclosed is open-ended",
    }


def test_a_consent_that_is_asked_nowhere_is_reported(tmp_path: Path) -> None:
    wrong = AVARA.replace('[imports]\npurpose = "dialogue"', '[imports]\npurpose = "interests"')
    (finding,) = (one for one in lint.findings(load(tmp_path, wrong)) if one.open)
    assert (finding.number, finding.key) == ("C1", "purposes.*.basis")


@pytest.mark.parametrize(
    ("period", "day", "end"),
    [
        ("2 years", date(2024, 2, 29), date(2026, 2, 28)),
        ("4 years", date(2024, 2, 29), date(2028, 2, 29)),
        ("1 month", date(2026, 1, 31), date(2026, 2, 28)),
        ("18 months", date(2026, 8, 31), date(2028, 2, 29)),
        ("30 days", date(2026, 12, 15), date(2027, 1, 14)),
        ("0 days", date(2026, 12, 15), date(2026, 12, 15)),
    ],
)
def test_periods_count_in_calendar_units(period: str, day: date, end: date) -> None:
    assert Period.parse(period).after(day) == end


@pytest.mark.parametrize(
    ("wanted", "spoken"),
    [
        (("en-GB",), "en"),
        (("nn-NO", "en"), "nb"),
        (("no",), "nb"),
        (("de", "en"), "en"),
        (("de",), "nb"),
        ((), "nb"),
    ],
)
def test_the_first_language_that_is_spoken_is_used(
    statement: Statement, wanted: tuple[str, ...], spoken: str
) -> None:
    assert statement.language_for(*wanted) == spoken
