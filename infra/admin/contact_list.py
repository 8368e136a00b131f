"""A contact list in CSV, read row by row; what is rejected goes to a list of its own."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from shared.errors import Malformed
from shared.policy import imports
from shared.policy.imports import Rejected, Row
from shared.statement.types import Statement
from shared.wiring import Office

REASON = "Reason"
"""The column that a list of rejected rows has besides; a mended list is read without it."""


@dataclass(slots=True)
class ContactList:
    """A list whose columns are known and whose every line can be read."""

    path: Path
    columns: list[str]
    ignored: set[str]
    size: int
    _delimiter: str
    _rejected: list[tuple[list[str], str]] = field(default_factory=list)

    @classmethod
    def open(cls, path: Path, ignored: set[str], statement: Statement) -> "ContactList":
        """Look through the whole file.  Raises Malformed: what cannot be read, and where."""
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                header = file.readline()
                delimiter = ";" if header.count(";") > header.count(",") else ","
                file.seek(0)
                lines = _reader(file, delimiter)
                columns = [name.strip() for name in next(lines, [])]
                size = sum(1 for row in lines if row)
        except OSError as fault:
            message = f"{path}: cannot be read: {fault.strerror}"
            raise Malformed(message) from None
        except UnicodeDecodeError:
            message = f"{path}: is not UTF-8"
            raise Malformed(message) from None
        except csv.Error as fault:
            message = f"{path}: is not CSV: {fault}"
            raise Malformed(message) from None
        _check(path, columns, ignored, statement)
        return cls(path, columns, ignored, size, delimiter)

    def rows(self, office: Office) -> Iterator[tuple[list[str], Row | Rejected]]:
        """The cells of each row, and what it says or why it is rejected."""
        left_out = {REASON, *self.ignored}
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            lines = _reader(file, self._delimiter)
            next(lines, None)
            for cells in filter(None, lines):
                if len(cells) != len(self.columns):
                    yield cells, Rejected("has not as many cells as there are columns")
                    continue
                named = zip(self.columns, map(imports.as_typed, cells), strict=True)
                told = {name: cell for name, cell in named if name not in left_out}
                try:
                    yield cells, imports.read(told, office.statement, office.now())
                except Rejected as refusal:
                    yield cells, refusal

    def reject(self, cells: list[str], reason: Rejected) -> None:
        self._rejected.append((cells, str(reason)))

    def write_rejected(self) -> Path | None:
        """Write the rejected rows with their reasons beside the list; None if there are none.

        Raises Malformed.
        """
        path = self.path.with_suffix(".rejected.csv")
        try:
            if not self._rejected:
                path.unlink(missing_ok=True)
                return None
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, delimiter=self._delimiter)
                kept = [i for i, name in enumerate(self.columns) if name != REASON]
                header = [imports.harmless(self.columns[i]) for i in kept]
                writer.writerow([*header, REASON])
                for cells, reason in self._rejected:
                    whole = len(cells) == len(self.columns)
                    told = [cells[i] for i in kept] if whole else cells
                    told = [imports.harmless(imports.as_typed(cell)) for cell in told]
                    writer.writerow([*told, reason])
        except OSError as fault:
            message = f"{path}: cannot be written: {fault.strerror}"
            raise Malformed(message) from None
        return path


def _reader(file: TextIO, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(file, delimiter=delimiter, strict=True)


def _check(path: Path, columns: list[str], ignored: set[str], statement: Statement) -> None:
    known = {*imports.columns(statement), REASON, *ignored}
    for name in columns:
        if name not in known:
            message = f'{path}: unknown column "{name}"; --ignore it to leave it out'
            raise Malformed(message)
        if columns.count(name) > 1:
            message = f'{path}: column "{name}" stands there twice'
            raise Malformed(message)
    for name in imports.email_columns(statement):
        if name not in columns:
            message = f'{path}: has no column "{name}"'
            raise Malformed(message)
