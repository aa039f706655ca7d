"""The bell: Valkey, through dramatiq. A message says which job is due; everything else about it stands in its row.

So a message may be lost (the scheduler rings again) or come twice (the second finds the job taken).
"""

import importlib
import inspect
import logging
import pkgutil
import threading
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import cache
from queue import Full, Queue
from typing import Any, TypeVar
from uuid import UUID

import redis
from dramatiq import Message, Worker
from dramatiq.asyncio import EventLoopThread, get_event_loop_thread
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AsyncIO, Middleware, MiddlewareError
from redis.backoff import NoBackoff
from redis.retry import Retry

import jobs
from tenants import database, tenancy
from tenants.errors import NoScope
from tenants.settings import settings
from tenants.tenancy import Note

QUEUE = "jobs"
ALONE = "jobs-alone"  # for jobs that may kill their worker, see tenants.leases.ALONE_FROM
ACTOR = "job"
HEARTBEAT = 15  # seconds until what a dead worker had fetched goes back to its queue
MOST_WAITING = 10_000  # rings that wait for Valkey in this process; more are left to the scheduler

log = logging.getLogger("jobs")
F = TypeVar("F", bound=Callable[..., Awaitable[None]])


@dataclass(frozen=True, slots=True)
class Declared:
    """A job that exists: its function, and how long it may take."""

    function: Callable[..., Awaitable[None]]
    platform: bool
    minutes: float

    async def __call__(self, venue: UUID | None, arguments: tuple[str, ...]) -> None:
        """Run it. Raises NoScope when a venue's job has no venue, or the platform's has one."""
        if self.platform != (venue is None):
            raise NoScope("The job was noted in the wrong kind of scope.")
        await self.function(*([] if self.platform else [venue]), *map(UUID, arguments))


DECLARED: dict[str, Declared] = {}


def job(name: str, *, platform: bool = False, minutes: float = 60) -> Callable[[F], F]:
    """Declare `async def f(venue: UUID, *ids: UUID)` as the job that later(name, …) means.

    It opens its own scopes, may be stopped between them at any time and is then started again, and is cancelled after
    `minutes`. With platform=True there is no venue, and later() must be called in platform().
    """

    def declare(function: F) -> F:
        takes = list(inspect.signature(function, eval_str=True).parameters.values())
        waits = inspect.iscoroutinefunction(function)
        if not waits or any(p.annotation is not UUID for p in takes):
            raise TypeError(f"{name}: a job is an `async def`, and all it takes are UUIDs.")
        if not platform and (not takes or takes[0].name != "venue"):
            raise TypeError(f"{name}: a job's first argument is `venue: UUID`; platform=True is the exception.")
        if name in DECLARED:
            raise ValueError(f"There are two jobs called {name}.")
        DECLARED[name] = Declared(function, platform, minutes)
        return function

    return declare


def load(*modules: str) -> None:
    """Import all of jobs/, so that every job is declared, and further modules (the tests bring jobs of their own)."""
    for name in [*(f"{jobs.__name__}.{m.name}" for m in pkgutil.iter_modules(jobs.__path__)), *modules]:
        importlib.import_module(name)


def send(job_id: UUID, venue: UUID | None, *, queue: str = QUEUE) -> None:
    """Ring for one job. Raises redis.RedisError; blocks for as long as Valkey takes, at most 10 seconds."""
    arguments = (str(venue) if venue else None, str(job_id))
    broker().enqueue(Message(queue_name=queue, actor_name=ACTOR, args=arguments, kwargs={}, options={}))


def ring(notes: list[Note]) -> None:
    """What tenancy does after a commit: ring from a thread of its own, so that a Valkey that is slow or gone holds up nobody."""
    _bell_ringer()
    for note in notes:
        try:
            _waiting.put_nowait(note)
        except Full:
            return


tenancy.ring = ring
_waiting: Queue[Note] = Queue(MOST_WAITING)


@cache
def _bell_ringer() -> threading.Thread:
    thread = threading.Thread(target=_ring_forever, name="bell", daemon=True)
    thread.start()
    return thread


def _ring_forever() -> None:
    while True:
        note = _waiting.get()
        try:
            send(note.id, note.venue)
        except Exception as error:
            log.warning("Valkey does not answer (%s); the scheduler will ring for %s.", type(error).__name__, note.job)


class Database(Middleware):
    """Opens the database on the event loop that the jobs run on: pool and ORM belong to one loop."""

    def before_worker_boot(self, broker: Any, worker: Worker) -> None:
        """Raises CannotStart: dramatiq swallows other exceptions here, and would go on without a database."""
        self.stack, thread = AsyncExitStack(), event_loop()
        # Each job holds one connection at a time, and one renews its lease.
        sized = settings().model_copy(update={"database_pool": 2 * worker.worker_threads})
        try:
            thread.run_coroutine(self.stack.enter_async_context(database.opened(sized)))
        except Exception as error:
            thread.stop()  # it is no daemon and would keep the process alive
            raise CannotStart(f"The database does not answer: {error}") from error

    def after_worker_shutdown(self, broker: Any, worker: Worker) -> None:
        """Close it while the loop still runs."""
        event_loop().run_coroutine(self.stack.aclose())


class CannotStart(MiddlewareError):
    """The worker cannot do its work; the message says why."""


def event_loop() -> EventLoopThread:
    """The thread that all jobs of this process run on, once the worker has started."""
    if (thread := get_event_loop_thread()) is None:
        raise CannotStart("The event loop does not run.")
    return thread


@cache
def broker() -> RedisBroker:
    """This process's broker, made when it is first needed; nothing is connected yet."""
    # The time-outs belong to the client: beside a URL, RedisBroker drops its own (they default to a minute in all).
    retry = Retry(NoBackoff(), 1)  # once: a connection that idled through a restart of Valkey is only noticed when used
    client = redis.Redis.from_url(settings().redis_url, socket_timeout=5, socket_connect_timeout=5, retry=retry)
    made = RedisBroker(
        client=client,
        heartbeat_timeout=HEARTBEAT * 1000,
        maintenance_chance=1_000_000,  # on every command: by default dead workers are noticed by chance, after 12 to 30 minutes
        # Before hooks run in this order, after hooks in the opposite one. Left out on purpose: Retries (the jobs table
        # counts), TimeLimit (asyncio.timeout in the job itself), AgeLimit, Callbacks, Pipelines (messages are only a bell).
        middleware=[
            AsyncIO(),  # first up, last down: the loop the database and the jobs live on
            Database(),  # before any message is taken, and closed when none is left
        ],
    )
    for queue in (QUEUE, ALONE):
        made.declare_queue(queue)
    return made
