"""The ASGI application: routes, opening and closing. No BaseHTTPMiddleware: it costs more than the rest together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.graphql import Handler
from resolvers import contracts
from tenants import database
from tenants.errors import Refusal
from tenants.settings import Settings
from tenants.settings import settings as environment


def create_app(settings: Settings | None = None) -> Starlette:
    """The gateway."""
    chosen = settings or environment()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with database.opened(chosen):
            yield

    return Starlette(routes=[Route("/graphql", _endpoint(Handler(contracts.graphql)), methods=["POST"])], lifespan=lifespan)


def _endpoint(handler: Handler):  # type: ignore[no-untyped-def]
    async def endpoint(request: Request) -> Response:
        body = orjson.loads(await request.body())
        try:
            answer = await handler.answer(
                body["query"],
                body.get("variables"),
                body.get("operationName"),
                request.headers.get("authorization"),
                request.headers.get("x-venue"),
                request.client.host if request.client else "",
            )
        except Refusal as refusal:
            answer = {"errors": [{"message": refusal.message, "extensions": {"code": refusal.code}}]}
        return Response(orjson.dumps(answer), media_type="application/graphql-response+json")

    return endpoint
