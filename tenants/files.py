"""Files of a venue: what is known of them. Their bytes are in tenants.storage, for gateway and worker share no disk."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from tenants import storage, tenancy
from tenants.errors import Refusal
from tenants.record import VenueRecord, not_found
from tenants.sql import sql
from tenants.storage import Store

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
    stored = fields.TextField(default=storage.chosen)
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
    purpose: str = "IMPORT",
) -> UUID:
    """Keep a file of our own; what others hand in comes by tenants.uploads. Opens its own scopes. Raises FILE_TOO_LARGE; what had
    arrived is swept away later."""
    async with tenancy.scope(venue, organisations=organisations) as here:
        file = await File.create(name=name[:300], purpose=purpose, organisation_ids=here.reach)
    await complete(venue, file.id, await fill(venue, file, arriving, largest=largest))
    return file.id


async def fill(venue: UUID, file: Any, arriving: AsyncIterator[bytes], *, largest: int) -> int:
    """Keep a file's bytes as they arrive, and answer how many there were. Raises FILE_TOO_LARGE, Unavailable."""
    size = 0

    async def counted() -> AsyncIterator[bytes]:
        nonlocal size
        async for part in arriving:
            size += len(part)
            if size > largest:
                raise Refusal("FILE_TOO_LARGE", f"The file is larger than {largest} bytes.")
            yield part

    await store_of(file).keep(venue, file.id, counted())
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
        async for piece in pieces(venue, file):
            out.write(piece)


async def pieces(venue: UUID, file: Any) -> AsyncIterator[bytes]:
    """A whole file (id, size, stored), a piece at a time. Raises NOT_FOUND when it is deleted meanwhile."""
    try:
        async for piece in store_of(file).pieces(venue, file.id, file.size):
            yield piece
    except LookupError:
        raise not_found(File) from None


async def forget_bytes(venue: UUID) -> None:
    """Delete the bytes of files that only the row is kept of, and those that no row speaks of. Opens its own scopes."""

    async def living(ids: list[UUID]) -> set[UUID]:
        async with tenancy.scope(venue, readonly=True):
            there = await File.rows(sql("t.id = any({ids}::uuid[]) and t.deleted_at is null", ids=ids))
        return {file.id for file in there}

    for name in {"DATABASE", storage.chosen()}:
        await storage.store(name).forget(venue, living)


def store_of(file: Any) -> Store:
    """Where this file's bytes are."""
    return storage.store(file.stored)
