"""Twenty venues at once on five connections, through a real server and real sockets; clients hang up whenever they like."""

import asyncio
import json
import os
import random
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tenants import tenancy
from tenants.catalogue import Season
from tenants.sql import sql
from tests.builders import make_customer, make_key, make_performance, make_price, make_token, make_venue

VENUES, REQUESTS, CONNECTIONS, IMPATIENT = 20, 500, 5, 1 / 3
LISTS = "{ venue { slug } seasons { totalCount nodes { id name } } customers { nodes { lastName orders { totalCount } } } }"
NESTED = (
    "{ performances { totalCount nodes { name prices { priceLevel }"
    " season { name performances { totalCount nodes { name } } } } } }"
)
NODE = "query ($id: ID!) { node(id: $id) { id } season(id: $id) { name } }"
CHANGE = "mutation ($name: String!) { venueUpdate(input: {contactName: $name}) { venue { slug contactName } } }"
UPSERT = (
    "mutation ($rows: [SeasonUpsertRow!]!, $more: [TagUpsertRow!]!)"
    " { seasonsUpsert(rows: $rows) { rejected results { object { id } } } tagsUpsert(rows: $more) { rejected } }"
)


class Server:
    """A gateway in a process of its own, on a socket in a folder."""

    def __init__(self, folder: Path) -> None:
        self.socket = str(folder / "http")

    async def __aenter__(self) -> "Server":
        command = [sys.executable, "-m", "uvicorn", "--factory", "gateway.app:create_app", "--uds", self.socket]
        chosen = {"FOYER_DATABASE_POOL": str(CONNECTIONS), "FOYER_DATABASE_TIMEOUT": "30"}
        chosen |= {f"FOYER_BUDGET_{whose}": "1000000/1000000" for whose in ("PERSON", "KEY", "VENUE")}
        self.process = await asyncio.create_subprocess_exec(*command, "--log-level", "critical", env=os.environ | chosen)
        async with asyncio.timeout(20):
            while not Path(self.socket).exists() or (await self.ask(None, "{ __typename }"))[0] != 200:
                assert self.process.returncode is None
                await asyncio.sleep(0.05)
        return self

    async def __aexit__(self, *error: Any) -> None:
        self.process.terminate()
        await self.process.wait()

    async def ask(self, secret: str | None, query: str, patience: float | None = None, **variables: Any) -> tuple[int, str]:
        """The status and the body; status 0 when the client's patience was over first, and it has hung up."""
        body = json.dumps({"query": query, "variables": variables})
        return await self.send("POST", "/graphql", {"Authorization": f"Bearer {secret}"} if secret else {}, body, patience)

    async def send(
        self, method: str, path: str, headers: dict[str, str], body: str = "", patience: float | None = None
    ) -> tuple[int, str]:
        """One request on a connection of its own."""
        told = {
            "Host": "foyer",
            "Connection": "close",
            "Content-Type": "application/json",
            "Content-Length": len(body),
            **headers,
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        reader, writer = await asyncio.open_unix_connection(self.socket, limit=1 << 22)
        try:
            writer.write(f"{method} {path} HTTP/1.1\r\n{head}\r\n{body}".encode())
            async with asyncio.timeout(patience):
                answer = (await reader.read()).decode()
            return int(answer.split()[1]), answer.partition("\r\n\r\n")[2]
        except TimeoutError:
            return 0, ""
        finally:
            writer.transport.abort()

    async def in_use(self) -> int:
        """How many connections of its pool serve a request."""
        _, figures = await self.send("GET", "/metrics", {})
        found = re.search(r"^foyer_database_connections_in_use (\d+)", figures, re.MULTILINE)
        assert found
        return int(found[1])


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with Server(tmp_path) as running:
        yield running


async def make_house(number: int) -> tuple[Any, str, str]:
    """A venue whose every text says whose it is, the secret of a caller at it, and the id of its season."""
    venue = await make_venue(slug=f"storm-{number}-{random.randbytes(4).hex()}")
    async with tenancy.scope(venue.id):
        season = await Season.create(name=f"of {venue.slug}")
        performance = await make_performance(name=f"of {venue.slug}", season_id=season.id)
        await make_price(performance, price_level=f"of {venue.slug}")
        await make_customer(last_name=f"of {venue.slug}")
    scopes = ("venue:read", "catalogue:read", "catalogue:write", "customers:read", "sales:read")
    secret = await (make_key(venue, *scopes) if number % 4 == 3 else make_token(venue))
    return venue, secret, f"Season_{season.id.hex}"


async def test_no_row_and_no_connection_goes_astray(server: Server):
    houses = await asyncio.gather(*(make_house(number) for number in range(VENUES)))

    async def visit(number: int) -> int:
        venue, secret, _ = houses[number % VENUES]
        foreign = houses[(number + 7) % VENUES][2]
        rows = [{"externalId": f"{number}-{at}", "name": f"of {venue.slug}"} for at in range(5)]
        query, variables = random.choice(
            [
                (LISTS, {}),
                (NESTED, {}),
                (NODE, {"id": foreign}),
                (CHANGE, {"name": f"of {venue.slug}"}),
                (UPSERT, {"rows": rows, "more": rows}),
            ]
        )
        if query is CHANGE and number % 4 == 3:
            query, variables = LISTS, {}  # keys do not change the venue
        patience = random.random() * 0.5 if random.random() < IMPATIENT else None
        status, body = await server.ask(secret, query, patience, **variables)
        if status:
            assert set(re.findall(r"storm-[\w-]+", body)) <= {venue.slug}, "somebody else's row"
            assert (status, json.loads(body).get("errors")) == (200, None), body
        if status and query is NODE:
            assert json.loads(body)["data"] == {"node": None, "season": None}
        return status

    statuses = Counter(await asyncio.gather(*(visit(number) for number in range(REQUESTS))))

    assert set(statuses) == {0, 200}
    assert statuses[0] > REQUESTS * IMPATIENT / 4
    async with asyncio.timeout(10):
        while await server.in_use():
            await asyncio.sleep(0.05)
    await nobody_waits_in_a_transaction()
    await nothing_is_half_done(houses)
    await without_a_venue_nothing_is_read(server, houses)


async def nobody_waits_in_a_transaction() -> None:
    """Neither a query that was cancelled nor a mutation that nobody waited for has left one open."""
    forgotten = sql(
        "select count(*) from pg_stat_activity where datname = current_database() and usename = user"
        " and pid <> pg_backend_pid() and state like 'idle in transaction%'"
    )
    async with tenancy.platform():
        assert await tenancy.fetch_value(forgotten) == 0


async def nothing_is_half_done(houses: Any) -> None:
    """An upsert is one transaction, whoever hung up: its five seasons and its five tags are there or none of them is."""
    many = (
        "select count(*) from {table} where tenant_id = {{venue}} and external_id is not null"
        " group by split_part(external_id, '-', 1)"
    )
    for venue, _, _ in houses:
        async with tenancy.scope(venue.id):
            seasons, tags = [await tenancy.fetch(sql(many.format(table=table))) for table in ("seasons", "tags")]
            assert {row[0] for row in (*seasons, *tags)} <= {5}
            assert len(seasons) == len(tags)
            strangers = "select count(*) from seasons where tenant_id = {venue} and name <> {name}"
            assert await tenancy.fetch_value(sql(strangers, name=f"of {venue.slug}")) == 0


async def without_a_venue_nothing_is_read(server: Server, houses: Any) -> None:
    """On every connection of the pool: whom it served last is forgotten."""
    answers = await asyncio.gather(*(server.ask(None, LISTS) for _ in range(4 * CONNECTIONS)))
    codes = {(status, json.loads(body)["errors"][0]["extensions"]["code"]) for status, body in answers}
    assert codes == {(401, "UNAUTHENTICATED")}
    nowhere = await make_token()
    _, body = await server.ask(nowhere, LISTS)
    assert json.loads(body)["errors"][0]["extensions"]["code"] == "VENUE_REQUIRED"
    with pytest.raises((asyncpg.UndefinedObjectError, asyncpg.InvalidTextRepresentationError)):
        async with tenancy.platform():
            await tenancy.fetch(sql("select * from seasons /* attack: no venue */"))
    assert (await server.ask(houses[0][1], LISTS))[0] == 200
