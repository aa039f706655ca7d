"""This process's way to Valkey for what is looked up while a request waits. Nothing there is the truth of anything, so whoever
asks must know what to do without an answer.
"""

import logging
import time
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any, TypeVar

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Broken
from redis.exceptions import RedisError

SECONDS = 0.5  # to wait for an answer; redis-py by itself waits a minute in all
CONNECTIONS = 8
PAUSE = 1.0  # seconds in which a server that did not answer is not asked again

log = logging.getLogger("foyer.gateway")
T = TypeVar("T")


class Silent(Exception):
    """Valkey does not answer, or did not a moment ago."""


class Valkey:
    """A server that may be gone: then one request a second waits for it, at most SECONDS, and all others are told at once."""

    def __init__(self, url: str) -> None:
        # Once more, but not after a time-out: a connection that idled through a restart is only noticed when it is used.
        again = Retry(NoBackoff(), 1, supported_errors=(Broken,))
        pool = redis.BlockingConnectionPool.from_url(
            url, max_connections=CONNECTIONS, timeout=SECONDS, socket_timeout=SECONDS, socket_connect_timeout=SECONDS, retry=again
        )
        self.client: Any = redis.Redis(connection_pool=pool)
        self._gone, self._quiet_until = False, 0.0

    async def ask(self, question: Callable[[Any], Awaitable[T]]) -> T:
        """What the client answers. Raises Silent."""
        now = time.monotonic()
        if now < self._quiet_until:
            raise Silent
        if self._gone:
            self._quiet_until = now + PAUSE  # this one tries, the others do not wait for it
        try:
            answer = await question(self.client)
        except (RedisError, OSError) as error:
            if not self._gone:
                log.warning("Valkey does not answer (%s): budgets are counted by each process for itself.", type(error).__name__)
            self._gone, self._quiet_until = True, time.monotonic() + PAUSE
            raise Silent from error
        self._gone, self._quiet_until = False, 0.0
        return answer


@cache
def at(url: str) -> Valkey:
    """The one of this address; nothing is connected yet."""
    return Valkey(url)
