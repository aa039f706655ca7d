"""A file as batches of rows. Flat memory: one batch at a time, however large the file."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from tenants.imports.dialects import Dialect, Rows, headed, rows
from tenants.imports.mapping import Mapping, compiled
from tenants.imports.sheets import Fault
from tenants.upserts.rows import House, Kind, Row
from tenants.values import Cell, Field, Problem, Style

BATCH = 5_000
REMEMBERED = 5_000  # texts per field


def batches(
    path: Path, kind: Kind, mapping: Mapping, house: House, dialect: Dialect, *, after: int = 0, size: int = BATCH
) -> Iterator[list[Row]]:
    """The file's rows, converted, in batches; those up to row number `after` are passed over.

    A row that cannot be read has a problem. Raises UNREADABLE_FILE, and what compiled() raises.
    """
    with rows(path, dialect) as coming:
        heading = headed(coming, dialect)
        sources, empty = compiled(mapping, kind, heading, house), frozenset(mapping.empty)
        columns = [(s.field.name, s.at, s.fill, Reader(s.field, dialect.style(s.field.name, house), empty)) for s in sources]
        found = _rows(coming, len(heading), columns, after, pad=dialect.format == "XLSX")
        while batch := list(islice(found, size)):
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


class Reader(dict[Cell, Any]):
    """Reads the cells of one field, and remembers what it read: in a file most texts come back. Raises Problem."""

    def __init__(self, field: Field, style: Style, empty: frozenset[str]) -> None:
        super().__init__()
        self.field, self.style, self.empty = field, style, empty

    def __missing__(self, cell: Cell) -> Any:
        if isinstance(cell, Fault):
            raise Problem(self.field.name, "INVALID_VALUE", f"The cell holds the error {cell[:80]}.")
        value = self.field.read("" if cell in self.empty else cell, self.style)
        if self.field.always and value in (None, []):
            raise Problem(self.field.name, "REQUIRED", "Every row needs this.")
        if len(self) >= REMEMBERED:
            self.clear()
        self[cell] = value
        return value


Column = tuple[str, int, Callable[[Sequence[Cell], int], str] | None, Reader]


def _rows(coming: Rows, width: int, columns: Sequence[Column], after: int, *, pad: bool) -> Iterator[Row]:
    for number, found in coming:
        if number <= after:
            continue
        if isinstance(found, str):
            yield Row(number, {}, problems=[Problem("", "UNREADABLE_FILE", found)])
            continue
        cells = found if len(found) == width else _fitted(found, width, pad)
        if not any(cells) and all(cell == "" for cell in cells):
            continue
        row = Row(number, {})
        if len(cells) != width:
            sentence = f"The row has {len(cells)} cells, the heading {width}."
            row.problems.append(Problem("", "WRONG_COLUMN_COUNT", sentence))
        else:
            _read(row, cells, columns)
        yield row


def _fitted(cells: list[Cell], width: int, pad: bool) -> list[Cell]:
    """Cells beyond the heading that are empty do no harm; a sheet has no cells where nothing was written."""
    if pad:
        cells = cells + [""] * (width - len(cells))
    return cells[:width] if not any(cell != "" for cell in cells[width:]) else cells


def _read(row: Row, cells: list[Cell], columns: Sequence[Column]) -> None:
    values, number = row.values, row.number
    for name, at, fill, reader in columns:
        try:
            values[name] = reader[cells[at] if fill is None else fill(cells, number)]
        except Problem as problem:
            row.problems.append(problem)
