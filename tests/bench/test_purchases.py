"""What it costs never to sell too much: purchases reserved and committed by twenty at a time from one performance, beside a bare
counter that one conditional UPDATE keeps; in the core and over HTTP, with and without a disk that is waited for.

.venv/bin/pytest tests/bench/test_purchases.py -s
"""

import asyncio
import os
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from statistics import median
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest

from gateway.line import Line
from tenants import database, tenancy
from tenants.catalogue import TicketType
from tenants.embedded import Servers
from tenants.ids import new_id
from tenants.purchases import committing, reserving
from tenants.purchases.choice import PurchaseLine
from tenants.settings import settings
from tenants.sql import sql
from tests.asking import gid
from tests.bench.counter_by_hand import TABLE, TAKE
from tests.bench.load import exchange, post, serving
from tests.builders import make_key, make_performance, make_price, make_venue
from tests.conftest import HOME, fresh
from tests.premiere import DAY, NOW
from tests.tenants.test_upserts import write

Do = Callable[[], Awaitable[None]]
Doer = Callable[[], Awaitable[Do]]
AT_ONCE, ROUNDS, SECONDS, CUSTOMERS, PLENTY = 20, 5, 3, 3_000, 10_000_000
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "max_connections": "100"}
RESERVE = """mutation ($lines: [PurchaseLineInput!]!, $customer: ID) {
  purchaseReserve(lines: $lines, customerId: $customer) { order { id } userErrors { code } } }"""
COMMIT = """mutation ($id: ID!, $reference: String!) {
  purchaseCommit(id: $id, paymentReference: $reference) { order { state } userErrors { code } } }"""


@dataclass
class House:
    """One performance of very many tickets, those who buy, and the floor's counter."""

    venue: Any
    performance: Any
    ticket_type: Any
    customers: list[UUID]
    counter: UUID
    key: str
    owner: asyncpg.Connection


@pytest.fixture(params=["that waits for no disk", "that loses nothing"])
async def server(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """The tests' server, and one whose commits are on the disk when they are answered, as a house runs it."""
    if request.param == "that waits for no disk":
        yield request.param
        return
    servers = Servers(HOME.with_name("durable"), DURABLE)
    servers.start()
    disk = subprocess.run(["stat", "-f", "-c", "%T", servers.home], capture_output=True, text=True, check=True).stdout.strip()
    assert disk not in ("tmpfs", "ramfs"), "there is no disk below this folder"
    with pytest.MonkeyPatch.context() as patch:
        urls = [servers.database_url(role, "bench") for role in ("foyer_owner", "foyer_app")]
        patch.setenv("FOYER_TEST_ADMIN_URL", servers.database_url("postgres", "postgres"))
        patch.setenv("FOYER_DATABASE_OWNER_URL", urls[0])
        patch.setenv("FOYER_DATABASE_URL", urls[1])
        patch.setattr(database, "_pool", database._pool)  # the tests' own, afterwards
        settings.cache_clear()
        try:
            await fresh(os.environ["FOYER_TEST_ADMIN_URL"], "bench", *urls)
            async with database.opened(settings()):
                yield request.param
        finally:
            servers.stop()
    settings.cache_clear()


@pytest.fixture
async def house(server: str, admin: asyncpg.Connection) -> AsyncIterator[House]:
    owner = await asyncpg.connect(settings().database_owner_url)
    await owner.execute(TABLE)
    venue, counter = await make_venue(), new_id()
    await write(venue, "customers", *({"external_id": f"{n}"} for n in range(CUSTOMERS)))
    async with tenancy.scope(venue.id):
        performance = await make_performance(capacity=PLENTY, starts_at=NOW + 30 * DAY)
        adult = await TicketType.create(name="Adult")
        await make_price(performance, adult)
        rows = await tenancy.fetch(sql("select id from customers where tenant_id = {venue}"))
    await owner.execute("insert into bench_counters values ($1, $2, 0, $3)", venue.id, counter, PLENTY)
    await owner.execute("vacuum analyze")
    key = await make_key(venue, "sales:write", "sales:read")
    yield House(venue, performance, adult, [row.id for row in rows], counter, key, owner)
    await owner.execute("drop table bench_counters")
    await owner.close()


async def test_in_the_core(server: str, house: House) -> None:
    connections = settings().database_pool
    pool = await asyncpg.create_pool(settings().database_url, min_size=connections, max_size=connections)
    numbers, line = count(), Line(max(1, connections // 2))  # as the gateway lets them in

    async def taker() -> Do:
        return take

    async def buyer() -> Do:
        return buy

    async def take() -> None:
        async with pool.acquire() as connection:
            await connection.execute(f"begin; set local app.tenant = '{house.venue.id}'")
            assert await connection.fetchval(TAKE, house.venue.id, house.counter, 1)
            await connection.execute("commit")

    async def buy() -> None:
        number = next(numbers)
        wanted = PurchaseLine(house.ticket_type.id, 1, performance_id=house.performance.id)
        customer = house.customers[number % CUSTOMERS]
        async with line.place(house.venue.id), tenancy.scope(house.venue.id):
            order = await reserving.reserve([wanted], customer=customer, channel="ONLINE", currency="NOK")
        async with tenancy.scope(house.venue.id):
            await committing.commit(order.id, f"paid {number}")

    await told(f"in the core, on a server {server}", house, buyer, taker)
    await pool.close()


async def test_over_http(server: str, house: House) -> None:
    numbers, place = count(), {"ticketTypeId": gid(house.ticket_type), "performanceId": gid(house.performance), "quantity": 1}
    with serving("gateway.app:create_app", 8486), serving("tests.bench.counter_by_hand:create_app", 8487):

        async def buyer() -> Do:
            reader, writer = await asyncio.open_connection("127.0.0.1", 8486)

            async def asked(query: str, **variables: Any) -> Any:
                body = orjson.dumps({"query": query, "variables": variables})
                answer = orjson.loads(await exchange(reader, writer, post("/graphql", body, Authorization=f"Bearer {house.key}")))
                (payload,) = answer["data"].values()
                assert payload["userErrors"] == [], answer
                return payload["order"]

            async def buy() -> None:
                number = next(numbers)
                customer = f"Customer_{house.customers[number % CUSTOMERS].hex}"
                order = await asked(RESERVE, lines=[place], customer=customer)
                assert (await asked(COMMIT, id=order["id"], reference=f"paid {number}"))["state"] == "CONFIRMED"

            return buy

        async def taker() -> Do:
            reader, writer = await asyncio.open_connection("127.0.0.1", 8487)
            request = post("/take", orjson.dumps({"counter": house.counter}), Authorization=f"Bearer {house.key}")

            async def take() -> None:
                assert orjson.loads(await exchange(reader, writer, request))["order"]

            return take

        await told(f"over HTTP, on a server {server}", house, buyer, taker)


async def told(where: str, house: House, buyer: Doer, taker: Doer) -> None:
    """Both in turns, after a warm-up that leaves a house which has sold before, as PostgreSQL knows; and that each is counted."""
    rates: tuple[list[float], list[float]] = ([], [])
    bought = 0
    for turn in range(ROUNDS + 1):
        for number, each in enumerate((buyer, taker)):
            done, rate = await a_while(each)
            bought += done if number == 0 else 0
            if turn:
                rates[number].append(rate)
        if not turn:
            await house.owner.execute("vacuum analyze")
    used = "select used from usages where tenant_id = {venue} and performance_id = {place}"
    orders = "select count(*) from orders where tenant_id = {venue} and state = 'CONFIRMED' and customer_id is not null"
    async with tenancy.scope(house.venue.id):
        assert await tenancy.fetch_value(sql(used, place=house.performance.id)) == bought
        assert await tenancy.fetch_value(sql(orders)) == bought
    ours, floor = median(rates[0]), median(rates[1])
    ratios = f"{ours / floor:.2f} of one each, {2 * ours / floor:.2f} of two"
    print(f"\n{where}: {ours:.0f} purchases/s beside {floor:.0f} bare updates/s: {ratios}")


async def a_while(doer: Doer) -> tuple[int, float]:
    """How often it was done by so many at once, each on a connection of its own, and how often a second."""
    doing = [await doer() for _ in range(AT_ONCE)]
    ends, done = time.perf_counter() + SECONDS, 0

    async def again(do: Do) -> None:
        nonlocal done
        while time.perf_counter() < ends:
            await do()
            done += 1

    began = time.perf_counter()
    await asyncio.gather(*(again(do) for do in doing))
    return done, done / (time.perf_counter() - began)
