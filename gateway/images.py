"""Pictures out: `GET /i/{venue}/{hash}-{width}.webp`, for everybody, and for caches: what is at an address never changes."""

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from gateway.visits import visit_of
from tenants import files, tenancy
from tenants.images import records
from tenants.sql import sql

_NAME = re.compile(r"([0-9a-f]{32})-(\d{2,4})\.(webp|jpg)", re.ASCII)
_SLUG = re.compile(r"[a-z0-9-]{2,40}", re.ASCII)
_TYPES = {"webp": "image/webp", "jpg": "image/jpeg"}
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


async def picture(request: Request) -> Response:
    """The picture; 404 once nobody shows it any more."""
    visit = visit_of(request.scope)
    visit.contract, visit.outcome = "images", "refused"
    slug, wanted = request.path_params["venue"], _NAME.fullmatch(request.path_params["name"])
    if wanted is None or not _SLUG.fullmatch(slug) or (venue := await _venue(slug)) is None:
        return _nothing()
    digest, width, form = wanted[1], int(wanted[2]), wanted[3]
    async with tenancy.scope(venue, readonly=True, public=True):
        found = await records.of(digest, width, form)
    if found is None:
        return _nothing()
    visit.venue, visit.outcome = slug, "answered"
    tag = f'"{digest}-{width}-{form}"'
    headers = {**_ALWAYS, "Cache-Control": "public, max-age=31536000, immutable", "ETag": tag}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    headers |= {"Content-Length": str(found.size), "Content-Type": _TYPES[form]}
    if request.method == "HEAD":
        return Response(headers=headers)
    return StreamingResponse(files.pieces(venue, found), headers=headers)


async def _venue(slug: str) -> Any:
    async with tenancy.platform(readonly=True):
        return await tenancy.fetch_value(sql("select id from venues where slug = {slug}", slug=slug))


def _nothing() -> Response:
    return Response(status_code=404, headers=_ALWAYS | {"Cache-Control": "no-store"})
