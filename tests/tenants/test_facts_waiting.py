"""Whom the writing of a sale waits for, so that facts are right, and what that costs."""

import asyncio
import os
from datetime import UTC, datetime
from decimal import Decimal

import asyncpg
import pytest

from tenants import database, facts, tenancy
from tenants.customers import Customer
from tenants.orders import Order
from tenants.settings import settings
from tenants.sql import sql
from tenants.upserts.calls import upsert_orders
from tenants.upserts.engine import upsert
from tenants.upserts.kinds import KINDS
from tenants.upserts.shapes import OrderRow, TicketLineRow
from tests.builders import make_customer, make_order, make_venue
from tests.conftest import fresh
from tests.probes.test_races import somebody_waits
from tests.recording import matches_golden, nodes_of, plan_of, recorded
from tests.tenants.test_facts import kept
from tests.tenants.test_upserts import OSLO, rows, write


async def test_what_an_order_costs_in_statements():
    venue = await make_venue()
    await write(venue, "performances", {"external_id": "p1", "production": "x"}, create_missing=True)
    await write(venue, "customers", {"external_id": "anna"})

    async def sell(number, quantity=1):
        line = TicketLineRow(external_id=number, performance="p1", quantity=quantity, price=Decimal(450))
        at = datetime(2026, 3, 1, 12, tzinfo=UTC)
        given = OrderRow(external_id=number, customer="anna", channel="ONLINE", ordered_at=at, lines=[line])
        with recorded() as sent:
            async with tenancy.scope(venue.id):
                assert [r.status for r in await upsert_orders([given], "REJECT_EVERYTHING")] == ["CREATED"]
        return sent

    await sell("1")  # the first one in a process asks for the types of the columns; a COPY before each insert is not told
    assert matches_golden("order_upsert", usual := await sell("2"), venue.id)
    await sell("3", quantity=-1)
    assert len(await sell("4")) == len(usual) + 1  # where there are refunds, is this line among them?


async def test_who_is_made_and_given_an_order_while_it_is_waited_for_is_held_too():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        order = await make_order(await make_customer())
    written, go, held, done = [asyncio.Event() for _ in range(4)]

    async def give():
        async with tenancy.scope(venue.id):
            await Order.filter(id=order.id).update(channel="PHONE")
            written.set()
            await go.wait()
            berit = await make_customer()
            await Order.filter(id=order.id).update(customer_id=berit.id)
            return berit.id

    async def take():
        async with tenancy.scope(venue.id):
            found = await facts.one_at_a_time([], [order.id])
            held.set()
            await done.wait()
            return list(found.buyers)

    async with asyncio.TaskGroup() as group:
        giving = group.create_task(give())
        await written.wait()
        taking = group.create_task(take())
        await somebody_waits()
        go.set()
        berit = await giving
        await held.wait()
        with pytest.raises(asyncpg.LockNotAvailableError):
            async with tenancy.scope(venue.id):
                await Customer.rows(sql("t.id = {id}", id=berit), tail=sql("for no key update nowait"))
        done.set()
    assert taking.result() == [berit]


@pytest.mark.parametrize("sale_first", [True, False])
async def test_a_sale_and_a_new_date_do_not_pass_each_other_unseen(sale_first):
    venue = await make_venue()
    await write(
        venue, "performances", {"external_id": "p1", "production": "x", "starts_at": datetime(2026, 3, 3, tzinfo=UTC)},
        create_missing=True,
    )  # fmt: skip
    await write(venue, "customers", {"external_id": "anna"})
    sale = {
        "external_id": "l1", "customer": "anna", "performance": "p1", "price": Decimal(450), "channel": "ONLINE",
        "ordered_at": datetime(2026, 3, 1, 12, tzinfo=UTC),
    }  # fmt: skip
    both = [("sales", sale), ("performances", {"external_id": "p1", "starts_at": datetime(2026, 3, 9, 12, tzinfo=UTC)})]
    first, second = both if sale_first else both[::-1]
    written, go = asyncio.Event(), asyncio.Event()

    async def write_and_hesitate():
        async with tenancy.scope(venue.id):
            await upsert(KINDS[first[0]], rows(first[1]), OSLO)
            written.set()
            await go.wait()

    async with asyncio.TaskGroup() as group:
        group.create_task(write_and_hesitate())
        await written.wait()
        group.create_task(write(venue, *second))
        await somebody_waits()
        go.set()
    assert [f["longest_lead_days"] for f in (await kept(venue)).values()] == [8]


async def test_sales_of_a_venue_that_statistics_know_nothing_of_are_looked_up_by_their_keys():
    known = await make_venue()
    await write(known, "performances", {"external_id": "p1", "production": "x"}, create_missing=True)
    await write(known, "sales", *(
        {
            "external_id": f"{n}", "customer": f"{n % 50}", "performance": "p1", "price": Decimal(450), "channel": "ONLINE",
            "ordered_at": datetime(2026, 3, 1, 12, tzinfo=UTC),
        }
        for n in range(5_000)
    ), create_missing=True)  # fmt: skip
    owner = await asyncpg.connect(os.environ["FOYER_DATABASE_OWNER_URL"])
    await owner.execute("analyze orders, ticket_lines")
    await owner.close()

    new = await make_venue()
    with recorded() as sent:
        async with tenancy.scope(new.id):
            await facts.sum_up([(await make_customer()).id])
    async with tenancy.scope(new.id):
        plan = list(nodes_of(await plan_of(sent[-2])))
    indexes = {node.get("Relation Name"): node.get("Index Name") for node in plan}
    assert (indexes["orders"], indexes["ticket_lines"]) == ("orders_customer", "ticket_lines_order")
    assert [n["Plans"][1] for n in plan if n["Node Type"] == "Nested Loop" and n["Plans"][1]["Node Type"] == "CTE Scan"] == []


async def test_thousands_of_sales_are_summed_up_by_whoever_summed_up_single_ones_in_an_empty_database(monkeypatch):
    urls = [f"{url}_empty" for url in (settings().database_owner_url, settings().database_url)]
    await fresh(os.environ["FOYER_TEST_ADMIN_URL"], urls[0].rsplit("/", 1)[1], *urls)
    monkeypatch.setattr(database, "_pool", database._pool)  # the one of all tests, afterwards
    chosen = settings().model_copy(update={"database_owner_url": urls[0], "database_url": urls[1], "database_pool": 1})
    first = {"performance": "p1", "price": Decimal(450), "channel": "ONLINE", "ordered_at": datetime(2026, 3, 1, 12, tzinfo=UTC)}
    sales = [{"external_id": f"{n}", "customer": f"{n % 100}", **first} for n in range(12_000)]

    async with database.opened(chosen):
        venue = await make_venue()
        await write(venue, "performances", {"external_id": "p1", "production": "x"}, create_missing=True)
        for sale in sales[:12]:
            await write(venue, "sales", sale, create_missing=True)
        for start in range(0, 12_000, 3_000):
            await write(venue, "sales", *sales[start : start + 3_000], create_missing=True)
        assert sum(each["ticket_count"] for each in (await kept(venue)).values()) == 12_000
