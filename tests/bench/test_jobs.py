"""Jobs under long attack, with the settings a new installation has: `pytest tests/bench/test_jobs.py -s`. About two minutes."""

import os
import random
import signal
import time
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

from jobs.broker import broker
from tenants import tenancy
from tenants.sql import sql
from tests.builders import make_job, make_venue
from tests.jobs.programs import row, running, state, traces, until

DEFAULT_LEASE = 10
JOBS = 300


async def test_a_job_starts_again_within_15_seconds_of_kill_9(tmp_path):
    """Requirement R7: once with the parent alive, once with the whole worker dead and another one started."""
    venue, waits = (await make_venue()).id, []
    with running("scheduler", tmp_path / "scheduler", lease=DEFAULT_LEASE):
        for whole in (False, True, False):
            job = await make_job(venue, "drill.count")
            with ExitStack() as stack:
                worker = stack.enter_context(running("worker", tmp_path / "worker", lease=DEFAULT_LEASE))

                async def begun(job=job):
                    return (await row(job)).progress_done >= 3

                await until(begun)
                if whole:
                    os.killpg(worker.pid, signal.SIGKILL)
                    stack.enter_context(running("worker", tmp_path / "worker", lease=DEFAULT_LEASE))
                else:
                    os.kill((await traces(venue))[-1][1], signal.SIGKILL)
                killed = time.monotonic()

                async def started_again(job=job):
                    return (await row(job)).attempts == 2

                await until(started_again, 15)
                waits.append(time.monotonic() - killed)

                async def done(job=job):
                    return await state(job) == "DONE"

                await until(done)

    print("started again after", [f"{w:.1f} s" for w in waits])
    assert len(await traces(venue)) == 3 * 20


async def test_no_job_is_lost_and_none_done_twice_under_constant_attack(tmp_path):
    """Requirement R6: workers and schedulers killed, Valkey emptied, every second or two until all is done."""
    venue = (await make_venue()).id
    jobs = [await make_job(venue, "drill.once", uuid4()) for _ in range(JOBS)]
    attacks = {"worker process": 0, "scheduler": 0, "Valkey emptied": 0}
    started = time.monotonic()
    with ExitStack() as stack:
        worker = stack.enter_context(running("worker", tmp_path / "worker", lease=2))
        scheduler = stack.enter_context(running("scheduler", tmp_path / "scheduler", lease=2))
        attacked = time.monotonic()

        async def all_done():
            nonlocal scheduler, attacked
            if time.monotonic() - attacked > 1.5 and sum(attacks.values()) < 15:
                attacked, attack = time.monotonic(), random.choice(list(attacks))
                attacks[attack] += 1
                if attack == "Valkey emptied":
                    broker().client.flushdb()
                elif attack == "scheduler":
                    scheduler.kill()
                    scheduler = stack.enter_context(running("scheduler", tmp_path / "scheduler", lease=2))
                elif alive := children(worker.pid):
                    os.kill(random.choice(alive), signal.SIGKILL)
            async with tenancy.scope(venue):
                left = sql("select count(*) from jobs where tenant_id = {venue} and finished_at is null")
                return await tenancy.fetch_value(left) == 0

        await until(all_done, 180)

    async with tenancy.scope(venue):
        counted = await tenancy.fetch(sql("select state, attempts, count(*) from jobs where tenant_id = {venue} group by 1, 2"))
    print(f"{JOBS} jobs in {time.monotonic() - started:.0f} s under {attacks}:", sorted(tuple(c.values()) for c in counted))
    assert {c.state for c in counted} == {"DONE"}
    effects = [name for name, _ in await traces(venue)]
    assert len(effects) == len(set(effects)) == len(jobs)


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
