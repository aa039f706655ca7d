"""What benches measure on: a database that is as it would be, and not as tests want it."""

import os
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import asyncpg
import pytest

from tenants.settings import settings


@pytest.fixture
async def admin(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[asyncpg.Connection]:
    """PostgreSQL's own user. Statements are not written down here, as test servers do; nobody is short of points."""
    for whose in ("KEY", "SHOPPER", "VENUE"):
        monkeypatch.setenv(f"FOYER_BUDGET_{whose}", "900000000/900000000")
    monkeypatch.setenv("FOYER_ENVIRONMENT", "production")
    database = urlsplit(settings().database_url).path[1:]
    connection = await asyncpg.connect(os.environ["FOYER_TEST_ADMIN_URL"], database=database)
    await connection.execute(f"alter database {database} set log_statement = 'none'")
    yield connection
    await connection.execute(f"alter database {database} reset log_statement")
    await connection.close()
