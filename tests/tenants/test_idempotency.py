import asyncio
from uuid import uuid4

import pytest

from jobs import housekeeping
from tenants import idempotency, tenancy
from tenants.errors import Refusal
from tenants.sql import sql
from tests.builders import make_venue


async def test_who_waits_too_long_is_told_to_try_again(monkeypatch):
    monkeypatch.setattr(idempotency, "LONGEST_WAIT", 0.05)
    venue, principal, taken, free = await make_venue(), uuid4(), asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with tenancy.scope(venue.id):
            await idempotency.take(principal, "one", b"f")
            taken.set()
            await free.wait()

    holding = asyncio.create_task(first())
    await taken.wait()
    with pytest.raises(Refusal, match="still being done") as told:
        async with tenancy.scope(venue.id):
            await idempotency.take(principal, "one", b"f")
    free.set()
    await holding

    assert (told.value.code, told.value.retry_after) == ("IDEMPOTENCY_KEY_IN_FLIGHT", 1)


async def test_keys_are_forgotten_after_a_day():
    ours, theirs, principal = await make_venue(), await make_venue(), uuid4()
    for venue in (ours, theirs):
        async with tenancy.scope(venue.id):
            for hours in (1, 23, 25, 99):
                await idempotency.take(principal, f"{hours}", b"f")
                aged = "update idempotency_keys set created_at = now() - {h} * interval '1 hour'"
                await tenancy.execute(sql(f"{aged} where tenant_id = {{venue}} and key = {{k}}", h=hours, k=f"{hours}"))

    await housekeeping.sweep_idempotency_keys()

    for venue in (ours, theirs):
        async with tenancy.scope(venue.id):
            left = await tenancy.fetch(sql("select key from idempotency_keys where tenant_id = {venue} order by length(key)"))
        assert [row.key for row in left] == ["1", "23"]
