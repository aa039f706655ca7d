"""A job is a row: this table is the queue and the truth, Valkey only the bell.

Whoever works on a job holds a lease (so long nobody else takes it) and a fence (a number that goes up with every start).
What is written under an old fence is refused, so a worker that slept past its lease cannot write beside its successor.
"""

import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from tortoise import fields

from tenants import tenancy
from tenants.errors import FoyerError
from tenants.record import PlatformRecord
from tenants.settings import settings
from tenants.sql import Sql, sql

MOST_STARTS = 5
# A job that kills its worker takes its neighbours' starts with it. From here on it runs alone, so that only its own count.
ALONE_FROM = 3
STATES = {
    "QUEUED": "Waits for a worker, or for its next try after an error.",
    "RUNNING": "A worker is at it.",
    "DONE": "Finished.",
    "FAILED": "A rule said no, and trying again would not help; the error says which.",
    "QUARANTINED": f"Put aside after {MOST_STARTS} starts that all broke; somebody has to look at it.",
}


class LostLease(FoyerError):
    """The job has been taken over by another worker, or was ended: whoever holds this claim must stop."""


class Job(PlatformRecord):
    """Work to be done after a commit. `tenant_id` is None for the platform's own; `name` says what, `arguments` are ids."""

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
        await _held(running, figures)


@contextmanager
def at_work(claim: Claim) -> Iterator[None]:
    """While a job's function runs: progress() knows the job, and no transaction commits without its fence."""
    job, guard = _at_work.set(claim), tenancy.before_commit.set(partial(_still_ours, claim))
    try:
        yield
    finally:
        tenancy.before_commit.reset(guard)
        _at_work.reset(job)


# The rest is for workers and schedulers, inside platform().


async def claim(job: UUID, venue: UUID | None, names: Sequence[str], *, alone: bool) -> Claim | None:
    """Start a job, if it is due, nobody is at it, and it is of these names, this venue and this queue (see ALONE_FROM).

    The start is counted before any work is done, so one that kills its worker counts too. None when it is not to be had.
    """
    row = await tenancy.fetch_one(
        sql(
            """
            update jobs set state = 'RUNNING', attempts = attempts + 1, fence = fence + 1, rung_at = null,
              started_at = clock_timestamp(), lease_until = clock_timestamp() + {lease}
            where id = {job} and tenant_id is not distinct from {tenant}::uuid and name = any({names}::text[])
              and (attempts + 1 >= {alone_from}) = {alone} and {due}
            returning id, tenant_id, name, arguments, attempts, fence, progress_done
            """,
            job=job,
            tenant=venue,
            names=list(names),
            alone=alone,
            alone_from=ALONE_FROM,
            lease=_lease(),
            due=_DUE,
        )
    )
    return row and Claim(row.id, row.tenant_id, row.name, tuple(json.loads(row.arguments)), *row[4:])


async def renew(claim: Claim) -> None:
    """Hold the job for another lease. Raises LostLease."""
    await _held(claim, sql("lease_until = clock_timestamp() + {lease}", lease=_lease()))


async def finish(claim: Claim) -> None:
    """The job is done. Raises LostLease."""
    await _held(claim, sql("state = 'DONE', {over}, error_code = null, error_message = null, trace_id = null", over=_OVER))


async def fail(claim: Claim, code: str, message: str) -> None:
    """A rule said no: the job is over, with a refusal's code and sentence. Raises LostLease."""
    await _held(claim, sql("state = 'FAILED', {over}, {error}", over=_OVER, error=_error(code, message, None)))


async def retry(claim: Claim, code: str, message: str, trace_id: str) -> str:
    """The job broke: try again after 5, 20, 80, 320 seconds, half more or less, or put it aside after the last start.
    Answers its new state. Raises LostLease."""
    error = _error(code, message, trace_id)
    if claim.attempt >= MOST_STARTS:
        await _held(claim, sql("state = 'QUARANTINED', {over}, {error}", over=_OVER, error=error))
        return "QUARANTINED"
    pause = timedelta(seconds=5 * 4 ** (claim.attempt - 1))
    due = sql("due_at = clock_timestamp() + {pause}::interval * (0.5 + random())", pause=pause)
    await _held(claim, sql("state = 'QUEUED', lease_until = null, {due}, {error}", due=due, error=error))
    return "QUEUED"


async def give_back(claim: Claim) -> None:
    """This worker has to stop: the job is due again at once, and the start does not count. Raises LostLease."""
    await _held(claim, sql("state = 'QUEUED', lease_until = null, due_at = clock_timestamp(), attempts = attempts - 1"))


async def to_ring(names: Sequence[str], limit: int, *, alone: bool) -> list[Any]:
    """Jobs of one queue that are due and were not rung for during a lease, oldest first, now marked as rung for.
    Columns: id, tenant_id."""
    return await tenancy.fetch(
        sql(
            """
            update jobs set rung_at = clock_timestamp() where id in (
              select id from jobs where {due} and (rung_at is null or rung_at < now() - {lease})
                and name = any({names}::text[]) and (attempts + 1 >= {alone_from}) = {alone}
              order by due_at limit {limit} for update skip locked)
            returning id, tenant_id
            """,
            due=_DUE,
            lease=_lease(),
            names=list(names),
            alone=alone,
            alone_from=ALONE_FROM,
            limit=limit,
        )
    )


async def put_aside() -> list[Any]:
    """Quarantine the jobs whose last start ended with a silent worker. Columns: id, tenant_id, name, trace_id."""
    trace = secrets.token_hex(8)
    return await tenancy.fetch(
        sql(
            """
            update jobs set state = 'QUARANTINED', {over}, {error}
            where state = 'RUNNING' and lease_until < now() and attempts >= {most}
            returning id, tenant_id, name, trace_id
            """,
            over=_OVER,
            error=_error("INTERNAL_SERVER_ERROR", f"The job ended its worker; quote trace id {trace}.", trace),
            most=MOST_STARTS,
        )
    )


_DUE = sql(
    "((state = 'QUEUED' and due_at <= now()) or (state = 'RUNNING' and lease_until < now() and attempts < {most}))",
    most=MOST_STARTS,
)
_OVER = sql("finished_at = clock_timestamp(), lease_until = null")


def _lease() -> Sql:
    return sql("{lease}::interval", lease=timedelta(seconds=settings().job_lease))


def _error(code: str, message: str, trace_id: str | None) -> Sql:
    return sql("error_code = {code}, error_message = {message}, trace_id = {trace}", code=code, message=message, trace=trace_id)


async def _held(claim: Claim, changes: Sql) -> None:
    row = sql("id = {id} and fence = {fence} and state = 'RUNNING'", id=claim.id, fence=claim.fence)
    if not await tenancy.fetch_value(sql("update jobs set {changes} where {row} returning true", changes=changes, row=row)):
        raise LostLease(f"Job {claim.id} is no longer ours.")


async def _still_ours(claim: Claim) -> None:
    """Locks the row until the commit that follows, so nobody can take the job over in between."""
    row = sql("id = {id} and fence = {fence} and state = 'RUNNING'", id=claim.id, fence=claim.fence)
    if not await tenancy.fetch_value(sql("select true from jobs where {row} for no key update", row=row)):
        raise LostLease(f"Job {claim.id} is no longer ours.")
