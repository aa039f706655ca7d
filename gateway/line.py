"""Who wants the same tickets waits for the ones before, and would hold a connection meanwhile. Here they wait without one, so
that some are left for those who ask or pay."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tenants.errors import Unavailable

PATIENCE = 10.0  # seconds; whoever sends an idempotency key loses nothing by asking again


class Line:
    """At most so many at a time; the others are let in as they came."""

    def __init__(self, places: int) -> None:
        self._places = asyncio.Semaphore(places)

    @asynccontextmanager
    async def place(self, *, wanted: bool) -> AsyncIterator[None]:
        """Around what has to stand in line. Raises Unavailable when its turn does not come in time."""
        if not wanted:
            yield
            return
        try:
            async with asyncio.timeout(PATIENCE):
                await self._places.acquire()
        except TimeoutError:
            raise Unavailable("Too many are waiting for the same.") from None
        try:
            yield
        finally:
            self._places.release()
