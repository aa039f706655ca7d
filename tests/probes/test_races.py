"""Organisations that write at the same moment: whoever comes second is held to what the first has done."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tenants import tenancy
from tenants.catalogue import Production
from tenants.errors import Unavailable
from tenants.orders import Order, TicketLine
from tenants.organisations import Organisation
from tenants.performances import Performance
from tenants.sql import sql
from tenants.upserts import shapes
from tenants.upserts.calls import upsert_orders, upsert_rows
from tests.builders import make_order, make_performance, make_venue

AT = datetime(2026, 10, 1, 12, tzinfo=UTC)
E = shapes.PerformanceRow(external_id="E", production="W", capacity=1)


class House:
    """A venue with two organisations and a performance of each."""

    async def built(self) -> "House":
        self.venue = await make_venue()
        async with tenancy.scope(self.venue.id):
            self.ours, self.theirs = [await Organisation.create(name=name, external_id=name) for name in ("ours", "theirs")]
            self.work = await Production.create(name="Hedda Gabler", external_id="W")
            self.performance = await make_performance(
                external_id="P1", organisation_ids=[self.ours.id], production_id=self.work.id
            )
            self.other = await make_performance(external_id="P2", organisation_ids=[self.theirs.id])
        return self

    async def at_once(self, they: Callable[[], Awaitable[Any]], we: Callable[[], Awaitable[Any]]) -> None:
        """Both write; they come first, and commit only when we are waiting for them. Raises what our writing raises."""
        written, go = asyncio.Event(), asyncio.Event()

        async def theirs() -> None:
            async with tenancy.scope(self.venue.id, organisations=frozenset([self.theirs.id])):
                await they()
                written.set()
                await go.wait()

        async def ours() -> None:
            async with tenancy.scope(self.venue.id, organisations=frozenset([self.ours.id])):
                await we()

        first = asyncio.create_task(theirs())
        await written.wait()
        second = asyncio.create_task(ours())
        await somebody_waits()
        go.set()
        await first
        await second


async def somebody_waits() -> None:
    """Until a statement waits for another transaction."""
    waiting = sql("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")
    async with asyncio.timeout(10):
        found = 0
        while not found:
            async with tenancy.platform():
                found = await tenancy.fetch_value(waiting)
            await asyncio.sleep(0.02)


async def test_a_performance_that_another_organisation_makes_meanwhile_stays_theirs():
    house = await House().built()

    async def they() -> None:
        await make_performance(external_id="E", organisation_ids=[house.theirs.id], capacity=100)

    async def we() -> None:
        await upsert_rows("performances", [E], "REJECT_FAILED_ROWS")

    with pytest.raises(Unavailable):
        await house.at_once(they, we)
    async with tenancy.scope(house.venue.id):
        (after,) = await Performance.filter(external_id="E")
        assert (after.capacity, after.organisation_ids) == (100, [house.theirs.id])


async def test_an_order_that_another_organisation_makes_meanwhile_gets_no_line_of_ours():
    house = await House().built()

    async def they() -> None:
        await make_order(None, house.other, external_id="O", place_city="Bergen")

    async def we() -> None:
        line = shapes.TicketLineRow(external_id="L", performance="P1", quantity=1, amount=Decimal(1))
        order = shapes.OrderRow(external_id="O", channel="PHONE", ordered_at=AT, place_city="Oslo", lines=[line])
        await upsert_orders([order], "REJECT_FAILED_ROWS")

    with pytest.raises(Unavailable):
        await house.at_once(they, we)
    async with tenancy.scope(house.venue.id):
        (after,) = await Order.filter(external_id="O")
        assert (after.channel, after.place_city) == ("ONLINE", "Bergen")
        assert [line.performance_id for line in await TicketLine.filter(order_id=after.id)] == [house.other.id]


async def test_what_colleagues_make_meanwhile_is_brought_together():
    house = await House().built()

    async def they() -> None:
        await make_performance(external_id="E", organisation_ids=[house.ours.id], capacity=100)

    async def we() -> None:
        await upsert_rows("performances", [E], "REJECT_FAILED_ROWS")

    await house.at_once(they, we)
    async with tenancy.scope(house.venue.id):
        (after,) = await Performance.filter(external_id="E")
        assert (after.capacity, after.organisation_ids) == (1, [house.ours.id])
