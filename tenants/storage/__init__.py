"""Where the bytes of files are: in walled PostgreSQL, or in an S3-compatible store. The row in `files` is the authority: bytes
that no row of the venue speaks of are reached by nobody, and go."""

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import cache
from typing import Protocol
from uuid import UUID

from tenants.settings import settings

Living = Callable[[list[UUID]], Awaitable[set[UUID]]]  # which of these files there are


class Store(Protocol):
    """Keeps the bytes of a venue's files. Every call opens scopes of its own and holds little memory, however large the file."""

    async def keep(self, venue: UUID, file: UUID, arriving: AsyncIterator[bytes]) -> None:
        """Keep bytes as they arrive. Raises what `arriving` raises, and Unavailable; there may be a part of them then."""

    def pieces(self, venue: UUID, file: UUID, size: int) -> AsyncIterator[bytes]:
        """All bytes of a file, some at a time. Raises LookupError when they are gone."""

    async def forget(self, venue: UUID, living: Living) -> None:
        """Delete the bytes of the venue's files that are not alive. It is asked after they are listed: a new file has its row
        before its bytes."""


@cache
def store(name: str) -> Store:
    """The store of this name, as `files.stored` says: DATABASE or BUCKET. Raises SettingsError for a bucket that is not set."""
    if name == "DATABASE":
        from tenants.storage.chunks import Chunks

        return Chunks()
    from tenants.storage.bucket import Bucket

    return Bucket(settings().storage_url)


def chosen() -> str:
    """The name of the store that new files go to."""
    return "BUCKET" if settings().storage_url else "DATABASE"
