"""The npm suite graphql-http against a real server, where Node is present."""

import asyncio
import fcntl
import json
import shutil
from collections import Counter
from pathlib import Path

import pytest
import uvicorn

from gateway.app import create_app
from tenants.settings import settings
from tests.builders import make_key, make_token, make_venue

HERE = Path(__file__).parents[1] / "npm"
INSTALLED = Path(__file__).parents[2] / ".foyer" / "npm"


async def run(*command: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=INSTALLED, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, errors = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{command[0]} failed: {errors.decode()[-500:]}")
    return out.decode()


@pytest.fixture(scope="module")
async def suite() -> Path:
    """The audits' script, installed."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("there is no Node here (node and npm)")
    INSTALLED.mkdir(parents=True, exist_ok=True)
    with (INSTALLED / "lock").open("w") as lock:  # the test processes share the folder
        await asyncio.to_thread(fcntl.flock, lock, fcntl.LOCK_EX)
        return await installed()


async def installed() -> Path:
    files = ("package.json", "package-lock.json", "audit.mjs")
    wanted = "".join((HERE / name).read_text() for name in files)
    stamp = INSTALLED / "installed"
    if not stamp.exists() or stamp.read_text() != wanted:
        for name in files:
            shutil.copy(HERE / name, INSTALLED / name)
        try:
            await run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
        except RuntimeError as error:
            pytest.skip(f"graphql-http cannot be installed here: {error}")
        stamp.write_text(wanted)
    return INSTALLED / "audit.mjs"


@pytest.mark.parametrize("who", ["a stranger in development", "a person in production", "a shop in production"])
async def test_all_61_audits_are_fulfilled(who, suite):
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
        results = json.loads(await run("node", suite.name, f"http://127.0.0.1:{port}{path}", headers))
    finally:
        server.should_exit = True
        await serving

    assert [r for r in results if r["status"] != "ok"] == []
    assert Counter(r["name"].split()[0] for r in results) == {"MUST": 13, "SHOULD": 23, "MAY": 25}
