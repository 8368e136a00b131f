"""Access: what is held about a data subject, why, and until when."""

from shared.errors import NotFound
from shared.model.subjects import State
from shared.policy import reports, retention
from shared.policy.reports import Report
from shared.store import subjects
from shared.wiring import Office
from shared.workflows import auditing, events


def report(email: str, office: Office, language: str = "") -> Report:
    """What is held about the data subject of an address.  Raises NotFound."""
    return report_of(events.find(email, office), language, office)


def report_of(subject_id: str, language: str, office: Office) -> Report:
    """What is held about a data subject, in the language if it is spoken.  Raises NotFound."""
    file = subjects.read_file(subject_id)
    if file is None or file.subject.state is not State.ACTIVE:
        message = "Nobody is known by this address."
        raise NotFound(message)
    statement = office.statement
    return reports.report(
        file,
        retention.decide(file.subject.facts, statement.retention),
        statement,
        language=statement.language_for(language),
        at=office.now(),
        entries=auditing.trail(subject_id),
    )
