"""Files in: `POST /files?name=sales.csv` with the bytes as the body, streamed into the venue's pieces."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway.auth import identify
from tenants import files
from tenants.errors import Refusal

STATUS = {"UNAUTHENTICATED": 401, "FORBIDDEN": 403, "FILE_TOO_LARGE": 413}


async def upload(request: Request) -> Response:
    """Answer the file's id, for `importCreate`. Needs `imports:write`."""
    try:
        address = request.client.host if request.client else ""
        caller = await identify(request.headers.get("authorization"), request.headers.get("x-venue"), address)
        if caller.kind == "ANONYMOUS":
            raise Refusal("UNAUTHENTICATED", "Sign in, or send a key, in the Authorization header.")
        if caller.at is None or "imports:write" not in caller.may:
            raise Refusal("FORBIDDEN", "You need the permission `imports:write` at the venue named in X-Venue.")
        name = request.query_params.get("name", "upload.csv")
        file_id = await files.store(caller.at.venue, name, request.stream())
    except Refusal as refusal:
        error = {"message": refusal.message, "extensions": {"code": refusal.code}}
        return JSONResponse({"errors": [error]}, STATUS.get(refusal.code, 400))
    return JSONResponse({"id": f"File_{file_id.hex}"}, 201)
