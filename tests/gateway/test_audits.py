"""The npm suite graphql-http against a real server, where Node is present."""

import asyncio
import json
from collections import Counter
from pathlib import Path

import pytest
import uvicorn

from gateway.app import create_app
from tenants.settings import settings
from tests.builders import make_key, make_token, make_venue
from tests.gateway import npm


@pytest.fixture(scope="module")
async def folder() -> Path:
    """Where the audits' script is installed."""
    return await npm.installed("protocols")


@pytest.mark.parametrize("who", ["a stranger in development", "a person in production", "a shop in production"])
async def test_all_61_audits_are_fulfilled(who, folder):
    venue = await make_venue()
    secret = {
        "a stranger in development": None,
        "a person in production": await make_token(venue),
        "a shop in production": await make_key(venue, kind="PUBLISHABLE"),
    }[who]
    app = create_app(settings().model_copy(update={"environment": "development" if secret is None else "production"}))
    path = "/storefront/graphql" if "shop" in who else "/graphql"
    server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="off", log_level="error"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        port = server.servers[0].sockets[0].getsockname()[1]
        headers = json.dumps({"Authorization": f"Bearer {secret}"} if secret else {})
        results = json.loads(await npm.run(folder, "node", "audit.mjs", f"http://127.0.0.1:{port}{path}", headers))
    finally:
        server.should_exit = True
        await serving

    assert [r for r in results if r["status"] != "ok"] == []
    assert Counter(r["name"].split()[0] for r in results) == {"MUST": 13, "SHOULD": 23, "MAY": 25}
