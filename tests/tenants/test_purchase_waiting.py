"""Purchases that take from the same wait for each other, and never in a circle."""

import asyncio

import asyncpg
import pytest

from tenants import database, tenancy
from tenants.purchases import committing, reserving
from tenants.purchases.choice import PurchaseLine
from tenants.sql import sql
from tests.builders import make_performance, make_price
from tests.buying import broken, rows, sold
from tests.jobs.programs import until
from tests.premiere import DAY, NOW, a_house


async def somebody_waits():
    async with tenancy.platform():
        waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        return await tenancy.fetch_value(sql(waiting))


async def test_two_orders_of_a_customer_that_are_paid_at_once_both_count():
    house, written, go_on = await a_house(capacity=10), asyncio.Event(), asyncio.Event()
    line = PurchaseLine(house.adult.id, 1, performance_id=house.premiere.id)

    async def held():
        async with tenancy.scope(house.venue.id):
            return (await reserving.reserve([line], customer=house.kari.id, channel="ONLINE", currency="NOK")).id

    async def pays(order, *, then_waits=False):
        async with tenancy.scope(house.venue.id):
            await committing.commit(order, "psp-1")
            if then_waits:
                written.set()
                await go_on.wait()

    orders = [await held(), await held()]
    first = asyncio.create_task(pays(orders[0], then_waits=True))
    await written.wait()
    second = asyncio.create_task(pays(orders[1]))
    await until(somebody_waits)
    go_on.set()
    await asyncio.gather(first, second)
    kept = "select order_count, ticket_count from customer_facts where tenant_id = {venue}"
    assert await rows(house.venue, kept) == [(2, 2)]


async def test_whoever_waits_too_long_for_others_gives_up(monkeypatch):
    monkeypatch.setattr(reserving, "LONGEST_WAIT", 0.05)
    house = await a_house(capacity=10)

    async def buys(customer):
        async with tenancy.scope(house.venue.id):
            line = PurchaseLine(house.adult.id, 1, performance_id=house.premiere.id)
            await reserving.reserve([line], customer=customer.id, channel="ONLINE", currency="NOK")

    await buys(house.kari)
    async with database.connection(5) as somebody:
        await somebody.execute(f"begin; set local app.tenant = '{house.venue.id}'")
        await somebody.execute("select used from usages where tenant_id = $1 for update", house.venue.id)
        with pytest.raises(asyncpg.LockNotAvailableError):
            await buys(house.ola)
        await somebody.execute("rollback")
    assert await sold(house.venue) == [(1, 10, None)]
    assert await rows(house.venue, "select customer_id from orders where tenant_id = {venue}") == [(house.kari.id,)]


async def test_who_gives_back_first_does_not_wait_for_who_waits_for_them(monkeypatch):
    house = await a_house(capacity=10)
    async with tenancy.scope(house.venue.id):
        later = await make_performance(capacity=10, starts_at=NOW + 31 * DAY)
        await make_price(later, house.adult)

    async def buys(customer, *places):
        async with tenancy.scope(house.venue.id):
            lines = [PurchaseLine(house.adult.id, 1, performance_id=place.id) for place in places]
            return (await reserving.reserve(lines, customer=customer.id, channel="ONLINE", currency="NOK")).id

    await buys(house.ola, house.premiere)
    lapsed = await buys(house.ola, later)
    async with tenancy.scope(house.venue.id):
        late = "update orders set expires_at = now() where tenant_id = {venue} and id = {order}"
        await tenancy.execute(sql(late, order=lapsed))

    given_back, go_on, hold = asyncio.Event(), asyncio.Event(), reserving._hold

    async def paused(*given):
        given_back.set()
        await go_on.wait()
        return await hold(*given)

    monkeypatch.setattr(reserving, "_hold", paused)
    first = asyncio.create_task(buys(house.kari, later, house.premiere))
    await given_back.wait()
    monkeypatch.setattr(reserving, "_hold", hold)
    second = asyncio.create_task(buys(house.ola, house.premiere, later))
    await until(somebody_waits)
    go_on.set()

    assert len({await first, await second}) == 2
    assert await sold(house.venue) == [(2, 10, None), (3, 10, None)]
    assert await broken(house.venue) == {}
