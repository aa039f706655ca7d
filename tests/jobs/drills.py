"""Jobs for the tests, loaded into a real worker. What they do is seen in the venue's halls: the name says what was done,
the capacity by which process."""

import asyncio
import os
import signal
from uuid import UUID, uuid4

from jobs.broker import job
from tenants import jobs, tenancy
from tenants.errors import Refusal
from tenants.sql import sql

STEPS = 20


async def leave_trace(name: str) -> None:
    await tenancy.execute(
        sql(
            "insert into halls (tenant_id, id, name, capacity) values ({venue}, {id}, {name}, {process})",
            id=uuid4(),
            name=name,
            process=os.getpid(),
        )
    )


@job("drill.count")
async def count(venue: UUID) -> None:
    for step in range(jobs.resumed_at(), STEPS):
        await asyncio.sleep(0.1)
        async with tenancy.scope(venue):
            await leave_trace(f"step {step}")
            await jobs.progress(step + 1, STEPS)


@job("drill.once")
async def once(venue: UUID, thing: UUID) -> None:
    """One effect, however often it is started."""
    await asyncio.sleep(0.3)
    if jobs.resumed_at() == 0:
        async with tenancy.scope(venue):
            await leave_trace(str(thing))
            await jobs.progress(1, 1)


@job("drill.careless")
async def write_without_a_word(venue: UUID) -> None:
    """Never calls progress(): only the fence of the scope itself can stop it."""
    for step in range(STEPS):
        await asyncio.sleep(0.1)
        async with tenancy.scope(venue):
            await leave_trace(f"careless {step}")


@job("drill.kill")
async def kill_the_worker(venue: UUID) -> None:
    async with tenancy.scope(venue):
        await leave_trace("poison")
    os.kill(os.getpid(), signal.SIGKILL)


@job("drill.greet")
async def greet(venue: UUID, secret: UUID) -> None:
    async with tenancy.scope(venue):
        await leave_trace("hello")


@job("drill.refuse")
async def refuse(venue: UUID) -> None:
    async with tenancy.scope(venue):
        await leave_trace("never seen")
        raise Refusal("WRONG_STATE", "The drill does not want to.")


@job("drill.break")
async def break_down(venue: UUID) -> None:
    async with tenancy.scope(venue):
        await leave_trace("never seen")
        raise ZeroDivisionError("the secret detail")


@job("drill.slow", minutes=0.005)
async def take_too_long(venue: UUID) -> None:
    await asyncio.sleep(60)
