"""A client of the gateway, over ASGI: no network, everything else as it is."""

from typing import Any

import httpx
import orjson

from gateway.app import create_app
from gateway.http import GRAPHQL_JSON
from tenants.settings import settings


def client(app: Any = None, *, costs: bool = False, **chosen: Any) -> httpx.AsyncClient:
    """A client of an application of its own; `chosen` are settings that differ from the test run's. What each answer says of its
    cost, which differs from one to the next, is left out unless `costs`."""
    app = app or create_app(settings().model_copy(update=chosen))
    transport = httpx.ASGITransport(app, client=("203.0.113.7", 1))
    hooks: dict[str, list[Any]] = {} if costs else {"response": [_without_cost]}
    return httpx.AsyncClient(transport=transport, base_url="http://foyer", timeout=30, event_hooks=hooks)


async def _without_cost(response: httpx.Response) -> None:
    if b'"extensions":{"cost":' in await response.aread():
        body = response.json()
        del body["extensions"]
        response._content = orjson.dumps(body)


async def ask(asking: httpx.AsyncClient, query: str, **given: Any) -> httpx.Response:
    """Post a query. `token`, `venue`, `path` and further headers may be given; the rest are variables."""
    headers = {"Accept": given.pop("accept", GRAPHQL_JSON)}
    if token := given.pop("token", None):
        headers["Authorization"] = f"Bearer {token}"
    if venue := given.pop("venue", None):
        headers["X-Venue"] = venue
    path = given.pop("path", "/graphql")
    headers |= given.pop("headers", {})
    return await asking.post(path, json={"query": query, "variables": given}, headers=headers)


def codes(response: httpx.Response) -> list[str]:
    """The codes of the errors, in order."""
    return [error["extensions"]["code"] for error in response.json().get("errors", [])]
