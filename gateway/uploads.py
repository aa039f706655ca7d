"""Files in: `POST /files?name=sales.csv` with the bytes as the body, streamed into the venue's pieces."""

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from gateway import auth, errors
from gateway.visits import GONE, visit_of
from tenants import files
from tenants.errors import Refusal
from tenants.permissions import require


async def upload(request: Request) -> Response:
    """Answer 201 and the file's id, for `importCreate`; or the errors in GraphQL's form. Needs `imports:write`."""
    visit = visit_of(request.scope)
    visit.contract = "files"
    try:
        caller = await auth.caller_of(request)
        require(caller, "imports:write")
        if caller.at is None:
            raise Refusal("VENUE_REQUIRED", "Name a venue in the X-Venue header.")
        visit.venue = caller.at.slug
        name = request.query_params.get("name", "upload.csv")
        file_id = await files.store(caller.at.venue, name, request.stream(), organisations=caller.at.organisations)
    except ClientDisconnect:
        visit.outcome = "gone"
        return Response(status_code=GONE)
    except Exception as error:
        told = errors.of_request(error, visit.trace)
        status = errors.status_of(told, plain_json=False)
        visit.outcome = "failed" if status >= 500 else "refused"
        return _json({"errors": told}, status)
    visit.outcome = "answered"
    return _json({"id": f"File_{file_id.hex}"}, 201)


def _json(body: object, status: int) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")
