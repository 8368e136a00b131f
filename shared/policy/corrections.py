"""Corrections: may a value be set like this, and what does it replace?

Pure.  Only values that stand on the profile are corrected (art. 16); what came in stays as it
came, so that it can be seen what was said and when.
"""

from collections.abc import Mapping
from datetime import datetime

from shared.errors import Fault, FaultCode, Invalid
from shared.model.contacts import Source, SourceKind, Value
from shared.model.noun import Noun
from shared.model.subjects import Subject
from shared.policy import addresses
from shared.policy.forms import MOST_CHARACTERS, MOST_ITEMS
from shared.statement.types import Statement


class Correction(Noun, frozen=True, kw_only=True):
    """What is set and what is removed; `email` is "" unless the address itself is corrected.

    `before` and `after` by field, for the record.
    """

    private = ("email", "before", "after")

    values: tuple[Value, ...]
    removed: tuple[str, ...]
    email: str
    before: Mapping[str, str | tuple[str, ...]]
    after: Mapping[str, str | tuple[str, ...]]


def correction(
    sent: Mapping[str, object],
    subject: Subject,
    statement: Statement,
    *,
    reference: str,
    at: datetime,
) -> Correction:
    """Read corrections by field; None removes a value.  Raises Invalid with every fault."""
    faults = [] if sent else [Fault("/corrections", FaultCode.REQUIRED)]
    after: dict[str, str | tuple[str, ...]] = {}
    removed, email = [], ""
    held = {one.name: one for one in subject.values}
    for name, content in sent.items():
        field = statement.fields.get(name)
        if field is None or not field.current:
            faults.append(Fault(f"/{name}", FaultCode.UNKNOWN_FIELD))
        elif content is None and field.kind != "email":
            removed.append(name)
        else:
            read = _read(name, field.kind, content, statement, faults)
            if field.kind == "email":
                email = str(read)
            elif read:
                after[name] = read
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
        removed=tuple(name for name in removed if name in held),
        email=email,
        before={name: one.value for name, one in held.items() if name in {*after, *removed}},
        after=after,
    )


def _read(
    name: str, kind: str, content: object, statement: Statement, faults: list[Fault]
) -> str | tuple[str, ...]:
    if kind == "list":
        items = content if isinstance(content, list) else [None]
        fine = all(isinstance(one, str) and len(one) <= MOST_CHARACTERS[kind] for one in items)
        if not fine or len(items) > MOST_ITEMS:
            faults.append(Fault(f"/{name}", FaultCode.NOT_A_LIST))
            return ""
        return tuple(str(one).strip() for one in items if str(one).strip())
    if not isinstance(content, str) or not content.strip():
        faults.append(Fault(f"/{name}", FaultCode.NOT_TEXT))
        return ""
    if len(content) > MOST_CHARACTERS[kind]:
        faults.append(Fault(f"/{name}", FaultCode.TOO_LONG))
        return ""
    try:
        if kind == "email":
            return addresses.email(content)
        if kind == "phone":
            return addresses.phone(content, statement.website.phone_region)
    except addresses.NotAnAddress as fault:
        faults.append(Fault(f"/{name}", fault.code))
    return content.strip()
