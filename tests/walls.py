"""The wall with its first layer taken away: what the policies hide is seen, and it shows whether the rest holds by itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from tenants.settings import settings
from tests.statements import VENUE_TABLES


@asynccontextmanager
async def without_policies() -> AsyncIterator[None]:
    """Row-level security is off for everybody in this test process's database, and on again afterwards."""
    owner = await asyncpg.connect(settings().database_owner_url)
    try:
        for table in VENUE_TABLES:
            await owner.execute(f"alter table {table} disable row level security")
        yield
    finally:
        for table in VENUE_TABLES:
            await owner.execute(f"alter table {table} enable row level security")
        await owner.close()
