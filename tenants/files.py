"""Files a venue hands in, kept in pieces in the database: gateway and worker share no disk."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from tenants import tenancy
from tenants.errors import Refusal
from tenants.record import VenueRecord, not_found
from tenants.sql import sql

PIECE = 1 << 20
LARGEST = (2 << 30) - 1  # what GraphQL's Int can say


class File(VenueRecord):
    """A file, `size` in bytes: those announced, then those that came. `begun_at` is when they began to arrive, `complete` is set
    when all have, `deleted_at` when they are gone and only the row is kept. `organisation_ids` is what the sender may touch."""

    name = fields.TextField()
    size = fields.BigIntField(default=0)
    purpose = fields.TextField(default="IMPORT")
    content_type = fields.TextField(null=True)
    complete = fields.BooleanField(default=False)
    organisation_ids = ArrayField("uuid", null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    begun_at = fields.DatetimeField(null=True)
    deleted_at = fields.DatetimeField(null=True)

    class Meta:
        table = "files"


async def store(
    venue: UUID,
    name: str,
    arriving: AsyncIterator[bytes],
    *,
    organisations: frozenset[UUID] | None = None,
    largest: int = LARGEST,
) -> UUID:
    """Keep a file of our own; what others hand in comes by tenants.uploads. Opens its own scopes. Raises FILE_TOO_LARGE; what had
    arrived is swept away later."""
    async with tenancy.scope(venue, organisations=organisations) as here:
        file = await File.create(name=name[:300], organisation_ids=here.reach)
    await complete(venue, file.id, await fill(venue, file.id, arriving, largest=largest))
    return file.id


async def fill(venue: UUID, file_id: UUID, arriving: AsyncIterator[bytes], *, largest: int) -> int:
    """Keep a file's bytes as they arrive, a piece at a time, each in a transaction of its own: a slow sender holds no
    connection. Answers how many there were. Raises FILE_TOO_LARGE."""
    size, position, piece = 0, 0, bytearray()
    async for part in arriving:
        size += len(part)
        if size > largest:
            raise Refusal("FILE_TOO_LARGE", f"The file is larger than {largest} bytes.")
        piece += part
        while len(piece) >= PIECE:
            await _keep(venue, file_id, position, bytes(piece[:PIECE]))
            del piece[:PIECE]
            position += 1
    if piece:
        await _keep(venue, file_id, position, bytes(piece))
    return size


async def complete(venue: UUID, file_id: UUID, size: int) -> None:
    """All of its bytes are here. Opens its own scope."""
    async with tenancy.scope(venue):
        await File.filter(id=file_id).update(size=size, complete=True)


async def discard(venue: UUID, file_id: UUID) -> None:
    """Take back a file that did not arrive, with what there is of it. Opens its own scope."""
    async with tenancy.scope(venue):
        await File.filter(id=file_id, complete=False).delete()


async def fetch_to(venue: UUID, file_id: UUID, path: Path) -> None:
    """Write a whole file to a local path, a piece at a time. Opens its own scopes. Raises NOT_FOUND."""
    async with tenancy.scope(venue, readonly=True):
        file = await File.filter(id=file_id, complete=True, deleted_at=None).first()
    if file is None:
        raise not_found(File)
    with path.open("wb") as out:
        async for piece in pieces(venue, file_id, file.size):
            out.write(piece)


async def pieces(venue: UUID, file_id: UUID, size: int) -> AsyncIterator[bytes]:
    """A whole file, a piece at a time, each read in a scope of its own: a slow reader holds no connection. Raises NOT_FOUND
    when it is deleted meanwhile."""
    for position in range(-(-size // PIECE)):
        if (piece := await _piece(venue, file_id, position)) is None:
            raise not_found(File)
        yield piece


async def _keep(venue: UUID, file_id: UUID, position: int, piece: bytes) -> None:
    async with tenancy.scope(venue):
        await tenancy.execute(
            sql(
                "insert into file_chunks (tenant_id, file_id, position, bytes) values ({venue}, {file}, {position}, {piece})",
                file=file_id,
                position=position,
                piece=piece,
            )
        )


async def _piece(venue: UUID, file_id: UUID, position: int) -> bytes | None:
    async with tenancy.scope(venue, readonly=True):
        return await tenancy.fetch_value(  # type: ignore[no-any-return]
            sql(
                "select bytes from file_chunks where tenant_id = {venue} and file_id = {file} and position = {position}",
                file=file_id,
                position=position,
            )
        )
