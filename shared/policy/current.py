"""Current values: what is held of a field now, wherever it is shown or used?

Pure.  The profile has one value of each field that becomes current, as the newest contact or a
correction has left it; what was submitted before is history (art. 5(1)(d), 16).  What never
becomes current, a message or an answer to a question, stays as it was submitted.
"""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from shared.model.contacts import Interaction, SourceKind, Value
from shared.model.subjects import Subject
from shared.statement.types import Statement


def is_replaceable(value: Value, statement: Statement) -> bool:
    """Whether another value can take its place, on the profile."""
    if value.source.kind is SourceKind.BROWSER:
        return False
    field = statement.fields.get(value.name)  # an answer to a question is none by itself
    return field is not None and field.current


def of_person(
    subject: Subject, interactions: Iterable[Interaction], statement: Statement
) -> tuple[Value, ...]:
    """The values that count now of all that is held about somebody, oldest first."""
    submitted = (value for one in interactions for value in one.values)
    stays = (value for value in submitted if not is_replaceable(value, statement))
    every = dict.fromkeys([*subject.values, *stays])
    return tuple(sorted(every, key=lambda value: value.source.at))


def of_submission(
    subject: Subject, submitted: Interaction, statement: Statement
) -> tuple[Value, ...]:
    """The values that count now of a submission, for its purpose: it was sent for that."""
    return tuple(_now(subject, submitted, statement))


def _now(subject: Subject, submitted: Interaction, statement: Statement) -> Iterator[Value]:
    held = {one.name: one for one in subject.values}
    for value in submitted.values:
        if not is_replaceable(value, statement):
            yield value
        elif value.name in held:
            yield replace(held[value.name], purpose=value.purpose)
