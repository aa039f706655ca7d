"""A CSV file as batches of rows. Flat memory: one batch at a time, however large the file."""

import asyncio
import csv
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from tenants.errors import Refusal
from tenants.imports.mapping import Mapping, Take, compiled
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
        take, readers = compiled(mapping, kind, heading), {f.name: Reader(f, house) for f in fields_of(kind.shape).values()}
        batch: list[Row] = []
        number = 1
        while True:
            try:
                cells = next(lines)
            except StopIteration:
                break
            except csv.Error as error:
                number += 1
                broken = Problem("", "UNREADABLE_FILE", f"The row cannot be read: {error}.")
                batch.append(Row(number, {}, problems=[broken]))
                continue
            number += 1
            if number <= after or not any(cells):
                continue
            batch.append(_row(cells, number, len(heading), take, readers))
            if len(batch) == size:
                yield batch
                batch = []
        if batch:
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
    """Reads the texts of one field, and remembers what it read: in a file most texts come back."""

    def __init__(self, field: Field, house: House) -> None:
        super().__init__()
        self.field, self.zone = field, house.zone

    def __missing__(self, text: str) -> Any:
        if len(self) >= REMEMBERED:
            self.clear()
        self[text] = value = self.field.read(text, self.zone)
        return value


def _row(cells: list[str], number: int, width: int, take: Take, readers: dict[str, Reader]) -> Row:
    row = Row(number, {})
    if len(cells) != width:
        row.problems.append(Problem("", "WRONG_COLUMN_COUNT", f"The row has {len(cells)} cells, the heading {width}."))
        return row
    for name, text in take(cells, number).items():
        reader = readers[name]
        try:
            row.values[name] = value = reader[text]
        except Problem as problem:
            row.problems.append(problem)
            continue
        if reader.field.always and value in (None, []):
            row.problems.append(Problem(name, "REQUIRED", "Every row needs this."))
    return row


def _separator(heading: str) -> str:
    """The separator that the heading has most of."""
    return max(SEPARATORS, key=heading.count)
