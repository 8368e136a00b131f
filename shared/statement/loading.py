"""Reads a statement file and refuses one that contradicts itself.

What is refused here would make the system do something that the statement does not say; what
can be lived with, but should be known, is reported by `shared.statement.lint`.
"""

import re
import tomllib
from collections.abc import Collection, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from shared.errors import Misconfigured
from shared.model.contacts import Basis
from shared.model.retention import Rule
from shared.model.staff import Action
from shared.statement.periods import Period
from shared.statement.types import RetentionRule, Statement, Table, texts

DEFAULT = Path(__file__).with_name("avara.toml")
ORGANISATION_NUMBER_WEIGHTS = (3, 2, 7, 6, 5, 4, 3, 2, 1)
RULES_NEEDED = (Rule.DIALOGUE, Rule.SUBSCRIPTION, Rule.CUSTOMER)
RULES_POSSIBLE = (*RULES_NEEDED, Rule.PURPOSE_ENDED)
KINDS_OF_TERMS = {"email": "email", "telephone": "phone"}

SEEING = (Action.INBOX, Action.READ)
"""What a role sees the values of people by."""

EMAIL = re.compile(
    r"(?=.{1,64}@)[\w!#$%&'*+/=^`{|}~-]+(\.[\w!#$%&'*+/=^`{|}~-]+)*@([a-z0-9-]+\.)+[a-z][a-z0-9-]+",
    re.ASCII | re.IGNORECASE,
)
"""Without `?`, which an encoded word needs."""

LATEST_DAY = date(2200, 1, 1)

ID = re.compile(r"[a-z0-9_-]{1,40}")
"""The id of a question: it names a value, and an input of a page."""

Objection = tuple[str, str]
"""A key of the file, and what is wrong with its value."""


def load(path: Path = DEFAULT) -> Statement:
    """Read a statement.  Raises Misconfigured: "file: key: reason", in one line."""
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except OSError as fault:
        raise _refusal(path, "file", f"cannot be read: {fault.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise _refusal(path, "file", f"is not TOML: {fault}") from None
    for key, reason in _bundled(raw):
        raise _refusal(path, key, reason)
    try:
        statement = msgspec.convert(raw, Statement)
    except msgspec.ValidationError as fault:
        raise _refusal(path, *_located(raw, fault)) from None
    for key, reason in objections(statement):
        raise _refusal(path, key, reason)
    return statement


def _refusal(path: Path, key: str, reason: str) -> Misconfigured:
    return Misconfigured(" ".join(f"{path}: {key}: {reason}".split()))


def _bundled(raw: dict[str, Any]) -> Iterator[Objection]:
    """C9: one choice, one purpose; named before the types are, so that the reason is told."""
    choices = raw.get("choices")
    for name, choice in choices.items() if isinstance(choices, dict) else ():
        purpose = choice.get("purpose") if isinstance(choice, dict) else None
        if isinstance(purpose, list):
            yield f"choices.{name}.purpose", "bundles purposes; each choice is for one (C9)"


def _located(raw: dict[str, Any], fault: msgspec.ValidationError) -> Objection:
    """The key and reason of a fault.  msgspec names no keys of mappings: find the entry."""
    for table in msgspec.structs.fields(Statement):
        arguments = getattr(table.type, "__args__", ())
        entries = raw.get(table.name)
        kind = arguments[-1] if arguments else None
        if isinstance(entries, dict) and isinstance(kind, type) and issubclass(kind, Table):
            for name, entry in entries.items():
                try:
                    msgspec.convert(entry, kind)
                except msgspec.ValidationError as inner:
                    return _worded(inner, f"{table.name}.{name}")
    return _worded(fault, "")


def _worded(fault: msgspec.ValidationError, entry: str) -> Objection:
    reason, _, path = str(fault).partition(" - at ")
    key = re.sub(r"^`?(key in )?`?\$?\.?|`$", "", path)
    return ".".join(filter(None, (entry, key))) or "statement", reason


def objections(statement: Statement) -> Iterator[Objection]:
    """Everything that makes a well-typed statement unusable, in the order of the file."""
    yield from _about_controller(statement)
    yield from _about_texts(statement)
    yield from _about_references(statement)
    yield from _about_purposes(statement)
    yield from _about_forms(statement)
    yield from _about_roles(statement)
    yield from _about_retention(statement)


def _about_controller(statement: Statement) -> Iterator[Objection]:
    one = statement.controller
    if not is_organisation_number(one.organisation_number):
        yield "controller.organisation_number", "is not an organisation number (mod 11)"
    for reason in _against_email(one.email):
        yield "controller.email", reason
    if not statement.languages:
        yield "languages", "names no language"


def _against_email(text: str) -> Iterator[str]:
    """Against an address that mails go to: it stands here as Amazon SES takes it."""
    local, _, domain = text.rpartition("@")
    if not local.isascii():
        yield "has letters other than a-z before the @: no mail can be sent there"
    elif not domain.isascii():
        yield "has a domain with letters other than a-z: write it as it is registered, xn--…"
    elif not EMAIL.fullmatch(text):
        yield "is not an e-mail address"


def is_organisation_number(text: str) -> bool:
    """Nine digits, spaces allowed, whose weighted sum is divisible by eleven.

    >>> is_organisation_number("923 130 969"), is_organisation_number("923 130 968")
    (True, False)
    """
    digits = text.replace(" ", "")
    return bool(re.fullmatch(r"[0-9]{9}", digits)) and not (
        sum(w * int(d) for w, d in zip(ORGANISATION_NUMBER_WEIGHTS, digits, strict=True)) % 11
    )


def _about_texts(statement: Statement) -> Iterator[Objection]:
    spoken = set(statement.languages)
    for table in msgspec.structs.fields(Statement):
        entries = getattr(statement, table.name)
        for name, entry in entries.items() if isinstance(entries, dict) else ():
            for key, text in texts(entry).items() if isinstance(entry, Table) else ():
                if set(text) != spoken:
                    reason = f"must have exactly the languages {', '.join(statement.languages)}"
                    yield f"{table.name}.{name}.{key}", reason
    for language in statement.languages:
        if not any(one.language == language for one in statement.notices):
            yield "notices", f"has none in {language}"
    ids = [one.id for one in statement.notices]
    for twice in {one for one in ids if ids.count(one) > 1}:
        yield "notices", f'has the id "{twice}" twice; one id for each language and version'


def _about_references(statement: Statement) -> Iterator[Objection]:
    for key, names, known, what in _references(statement):
        for name in names:
            if name not in known:
                yield key, f'"{name}" is not {what}'


def _references(
    statement: Statement,
) -> Iterator[tuple[str, tuple[str, ...], Collection[str], str]]:
    """Every key that names other entries: the names, where they must be, and as what."""
    fields, purposes = statement.fields, statement.purposes
    yield "technical_purpose", (statement.technical_purpose,), purposes, "a purpose"
    yield "imports.purpose", (statement.imports.purpose,), purposes, "a purpose"
    yield "imports.columns", tuple(statement.imports.columns), fields, "a field"
    for name, field in fields.items():
        yield f"fields.{name}.category", (field.category,), statement.categories, "a category"
    for name, form in statement.forms.items():
        at = f"forms.{name}"
        yield f"{at}.purpose", (form.purpose,), purposes, "a purpose"
        yield f"{at}.fields", form.fields, fields, "a field"
        yield f"{at}.required", form.required, form.fields, "a field of the form"
        yield f"{at}.one_of", form.one_of, form.fields, "a field of the form"
        yield f"{at}.questions", form.questions, statement.questions, "a question"
        yield f"{at}.choices", form.choices, statement.choices, "a choice"
        yield f"{at}.thanks", (form.thanks,), statement.website.thanks, "in website.thanks"
    for name, choice in statement.choices.items():
        yield f"choices.{name}.purpose", (choice.purpose,), purposes, "a purpose"
    for name, withheld in statement.withheld.items():
        yield f"withheld.{name}.fields", withheld.fields, fields, "a field"
    for name, role in statement.roles.items():
        yield f"roles.{name}.purposes", role.purposes, purposes, "a purpose"
        yield f"roles.{name}.fields", role.fields, fields, "a field"
    for name, recipient in statement.recipients.items():
        yield f"recipients.{name}.fields", recipient.fields, fields, "a field"
    for name, cookie in statement.cookies.items():
        yield f"cookies.{name}.purposes", cookie.purposes, purposes, "a purpose"


def _about_purposes(statement: Statement) -> Iterator[Objection]:
    if "customer" not in statement.withheld:
        yield "withheld.customer", "is missing: what does a contract need while it runs (C15)?"
    for name, purpose in statement.purposes.items():
        if Basis.LEGITIMATE_INTERESTS in {purpose.basis, purpose.customers} and (
            not purpose.interest
        ):
            yield f"purposes.{name}.interest", "is needed: 6(1)(f) rests on a named interest"
    for name, choice in statement.choices.items():
        if choice.ticked:
            yield f"choices.{name}.ticked", "a choice must start unticked (C9)"
        if statement.purposes[choice.purpose].basis is not Basis.CONSENT:
            yield f"choices.{name}.purpose", "does not rest on consent: there is nothing to choose"


def _about_forms(statement: Statement) -> Iterator[Objection]:
    for name, form in statement.forms.items():
        identifying = {statement.fields[field].kind for field in form.one_of}
        if "email" not in identifying or not identifying <= {"email", "phone"}:
            yield f"forms.{name}.one_of", "must name the e-mail field, and may name the phone's"
        if statement.website.honeypot in form.fields:
            yield "website.honeypot", f'is a field of the form "{name}"'
    imported = {statement.fields[name].kind for name in statement.imports.columns}
    if "email" not in imported or not imported <= {"email", "phone", "text"}:
        yield "imports.columns", "must have the e-mail field, and only fields of a line of text"
    kinds = [field.kind for field in statement.fields.values()]
    for kind in ("email", "phone", "answers"):
        if kinds.count(kind) > 1:
            yield "fields", f'has more than one field of kind "{kind}"'
    yield from _about_questions(statement)
    yield from _about_exports(statement)


def _about_questions(statement: Statement) -> Iterator[Objection]:
    for name in statement.questions:
        if not ID.fullmatch(name):
            yield f"questions.{name}", "is not made of a-z, 0-9, _ and -"
    for name, form in statement.forms.items():
        answered = any(statement.fields[field].kind == "answers" for field in form.fields)
        if answered and not form.questions:
            yield f"forms.{name}.questions", "is missing: the form has a field for answers"
        if form.questions and not answered:
            yield f"forms.{name}.questions", 'has no field of kind "answers" to be answered in'


def _about_exports(statement: Statement) -> Iterator[Objection]:
    """A term is one line of text, has one field, and an address is checked as what it is."""
    named: list[str] = [field.export for field in statement.fields.values() if field.export]
    for name, field in statement.fields.items():
        kind = KINDS_OF_TERMS.get(field.export, "text")
        if field.export and field.kind != kind:
            yield f"fields.{name}.export", f'"{field.export}" is of a field of kind "{kind}"'
        if named.count(field.export) > 1:
            yield f"fields.{name}.export", f'"{field.export}" is the term of another field too'


def _about_roles(statement: Statement) -> Iterator[Objection]:
    """Who sees personal data sees it for something (art. 5(1)(b)), and by a way that is named."""
    for name, role in statement.roles.items():
        sees = set(SEEING) & set(role.may)
        if sees and not role.purposes:
            yield f"roles.{name}.purposes", "is needed: who may see data sees it for a purpose"
        if role.fields and not sees:
            yield f"roles.{name}.fields", f"cannot be seen: may has none of {', '.join(SEEING)}"


def _about_retention(statement: Statement) -> Iterator[Objection]:
    retention = statement.retention
    try:
        ZoneInfo(retention.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        yield "retention.time_zone", f'"{retention.time_zone}" is not a time zone'
    for rule in RULES_NEEDED:
        if rule not in retention.rules:
            yield f"retention.rules.{rule}", "is missing"
    for rule in set(retention.rules).difference(RULES_POSSIBLE):
        yield f"retention.rules.{rule}", "is not a rule with a period"
    for name, form in statement.forms.items():
        event = statement.contact_events.get(form.contact)
        if event is None or not event.counts:
            yield f"forms.{name}.contact", "is not a contact that counts (contact_events)"
    yield from _about_periods(statement)


def _about_periods(statement: Statement) -> Iterator[Objection]:
    retention = statement.retention
    periods = {
        "website.move_held_for": statement.website.move_held_for,
        "retention.ttl_margin": retention.ttl_margin,
        "retention.technical.period": retention.technical.period,
        "retention.erasure_record.period": retention.erasure_record.period,
        "retention.subject_request.period": retention.subject_request.period,
        "retention.audit.period": retention.audit.period,
        **{f"retention.rules.{name}.period": r.period for name, r in retention.rules.items()},
    }
    for key, text in periods.items():
        try:
            Period.parse(text).after(LATEST_DAY)
        except OverflowError:
            yield key, f'"{text}" is too long'
        except ValueError as fault:
            yield key, str(fault)


def rules_of(statement: Statement) -> dict[str, RetentionRule]:
    """Every rule with a period, by the name under which the published schedule lists it."""
    retention = statement.retention
    return {
        **{str(rule): one for rule, one in retention.rules.items()},
        "technical": retention.technical,
        "erasure_record": retention.erasure_record,
        "subject_request": retention.subject_request,
        "audit": retention.audit,
    }
