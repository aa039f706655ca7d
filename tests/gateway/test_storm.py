"""Many venues at once on few connections, and clients that hang up whenever they like."""

import asyncio
import json
import random
from collections import Counter

import pytest

from gateway.app import create_app
from tenants import database, tenancy
from tenants.catalogue import Season
from tenants.sql import sql
from tests.builders import make_token, make_venue

VENUES, REQUESTS, CONNECTIONS = 20, 500, 5
QUERY = "{ venue { slug } seasons { nodes { name } } }"
CHANGE = 'mutation { venueUpdate(input: {contactName: "%s"}) { venue { slug contactName } } }'


async def request(app, token: str, query: str, patience: float) -> tuple[int, bytes]:
    """One request over raw ASGI; the client hangs up when its patience is over. The status and the body it got."""
    sent: list[dict] = []
    body = [{"type": "http.request", "body": json.dumps({"query": query}).encode(), "more_body": False}]

    async def receive():
        if body:
            return body.pop()
        await asyncio.sleep(patience)
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json"), (b"authorization", f"Bearer {token}".encode())],
        "client": ("192.0.2.1", 1),
        "server": ("foyer", 80),
        "scheme": "http",
        "root_path": "",
        "http_version": "1.1",
    }
    await app(scope, receive, send)
    return sent[0]["status"], b"".join(part.get("body", b"") for part in sent[1:])


@pytest.fixture
async def few_connections():
    """All but a few of the pool's connections are held by somebody."""

    async def hold():
        async with tenancy.platform():
            await asyncio.sleep(3600)

    holders = [asyncio.create_task(hold()) for _ in range(database.usage()[1] - CONNECTIONS)]
    async with asyncio.timeout(10):
        while database.usage()[0] < len(holders):
            await asyncio.sleep(0.01)
    yield len(holders)
    for holder in holders:
        holder.cancel()
    await asyncio.gather(*holders, return_exceptions=True)


async def test_no_row_and_no_connection_goes_astray(few_connections):
    app = create_app()
    houses = [await make_venue() for _ in range(VENUES)]
    tokens = [await make_token(house) for house in houses]
    for house in houses:
        async with tenancy.scope(house.id):
            await Season.create(name=f"season of {house.slug}")

    async def visit(number: int) -> int:
        house, token = houses[number % VENUES], tokens[number % VENUES]
        changes = number % 5 == 0
        query = CHANGE % house.slug if changes else QUERY
        patience = random.random() * 0.2 if random.random() < 0.3 else 60
        status, body = await request(app, token, query, patience)
        if status == 200 and changes:
            assert json.loads(body)["data"]["venueUpdate"] == {"venue": {"slug": house.slug, "contactName": house.slug}}
        elif status == 200:
            seen = {"venue": {"slug": house.slug}, "seasons": {"nodes": [{"name": f"season of {house.slug}"}]}}
            assert json.loads(body) == {"data": seen}
        return status

    statuses = Counter(await asyncio.gather(*(visit(number) for number in range(REQUESTS))))

    assert set(statuses) <= {200, 499, 503}  # 503: nobody let go of a connection in time, on a slow machine
    assert statuses[200] > REQUESTS / 2
    assert database.usage()[0] == few_connections
    async with tenancy.platform():
        forgotten = sql(
            "select count(*) from pg_stat_activity where usename = user and pid <> pg_backend_pid()"
            " and state = 'idle in transaction' and query not like 'begin%'"
        )
        assert await tenancy.fetch_value(forgotten) == 0
