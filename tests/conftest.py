"""One PostgreSQL and one Valkey for the whole run, one database per test process, one venue (or more) per test."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tenants import database, migrate
from tenants.embedded import Servers
from tenants.settings import settings
from tests.statements import pytest_runtestloop  # noqa: F401  # pytest finds it by its name

HOME = Path(__file__).parent.parent / ".foyer" / "test"
# Durability is not what these servers are for; every statement is written down, for tests/statements.py to read.
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "log_statement": "all",
    "log_line_prefix": "%u|",
    "log_parameter_max_length": "0",
    "log_min_messages": "log",  # above ERROR and below FATAL: errors are what many tests ask for
}


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers in the controlling process; test processes inherit their addresses."""
    if "FOYER_TEST_ADMIN_URL" in os.environ:
        return
    servers = Servers(HOME, FAST)
    (servers.home / "postgres.log").unlink(missing_ok=True)
    servers.start()
    os.environ["FOYER_TEST_ADMIN_URL"] = servers.database_url("postgres", "postgres")
    os.environ["FOYER_REDIS_URL"] = servers.redis_url
    os.environ["FOYER_ENVIRONMENT"] = "development"
    os.environ["FOYER_SIGNING_SECRETS"] = "only-for-tests-and-for-nothing-else"
    os.environ["FOYER_BUDGET_STRANGER"] = "1000000/100000"  # all tests ask from one address
    os.environ["FOYER_TEST_LOG"] = str(servers.home / "postgres.log")
    config.add_cleanup(servers.stop)
    config.add_cleanup(lambda: os.environ.pop("FOYER_TEST_ADMIN_URL"))


@pytest.fixture(scope="session", autouse=True)
def addresses(worker_id: str) -> None:
    """This test process's own database, empty and migrated."""
    admin = os.environ["FOYER_TEST_ADMIN_URL"]
    name = f"foyer_test_{worker_id}"
    host = urlsplit(admin)._replace(path=f"/{name}")
    urls = {
        role: host._replace(netloc=host.netloc.replace("postgres@", f"{role}@")).geturl() for role in ("foyer_owner", "foyer_app")
    }
    asyncio.run(fresh(admin, name, urls["foyer_owner"], urls["foyer_app"]))
    os.environ["FOYER_DATABASE_URL"], os.environ["FOYER_DATABASE_OWNER_URL"] = urls["foyer_app"], urls["foyer_owner"]
    # A Valkey database of its own, too: a worker of another test process would take our messages and find no such job.
    os.environ["FOYER_REDIS_URL"] += f"?db={int(worker_id.removeprefix('gw')) + 1 if worker_id != 'main' else 0}"
    settings.cache_clear()


async def fresh(admin: str, name: str, owner_url: str, app_url: str) -> None:
    """A database of this name, empty and migrated."""
    import asyncpg

    connection = await asyncpg.connect(admin)
    await connection.execute("select pg_advisory_lock(1)")  # roles are shared by the test processes
    try:
        await connection.execute(f'drop database if exists "{name}" with (force)')
        await migrate.bootstrap(admin, owner_url, app_url)
    finally:
        await connection.close()
    await migrate.migrate(owner_url)


@pytest.fixture(scope="session", autouse=True)
async def opened(addresses: None) -> AsyncIterator[None]:
    """The pool and the ORM of this test process."""
    async with database.opened(settings()):
        yield


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    """gw0, gw1 … under xdist, else `main`."""
    return getattr(request.config, "workerinput", {}).get("workerid", "main")
