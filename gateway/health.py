"""Is the process alive, and is it ready for requests? For orchestrators and load balancers."""

import asyncio

import orjson
from starlette.requests import Request
from starlette.responses import Response

from tenants import tenancy
from tenants.sql import sql

SECONDS = 2.0  # longer than this, and the database counts as gone


async def live(request: Request) -> Response:
    """GET /live: the process answers. A database that is gone is no reason to restart it."""
    return _said(200, {"live": True})


async def ready(request: Request) -> Response:
    """GET /ready: 200 when requests can be served, else 503 with what is missing."""
    missing = await _missing()
    return _said(503 if missing else 200, {"ready": not missing, "missing": missing})


async def _missing() -> list[str]:
    try:
        async with asyncio.timeout(SECONDS), tenancy.platform(readonly=True):
            migrated = await tenancy.fetch_value(sql("select to_regclass('venues') is not null"))
    except Exception:
        return ["database"]
    return [] if migrated else ["migrations"]


def _said(status: int, body: dict[str, object]) -> Response:
    return Response(orjson.dumps(body), status, {"Cache-Control": "no-store"}, "application/json")
