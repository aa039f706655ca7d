"""What may be downloaded by a link: by whom, under which name, and its bytes (S15)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from tenants import cells, files, links, tenancy
from tenants.imports import records
from tenants.links import Link
from tenants.organisations import visible
from tenants.permissions import Caller
from tenants.record import not_found
from tenants.sql import sql

PURPOSE = "download"
LIFE = timedelta(minutes=15)


@dataclass(frozen=True)
class Download:
    """A file on its way out; its size in bytes where it is known before. The pieces open scopes of their own."""

    name: str
    content_type: str
    size: int | None
    pieces: AsyncIterator[bytes]


def link(caller: Caller, kind: str, row_id: UUID) -> Link:
    """A link to a thing of a KIND, for this caller and a quarter of an hour. Raises NOT_CONFIGURED."""
    return links.made(PURPOSE, caller, kind, row_id, life=LIFE)


async def _file(row_id: UUID) -> Download:
    """A file as it was handed in, byte by byte."""
    seen = sql("t.id = {id} and t.complete and t.deleted_at is null and {seen}", id=row_id, seen=visible("files", "t"))
    if not (found := await files.File.rows(seen)):
        raise not_found(files.File)
    pieces = files.pieces(tenancy.venue_id(), found[0])
    return Download(found[0].name, "application/octet-stream", found[0].size, pieces)


async def _problems(row_id: UUID) -> Download:
    """What is wrong with the rows of an import's file, as CSV."""
    if not await records.Import.rows(sql("t.id = {id} and {seen}", id=row_id, seen=visible("imports", "t"))):
        raise not_found(records.Import)
    return Download("problems.csv", "text/csv; charset=utf-8", None, _told(tenancy.venue_id(), row_id))


async def _told(venue: UUID, import_id: UUID) -> AsyncIterator[bytes]:
    yield cells.BOM + cells.lines([("row", "field", "code", "message")])
    async for some in records.all_problems(venue, import_id):
        yield cells.lines((p.row_number, p.column_name, p.code, p.message) for p in some)


@dataclass(frozen=True)
class Kind:
    """What a link may lead to: the permission it needs, the record that the audit log names, and how it is found."""

    needs: str
    record: str
    find: Callable[[UUID], Awaitable[Download]]


KINDS = {
    "file": Kind("imports:write", "File", _file),
    "problems": Kind("imports:write", "Import", _problems),
}
