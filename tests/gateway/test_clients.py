"""The clients that partners use, from npm and unmodified, where Node is present. The protocols' own clients are in every run; the
rest is 265 MB and has a target of its own, `make test-clients`. The snippets of docs/api.md are cut out of these scripts."""

import asyncio
import json
import os
import re
import shutil
from pathlib import Path
from uuid import uuid4

import pytest

from gateway import printed
from tenants import tenancy
from tests.builders import make_customer, make_job, make_token, make_venue
from tests.gateway import npm
from tests.gateway.following import job_id, move, server

NAMES = [f"Nordmann {number}" for number in range(5)]
API = Path(printed.FOLDER).parent / "docs" / "api.md"


@pytest.fixture(scope="module")
async def clients() -> Path:
    """The folder of the large ones."""
    if "FOYER_TEST_CLIENTS" not in os.environ:
        pytest.skip("make test-clients runs this")
    return await npm.installed("clients")


async def told(folder: Path, script: str) -> dict:
    """What a script tells of a venue with five customers; the job it follows ends once it follows it."""
    venue, email = await make_venue(), f"{uuid4().hex}@example.org"
    token, job = await make_token(venue, email=email, password="velkommen inn"), await make_job(venue.id)
    async with tenancy.scope(venue.id):
        for name in NAMES:
            await make_customer(last_name=name)
    async with server() as url:
        given = {"url": url, "email": email, "password": "velkommen inn", "token": token, "job": job_id(job)}
        process = await asyncio.create_subprocess_exec(
            "node", script, json.dumps(given), cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        async with asyncio.timeout(60):
            said = b""
            while line := await process.stderr.readline():
                said += line
                if line == b"following\n":
                    await move(job, "DONE", 10, rings=True)
            out = await process.stdout.read()
            assert await process.wait() == 0, said.decode()
    return json.loads(out)


async def test_apollo_client(clients):
    upserted = [1, ["CREATED"], ["REJECTED", "REQUIRED"]]
    assert await told(clients, "apollo.mjs") == {
        "stranger": "UNAUTHENTICATED",
        "customers": NAMES,
        "upserts": [upserted, upserted],
        "reused": "IDEMPOTENCY_KEY_REUSED",
        "states": ["QUEUED", "DONE"],
        "persisted": ["hash", "text", 0, "hash", 0],
    }


async def test_urql(clients):
    assert await told(clients, "urql.mjs") == {
        "stranger": "UNAUTHENTICATED",
        "customers": NAMES,
        "userErrors": ["NOT_FOUND"],
        "states": ["QUEUED", "DONE"],
    }


async def test_graphql_ws_and_graphql_sse():
    assert await told(await npm.installed("protocols"), "live.mjs") == {
        "ws": ["QUEUED", "DONE"],
        "sse": ["QUEUED", "DONE"],
        "ws, a wrong token": 4401,
        "sse, a wrong token": 401,
        "ws, a wrong document": "GRAPHQL_VALIDATION_FAILED",
        "sse, a wrong document": ["GRAPHQL_VALIDATION_FAILED"],
    }


@pytest.mark.parametrize("contract", ["schema", "storefront"])
async def test_graphql_codegen_and_tsc(contract, clients):
    shutil.copy(printed.FOLDER / f"{contract}.graphql", clients)
    await npm.run(clients, "node", "node_modules/@graphql-codegen/cli/cjs/bin.js", "--config", f"codegen.{contract}.json")
    await npm.run(clients, "node", "node_modules/typescript/bin/tsc", "--project", f"tsconfig.{contract}.json")


@pytest.mark.parametrize("contract", ["schema", "storefront"])
async def test_relay_compiler(contract, clients):
    shutil.copy(printed.FOLDER / f"{contract}.graphql", clients)
    shutil.rmtree(clients / f"relay-{contract}" / "__generated__", ignore_errors=True)
    out = await npm.run(clients, "node", "node_modules/relay-compiler/cli.js", f"relay.{contract}.json")
    assert re.search(r"compiled documents: [1-9]", out), out


def test_the_snippets_of_the_documentation_are_those_that_run():
    scripts = [f.read_text() for f in (npm.TESTS / "npm" / "clients").iterdir() if f.suffix in (".mjs", ".ts")]
    snippets = [part for text in scripts for part in re.findall(r"// --- docs/api.md: [^\n]*\n(.*?)// --- end", text, re.DOTALL)]
    assert len(snippets) == 3
    documented = API.read_text()
    assert [
        snippet
        for snippet in snippets
        if "".join(f"    {line}\n".replace("    \n", "\n") for line in snippet.splitlines()) not in documented
    ] == []
