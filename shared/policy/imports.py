"""Imports: what does one row of a contact list say, and can it be believed?

Pure.  Rows are refused with a reason that names the column and never the value.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from msgspec.structs import replace

from shared.model.noun import Noun
from shared.model.retention import Facts
from shared.policy import addresses, texts
from shared.statement.types import Statement

FORMULA = ("=", "+", "-", "@", "\t", "\r")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}.*)?")
YES = {"yes", "true", "1", "x", "ja"}
NO = {"", "no", "false", "0", "nei"}
MOST_CHARACTERS = 200
FIRST_YEAR = 1970

RECORD, STAGE = "Record ID", "Lifecycle Stage"
LAST_ACTIVITY, NEWSLETTER = "Last Activity Date", "Newsletter"
UNSUBSCRIBED, BECAME, ENDED = "Unsubscribed Date", "Became Customer Date", "Customer Ended Date"
COLUMNS = (RECORD, STAGE, LAST_ACTIVITY, NEWSLETTER, UNSUBSCRIBED, BECAME, ENDED)
"""The columns that tell the state of the relationship; those of values are the statement's."""

COLUMN = re.compile(r"\{([^{}]+)\}")


def columns(statement: Statement) -> tuple[str, ...]:
    """Every column that is read."""
    return (*COLUMNS, *COLUMN.findall("".join(statement.imports.columns.values())))


def email_columns(statement: Statement) -> tuple[str, ...]:
    """The columns without which nobody can be imported."""
    return tuple(COLUMN.findall(statement.imports.columns[statement.email_field]))


class Rejected(ValueError):
    """Why a row cannot be imported."""


class Row(Noun, frozen=True, kw_only=True):
    """One readable row.

    `active_at` is None where the row names no last contact; `began` and `ended` are of the
    customer relationship, `customer` says that there is one whose beginning is unknown.
    """

    private = ("email", "values")

    record: str
    email: str
    values: Mapping[str, str]
    active_at: datetime | None
    newsletter: bool
    unsubscribed_at: datetime | None
    customer: bool
    began: datetime | None
    ended: datetime | None


def read(cells: Mapping[str, str], statement: Statement, now: datetime) -> Row:
    """Read a row by its columns' names.  Raises Rejected."""
    told = {name: text.strip() for name, text in cells.items()}

    def cell(name: str) -> str:
        return told.get(name, "")

    def day(name: str) -> datetime | None:
        return _day(name, cell(name), statement, now)

    began, ended = day(BECAME), day(ENDED)
    values = _values(cell, statement)
    return Row(
        record=cell(RECORD),
        email=values[statement.email_field],
        values={name: value for name, value in values.items() if value},
        active_at=day(LAST_ACTIVITY),
        newsletter=_yes(cell(NEWSLETTER)),
        unsubscribed_at=day(UNSUBSCRIBED),
        customer=not (began or ended) and cell(STAGE).casefold() == "customer",
        began=began,
        ended=ended,
    )


def _values(cell: Callable[[str], str], statement: Statement) -> dict[str, str]:
    """The row's values by field of the statement; an empty one is ""."""
    return {
        name: _value(template, statement.fields[name].kind, cell, statement)
        for name, template in statement.imports.columns.items()
    }


def _value(template: str, kind: str, cell: Callable[[str], str], statement: Statement) -> str:
    filled = COLUMN.sub(lambda column: cell(column[1]), template)
    text = " ".join(filled.split()).strip(" ,")
    where = ", ".join(COLUMN.findall(template))
    if texts.read(text, len(text))[1]:
        message = f"{where}: has a control character in it"
        raise Rejected(message)
    if kind == "email" and not text:
        message = f"{where}: is missing"
        raise Rejected(message)
    try:
        if kind == "email":
            text = addresses.email(text)
        elif kind == "phone" and text:
            text = addresses.phone(text, statement.website.phone_region)
    except ValueError as fault:
        message = f"{where}: is {fault}"
        raise Rejected(message) from None
    if len(text) > MOST_CHARACTERS:
        message = f"{where}: is too long"
        raise Rejected(message)
    return text


def _yes(text: str) -> bool:
    if text.casefold() not in YES | NO:
        message = f"{NEWSLETTER}: is neither yes nor no"
        raise Rejected(message)
    return text.casefold() in YES


def _day(column: str, text: str, statement: Statement, now: datetime) -> datetime | None:
    if not text:
        return None
    try:
        at = moment(text, statement)
    except ValueError:
        message = f"{column}: is not a date such as 2026-05-31"
        raise Rejected(message) from None
    if at > now:
        message = f"{column}: lies in the future"
        raise Rejected(message)
    return at


def moment(text: str, statement: Statement) -> datetime:
    """A date, or date and time, where the controller is; a date is its first instant.

    Raises ValueError.
    """
    if not DATE.fullmatch(text):
        message = "not a date"
        raise ValueError(message)
    at = datetime.fromisoformat(text)
    if at.year < FIRST_YEAR:
        message = "not a date of our time"
        raise ValueError(message)
    return at if at.tzinfo else at.replace(tzinfo=statement.retention.zone)


def facts(row: Row, known: Facts | None, now: datetime) -> Facts:
    """The facts that a row tells about somebody; `known` are those we have.

    Of somebody new the day of the import counts once as the last contact when the row names none
    (C6), and a newsletter subscribes.  Of somebody known neither is taken from a row, and a stage
    without a date does not open a customer relationship that has ended.
    """
    fallback = known.last_contact if known else now
    active_at = row.active_at or fallback
    customer = row.customer and (row.active_at or not (known and known.customer_ended))
    began = row.began or (active_at if customer else None)
    if began and row.ended and began <= row.ended:
        began = None
    subscribes = known is None and row.newsletter and row.unsubscribed_at is None
    return Facts(
        last_contact=active_at,
        subscribed_since=active_at if subscribes else None,
        subscription_ended=row.unsubscribed_at,
        customer_since=began,
        customer_ended=row.ended,
    )


Winners = Mapping[tuple[str, str], int]
"""Which row's value holds, by address and field, for addresses that a list names repeatedly."""


def winners(rows: Callable[[], Iterable[Row | Rejected]]) -> Winners:
    """Of the rows of one address that have a value, the latest active holds; of equals the last.

    `rows` is gone through twice: only repeated addresses are remembered.
    """
    seen: set[str] = set()
    repeated: set[str] = set()
    for row in rows():
        if isinstance(row, Row):
            (repeated if row.email in seen else seen).add(row.email)
    latest: dict[tuple[str, str], tuple[float, int]] = {}
    for index, row in enumerate(rows()):
        if isinstance(row, Row) and row.email in repeated:
            active = row.active_at.timestamp() if row.active_at else 0.0
            for name in row.values:
                key = (row.email, name)
                latest[key] = max(latest.get(key, (active, index)), (active, index))
    return {key: index for key, (_, index) in latest.items()}


def settled(row: Row, index: int, winning: Winners) -> Row:
    """The row without the values for which another row of its address stands."""
    values = {
        name: value
        for name, value in row.values.items()
        if winning.get((row.email, name), index) == index
    }
    return replace(row, values=values)


def harmless(cell: str) -> str:
    """The cell as a spreadsheet reads it without calculating.

    >>> harmless("=1+1"), harmless("1+1")
    ("'=1+1", '1+1')
    """
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def as_typed(cell: str) -> str:
    """The reverse of `harmless`: a list of rejected rows can be mended and imported again."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell
