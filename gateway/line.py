"""Who wants the same tickets waits for the ones before, and would hold a connection meanwhile. Here they wait without one, so
that some are left for those who ask or pay."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from tenants.errors import Unavailable

PATIENCE = 10.0  # seconds; whoever sends an idempotency key loses nothing by asking again


class Line:
    """At most so many at a time. Those of one venue are let in as they came, and first those of the venue of which the fewest are
    in. A venue may have all places but one, so that its sale holds up nobody else's."""

    def __init__(self, places: int) -> None:
        self._free, self._most = places, max(1, places - 1)
        self._inside: Counter[UUID] = Counter()
        self._waiting: dict[UUID, deque[asyncio.Future[None]]] = {}

    @asynccontextmanager
    async def place(self, venue: UUID) -> AsyncIterator[None]:
        """Around what has to stand in the line of a venue. Raises Unavailable when its turn does not come in time."""
        await self._enter(venue)
        try:
            yield
        finally:
            self._leave(venue)

    async def _enter(self, venue: UUID) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(venue, deque()).append(turn)
        self._let_in()
        try:
            async with asyncio.timeout(PATIENCE):
                await turn
        except BaseException as gone:
            if not turn.cancelled():  # it came in the very moment that nobody waited for it any more
                self._leave(venue)
            if isinstance(gone, TimeoutError):
                raise Unavailable("Too many are waiting for the same.") from None
            raise

    def _leave(self, venue: UUID) -> None:
        self._inside[venue] -= 1
        self._inside += Counter()  # drops those of which nobody is in
        self._free += 1
        self._let_in()

    def _let_in(self) -> None:
        while self._free and (next_ones := self._next_ones()):
            venue = min(next_ones, key=self._inside.__getitem__)
            self._waiting[venue].popleft().set_result(None)
            self._inside[venue] += 1
            self._free -= 1

    def _next_ones(self) -> list[UUID]:
        """The venues for which somebody waits and may come in."""
        for venue, turns in [*self._waiting.items()]:
            while turns and turns[0].done():  # gone meanwhile
                turns.popleft()
            if not turns:
                del self._waiting[venue]
        return [venue for venue in self._waiting if self._inside[venue] < self._most]
