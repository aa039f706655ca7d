"""Hears which jobs have got on, for all who follow one in this process: with one subscription to Valkey and, because a message
may be lost and Valkey away, one statement every other second for all of them together. While nobody follows, nothing happens.
"""

import asyncio
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import UUID

from redis import RedisError
from redis.asyncio import Redis

from jobs.chime import CHANNEL
from tenants import jobs, tenancy
from tenants.settings import settings

LOOK = 2.0  # seconds between two looks at the jobs themselves
AGAIN = 1.0  # seconds until Valkey is tried once more

log = logging.getLogger("foyer.gateway")
_ending: set[asyncio.Task[None]] = set()  # the loop itself would forget them before they are through


class Bell:
    """The bell of a process and its event loop."""

    def __init__(self) -> None:
        self._followers: dict[UUID, set[asyncio.Event]] = {}
        self._marks: dict[UUID, Any] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._hears = asyncio.Event()  # just begun: what was rung before is found by a look

    @contextmanager
    def following(self, ids: Iterable[UUID]) -> Iterator[asyncio.Event]:
        """An event that is set whenever one of these jobs may have got on, and once soon after the start."""
        rung, followed = asyncio.Event(), list(ids)
        for job in followed:
            self._followers.setdefault(job, set()).add(rung)
            self._marks.pop(job, None)  # what came between the follower's look and this is found at our next
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._look())]
        try:
            yield rung
        finally:
            for job in followed:
                self._followers[job].discard(rung)
                if not self._followers[job]:
                    del self._followers[job]
                    self._marks.pop(job, None)
            if not self._followers:
                for task in self._tasks:
                    _ending.add(task)
                    task.add_done_callback(_ending.discard)
                    task.cancel()
                self._tasks = []

    def _ring(self, job: UUID) -> None:
        for rung in self._followers.get(job, ()):
            rung.set()

    async def _listen(self) -> None:
        while True:
            with suppress(RedisError, OSError):
                async with Redis.from_url(settings().redis_url, socket_connect_timeout=5) as valkey, valkey.pubsub() as heard:
                    await heard.subscribe(CHANNEL)
                    async for message in heard.listen():
                        if message["type"] == "subscribe":
                            self._hears.set()
                        elif message["type"] == "message":
                            for job in message["data"].decode().split():
                                self._ring(UUID(job))
            await asyncio.sleep(AGAIN)

    async def _look(self) -> None:
        while True:
            try:
                async with tenancy.platform(readonly=True):
                    found = await jobs.marks(list(self._followers))
                for job in list(self._followers):
                    mark = found.get(job, "gone")
                    if self._marks.get(job) != mark:
                        self._marks[job] = mark
                        self._ring(job)
            except Exception as error:
                log.warning("the jobs that are followed cannot be looked at: %s", type(error).__name__)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK):
                    await self._hears.wait()
            self._hears.clear()
