"""The heart. A scope is one connection, one transaction and one venue, opened together; outside it nothing reads or writes.

Three walls stand behind each other: the policy of each table (`app.tenant`, set for this transaction only), the venue's id
in every statement, and composite keys. A promoter's dashboard opens one venue's scope after another, never a wider one.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tenants import database
from tenants.errors import NoScope, Unavailable
from tenants.ids import new_id
from tenants.settings import settings
from tenants.sql import Sql, join, sql


@dataclass(frozen=True, slots=True)
class Note:
    """A job to be done after the commit: its row's id, its name, its venue (None for the platform), its arguments (ids)."""

    id: UUID
    job: str
    venue: UUID | None
    arguments: tuple[str, ...]


@dataclass(slots=True)
class Scope:
    """One open transaction. `venue` is None in platform(); `organisations` None means all of them (D54); `public` is set
    for callers who may see only what the venue shows to everybody; `languages` are those that texts are read in, best first."""

    venue: UUID | None
    connection: Any
    organisations: frozenset[UUID] | None = None
    promoter: UUID | None = None
    customer: UUID | None = field(default=None, kw_only=True)  # who is signed in to the shop, and sees what is their own too
    public: bool = False
    languages: tuple[str, ...] = ("",)
    patience: float | None = field(default=None, kw_only=True)  # seconds that a statement is waited for; None: as the pool does
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    ahead: list[str] = field(default_factory=list)  # what goes out with the next statement; see ahead()
    begun: bool = False  # something has gone out
    steps: int = 0  # savepoints so far
    passed: str | None = None  # the last of them that has come to its end
    last: list[Sql] = field(default_factory=list)  # see at_the_end()
    notes: list[Note] = field(default_factory=list)
    written: int = 0  # of the notes, from the first on: those that have their row
    moved: set[UUID] = field(default_factory=set)  # jobs that have got on

    @property
    def reach(self) -> list[UUID] | None:
        """The caller's organisations as a row keeps them; None for the whole venue."""
        return None if self.organisations is None else sorted(self.organisations)

    @asynccontextmanager
    async def speaking(self) -> AsyncIterator[Any]:
        """The connection, for one statement at a time. Raises NoScope once the scope has ended: a task that outlives its request
        must not speak on a connection that another venue holds by then."""
        async with self.lock:
            yield await self.ready()

    async def ready(self) -> Any:
        """The same for whoever holds the lock."""
        if self.connection is None:
            raise NoScope("The scope has ended; whatever is to happen now needs one of its own.")
        if self.ahead:
            await self._catch_up()
        return self.connection

    async def _catch_up(self) -> None:
        connection, self.connection = self.connection, None  # if this fails nothing more is said: BEGIN or a savepoint is missing
        said, self.ahead, self.begun = "; ".join(self.ahead), [], True
        await connection.execute(said)
        self.connection = connection


_current: ContextVar[Scope | None] = ContextVar("scope", default=None)
# What the running mutation tells of itself for its audit entry; tenants.audit fills it in.
told: ContextVar[list[Any] | None] = ContextVar("told", default=None)
# What rings the workers' bell after a commit; jobs.broker fills it in. A lost ring costs a second, never a job.
ring: Callable[[list[Note]], None] = lambda notes: None  # noqa: E731
# What tells those who follow a job, after a commit, that it has got on; jobs.chime fills it in. Lost, it costs a moment.
chime: Callable[[set[UUID]], None] = lambda moved: None  # noqa: E731
# What every writing transaction passes before its commit: tenants.jobs puts a running job's fence here.
before_commit: ContextVar[Callable[[], Awaitable[None]] | None] = ContextVar("before_commit", default=None)


def current() -> Scope:
    """The open scope. Raises NoScope."""
    if (open_scope := _current.get()) is None:
        raise NoScope("No venue: open tenancy.scope(venue) or tenancy.platform() around this.")
    return open_scope


def is_open() -> bool:
    """Whether a scope is open here."""
    return _current.get() is not None


def venue_id() -> UUID:
    """The venue of the open scope. Raises NoScope, in platform() too."""
    if (venue := current().venue) is None:
        raise NoScope("This needs one venue, and the platform scope has none.")
    return venue


def scope(
    venue: UUID,
    *,
    readonly: bool = False,
    organisations: frozenset[UUID] | None = None,
    promoter: UUID | None = None,
    customer: UUID | None = None,
    public: bool = False,
    languages: tuple[str, ...] = ("",),
    seconds: float | None = None,
) -> AbstractAsyncContextManager[Scope]:
    """Everything inside reads and writes this venue, in one transaction, committed at the end and rolled back on any error.

    `seconds` bounds each statement (default: the setting). Raises NoScope when a scope is open already: scopes do not nest.
    """
    if not isinstance(venue, UUID):
        raise TypeError("venue must be a UUID: it becomes part of a statement")
    return _transaction(Scope(venue, None, organisations, promoter, public, languages, customer=customer), readonly, seconds)


def platform(*, readonly: bool = False) -> AbstractAsyncContextManager[Scope]:
    """For what belongs to no venue: persons, tokens, keys, jobs. Venue tables raise here."""
    return _transaction(Scope(None, None), readonly, None)


@asynccontextmanager
async def savepoint() -> AsyncIterator[None]:
    """All or nothing inside a scope: on an error what was written, noted for later or told to the audit log since is undone. At
    its end the jobs noted in it have their rows, for whoever is to be told of them."""
    here, tale = current(), told.get()
    noted, waiting, tellings = len(here.notes), len(here.last), len(tale or ())
    here.steps += 1
    step = f"step{here.steps}"
    if here.passed:
        ahead(f"release savepoint {here.passed}")
        here.passed = None
    ahead(f"savepoint {step}")
    try:
        yield
        await _write(here)
    except BaseException:
        del here.notes[noted:]
        here.written = min(here.written, noted)
        del here.last[waiting:]
        del (tale or [])[tellings:]
        await _back_to(here, f"savepoint {step}")
        raise
    here.passed = step  # released before the next one, or by the commit: that saves a round trip


def ahead(statement: str) -> None:
    """Have something said that has no values and no answer: it goes out in one message with what is said next."""
    current().ahead.append(statement)


def at_the_end(statement: Sql) -> None:
    """Have something written right before the commit, in one statement with all else that is: while it is on its way, others wait
    for the rows that were changed. A savepoint that is rolled back takes it with it; if it fails, nothing is written."""
    current().last.append(statement)


def later(job: str, *arguments: UUID | str) -> UUID:
    """Have a job done after the commit; answers its id. Its row is written in this very transaction, so neither the job
    nor its cause happens without the other, and a savepoint that is rolled back takes the job with it."""
    here = current()
    note = Note(new_id(), job, here.venue, tuple(str(a) for a in arguments))
    here.notes.append(note)
    return note.id


async def fetch(statement: Sql, record: Any = None) -> list[Any]:
    """The rows of a statement; `{venue}` in it is the scope's venue. With a record, rows that know what they are rows of."""
    return await _run("fetch", statement, record)  # type: ignore[no-any-return]


async def fetch_one(statement: Sql, record: Any = None) -> Any:
    """The first row, or None."""
    return await _run("fetchrow", statement, record)


async def fetch_value(statement: Sql) -> Any:
    """The first column of the first row, or None."""
    return await _run("fetchval", statement)


async def execute(statement: Sql) -> str:
    """Run a statement for its effect; answers PostgreSQL's tag, such as `UPDATE 1`."""
    return await _run("execute", statement)  # type: ignore[no-any-return]


async def copy(table: str, columns: list[str], records: Any) -> None:
    """COPY records into a temporary table of this transaction (row-level security refuses COPY into a venue's)."""
    here = current()
    async with here.speaking() as connection:
        await connection.copy_records_to_table(table, columns=columns, records=records, timeout=here.patience)


async def _run(how: str, statement: Sql, record: Any = None) -> Any:
    here = current()
    text, arguments = statement.render({"venue": here.venue} if here.venue else {})
    rows = {"record_class": database.row_class(record)} if record else {}
    async with here.lock:
        return await getattr(await here.ready(), how)(text, *arguments, timeout=here.patience, **rows)


@asynccontextmanager
async def _transaction(here: Scope, readonly: bool, seconds: float | None) -> AsyncIterator[Scope]:
    if _current.get() is not None:
        raise NoScope("A scope is open already; one request or one step of a job is one venue.")
    milliseconds = int((seconds or settings().statement_timeout) * 1000)
    here.patience = seconds and seconds + database.LATER  # the server gives up first, and says why
    begin = f"begin{' read only' if readonly else ''}; set local statement_timeout = {milliseconds}"
    if here.venue is not None:
        begin += f"; set local app.tenant = '{here.venue}'"
    here.ahead.append(begin)  # one message: BEGIN, the limit, the venue, and what else is to be said first
    async with database.connection(settings().database_timeout) as connection:
        done = False
        try:
            here.connection = connection
            token = _current.set(here)
            try:
                yield here
                if here.connection is not None:  # else it broke, and whoever is inside has swallowed why
                    await _write(here)
                    await _write_last(here)
                    if (check := before_commit.get()) and not readonly:
                        await check()
            finally:
                _current.reset(token)
            async with here.lock:
                broken, here.connection = here.connection is None, None
                if here.begun and not broken:
                    broken = await connection.execute("commit") == "ROLLBACK" and not readonly
                    done = True
            if broken:
                raise Unavailable("A statement has broken the transaction: nothing was written.")
        finally:
            here.connection = None
            if here.begun and not (done or connection.is_closed()):
                await _undo(connection)
    if here.notes:
        ring(here.notes)
    if here.moved:
        chime(here.moved)


async def _write(here: Scope) -> None:
    if here.written == len(here.notes):
        return
    rows = [
        sql(
            "({id}, {tenant}, {job}, {given}::jsonb, {reach}::uuid[])",
            id=n.id, tenant=n.venue, job=n.job, given=json.dumps(n.arguments), reach=here.reach,
        )
        for n in here.notes[here.written :]
    ]  # fmt: skip
    await execute(sql("insert into jobs (id, tenant_id, name, arguments, organisation_ids) values {rows}", rows=join(", ", rows)))
    here.written = len(here.notes)


async def _write_last(here: Scope) -> None:
    if len(here.last) > 1:
        parts = [Sql(f"last{n} as ({{its}})", {"its": each}) for n, each in enumerate(here.last)]
        await execute(sql("with {parts} select", parts=join(", ", parts)))
    elif here.last:
        await execute(here.last[0])


async def _back_to(here: Scope, step: str) -> None:
    here.passed = None
    if step in here.ahead:  # it has not even gone out
        del here.ahead[here.ahead.index(step) :]
    elif here.connection is not None:
        await execute(Sql(f"rollback to {step}; release {step}", {}))


async def _undo(connection: Any) -> None:
    """Roll back, and if even that fails or is cancelled, throw the connection away rather than hand it on."""
    try:
        await asyncio.shield(connection.execute("rollback"))
    except Exception:  # a task that was left behind still speaks on it, say; what ended the scope is to be told, not this
        connection.terminate()
    except BaseException:
        connection.terminate()
        raise
