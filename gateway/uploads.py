"""Files in: `PUT /files/{signed}` for what `stagedUploadCreate` announced, and the short way, `POST /files` with a token."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from gateway import auth, errors
from gateway.http import Rejected
from gateway.visits import GONE, visit_of
from tenants import links, tenancy, uploads
from tenants.errors import Refusal
from tenants.files import File
from tenants.permissions import Caller, require
from tenants.uploads import PURPOSES

PAUSE_SECONDS = 30.0  # the longest without a byte
WHOLE_SECONDS = uploads.LIFE.total_seconds()


async def put(request: Request) -> Response:
    """Take the bytes of an announced file, once: whether they arrive or not, the address is used up. Answers 204."""
    return await _answered(request, _put)


async def post(request: Request) -> Response:
    """Take a file for an import without announcing it; answers 201 and its id."""
    return await _answered(request, _post)


async def _put(request: Request) -> Response:
    proof = links.read(uploads.LINK, request.path_params["signed"])
    if proof is None:
        raise _gone()
    try:
        caller = await auth.again(proof, auth.address_of(request))
        require(caller, PURPOSES[proof.about].needs)
    except Refusal:
        raise _gone() from None
    async with _scope(caller):
        file = await uploads.begin(proof.row)
    await uploads.receive(proof.venue, file, _declared(request, file), size=file.size)
    return Response(status_code=204)


def _declared(request: Request, file: Any) -> AsyncIterator[bytes]:
    """The body, unless its headers contradict what was announced already."""

    async def body() -> AsyncIterator[bytes]:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != file.content_type:
            raise Refusal("WRONG_CONTENT_TYPE", f"It was announced as {file.content_type}; send that as Content-Type.")
        if (length := request.headers.get("content-length")) is not None and length != str(file.size):
            raise Refusal("WRONG_SIZE", f"{file.size} bytes were announced, and Content-Length says {length[:20]}.")
        async for part in _steadily(request):
            yield part

    return body()


async def _post(request: Request) -> Response:
    caller = await auth.caller_of(request)
    require(caller, PURPOSES["IMPORT"].needs)
    if caller.at is None:
        raise Refusal("VENUE_REQUIRED", "Name a venue in the X-Venue header.")
    visit_of(request.scope).venue = caller.at.slug
    name = request.query_params.get("name", "upload.csv")
    async with _scope(caller) as here:
        file = await File.create(name=name[:300], organisation_ids=here.reach)
    await uploads.receive(caller.at.venue, file, _steadily(request))
    return _json({"id": f"File_{file.id.hex}"}, 201)


def _scope(caller: Caller) -> Any:
    assert caller.at
    return tenancy.scope(caller.at.venue, organisations=caller.at.organisations, promoter=caller.at.promoter)


async def _steadily(request: Request) -> AsyncIterator[bytes]:
    """The body as it comes, from a sender that keeps sending. Raises Rejected, ClientDisconnect."""
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Rejected(415, "Send the body uncompressed.")
    body, ends = request.stream(), asyncio.get_running_loop().time() + WHOLE_SECONDS
    try:
        while True:
            async with asyncio.timeout_at(min(ends, asyncio.get_running_loop().time() + PAUSE_SECONDS)):
                part = await anext(body, None)
            if part is None:
                return
            yield part
    except TimeoutError:
        raise Rejected(408, f"The body paused for more than {PAUSE_SECONDS:g} s, or took too long altogether.") from None


async def _answered(request: Request, take: Callable[[Request], Awaitable[Response]]) -> Response:
    visit = visit_of(request.scope)
    visit.contract = "files"
    try:
        answer = await take(request)
    except ClientDisconnect:
        visit.outcome = "gone"
        return Response(status_code=GONE)
    except Exception as error:
        if isinstance(error, Rejected):
            told: Any = [{"message": error.message, "extensions": {"code": "BAD_REQUEST", "traceId": visit.trace}}]
            status = error.status
        else:
            told = errors.of_request(error, visit.trace)
            status = 404 if told[0]["extensions"]["code"] == "NOT_FOUND" else errors.status_of(told, plain_json=False)
        visit.outcome = "failed" if status >= 500 else "refused"
        return _json({"errors": told}, status)
    visit.outcome = "answered"
    return answer


def _gone() -> Refusal:
    return Refusal("NOT_FOUND", "This address is not good, or not any more; ask for another.")


def _json(body: object, status: int) -> Response:
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    if status >= 400:
        headers["Connection"] = "close"  # what is left of the body is not read
    return Response(orjson.dumps(body), status, headers, "application/json")
