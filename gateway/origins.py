"""CORS: a venue's web shop may call from the addresses the venue lists, and from no others.

A browser's preflight brings no key, so it is told whether any venue lists the address; the request itself brings the key, and is
held to that key's venue.
"""

from contextlib import suppress

from starlette.requests import Request
from starlette.responses import Response

from gateway import csrf
from tenants import tenancy, venues
from tenants.errors import Refusal
from tenants.permissions import Caller

REMEMBER = "600"  # seconds a browser may go without asking again
METHODS = "GET, POST, OPTIONS"


async def preflight(request: Request) -> Response:
    """The answer to OPTIONS."""
    origin = request.headers.get("origin")
    if origin is None or not await _listed(origin):
        return Response(status_code=204, headers={"Allow": METHODS, "Vary": "Origin"})
    return Response(
        status_code=204,
        headers={
            **_allowing(origin),
            "Access-Control-Allow-Methods": METHODS,
            "Access-Control-Allow-Headers": "authorization, content-type, idempotency-key, traceparent",
            "Access-Control-Max-Age": REMEMBER,
            "Allow": METHODS,
        },
    )


def check(request: Request, caller: Caller) -> None:
    """Raise FORBIDDEN for a browser elsewhere than the venue allows. Servers and telephones send no Origin."""
    origin = request.headers.get("origin")
    if origin is None or caller.at is None or csrf.is_ours(origin, request) or origin in caller.at.origins:
        return
    raise Refusal("FORBIDDEN", f"The venue does not list {origin[:200]} among its allowed origins.")


async def headers(request: Request, caller: Caller | None) -> dict[str, str]:
    """What lets the browser's page read the answer; when the caller is unknown, what a preflight would be told."""
    origin = request.headers.get("origin")
    if origin is None:
        return {}
    listed = False
    with suppress(Exception):  # the answer may be that the database is gone, and it should get through
        listed = origin in caller.at.origins if caller and caller.at else await _listed(origin)
    return _allowing(origin) if listed else {"Vary": "Origin"}


def _allowing(origin: str) -> dict[str, str]:
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers": "x-trace-id, retry-after",
        "Vary": "Origin",
    }


async def _listed(origin: str) -> bool:
    async with tenancy.platform(readonly=True):
        return await venues.allows_origin(origin)
