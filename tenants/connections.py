"""The connections of a process, lent to one borrower at a time. To lend one, asyncpg's own pool takes a task, two time-outs and
a proxy, more than most statements take (docs/decisions/0028). Here what is free is handed over, and only who has to wait waits.
"""

import asyncio
import time
from collections import deque
from typing import Any

import asyncpg

LIFE = 600.0  # seconds; then a connection is not lent again: what PostgreSQL keeps for it grows, and idle ones are cut on the way


class Connections:
    """At most `most`, each as asyncpg.connect(**how) makes it. They are not reset: what a transaction sets ends with it."""

    def __init__(self, most: int, **how: Any) -> None:
        self._most, self._how = most, how
        self._lent = 0  # with those that are being opened
        self._ends: dict[Any, float] = {}  # of each open connection, when its life is over
        self._free: list[Any] = []  # the last one in is the next one out; none while somebody waits
        self._waiting: deque[asyncio.Future[Any]] = deque()  # for a connection, or for None: a place to open one in

    async def acquire(self, *, timeout: float) -> Any:
        """One that nobody else has, until its release(). Raises TimeoutError, and what asyncpg.connect() does."""
        while self._free:
            connection = self._free.pop()
            if not connection.is_closed() and time.monotonic() < self._ends[connection]:
                self._lent += 1
                return connection
            self._drop(connection)
        if self._lent < self._most:
            self._lent += 1
            return await self._opened(timeout)
        return await self._turn(timeout) or await self._opened(timeout)

    async def _turn(self, timeout: float | None) -> Any:
        loop = asyncio.get_running_loop()
        self._waiting.append(turn := loop.create_future())
        late = timeout is not None and loop.call_later(timeout, _too_late, turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if not turn.cancelled() and turn.exception() is None:  # it came in the same moment
                self._hand_on(turn.result())
            raise
        finally:
            if late:
                late.cancel()

    async def _opened(self, timeout: float) -> Any:
        try:
            async with asyncio.timeout(timeout):
                connection = await asyncpg.connect(**self._how)
        except BaseException:
            self._hand_on(None)
            raise
        self._ends[connection] = time.monotonic() + LIFE
        return connection

    async def release(self, connection: Any) -> None:
        """Take it back. This waits for nothing, so nobody who is cancelled keeps one; one in a transaction is not lent again."""
        now = time.monotonic()
        if connection.is_closed() or connection.is_in_transaction() or self._ends[connection] < now:
            self._drop(connection)
            connection = None
        self._hand_on(connection)
        if self._free and self._ends[self._free[0]] < now:  # the one that was not needed for the longest time
            self._drop(self._free.pop(0))

    def _hand_on(self, connection: Any) -> None:
        while self._waiting:
            if not (turn := self._waiting.popleft()).done():
                turn.set_result(connection)
                return
        self._lent -= 1
        if connection:
            self._free.append(connection)

    def _drop(self, connection: Any) -> None:
        del self._ends[connection]
        connection.terminate()

    async def close(self) -> None:
        """Wait until all are back, and close them."""
        while self._lent:
            self._hand_on(await self._turn(None))
        for connection in self._free:
            await connection.close()

    def terminate(self) -> None:
        """Close them now, whoever has them."""
        for connection in self._ends:
            connection.terminate()

    def get_size(self) -> int:
        """How many are open."""
        return len(self._ends)

    def get_idle_size(self) -> int:
        """How many of them nobody has."""
        return len(self._free)

    def get_max_size(self) -> int:
        """How many there may be."""
        return self._most


def _too_late(turn: asyncio.Future[Any]) -> None:
    if not turn.done():
        turn.set_exception(TimeoutError())
