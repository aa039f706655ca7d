"""`make soak-oversell`: a sale with the guard, and one without, which must oversell or the first would prove nothing.

    python -m tests.soak [large|small]

FOYER_SOAK_ADMIN_URL names a PostgreSQL to use, with FOYER_REDIS_URL; else both are started. The exit code is 0 when the guarded
sale was exact and the other one was not.
"""

import asyncio
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from tenants import database, migrate
from tenants.embedded import Servers
from tenants.settings import settings
from tests.soak import guard
from tests.soak.gateways import Gateways
from tests.soak.plan import LARGE, SMALL, Plan
from tests.soak.report import table
from tests.soak.run import Outcome, sale

HOME = Path(".foyer/soak")
# What is acknowledged has been handed to the operating system, so it survives every process here, though not a power cut.
NOT_FLUSHED = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "on", "max_connections": "150"}
NAME = f"foyer_soak_{os.getpid()}"


def main() -> int:
    """The exit code."""
    logging.disable(logging.WARNING)  # asyncpg tells of each connection that was killed
    plan = {"large": LARGE, "small": SMALL}[sys.argv[1] if len(sys.argv) > 1 else "large"]
    with _servers() as admin_url:
        runs = asyncio.run(_both(plan, admin_url))
    print(table(runs))
    with_guard, without = runs.values()
    faults = [f"with the guard: {number} {name}" for name, number in with_guard.exceptions.items() if number]
    faults += [f"with the guard: {with_guard.oversold} oversold"] if with_guard.oversold else []
    faults += [f"with the guard: {with_guard.undersold} not sold"] if with_guard.undersold else []
    faults += [] if without.oversold else ["without the guard nothing was oversold: this run proves nothing"]
    print(*[*faults, *with_guard.history.wrong[:20]] or ["Nothing was oversold, and nothing lost."], sep="\n")
    return 1 if faults else 0


async def _both(plan: Plan, admin_url: str) -> dict[str, Outcome]:
    owner_url = await _fresh(admin_url)
    settings.cache_clear()
    owner = partial(asyncpg.connect, owner_url, record_class=database.Row)
    gateways = Gateways(plan.gateways, HOME, plan.hold)
    try:
        async with database.opened(settings()), gateways.running():
            with_guard = await sale(plan, gateways, admin_url, owner)
            await (await owner()).execute(guard.OFF)
            fewer = replace(plan, buyers=plan.unguarded, trouble=0)
            return {"guarded": with_guard, "unguarded": await sale(fewer, gateways, admin_url, owner)}
    finally:
        connection = await asyncpg.connect(admin_url)
        await connection.execute(f'drop database "{NAME}" with (force)')
        await connection.close()


@contextmanager
def _servers() -> Iterator[str]:
    """The superuser's address of PostgreSQL; what the gateways need is in the environment."""
    HOME.mkdir(parents=True, exist_ok=True)
    os.environ["FOYER_SIGNING_SECRETS"] = "only-for-the-soak-and-for-nothing-else"
    if given := os.environ.get("FOYER_SOAK_ADMIN_URL"):
        yield given
        return
    servers = Servers(HOME / "servers", NOT_FLUSHED)
    servers.start()
    try:
        os.environ["FOYER_REDIS_URL"] = servers.redis_url
        yield servers.database_url("postgres", "postgres")
    finally:
        servers.stop()


async def _fresh(admin_url: str) -> str:
    """A database of its own, as the owner; the gateways' address goes into the environment."""
    host = urlsplit(admin_url)._replace(path=f"/{NAME}")
    owner_url, app_url = (
        host._replace(netloc=host.netloc.replace("postgres@", f"{role}@")).geturl() for role in ("foyer_owner", "foyer_app")
    )
    await migrate.bootstrap(admin_url, owner_url, app_url)
    await migrate.migrate(owner_url)
    os.environ["FOYER_DATABASE_URL"] = app_url
    return owner_url


if __name__ == "__main__":
    sys.exit(main())
