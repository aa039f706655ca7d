"""The connections of a process, lent to one borrower at a time. To lend one, asyncpg's own pool takes a task, two time-outs and
a proxy, more than most statements take (docs/decisions/0028). Here what is free is handed over, and only who has to wait waits.
"""

import asyncio
import time
from typing import Any

import asyncpg

LIFE = 600.0  # seconds; then a connection is not lent again: what PostgreSQL keeps for it grows, and idle ones are cut on the way


class Connections:
    """At most `most`, each as asyncpg.connect(**how) makes it. They are not reset: what a transaction sets ends with it."""

    def __init__(self, most: int, **how: Any) -> None:
        self._most, self._how = most, how
        self._places = asyncio.Semaphore(most)
        self._ends: dict[Any, float] = {}  # of each open connection, when its life is over
        self._free: list[Any] = []  # the last one in is the next one out

    async def acquire(self, *, timeout: float) -> Any:
        """One that nobody else has, until its release(). Raises TimeoutError, and what asyncpg.connect() does."""
        if self._free and not self._places.locked():
            return await self._next()
        async with asyncio.timeout(timeout):
            return await self._next()

    async def _next(self) -> Any:
        await self._places.acquire()
        try:
            while self._free:
                connection = self._free.pop()
                if not connection.is_closed() and time.monotonic() < self._ends[connection]:
                    return connection
                self._drop(connection)
            connection = await asyncpg.connect(**self._how)
        except BaseException:
            self._places.release()
            raise
        self._ends[connection] = time.monotonic() + LIFE
        return connection

    async def release(self, connection: Any) -> None:
        """Take it back. This waits for nothing, so nobody who is cancelled keeps one; one in a transaction is not lent again."""
        if connection.is_closed() or connection.is_in_transaction():
            self._drop(connection)
        else:
            self._free.append(connection)
            if self._ends[self._free[0]] < time.monotonic():  # the one that was not needed for the longest time
                self._drop(self._free.pop(0))
        self._places.release()

    def _drop(self, connection: Any) -> None:
        del self._ends[connection]
        connection.terminate()

    async def close(self) -> None:
        """Wait until all are back, and close them; nobody gets another."""
        for _ in range(self._most):
            await self._places.acquire()
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
