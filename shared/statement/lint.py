"""Which contradictions of the privacy statement this file resolves, and by which key.

A finding names the contradiction (C-number of docs/decisions/0003-contradictions.md), the
clauses that disagree, and either the key that settles it or what is still open.
"""

from collections.abc import Callable, Iterator

from shared.model.contacts import Basis, Contact
from shared.model.noun import Noun
from shared.model.retention import Rule
from shared.statement.types import Statement


class Finding(Noun, frozen=True):
    """One contradiction: `open` is empty where the key resolves it."""

    number: str
    clauses: str
    question: str
    key: str
    open: tuple[str, ...]


def findings(statement: Statement) -> tuple[Finding, ...]:
    """All contradictions in order, resolved ones too."""
    return tuple(
        Finding(number, clauses, question, key, tuple(check(statement)))
        for number, clauses, question, key, check in CHECKS
    )


def _basis_per_purpose(statement: Statement) -> Iterator[str]:
    asked = {choice.purpose for choice in statement.choices.values()} | _asked_by_cookie(statement)
    served = {f"forms.{name}": form.purpose for name, form in statement.forms.items()}
    served["technical_purpose"] = statement.technical_purpose
    served["imports.purpose"] = statement.imports.purpose
    for key, purpose in served.items():
        if statement.purposes[purpose].basis is Basis.CONSENT and purpose not in asked:
            yield f'{key} serves "{purpose}", which rests on a consent that is asked nowhere'


def _asked_by_cookie(statement: Statement) -> set[str]:
    return {purpose for cookie in statement.cookies.values() for purpose in cookie.purposes}


def _withdrawal(statement: Statement) -> Iterator[str]:
    if statement.withdrawal is None:
        yield "[withdrawal] is missing: unsubscribing and withdrawing are not told apart"


def _ceiling(statement: Statement) -> Iterator[str]:
    if Rule.PURPOSE_ENDED not in statement.retention.rules:
        yield "retention.rules.purpose_ended is missing: an earlier end of the purpose is ignored"


def _contact_events(statement: Statement) -> Iterator[str]:
    for contact in Contact:
        event = statement.contact_events.get(contact)
        if event is None:
            yield f"contact_events.{contact} is missing: does it keep a dialogue active?"
        elif event.counts and not event.inbound:
            yield f"contact_events.{contact} counts although it does not come from the person"


def _never_in_dialogue(statement: Statement) -> Iterator[str]:
    if statement.retention.never_in_dialogue is None:
        yield "retention.never_in_dialogue is missing: nothing says when imports begin to count"


def _separate_choices(statement: Statement) -> Iterator[str]:
    for name, form in statement.forms.items():
        purposes = [statement.choices[choice].purpose for choice in form.choices]
        if len(set(purposes)) < len(purposes):
            yield f"forms.{name}.choices asks for one purpose twice"
    if not statement.choices:
        yield "[choices] is empty: nothing is asked for separately"


def _cookies_match_purposes(statement: Statement) -> Iterator[str]:
    asked = {cookie.choice: name for name, cookie in statement.cookies.items() if cookie.choice}
    for name, cookie in statement.cookies.items():
        if bool(cookie.choice) != bool(cookie.purposes):
            yield f"cookies.{name} must have both a choice and purposes, or neither"
    for name, technical in statement.technical.items():
        if technical.cookie_choice and technical.cookie_choice not in asked:
            yield f'technical.{name}.cookie_choice "{technical.cookie_choice}" has no cookie'
    for name, purpose in statement.purposes.items():
        if purpose.objection_by_gpc and name not in _asked_by_cookie(statement):
            yield f"purposes.{name} follows what visitors do, but no cookie declares it"


def _closed_lists(statement: Statement) -> Iterator[str]:
    for name, recipient in statement.recipients.items():
        if not recipient.fields:
            yield f"recipients.{name}.fields is missing: what may be disclosed is open-ended"


Check = Callable[[Statement], Iterator[str]]
CHECKS: tuple[tuple[str, str, str, str, Check], ...] = (
    ("C1", "§5", "Which lawful basis holds for which purpose?", "purposes.*.basis",
     _basis_per_purpose),
    ("C2", "§5, §9", "Is data erased at once or two years after the person says no?",
     "withdrawal", _withdrawal),
    ("C3", "§9", "Only as long as the purpose, or two years?",
     "retention.rules.purpose_ended", _ceiling),
    ("C4", "§9", "What keeps a dialogue active?", "contact_events", _contact_events),
    ("C6", "§6, §9", "What of people who were never in dialogue?",
     "retention.never_in_dialogue", _never_in_dialogue),
    ("C9", "§8", "Is everything agreed to at once?", "choices", _separate_choices),
    ("C11", "§7, §15", "Do the cookies serve the purposes that are named?",
     "cookies.*.purposes", _cookies_match_purposes),
    ("C13", "§11", "What may be shared?", "recipients.*.fields", _closed_lists),
)  # fmt: skip
