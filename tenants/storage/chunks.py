"""Bytes in the venue's own rows, a piece each: nothing but PostgreSQL is needed, and it is backed up with the rest."""

from collections.abc import AsyncIterator
from uuid import UUID

from tenants import tenancy
from tenants.sql import sql
from tenants.storage import Living

PIECE = 1 << 20


class Chunks:
    """See tenants.storage.Store. Each piece is written and read in a transaction of its own: whoever is slow holds no
    connection."""

    async def keep(self, venue: UUID, file: UUID, arriving: AsyncIterator[bytes]) -> None:
        """See Store."""
        position, piece = 0, bytearray()
        async for part in arriving:
            piece += part
            while len(piece) >= PIECE:
                await _write(venue, file, position, bytes(piece[:PIECE]))
                del piece[:PIECE]
                position += 1
        if piece:
            await _write(venue, file, position, bytes(piece))

    async def pieces(self, venue: UUID, file: UUID, size: int) -> AsyncIterator[bytes]:
        """See Store."""
        for position in range(-(-size // PIECE)):
            async with tenancy.scope(venue, readonly=True):
                piece = await tenancy.fetch_value(
                    sql(
                        "select bytes from file_chunks where tenant_id = {venue} and file_id = {file} and position = {position}",
                        file=file,
                        position=position,
                    )
                )
            if piece is None:
                raise LookupError(f"piece {position} of a file is gone")
            yield piece

    async def forget(self, venue: UUID, living: Living) -> None:
        """See Store. Pieces go with their row; these are of files that only the row is kept of."""
        async with tenancy.scope(venue, readonly=True):
            held = await tenancy.fetch(sql("select distinct file_id from file_chunks where tenant_id = {venue}"))
        ids = [row.file_id for row in held]
        dead = set(ids) - await living(ids)
        async with tenancy.scope(venue):
            await tenancy.execute(
                sql("delete from file_chunks where tenant_id = {venue} and file_id = any({dead}::uuid[])", dead=list(dead))
            )


async def _write(venue: UUID, file: UUID, position: int, piece: bytes) -> None:
    async with tenancy.scope(venue):
        await tenancy.execute(
            sql(
                "insert into file_chunks (tenant_id, file_id, position, bytes) values ({venue}, {file}, {position}, {piece})",
                file=file,
                position=position,
                piece=piece,
            )
        )
