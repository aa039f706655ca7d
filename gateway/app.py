"""The ASGI application: routes, opening and closing. No BaseHTTPMiddleware: it costs more than the rest together."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp

from gateway import campaign_links, downloads, graphiql, health, images, sessions, uploads
from gateway.budgets import Budgets
from gateway.endpoint import Endpoint
from gateway.graphql import Handler
from gateway.line import Line
from gateway.metrics import Metrics
from gateway.persisted import Persisted
from gateway.streams import Streams
from gateway.valkey import at
from gateway.visits import Visits
from gateway.websocket import Sockets
from jobs import broker  # noqa: F401  # from its import on, a commit rings the workers' bell
from resolvers import contracts
from tenants import database
from tenants.settings import Settings
from tenants.settings import settings as environment


def create_app(settings: Settings | None = None) -> Starlette:
    """The gateway."""
    chosen = settings or environment()
    development, streams = chosen.development, Streams()
    metrics = Metrics({name: executor.kept.counts for name, executor in contracts.EXECUTORS.items()})
    cookie = sessions.cookie_name(development=development)
    metrics.subscriptions.set_function(streams.places.taken.total)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with database.opened(chosen):
            with streams.ended_by_sigterm():
                yield

    budgets, line = Budgets(chosen), Line(max(1, chosen.database_pool // 2))
    staff = Handler(
        contracts.graphql,
        admits=frozenset({"PERSON", "KEY"}),
        strangers_introspect=development,
        count=metrics.lookups("graphql"),
        budgets=budgets,
        line=line,
        persisted=Persisted("GRAPHQL", at(chosen.redis_url)),
    )
    shop = Handler(
        contracts.storefront,
        admits=frozenset({"STOREFRONT", "KEY", "CUSTOMER"}),
        public=True,
        strangers_introspect=development,
        count=metrics.lookups("storefront"),
        budgets=budgets,
        line=line,
        persisted=Persisted("STOREFRONT", at(chosen.redis_url)),
    )
    staff.contracts |= {"GRAPHQL": staff.documents, "STOREFRONT": shop.documents}
    asked = {
        "/graphql": Endpoint("graphql", staff, streams, cookie=cookie, with_graphiql=development),
        "/storefront/graphql": Endpoint("storefront", shop, streams, from_browsers=True, with_graphiql=development),
    }
    routes = [
        *(Route(path, endpoint) for path, endpoint in asked.items()),
        WebSocketRoute("/graphql", Sockets("graphql", staff, streams, metrics, cookie=cookie)),
        Route("/session", sessions.SessionEndpoint(cookie), methods=["POST", "DELETE"]),
        Route("/files", uploads.post, methods=["POST"]),
        Route("/files/{signed}", uploads.put, methods=["PUT"]),
        Route("/files/{signed}", downloads.download),
        Route("/i/{venue}/{name}", images.picture),
        Route("/c/{token}", campaign_links.Links(budgets).follow),
        Route("/live", health.live),
        Route("/ready", health.ready),
        Route("/metrics", metrics.show),
        *([graphiql.files()] if development else []),
    ]
    return _Gateway(metrics, asked, routes=routes, lifespan=lifespan)


class _Gateway(Starlette):
    """Starlette with Visits around it in place of its own answer to what nobody caught. Most requests are for one of the two
    contracts: Visits hands those to their endpoint, past the routes."""

    def __init__(self, metrics: Metrics, asked: Mapping[str, ASGIApp], **given: Any) -> None:
        super().__init__(**given)
        self._metrics, self._asked = metrics, asked

    def build_middleware_stack(self) -> ASGIApp:
        """What a request goes through."""
        return Visits(ExceptionMiddleware(self.router), self._metrics, self._asked)
