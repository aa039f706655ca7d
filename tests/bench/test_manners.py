"""What the API's manners cost, and what they are good for.

The same gateway with its budgets and persisted documents, and without them (tests/bench/bare.py), asked in turns; mutations with
and without a key; and a quiet venue beside one that asks for ten times its budget (requirement R12).

    .venv/bin/pytest tests/bench/test_manners.py -s
"""

import asyncio
import hashlib
import time
from statistics import median, quantiles

import orjson
import pytest

from tenants import keys, tenancy
from tenants.catalogue import TicketType
from tests.bench.load import PLENTY, in_turns, one, post, serving
from tests.builders import make_key, make_performance, make_price, make_venue
from tests.tenants.test_upserts import write

PERFORMANCE = """query Show($id: ID!) { performance(id: $id) {
  id name startsAt production { name } hall { name }
  prices { priceLevel amount { amount currencyCode } ticketType { name } } } }"""
LIST = "{ customers(first: 50, sortBy: NUMBER) { nodes { id number firstName lastName email phone city postcode } } }"
CHANGE = 'mutation { tagsUpsert(rows: [{ externalId: "1", name: "Bach" }]) { rejected } }'
MANNERLY, BARE = 8473, 8474


@pytest.fixture
async def house(monkeypatch):
    """A venue with a performance of five prices and 1,000 customers, and a key."""
    for name, value in PLENTY.items():
        monkeypatch.setenv(name, value)
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        performance = await make_performance()
        for level in "ABCDE":
            await make_price(performance, await TicketType.create(name=f"Type {level}"), price_level=level)
    people = ({"external_id": str(n), "first_name": "Kari", "last_name": f"Nordmann {n}", "city": "Oslo"} for n in range(1000))
    await write(venue, "customers", *people)
    return venue, performance, await make_key(venue, "customers:read", "catalogue:write", "catalogue:read")


async def told(what, ours, floor, rounds=7):
    mannerly, bare = await in_turns(ours, floor, rounds=rounds, seconds=1.5)
    print(f"\n{what}: {mannerly:.0f}/s with, {bare:.0f}/s without: ratio {mannerly / bare:.2f}")
    return mannerly / bare


async def test_what_the_manners_cost(house):
    _, performance, key = house
    bearer = {"Authorization": f"Bearer {key}"}
    variables = {"id": f"Performance_{performance.id.hex}"}
    show = post("/storefront/graphql", orjson.dumps({"query": PERFORMANCE, "variables": variables}), **bearer)
    hashed = {"persistedQuery": {"version": 1, "sha256Hash": hashlib.sha256(PERFORMANCE.encode()).hexdigest()}}
    first = post(
        "/storefront/graphql", orjson.dumps({"query": PERFORMANCE, "variables": variables, "extensions": hashed}), **bearer
    )
    again = post("/storefront/graphql", orjson.dumps({"variables": variables, "extensions": hashed}), **bearer)
    page = post("/graphql", orjson.dumps({"query": LIST}), **bearer)

    with serving("gateway.app:create_app", MANNERLY), serving("tests.bench.bare:create_app", BARE):
        for request in (show, page):
            with_costs = orjson.loads(await one(MANNERLY, request))
            assert with_costs.pop("extensions")["cost"]["actualQueryCost"] > 0
            assert with_costs == orjson.loads(await one(BARE, request))
        await one(MANNERLY, first)
        ratios = [
            await told("a performance with five prices", (MANNERLY, show), (BARE, show)),
            await told("the same by its hash", (MANNERLY, again), (BARE, show)),
            await told("a list of 50 customers with 8 fields", (MANNERLY, page), (BARE, page)),
        ]
    assert min(ratios) >= 0.7, "something is far off; the aim is 0.85"


async def test_what_a_key_costs_a_mutation(house):
    _, _, key = house
    plain = post("/graphql", orjson.dumps({"query": CHANGE}), Authorization=f"Bearer {key}")

    def keyed(number):
        return post("/graphql", orjson.dumps({"query": CHANGE}), Authorization=f"Bearer {key}", Idempotency_Key=str(number))

    rates = {"without": [], "with a new one each": [], "sent again under the same": []}
    numbers = iter(range(10**9))
    with serving("gateway.app:create_app", MANNERLY):
        await one(MANNERLY, keyed("again"))
        for _ in range(5):
            for name, request in (
                ("without", lambda: plain),
                ("with a new one each", lambda: keyed(next(numbers))),
                ("sent again under the same", lambda: keyed("again")),
            ):
                began = time.perf_counter()
                for _ in range(100):
                    await one(MANNERLY, request())
                rates[name].append(100 / (time.perf_counter() - began))
    print("\nmutations one after the other, by their key:", {name: f"{median(each):.0f}/s" for name, each in rates.items()})


async def test_a_noisy_venue_leaves_a_quiet_one_in_peace(monkeypatch):
    """Requirement R12: venue A asks for ten times its budget; B's p95 stays below twice that of a quiet machine."""
    monkeypatch.setenv("FOYER_BUDGET_KEY", "1000000/1000000")
    monkeypatch.setenv("FOYER_BUDGET_VENUE", "1000/500")  # ten lists of 50 a second
    noisy, quiet = [await make_venue() for _ in range(2)]
    requests = {}
    for venue in (noisy, quiet):
        people = ({"external_id": str(n), "first_name": "Kari", "last_name": f"Nordmann {n}"} for n in range(200))
        await write(venue, "customers", *people)
        async with tenancy.scope(venue.id):
            _, key = await keys.create_key("bench", "SECRET", ["customers:read"])
        requests[venue.id] = post("/graphql", orjson.dumps({"query": LIST}), Authorization=f"Bearer {key}")
    told = {}
    for name, app in (("with budgets", "gateway.app:create_app"), ("without", "tests.bench.bare:create_app")):
        with serving(app, MANNERLY):
            told[name] = await beside(requests[quiet.id], requests[noisy.id])
        alone, attacked, statuses = told[name]
        print(
            f"\nB's p95 {name}: alone {alone:.0f} ms, beside A {attacked:.0f} ms: {attacked / alone:.2f}x; A was told {statuses}"
        )
    statuses = told["with budgets"][2]
    assert statuses["429"] > statuses["200"]


async def beside(quiet: bytes, noisy: bytes) -> tuple[float, float, dict[str, int]]:
    """The p95 of B's answers in milliseconds, alone and beside A; and how often A was told what."""
    statuses: dict[str, int] = {}
    stopped = asyncio.Event()

    async def attack(number: int) -> None:
        """One of ten connections that each ask ten times a second, whatever they are told."""
        await asyncio.sleep(number / 100)
        reader, writer = await asyncio.open_connection("127.0.0.1", MANNERLY)
        while not stopped.is_set():
            writer.write(noisy)
            head = await reader.readuntil(b"\r\n\r\n")
            status = head[9:12].decode()
            statuses[status] = statuses.get(status, 0) + 1
            at = head.lower().index(b"content-length:") + len(b"content-length:")
            await reader.readexactly(int(head[at : head.index(b"\r\n", at)]))
            await asyncio.sleep(0.1)
        writer.close()

    async def p95(count: int) -> float:
        times = []
        for _ in range(count):
            began = time.perf_counter()
            await one(MANNERLY, quiet)
            times.append(time.perf_counter() - began)
            await asyncio.sleep(0.1)
        return quantiles(times, n=20)[-1] * 1000

    await p95(20)
    alone = await p95(60)
    attackers = [asyncio.create_task(attack(number)) for number in range(10)]
    attacked = await p95(60)
    stopped.set()
    await asyncio.gather(*attackers)
    return alone, attacked, statuses
