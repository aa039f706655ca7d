"""Workers and schedulers as real processes, and how to wait for what they do."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import UUID

from tenants import tenancy
from tenants.sql import sql

ROOT = Path(__file__).parent.parent.parent


@contextmanager
def running(program: str, log: Path, *, lease: float = 2, grace: float = 10) -> Iterator[subprocess.Popen[bytes]]:
    """`worker` or `scheduler` with the drills, its log in a file; killed with all its children at the end. Its last words
    are shown when a test fails in it."""
    code = f"from jobs import {program}; {program}.main('tests.jobs.drills')"
    given = {"FOYER_JOB_LEASE": str(lease), "FOYER_JOB_GRACE": str(grace), "PYTHONWARNINGS": "error::RuntimeWarning"}
    with log.open("ab") as out:
        child = subprocess.Popen(
            [sys.executable, "-c", code], cwd=ROOT, env=os.environ | given, stderr=out, stdout=out, start_new_session=True
        )
    try:
        yield child
    except BaseException:
        print(f"{program}:", log.read_text()[-4000:], sep="\n")
        raise
    finally:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


async def until(condition: Callable[[], Awaitable[Any]], seconds: float = 20) -> Any:
    """What the condition answers as soon as that is true. Fails when it takes longer."""
    deadline = time.monotonic() + seconds
    while not (answer := await condition()):
        assert time.monotonic() < deadline, f"{condition.__name__} is not fulfilled after {seconds} s"
        await asyncio.sleep(0.05)
    return answer


async def row(job: UUID) -> Any:
    async with tenancy.platform():
        return await tenancy.fetch_one(sql("select * from jobs where id = {job}", job=job))


async def state(job: UUID) -> str:
    return (await row(job)).state


async def traces(venue: UUID) -> list[tuple[str, int]]:
    """What the drills have left behind, in order: what was done, and the process that did it."""
    async with tenancy.scope(venue):
        halls = await tenancy.fetch(sql("select name, capacity from halls where tenant_id = {venue} order by created_at"))
    return [(h.name, h.capacity) for h in halls]
