"""Bytes in an S3-compatible store, under `<venue>/<file>`, by obstore (Apache's object_store), which signs, retries and sends
large files in parts."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

from tenants.errors import FoyerError, SettingsError, Unavailable
from tenants.storage import Living

PART = 8 << 20  # S3 takes parts of 5 MiB and more
PIECE = 1 << 20
AT_ONCE = 1000


class Bucket:
    """See tenants.storage.Store; `url` is `s3://key:secret@host/bucket?region=…`. Raises SettingsError."""

    def __init__(self, url: str | None) -> None:
        try:
            import obstore
            from obstore.store import S3Store
        except ImportError:
            raise SettingsError(["FOYER_STORAGE_URL needs the package obstore: install foyer[s3]."]) from None
        if url is None:
            raise SettingsError(["FOYER_STORAGE_URL is not set, and there are files in the bucket it used to name."])
        parts = urlsplit(url)
        host = parts.hostname or ""
        endpoint = f"{'http' if parts.scheme == 's3+http' else 'https'}://{host}{f':{parts.port}' if parts.port else ''}"
        self._s3: Any = obstore
        self._store: Any = S3Store(
            parts.path.strip("/"),
            endpoint=endpoint,
            region=parse_qs(parts.query).get("region", ["us-east-1"])[0],
            access_key_id=unquote(parts.username or ""),
            secret_access_key=unquote(parts.password or ""),
            virtual_hosted_style_request=False,
            client_options={"allow_http": parts.scheme == "s3+http", "timeout": "60s", "connect_timeout": "5s"},
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=60)},
        )

    async def keep(self, venue: UUID, file: UUID, arriving: AsyncIterator[bytes]) -> None:
        """See Store. Nothing is there before the last byte is. What fits into one part is one request."""
        head = bytearray()
        async for part in arriving:
            head += part
            if len(head) >= PART:
                return await self._in_parts(_key(venue, file), bytes(head), arriving)
        with self._answers():
            await self._s3.put_async(self._store, _key(venue, file), bytes(head), use_multipart=False)

    async def _in_parts(self, key: str, head: bytes, arriving: AsyncIterator[bytes]) -> None:
        failed: list[BaseException] = []

        async def everything() -> AsyncIterator[bytes]:
            yield head
            try:
                async for part in arriving:
                    yield part
            except BaseException as error:
                failed.append(error)
                raise

        try:
            with self._answers():
                await self._s3.put_async(self._store, key, everything(), chunk_size=PART, max_concurrency=2)
        except FoyerError:
            if failed:
                raise failed[0] from None  # the sender's fault, not the store's
            raise

    async def pieces(self, venue: UUID, file: UUID, size: int) -> AsyncIterator[bytes]:
        """See Store."""
        if size == 0:
            return
        with self._answers():
            found = await self._s3.get_async(self._store, _key(venue, file))
            async for piece in found.stream(min_chunk_size=PIECE):
                yield bytes(piece)

    async def forget(self, venue: UUID, living: Living) -> None:
        """See Store."""
        with self._answers():
            async for some in self._s3.list(self._store, prefix=f"{venue}/", chunk_size=AT_ONCE):
                held = {UUID(each["path"].removeprefix(f"{venue}/")): each["path"] for each in some}
                if dead := set(held) - await living(list(held)):
                    await self._s3.delete_async(self._store, [held[each] for each in dead])

    @contextmanager
    def _answers(self) -> Iterator[None]:
        """What the store says, in our words: its own quote addresses and keys."""
        try:
            yield
        except (self._s3.exceptions.NotFoundError, FileNotFoundError):
            raise LookupError("a file is gone from the bucket") from None
        except (self._s3.exceptions.BaseError, TimeoutError) as error:
            raise Unavailable(f"The object store does not do what it should: {type(error).__name__}.") from None


def _key(venue: UUID, file: UUID) -> str:
    return f"{venue}/{file}"
