"""Corrections: may a value be set or removed like this, and what does it replace?

Pure.  Only values that stand on the profile are corrected (art. 16); what came in stays as it
came, so that it can be seen what was said and when.
"""

from collections.abc import Mapping
from datetime import datetime

from shared.errors import Fault, FaultCode, Invalid
from shared.model.contacts import Source, SourceKind, Value
from shared.model.noun import Noun
from shared.model.subjects import Subject
from shared.policy import forms
from shared.statement.types import Statement

Content = str | tuple[str, ...]


class Correction(Noun, frozen=True, kw_only=True):
    """What is set and what is removed; `email` is "" unless the address itself is corrected.

    `before` and `after` by field, for the record.
    """

    private = ("email", "before", "after")

    values: tuple[Value, ...]
    removed: tuple[str, ...]
    email: str
    before: Mapping[str, Content]
    after: Mapping[str, Content]


def correction(
    sent: Mapping[str, object],
    subject: Subject,
    statement: Statement,
    *,
    reference: str,
    at: datetime,
) -> Correction:
    """Read corrections by field; null, an empty text and an empty list remove what is held.

    Each must change something.  Raises Invalid with every fault.
    """
    faults = [] if sent else [Fault("/corrections", FaultCode.REQUIRED)]
    after: dict[str, Content] = {}
    removed, email = [], ""
    held = {one.name: one for one in subject.values}
    for name, content in sent.items():
        value, wrong = _read(name, content, held.get(name), statement)
        faults += wrong
        if wrong:
            continue
        if not value:
            removed.append(name)
        elif statement.fields[name].kind == "email":
            email = str(value)
        else:
            after[name] = value
    if faults:
        raise Invalid(tuple(faults))
    source = Source(kind=SourceKind.CORRECTION, record=reference, at=at)
    purpose = next((one.purpose for one in subject.values), statement.imports.purpose)
    return Correction(
        values=tuple(
            Value(
                name=name,
                value=value,
                source=source,
                purpose=held[name].purpose if name in held else purpose,
            )
            for name, value in after.items()
        ),
        removed=tuple(removed),
        email=email,
        before={name: one.value for name, one in held.items() if name in {*after, *removed}},
        after=after,
    )


def _read(
    name: str, content: object, held: Value | None, statement: Statement
) -> tuple[Content, list[Fault]]:
    """The value as a form would take it, "" or () to remove it; and its faults."""
    field = statement.fields.get(name)
    if field is None:
        return "", [Fault("/corrections", FaultCode.UNKNOWN_FIELD)]
    if not field.current:
        return "", [_fault(name, FaultCode.UNKNOWN_FIELD)]
    value, wrong = forms.value_of(name, content, statement)
    if wrong:
        return "", [Fault(f"/corrections{one.pointer}", one.code) for one in wrong]
    if not value and field.kind == "email":  # the person is found by it
        return "", [_fault(name, FaultCode.REQUIRED)]
    if not value and held is None:
        return "", [_fault(name, FaultCode.NOT_HELD)]
    if held is not None and value == held.value:
        return "", [_fault(name, FaultCode.SAME_AS_HELD)]
    return value, []


def _fault(name: str, code: FaultCode) -> Fault:
    return Fault(f"/corrections{forms.pointer(name)}", code)
