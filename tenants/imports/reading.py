"""A CSV file as batches of rows. Flat memory: one batch at a time, however large the file."""

import asyncio
import csv
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from itertools import count, islice
from pathlib import Path
from typing import Any

from tenants.errors import Refusal
from tenants.imports.mapping import Mapping, compiled
from tenants.upserts.rows import House, Kind, Row
from tenants.upserts.values import Field, Problem, fields_of

BATCH = 5_000
LONGEST_CELL = 1 << 20
REMEMBERED = 5_000  # texts per field
SEPARATORS = ",;\t|"


def batches(path: Path, kind: Kind, mapping: Mapping, house: House, *, after: int = 0, size: int = BATCH) -> Iterator[list[Row]]:
    """The file's rows, converted, in batches; those up to row number `after` are passed over.

    A row that cannot be read has a problem. Raises UNREADABLE_FILE without a heading, and what compiled() raises.
    """
    csv.field_size_limit(LONGEST_CELL)
    # Bytes that are not UTF-8 become lone surrogates, which the check of the value refuses, with its row and column.
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as text:
        separator = _separator(text.readline())
        text.seek(0)
        lines = csv.reader(text, delimiter=separator)
        try:
            heading = next(lines)
        except (StopIteration, csv.Error):
            raise Refusal("UNREADABLE_FILE", "The file has no heading in its first row.") from None
        fields, empty = fields_of(kind.shape), frozenset(mapping.empty)
        columns = [(s.field, s.at, s.fill, Reader(fields[s.field], house, empty)) for s in compiled(mapping, kind, heading)]
        rows = _rows(lines, len(heading), columns, after)
        while batch := list(islice(rows, size)):
            yield batch


async def ahead(reading: Iterator[list[Row]]) -> AsyncIterator[list[Row]]:
    """The batches, each read in a thread while the one before it is being written."""
    coming = asyncio.create_task(asyncio.to_thread(next, reading, None))
    try:
        while (batch := await coming) is not None:
            coming = asyncio.create_task(asyncio.to_thread(next, reading, None))
            yield batch
    finally:
        coming.cancel()


class Reader(dict[str, Any]):
    """Reads the texts of one field, and remembers what it read: in a file most texts come back. Raises Problem."""

    def __init__(self, field: Field, house: House, empty: frozenset[str]) -> None:
        super().__init__()
        self.field, self.zone, self.empty = field, house.zone, empty

    def __missing__(self, text: str) -> Any:
        value = self.field.read("" if text in self.empty else text, self.zone)
        if self.field.always and value in (None, []):
            raise Problem(self.field.name, "REQUIRED", "Every row needs this.")
        if len(self) >= REMEMBERED:
            self.clear()
        self[text] = value
        return value


Column = tuple[str, int, Callable[[Sequence[str], int], str] | None, Reader]


def _rows(lines: Iterator[list[str]], width: int, columns: Sequence[Column], after: int) -> Iterator[Row]:
    for number in count(2):
        broken: Problem | None = None
        try:
            cells = next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            cells, broken = [], Problem("", "UNREADABLE_FILE", f"The row cannot be read: {error}.")
        if cells and len(cells) != width:
            broken = Problem("", "WRONG_COLUMN_COUNT", f"The row has {len(cells)} cells, the heading {width}.")
        if number <= after or not (any(cells) or broken):
            continue
        row = Row(number, {})
        if broken:
            row.problems.append(broken)
        else:
            _read(row, cells, columns)
        yield row


def _read(row: Row, cells: list[str], columns: Sequence[Column]) -> None:
    values, number = row.values, row.number
    for name, at, fill, reader in columns:
        try:
            values[name] = reader[cells[at] if fill is None else fill(cells, number)]
        except Problem as problem:
            row.problems.append(problem)


def _separator(heading: str) -> str:
    """The separator that the heading has most of."""
    return max(SEPARATORS, key=heading.count)
