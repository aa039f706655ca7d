"""Files out: `GET /files/{signed}`. The link is the credential; it is good for minutes, and no longer than who asked for it."""

import re
import unicodedata
from collections.abc import AsyncIterator
from urllib.parse import quote

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from gateway import auth, errors
from gateway.visits import visit_of
from tenants import audit, downloads, links, tenancy
from tenants.downloads import KINDS, Download
from tenants.errors import Refusal
from tenants.ids import global_id
from tenants.permissions import require

_SAFE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


async def download(request: Request) -> Response:
    """The file, streamed as an attachment, or 404 whatever is wrong with the link. Leaves an entry in the audit log."""
    visit = visit_of(request.scope)
    visit.contract = "downloads"
    try:
        found = await _found(request, visit.trace)
    except Refusal:
        visit.outcome = "refused"
        told = errors.of_request(Refusal("NOT_FOUND", "This link is not good, or not any more; ask for another."), visit.trace)
        return Response(orjson.dumps({"errors": told}), 404, _SAFE, "application/json")
    visit.outcome = "answered"
    headers = {**_SAFE, "Content-Disposition": _attachment(found.name), "Content-Type": found.content_type}
    if found.size is not None:
        headers["Content-Length"] = str(found.size)
    return StreamingResponse(found.pieces if request.method == "GET" else _nothing(), headers=headers)


async def _found(request: Request, trace: str) -> Download:
    proof = links.read(downloads.PURPOSE, request.path_params["signed"])
    if proof is None:
        raise Refusal("NOT_FOUND", "This is no link of ours.")
    caller, kind = await auth.again(proof, auth.address_of(request)), KINDS[proof.about]
    require(caller, kind.needs)
    assert caller.at
    async with tenancy.scope(caller.at.venue, organisations=caller.at.organisations, promoter=caller.at.promoter):
        found = await kind.find(proof.row)
        with audit.recording("download", caller, trace) as entry:
            entry.touched([global_id(kind.record, proof.row)])
            audit.write([entry])
    return found


def _attachment(name: str) -> str:
    """RFC 6266: the name in UTF-8, and in ASCII for whoever does not know that; nothing of it is a path or cannot be seen."""
    seen = "".join("_" if unicodedata.category(c)[0] == "C" or c in '/\\:*?"<>|' else c for c in name).strip(" .") or "file"
    plain = re.sub(r"[^\x20-\x7e]|%", "_", unicodedata.normalize("NFKD", seen))
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(seen, safe='')}"


async def _nothing() -> AsyncIterator[bytes]:
    """The body of an answer to HEAD."""
    return
    yield
