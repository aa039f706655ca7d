"""The invented houses, made once for each file that looks at them."""

from datetime import UTC, date, datetime, time

import pytest

from tenants import demo, tenancy
from tenants.sql import sql

TODAY = date(2028, 2, 29)
NOW = datetime.combine(TODAY, time(), UTC)
CUSTOMERS = demo.CUSTOMERS


@pytest.fixture(scope="module", name="houses")
async def made_houses():
    """Made once for this file: what it looks at is only read."""
    return await demo.fill(TODAY, CUSTOMERS)


async def rows(house, text, **given):
    """What is asked of a whole house here nobody asks of Foyer: it may take longer than a request."""
    async with tenancy.scope(house.id, readonly=True, seconds=120):
        return await tenancy.fetch(sql(text, **given))
