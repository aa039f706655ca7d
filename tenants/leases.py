"""How workers take jobs, hold them and let go of them, and how the scheduler finds what is due. All inside platform().

Whoever works on a job holds a lease (so long nobody else takes it) and a fence (a number that goes up with every start).
What is written under an old fence is refused, so a worker that slept past its lease cannot write beside its successor.
"""

import json
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from tenants import tenancy
from tenants.jobs import MOST_STARTS, Claim, held
from tenants.settings import settings
from tenants.sql import Sql, sql

# A job that kills its worker takes its neighbours' starts with it. From here on it runs alone, so that only its own count.
ALONE_FROM = 3


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
    if row:
        tenancy.current().moved.add(row.id)
    return row and Claim(row.id, row.tenant_id, row.name, tuple(json.loads(row.arguments)), *row[4:])


async def renew(claim: Claim) -> None:
    """Hold the job for another lease. Raises LostLease."""
    await held(claim, sql("lease_until = clock_timestamp() + {lease}", lease=_lease()))


async def finish(claim: Claim) -> None:
    """The job is done. Raises LostLease."""
    await held(claim, sql("state = 'DONE', {over}, error_code = null, error_message = null, trace_id = null", over=_OVER))


async def fail(claim: Claim, code: str, message: str) -> None:
    """A rule said no: the job is over, with a refusal's code and sentence. Raises LostLease."""
    await held(claim, sql("state = 'FAILED', {over}, {error}", over=_OVER, error=_error(code, message, None)))


async def retry(claim: Claim, code: str, message: str, trace_id: str) -> str:
    """The job broke: try again after 5, 20, 80, 320 seconds, half more or less, or put it aside after the last start.
    Answers its new state. Raises LostLease."""
    error = _error(code, message, trace_id)
    if claim.attempt >= MOST_STARTS:
        await held(claim, sql("state = 'QUARANTINED', {over}, {error}", over=_OVER, error=error))
        return "QUARANTINED"
    pause = timedelta(seconds=5 * 4 ** (claim.attempt - 1))
    due = sql("due_at = clock_timestamp() + {pause}::interval * (0.5 + random())", pause=pause)
    await held(claim, sql("state = 'QUEUED', lease_until = null, {due}, {error}", due=due, error=error))
    return "QUEUED"


async def give_back(claim: Claim) -> None:
    """This worker has to stop: the job is due again at once, and the start does not count. Raises LostLease."""
    await held(claim, sql("state = 'QUEUED', lease_until = null, due_at = clock_timestamp(), attempts = attempts - 1"))


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
