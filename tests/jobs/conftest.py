import pytest

from jobs.broker import broker
from tenants import tenancy
from tenants.sql import sql


@pytest.fixture(autouse=True)
async def nothing_waits() -> None:
    """The jobs that other tests have noted are no concern of the workers started here."""
    async with tenancy.platform():
        await tenancy.execute(sql("delete from jobs"))
    broker().client.flushdb()
