"""The floor of a purchase: a bare counter. One conditional UPDATE keeps it, and an order is written beside it."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tenants.ids import new_id
from tenants.settings import settings
from tests.bench.handwritten import KEY

TABLE = """
create table bench_counters (tenant_id uuid not null, id uuid not null, used int not null, most int not null,
  primary key (tenant_id, id)) with (fillfactor = 50);
select protect('bench_counters'::regclass);
"""
TAKE = "update bench_counters set used = used + $3 where tenant_id = $1 and id = $2 and used + $3 <= most returning used"
ORDER = "insert into orders (tenant_id, id, channel, currency, ordered_at) values ($1, $2, 'ONLINE', 'NOK', now())"


async def _nothing(connection: object) -> None:
    pass


def create_app() -> Starlette:
    """The handler as an application."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with asyncpg.create_pool(settings().database_url, min_size=1, max_size=10, reset=_nothing) as app.state.pool:
            yield

    async def take(request: Request) -> Response:
        counter, order = UUID(orjson.loads(await request.body())["counter"]), new_id()
        secret = request.headers["authorization"].removeprefix("Bearer ")
        async with request.app.state.pool.acquire() as connection:
            venue = await connection.fetchval(KEY, secret[:12], hashlib.sha256(secret.encode()).digest())
            await connection.execute(f"begin; set local app.tenant = '{venue}'")
            used = await connection.fetchval(TAKE, venue, counter, 1)
            if used is None:
                await connection.execute("rollback")
                return Response(b'{"order":null}', media_type="application/json")
            await connection.execute(ORDER, venue, order)
            await connection.execute("commit")
        return Response(orjson.dumps({"order": order}), media_type="application/json")

    return Starlette(routes=[Route("/take", take, methods=["POST"])], lifespan=lifespan)
