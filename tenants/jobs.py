"""A job is a row: this table is the queue and the truth, Valkey only the bell. tenants.leases says how one is taken.

Here is what a job's own function needs: how far it is, and a fence around each of its transactions.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from tenants import tenancy
from tenants.errors import FoyerError
from tenants.pages import CREATED, Listing
from tenants.record import PlatformRecord
from tenants.shape import Choice, Doc, Where
from tenants.sql import Sql, sql

MOST_STARTS = 5
STANDSTILL = 5  # seconds between the last check of a job's lease and the commit that is on its way
STATES = {
    "QUEUED": "Waits for a worker, or for its next try after an error.",
    "RUNNING": "A worker is at it.",
    "DONE": "Finished.",
    "FAILED": "A rule said no, and trying again would not help; the error says which.",
    "QUARANTINED": f"Put aside after {MOST_STARTS} starts that all broke; somebody has to look at it.",
}


STATE = Choice("JobState", STATES, "Where a job stands.")


class LostLease(FoyerError):
    """The job has been taken over by another worker, or was ended: whoever holds this claim must stop."""


class Job(PlatformRecord):
    """Work to be done after a commit. `tenant_id` is None for the platform's own; `name` says what, `arguments` are ids,
    `organisation_ids` what the asker may touch (None: the whole venue)."""

    tenant_id = fields.UUIDField(null=True)
    name = fields.TextField()
    arguments: Any = fields.JSONField(default=list)
    state = fields.TextField(default="QUEUED")
    attempts = fields.IntField(default=0)
    fence = fields.BigIntField(default=0)
    due_at = fields.DatetimeField(auto_now_add=True)
    lease_until = fields.DatetimeField(null=True)
    rung_at = fields.DatetimeField(null=True)
    progress_done = fields.BigIntField(default=0)
    progress_total = fields.BigIntField(null=True)
    error_code = fields.TextField(null=True)
    error_message = fields.TextField(null=True)
    trace_id = fields.TextField(null=True)
    organisation_ids = ArrayField("uuid", null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    started_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)

    class Meta:
        table = "jobs"

    @classmethod
    def table(cls) -> str:
        """The table's name."""
        return "jobs"

    @classmethod
    async def rows(cls, where: Sql, *, tail: Sql | None = None) -> list[Any]:
        """The jobs of the open scope's venue that fulfil `where`, a condition over `t`; those of the platform are nobody's."""
        return await tenancy.fetch(
            sql("select t.* from jobs t where t.tenant_id = {venue} and {where} {tail}", where=where, tail=tail or sql("")), cls
        )


@dataclass(frozen=True)
class JobFilter:
    """Which jobs; all that is given holds together."""

    state: Annotated[str | None, Doc("Only those that stand there."), STATE, Where("t.state = {value}")] = None
    name: Annotated[str | None, Doc("Only those that do this, such as `imports.apply`."), Where("t.name = {value}")] = None


LISTING = Listing(Job, {"CREATED": CREATED}, JobFilter)


class Schedule(PlatformRecord):
    """When a periodic job is next due."""

    name = fields.TextField()
    cron = fields.TextField()
    time_zone = fields.TextField()
    next_at = fields.DatetimeField()
    last_at = fields.DatetimeField(null=True)

    class Meta:
        table = "schedule"


@dataclass(frozen=True, slots=True)
class Claim:
    """A job in the hands of the worker that started it. `progress` is how far earlier starts got."""

    id: UUID
    venue: UUID | None
    name: str
    arguments: tuple[str, ...]
    attempt: int
    fence: int
    progress: int


_at_work: ContextVar[Claim | None] = ContextVar("job", default=None)


def resumed_at() -> int:
    """How far earlier starts of the running job got, as they told progress(): where to go on. 0 outside a job."""
    running = _at_work.get()
    return running.progress if running else 0


async def progress(done: int, total: int | None = None) -> None:
    """Say how far the running job is, in the scope that did the work: effect and figure are one transaction.

    Outside a job nothing happens. Raises LostLease.
    """
    if running := _at_work.get():
        figures = sql("progress_done = {done}, progress_total = coalesce({total}, progress_total)", done=done, total=total)
        await held(running, figures)


async def marks(jobs: Collection[UUID]) -> dict[UUID, Any]:
    """What differs as soon as one of these jobs has got on, by their ids; those that are no more are left out. In platform()."""
    rows = await tenancy.fetch(
        sql("select id, state, attempts, progress_done, progress_total from jobs where id = any({jobs}::uuid[])", jobs=list(jobs))
    )
    return {row.id: tuple(row) for row in rows}


@contextmanager
def at_work(claim: Claim) -> Iterator[None]:
    """While a job's function runs: progress() knows the job, and no transaction commits without its fence."""
    job, guard = _at_work.set(claim), tenancy.before_commit.set(partial(_still_ours, claim))
    try:
        yield
    finally:
        tenancy.before_commit.reset(guard)
        _at_work.reset(job)


async def held(claim: Claim, changes: Sql) -> None:
    """Change the row of a job that is in our hands, and let those who follow it know. Raises LostLease."""
    tenancy.current().moved.add(claim.id)
    await _require(claim, sql("update jobs set {changes} where {ours} returning true", changes=changes, ours=_ours(claim)))


async def _still_ours(claim: Claim) -> None:
    """Locks the row until the commit that follows, so nobody can take the job over in between. A worker that stands still just
    there loses its connection, and with it the lock: else its job would wait for it, however long."""
    locked = """
      select set_config('idle_in_transaction_session_timeout', {most}, true) is not null
      from jobs where {ours} for no key update
    """
    await _require(claim, sql(locked, ours=_ours(claim), most=f"{STANDSTILL}s"))


def _ours(claim: Claim) -> Sql:
    return sql("id = {id} and fence = {fence} and state = 'RUNNING'", id=claim.id, fence=claim.fence)


async def _require(claim: Claim, statement: Sql) -> None:
    if not await tenancy.fetch_value(statement):
        raise LostLease(f"Job {claim.id} is no longer ours.")
