"""Subscriptions: a question that is asked again whenever its answer may be another, and answered while it differs.

A stream holds no connection and no scope while it waits. Each look is a request of its own: who asks is found out afresh, the
scope is read-only and over before the answer leaves. Answers are states, not events, so none is missed by who comes late.
"""

import asyncio
import signal
import threading
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from gateway import errors
from gateway.bell import Bell
from gateway.documents import Operation
from gateway.graphql import Handler
from gateway.http import Question
from tenants.errors import Throttled
from tenants.permissions import Caller
from tenants.settings import settings

MOST, MOST_OF_CALLER = 5000, 100  # subscriptions of a process, and of one person or key there
RIGHTS = 4.0  # seconds after which a silent stream's caller is looked at again
PATIENCE, PAUSE = 60, 1.0  # so often, with a pause in seconds, a look that cannot be done just now is tried again
PASSING = {"SERVICE_UNAVAILABLE", "THROTTLED"}
FULL_RETRY = 30  # seconds

Payload = dict[str, Any]


@dataclass
class Places:
    """So many at a time in this process, and so many of one caller."""

    most: int
    most_of_caller: int
    what: str
    taken: Counter[UUID | None] = field(default_factory=Counter)

    @contextmanager
    def one(self, caller: Caller) -> Iterator[None]:
        """A place, as long as it is needed. Raises THROTTLED when there is none."""
        self.take(caller)
        try:
            yield
        finally:
            self.leave(caller)

    def take(self, caller: Caller) -> None:
        """Sit down. Raises THROTTLED."""
        if self.taken[caller.id] >= self.most_of_caller:
            raise Throttled(f"You have {self.most_of_caller} {self.what} open; close some.", retry_after=FULL_RETRY)
        if self.taken.total() >= self.most:
            raise Throttled(f"This server has no room for more {self.what}; try again.", retry_after=FULL_RETRY)
        self.taken[caller.id] += 1

    def leave(self, caller: Caller) -> None:
        """Get up."""
        self.taken[caller.id] -= 1
        if not self.taken[caller.id]:
            del self.taken[caller.id]


class Streams:
    """The streams of a process: their bell, their number, and their common end."""

    def __init__(self) -> None:
        self.bell, self.ending = Bell(), asyncio.Event()
        self.places = Places(MOST, MOST_OF_CALLER, "subscriptions")
        # Looks wait for each other, so that a thousand that are rung at once leave connections to the requests.
        self.looking = asyncio.Semaphore(max(1, settings().database_pool // 3))

    @contextmanager
    def ended_by_sigterm(self) -> Iterator[None]:
        """Inside, streams end as soon as the process is told to stop: a server waits for its answers to be over."""
        before = signal.getsignal(signal.SIGTERM)
        if threading.current_thread() is not threading.main_thread() or not callable(before):
            yield
            return
        loop = asyncio.get_running_loop()

        def told(number: int, frame: Any) -> None:
            loop.call_soon_threadsafe(self.ending.set)
            before(number, frame)

        signal.signal(signal.SIGTERM, told)
        try:
            yield
        finally:
            signal.signal(signal.SIGTERM, before)

    async def answers(
        self, handler: Handler, operation: Operation, question: Question, identify: Callable[[], Awaitable[Caller]], trace: str
    ) -> AsyncGenerator[Payload, None]:
        """The subscription's answer as it is now, and whenever it has become another, until it cannot any more, or until it is
        refused: then the last one has no data. Raises nothing of its own."""
        look = _Looks(self, handler, operation, question, identify, trace)
        payload = await look.again()
        yield payload
        with self.bell.following(look.alive) as rung:
            while look.alive:
                if not await look.may_differ(rung):
                    continue
                last, payload = payload, await look.patiently()
                if payload != last:
                    yield payload


@dataclass
class _Looks:
    """One subscription's looks. `alive` are the jobs it shows that may still get on."""

    streams: Streams
    handler: Handler
    operation: Operation
    question: Question
    identify: Callable[[], Awaitable[Caller]]
    trace: str
    caller: Caller | None = None
    alive: tuple[UUID, ...] = ()

    async def may_differ(self, rung: asyncio.Event) -> bool:
        """Wait until the bell has rung, or the caller is not who they were."""
        try:
            async with asyncio.timeout(RIGHTS):
                await rung.wait()
        except TimeoutError:
            try:
                return await self.identify() != self.caller
            except Exception:
                return True  # the look says it in words
        rung.clear()
        return True

    async def patiently(self) -> Payload:
        """Look again; where a server behind us is away, or the caller's budget is spent, try for a while."""
        alive = self.alive
        for _ in range(PATIENCE):
            payload = await self.again()
            if not any(error["extensions"]["code"] in PASSING for error in payload.get("errors", ())):
                return payload
            await asyncio.sleep(PAUSE)
            self.alive, said = alive, payload
        self.alive = ()
        return said

    async def again(self) -> Payload:
        """The answer now. Whatever is wrong is told in it."""
        watched: dict[UUID, bool] = {}
        try:
            async with self.streams.looking:
                self.caller = await self.identify()
                self.handler.admit(self.caller)
                answer = await self.handler.run(self.operation, self.question, self.caller, None, self.trace, watched)
                payload = answer.payload
        except Exception as error:
            payload = {"errors": errors.of_request(error, self.trace)}
        self.alive = tuple(job for job, goes_on in watched.items() if goes_on)
        return payload


async def ended(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel them until they have ended. Once is not always enough: what waits by Python 3.11's wait_for may lose it."""
    while running := [task for task in tasks if not task.done()]:
        for task in running:
            task.cancel()
        await asyncio.wait(running, timeout=1)


def outcome_of(payload: Payload) -> str:
    """The word for the figures."""
    return ("errors" if "data" in payload else "refused") if "errors" in payload else "answered"
