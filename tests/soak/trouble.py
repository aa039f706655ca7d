"""What goes wrong while they buy: killed gateways, ended connections to PostgreSQL, a killed server process of PostgreSQL."""

import asyncio
import os
import random
import signal
from collections import Counter
from contextlib import suppress

import asyncpg

from tests.soak.gateways import Gateways

OTHERS = (
    "select pid from pg_stat_activity where application_name = 'foyer' and pid <> pg_backend_pid() order by random() limit $1"
)


async def trouble(gateways: Gateways, admin_url: str, every: float) -> Counter[str]:
    """Something every so many seconds, until it is cancelled; answers how often what happened."""
    done: Counter[str] = Counter()
    steps = 0
    with suppress(asyncio.CancelledError):
        while every:
            await asyncio.sleep(random.uniform(0.5, 1.5) * every)
            steps += 1
            with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                if steps % 8 == 3:
                    await _kill_backend(admin_url)
                    done["backends killed -9"] += 1
                elif steps % 2:
                    done["backends terminated"] += await _terminate(admin_url, random.randint(1, 8))
                else:
                    done["gateways killed -9"] += 1
                    await gateways.killed()
    return done


async def _terminate(admin_url: str, many: int) -> int:
    connection = await asyncpg.connect(admin_url)
    try:
        return len(await connection.fetch(f"select pg_terminate_backend(pid) from ({OTHERS}) other", many))
    finally:
        await connection.close()


async def _kill_backend(admin_url: str) -> None:
    """PostgreSQL ends all others then, and recovers as after a crash."""
    connection = await asyncpg.connect(admin_url)
    try:
        pid = await connection.fetchval(OTHERS, 1)
    finally:
        connection.terminate()
    if pid:
        os.kill(pid, signal.SIGKILL)
