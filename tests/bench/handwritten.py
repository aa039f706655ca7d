"""The floor: what somebody would write who wants this one list and nothing else. The same key, the same wall, one statement."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tenants.settings import settings

KEY = (
    "select k.tenant_id from keys k join key_secrets s on s.key_id = k.id"
    " where s.prefix = $1 and s.secret_hash = $2 and k.revoked_at is null"
)
LIST = """
select id, number, first_name, last_name, email, phone, city, postcode from customers
where tenant_id = $1 order by number, id limit 51
"""


async def _nothing(connection: object) -> None:
    pass


def create_app() -> Starlette:
    """The handler as an application."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with asyncpg.create_pool(settings().database_url, min_size=1, max_size=10, reset=_nothing) as app.state.pool:
            yield

    async def customers(request: Request) -> Response:
        orjson.loads(await request.body())
        secret = request.headers["authorization"].removeprefix("Bearer ")
        async with request.app.state.pool.acquire() as connection:
            venue = await connection.fetchval(KEY, secret[:12], hashlib.sha256(secret.encode()).digest())
            await connection.execute(f"begin read only; set local app.tenant = '{venue}'")
            rows = await connection.fetch(LIST, venue)
            await connection.execute("commit")
        nodes = [
            {
                "id": f"Customer_{r[0].hex}",
                "number": r[1],
                "firstName": r[2],
                "lastName": r[3],
                "email": r[4],
                "phone": r[5],
                "city": r[6],
                "postcode": r[7],
            }
            for r in rows[:50]
        ]
        return Response(orjson.dumps({"data": {"customers": {"nodes": nodes}}}), media_type="application/json")

    return Starlette(routes=[Route("/customers", customers, methods=["POST"])], lifespan=lifespan)
