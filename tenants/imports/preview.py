"""A look at a file before it is imported: how it is written, what its columns may mean, its first rows as they would be read."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from tenants import files, tenancy
from tenants.content import utf_16
from tenants.errors import Refusal
from tenants.files import File
from tenants.imports.dialects import Dialect, detect, headed, rows
from tenants.imports.headings import propose
from tenants.imports.mapping import Mapping, compiled
from tenants.imports.reading import batches
from tenants.imports.survey import survey
from tenants.organisations import visible
from tenants.record import not_found
from tenants.sql import sql
from tenants.upserts.kinds import KINDS
from tenants.upserts.rows import House, Kind, Row
from tenants.upserts.rows import house as the_house
from tenants.values import Cell, Problem, text_of

SHOWN, SAMPLES, LOOKED_AT = 20, 3, 2_000  # rows shown, texts per column, rows that tell how columns are written
ENOUGH = 4 << 20  # bytes of a text file
LARGEST_WORKBOOK = 64 << 20


@dataclass(frozen=True)
class Column:
    """A column of the file, the first texts in it, and the fields that are read from it."""

    heading: str
    samples: list[str]
    fields: list[str]


@dataclass
class Shown:
    """A row as it would be read: texts by field, and what is wrong with it."""

    number: int
    values: list[tuple[str, str]]
    problems: list[Problem]


@dataclass
class Preview:
    """What a file looks like. `refusal` says why its rows cannot be read with this mapping."""

    dialect: Dialect
    mapping: Mapping
    columns: list[Column]
    rows: list[Shown] = field(default_factory=list)
    refusal: Refusal | None = None


async def look(venue: UUID, organisations: frozenset[UUID] | None, file_id: UUID, kind: str, mapping: Mapping | None) -> Preview:
    """Look at a file of this venue; without a mapping, with one made from its headings. Opens its own scopes, and writes nothing.

    Raises NOT_FOUND, FILE_TOO_LARGE for a large workbook, and what detect() raises.
    """
    async with tenancy.scope(venue, organisations=organisations, readonly=True):
        wanted = sql("t.id = {id} and t.complete and t.deleted_at is null and {seen}", id=file_id, seen=visible("files", "t"))
        found, house = await File.rows(wanted), await the_house()
    if not found:
        raise not_found(File)
    with TemporaryDirectory(prefix="foyer-preview-") as folder:
        path = Path(folder) / "file"
        await _fetch(venue, found[0], path)
        return await asyncio.to_thread(_looked_at, path, KINDS[kind], mapping, house)


async def _fetch(venue: UUID, file: Any, path: Path) -> None:
    """The beginning of a text file, up to the end of a line, or the whole of a workbook."""
    head = bytearray()
    async for piece in files.pieces(venue, file):
        head += piece
        if head.startswith(b"PK"):
            if file.size > LARGEST_WORKBOOK:
                sentence = f"Workbooks of more than {LARGEST_WORKBOOK:,} bytes are not shown beforehand."
                raise Refusal("FILE_TOO_LARGE", sentence)
        elif len(head) >= ENOUGH:
            break
    if len(head) < file.size:
        end = head.rfind(b"\n") + 1
        del head[end + (end % 2 if utf_16(bytes(head[:1024])) else 0) :]
    await asyncio.to_thread(path.write_bytes, head)


def _looked_at(path: Path, kind: Kind, mapping: Mapping | None, house: House) -> Preview:
    told = mapping or Mapping([], [])
    dialect = detect(path, told)
    with rows(path, dialect) as coming:
        heading = headed(coming, dialect)
        first = [cells for _, cells in islice(coming, SHOWN) if isinstance(cells, list)]
    if mapping is None or not mapping.fields:
        told = replace(told, fields=propose(kind, heading, kind.own(house)).fields)
    try:
        dialect = survey(path, kind, told, house, most=LOOKED_AT)
        shown = [_shown(row) for row in next(batches(path, kind, told, house, dialect, size=SHOWN), [])]
        used = [(source.field.name, one) for source, one in zip(compiled(told, kind, heading, house), told.fields, strict=True)]
    except Refusal as refusal:
        return Preview(dialect, told, [_column(at, name, first, []) for at, name in enumerate(heading)], refusal=refusal)
    columns = []
    for at, name in enumerate(heading):
        fields = [field for field, one in used if one.column == name or f"{{{name}}}" in (one.template or "")]
        columns.append(_column(at, name, first, fields))
    return Preview(dialect, told, columns, shown)


def _column(at: int, heading: str, first: Sequence[list[Cell]], fields: list[str]) -> Column:
    texts = [text for cells in first if at < len(cells) and (text := text_of(cells[at]).strip()[:200])]
    return Column(heading, list(dict.fromkeys(texts))[:SAMPLES], fields)


def _shown(row: Row) -> Shown:
    return Shown(
        row.number, [(name, _text(value)) for name, value in row.values.items() if value not in (None, [])], row.problems
    )


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(map(_text, value))
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else str(value)
