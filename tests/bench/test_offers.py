"""The storefront's `offers` of customers who are signed in, beside one hand-written statement, PostGraphile and mercurius:
the same rows, the same tokens, the same wall, one process each, asked in turns.

.venv/bin/pytest tests/bench/test_offers.py -s
"""

import json
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import asyncpg
import orjson
import pytest

from tenants.settings import settings
from tests.bench.load import cpu, one, post, rate, running, serving
from tests.bench.sale import Sale, a_sale, asked
from tests.gateway.npm import installed, run

ROUNDS, SECONDS, CONNECTIONS, QUESTIONS = 7, 3, 16, 2_000
POOL = 20  # connections of each server to PostgreSQL, so that no question waits for one
PEERS = Path(__file__).parent / "peers"
QUERY = """query Offers($id: ID!) { offers(performanceId: $id) {
  ticketType { id name } sellable startsAt maxQuantity reasons benefits { benefitId left }
  prices { priceLevel price { amount currencyCode } before { amount } fee { amount } maxQuantity } } }"""
# How often these columns stand in a peer's answer: prices, assignments, benefits, starts of sales, discounts.
ROWS = {"priceLevel": 5, "expiresOn": 4, "mostTickets": 6, "saleStartsAt": 5, "basisPoints": 2}


@dataclass
class Server:
    """One that is asked, and what comes of it in each round: answers per second, and the microseconds of a processor that an
    answer takes the server and PostgreSQL."""

    name: str
    port: int
    requests: list[bytes]
    process: int = 0
    rates: list[float] = field(default_factory=list)
    own: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)


async def test_offers_beside_a_hand_written_statement_and_peers(
    admin: asyncpg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOYER_DATABASE_POOL", str(POOL))
    sale = await a_sale()
    ours = Server("Foyer", 8481, requests(sale, "/storefront/graphql", QUERY, _global))
    floor = Server("by hand", 8482, requests(sale, "/offers", QUERY, _global))
    with ExitStack() as stack:
        for server, app in ((ours, "gateway.app:create_app"), (floor, "tests.bench.offers_by_hand:create_app")):
            server.process = stack.enter_context(serving(app, server.port))
        for asked_of_us, asked_of_it in list(zip(ours.requests, floor.requests, strict=True))[:200]:
            answer = orjson.loads(await one(ours.port, asked_of_us))
            assert {"data": answer["data"]} == orjson.loads(await one(floor.port, asked_of_it))
        peers = await started(stack, sale)
        for peer in peers:
            for request in peer.requests[:20]:
                answered = (await one(peer.port, request)).decode()
                assert {name: answered.count(f'"{name}"') for name in ROWS} == ROWS, answered
        await in_turns([ours, floor, *peers], admin, tmp_path)


async def started(stack: ExitStack, sale: Sale) -> list[Server]:
    """The peers, up and answering: they answer rows, from which a client would have to reckon. None where there is no Node."""
    try:
        folder = await installed("peers", "bench")
    except pytest.skip.Exception as skipped:
        print(f"\nwithout PostGraphile and mercurius: {skipped}")
        return []
    node = next(iter((folder / "node_modules").glob("node-*/bin/node")))
    assert (await run(folder, str(node), "--version")).startswith("v22.")
    peers = []
    for name, port in (("postgraphile", 8483), ("mercurius", 8484)):
        query = (PEERS / f"{name}.graphql").read_text()
        peer = Server(name, port, requests(sale, "/graphql", query, _as_stored))
        command = ["env", "NODE_ENV=production", "GRAPHILE_ENV=production", str(node), f"{name}.mjs"]
        peer.process = stack.enter_context(running([*command, settings().database_url, str(port), "10"], port, folder))
        peers.append(peer)
    return peers


def requests(sale: Sale, path: str, query: str, ids: Callable[[Sale, object], dict[str, str]]) -> list[bytes]:
    """One for each question."""
    return [
        post(path, orjson.dumps({"query": query, "variables": ids(sale, place)}), Authorization=f"Bearer {token}")
        for token, place in asked(sale, QUESTIONS)
    ]


def _global(sale: Sale, performance: object) -> dict[str, str]:
    return {"id": f"Performance_{str(performance).replace('-', '')}"}


def _as_stored(sale: Sale, performance: object) -> dict[str, str]:
    return {"id": str(performance), "production": str(sale.performances[performance])}  # type: ignore[index]


async def in_turns(servers: list[Server], admin: asyncpg.Connection, folder: Path) -> None:
    """Measure in turns, so that the machine's mood is the same for all, and tell medians; the first beside the others."""
    for server in servers:
        await load(server, folder, 3)  # compilers want to be warm
    for _ in range(ROUNDS):
        for server in servers:
            own, database = cpu(server.process), await backends(admin)
            server.rates.append(await load(server, folder, SECONDS))
            answers = server.rates[-1] * SECONDS / 1e6
            server.own.append((cpu(server.process) - own) / answers)
            server.database.append((await backends(admin) - database) / answers)
    ours = median(servers[0].rates)
    for each in servers:
        rates = f"{median(each.rates):.0f}/s ({min(each.rates):.0f} to {max(each.rates):.0f})"
        spent = f"{median(each.own):.0f} us of a processor and {median(each.database):.0f} in PostgreSQL each"
        print(f"\n{each.name}: {rates}, {spent}; Foyer is {ours / median(each.rates):.2f}x", end="")


async def backends(admin: asyncpg.Connection) -> float:
    """The seconds of a processor that PostgreSQL has taken for those who are connected."""
    rows = await admin.fetch("select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()")
    return sum(cpu(row["pid"]) for row in rows)


async def load(server: Server, folder: Path, seconds: int) -> float:
    """Answers per second, counted by wrk where it is installed."""
    if not shutil.which("wrk"):
        return await rate(server.port, *server.requests, seconds=seconds, connections=CONNECTIONS)
    script = folder / f"{server.port}.lua"
    asked_in_turn = ",\n".join(json.dumps(request.decode()) for request in server.requests)
    script.write_text(f"local all, at = {{{asked_in_turn}}}, 0\nfunction request() at = at % #all + 1 return all[at] end\n")
    options = [f"-c{CONNECTIONS}", "-t1", f"-d{seconds}s", "-s", str(script)]
    told = await run(folder, "wrk", *options, f"http://127.0.0.1:{server.port}")
    assert "Non-2xx" not in told and "Socket errors" not in told, told
    return float(next(line for line in told.splitlines() if line.startswith("Requests/sec")).split()[1])
