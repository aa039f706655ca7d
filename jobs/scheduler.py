"""The scheduler: once a second it rings for what is due, puts aside what is poisonous, and notes the periodic jobs.

It holds no state, so it may be killed at any time, and several may run: each row is taken by one of them.
"""

import asyncio
import logging
import signal
from typing import Any

from redis import RedisError

from jobs.broker import ALONE, DECLARED, QUEUE, broker, load, send
from jobs.schedule import PERIODIC
from jobs.worker import readable_logs
from tenants import database, leases, tenancy
from tenants.errors import Unavailable
from tenants.ids import new_id
from tenants.settings import settings
from tenants.sql import sql

PACE = 1.0
MOST_RUNG = 1000  # messages a queue may hold before no more are rung for: rings for a backlog would pile up

log = logging.getLogger("jobs")


def main(*modules: str) -> None:
    """Run until SIGTERM or SIGINT. `modules` are imported for further jobs."""
    readable_logs()
    load(*modules)
    asyncio.run(_run())


async def _run() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with database.opened(settings().model_copy(update={"database_pool": 2})):
        await plant()
        log.info("scheduling %d periodic jobs", len(PERIODIC))
        while not stop.is_set():
            await tick()
            try:
                await asyncio.wait_for(stop.wait(), PACE)
            except TimeoutError:
                continue


async def plant() -> None:
    """Make the table agree with PERIODIC: new and changed jobs get their next time, the others keep theirs."""
    async with tenancy.platform():
        now = await tenancy.fetch_value(sql("select now()"))
        for periodic in PERIODIC:
            await tenancy.execute(
                sql(
                    """
                    insert into schedule (id, name, cron, time_zone, next_at) values ({id}, {name}, {cron}, {zone}, {next})
                    on conflict (name) do update set cron = excluded.cron, time_zone = excluded.time_zone,
                      next_at = excluded.next_at
                    where (schedule.cron, schedule.time_zone) <> (excluded.cron, excluded.time_zone)
                    """,
                    id=new_id(),
                    name=periodic.name,
                    cron=periodic.cron,
                    zone=periodic.time_zone,
                    next=periodic.next_after(now),
                )
            )


async def tick() -> None:
    """Everything that is due now. What fails is logged and tried again at the next tick."""
    for step in (_put_aside, _note_periodic, _ring):
        try:
            await step()
        except RedisError as error:
            log.warning("Valkey does not answer: %s", error)
        except Unavailable as error:
            log.warning("%s", error)
        except Exception:
            log.exception("a step of the scheduler broke")


async def _put_aside() -> None:
    async with tenancy.platform():
        poisonous = await leases.put_aside()
    for job in poisonous:
        log.error("trace %s: %s  venue %s  job %s  put aside: it ends its worker", job.trace_id, job.name, job.tenant_id, job.id)


async def _note_periodic() -> None:
    known = {periodic.name: periodic for periodic in PERIODIC}
    async with tenancy.platform():
        due = await tenancy.fetch(
            sql(
                """
                select id, name, now() as now, exists (
                  select from jobs j where j.name = s.name and j.tenant_id is null and j.state in ('QUEUED', 'RUNNING')) as waits
                from schedule s where s.next_at <= now() and s.name = any({names}::text[]) for update skip locked
                """,
                names=list(known),
            )
        )
        for row in due:
            if not row.waits:  # after days without a worker, one run is enough
                tenancy.later(row.name)
            next_at = known[row.name].next_after(row.now)
            await tenancy.execute(
                sql("update schedule set last_at = now(), next_at = {next} where id = {id}", id=row.id, next=next_at)
            )


async def _ring() -> None:
    for queue in (QUEUE, ALONE):
        async with tenancy.platform():
            # Inside the transaction: when Valkey does not answer, nothing is marked as rung for.
            room = MOST_RUNG - await asyncio.to_thread(_length, queue)
            due = await leases.to_ring(list(DECLARED), max(0, room), alone=queue == ALONE)
            await asyncio.to_thread(_send, due, queue)


def _send(due: list[Any], queue: str) -> None:
    for job in due:
        send(job.id, job.tenant_id, queue=queue)


def _length(queue: str) -> int:
    return int(broker().client.llen(f"{broker().namespace}:{queue}"))  # type: ignore[arg-type]
