"""A client of the gateway, over ASGI: no network, everything else as it is."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import orjson

from gateway.app import create_app
from gateway.http import EVENT_STREAM, GRAPHQL_JSON
from tenants.settings import settings


def client(app: Any = None, *, costs: bool = False, address: str = "203.0.113.7", **chosen: Any) -> httpx.AsyncClient:
    """A client of an application of its own; `chosen` are settings that differ from the test run's. What each answer says of its
    cost, which differs from one to the next, is left out unless `costs`."""
    app = app or create_app(settings().model_copy(update=chosen))
    transport = httpx.ASGITransport(app, client=(address, 1))
    hooks: dict[str, list[Any]] = {} if costs else {"response": [_without_cost]}
    return httpx.AsyncClient(transport=transport, base_url="http://foyer", timeout=30, event_hooks=hooks)


async def _without_cost(response: httpx.Response) -> None:
    if b'"extensions":{"cost":' in await response.aread():
        body = response.json()
        del body["extensions"]
        response._content = orjson.dumps(body)


async def ask(asking: httpx.AsyncClient, query: str, **given: Any) -> httpx.Response:
    """Post a query. `token`, `venue`, `path` and further headers may be given; the rest are variables. A subscription is answered
    as it stands, and no longer followed."""
    headers = {"Accept": given.pop("accept", GRAPHQL_JSON)}
    if token := given.pop("token", None):
        headers["Authorization"] = f"Bearer {token}"
    if venue := given.pop("venue", None):
        headers["X-Venue"] = venue
    path = given.pop("path", "/graphql")
    headers |= given.pop("headers", {})
    body = {"query": query, "variables": given}
    if query.lstrip().startswith("subscription"):
        return await _first_event(
            asking, asking.build_request("POST", path, json=body, headers=headers | {"Accept": EVENT_STREAM})
        )
    return await asking.post(path, json=body, headers=headers)


async def _first_event(asking: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
    """What the first event says, as if it were an answer of its own; then the client hangs up. An answer that is no stream is
    answered as it is. httpx itself waits until the whole answer is there."""
    told, gone = bytearray(), asyncio.Event()
    status, coming = 0, [{"type": "http.request", "body": request.content, "more_body": False}]

    async def receive() -> Any:
        if coming:
            return coming.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        nonlocal status
        status = message.get("status", status)
        told.extend(message.get("body", b""))
        if b"event: next" in told:
            gone.set()

    headers = [(name.lower(), value) for name, value in request.headers.raw]
    scope = {"type": "http", "method": "POST", "path": request.url.path, "query_string": b"", "headers": headers}
    about = {"client": ("203.0.113.7", 1), "server": ("foyer", 80), "scheme": "http", "root_path": "", "http_version": "1.1"}
    transport: Any = asking._transport
    await transport.app({**scope, **about}, receive, send)
    events = [line.removeprefix(b"data: ") for line in told.split(b"\n") if line.startswith(b"data: ")]
    return httpx.Response(status, content=bytes(events[0] if events else told))


def codes(response: httpx.Response) -> list[str]:
    """The codes of the errors, in order."""
    return [error["extensions"]["code"] for error in response.json().get("errors", [])]


def moved(asking: httpx.AsyncClient) -> httpx.AsyncClient:
    """The same client at an address that nobody asked from."""
    asking._transport.client = ("10.{}.{}.{}".format(*uuid4().bytes[:3]), 1)
    return asking
