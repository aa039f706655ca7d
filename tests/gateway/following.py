"""Gateways on ports of their own, as processes or beside the test, and clients that follow a job through them."""

import asyncio
import os
import signal
import socket
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import orjson
import uvicorn

from gateway.app import create_app
from tenants import tenancy
from tenants.sql import sql

TLS = ssl.create_default_context()  # never used, and dear to make for each of 200 clients
PROGRESS = "subscription ($id: ID!) { jobProgress(id: $id) { id state progress { done total } error { code } } }"


@dataclass
class Gateway:
    """One process."""

    process: asyncio.subprocess.Process
    port: int

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    async def stop(self) -> str:
        """End it as an operator does; answers its log."""
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        _, log = await asyncio.wait_for(self.process.communicate(), 30)
        return log.decode()


@asynccontextmanager
async def gateway(**environment: str) -> AsyncIterator[Gateway]:
    """A gateway that is ready, and stopped at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    given = os.environ | {"FOYER_PORT": str(port), "FOYER_ENVIRONMENT": "production"} | environment
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway.cli", "serve", env=given, stderr=asyncio.subprocess.PIPE, limit=2**24
    )
    made = Gateway(process, port)
    try:
        async with httpx.AsyncClient() as asking, asyncio.timeout(30):
            while True:
                with suppress(httpx.TransportError):
                    if (await asking.get(f"{made.url}/ready")).status_code == 200:
                        break
                await asyncio.sleep(0.05)
        yield made
    finally:
        if process.returncode is None:
            await made.stop()


@asynccontextmanager
async def server() -> AsyncIterator[str]:
    """The address of a gateway of its own in this process, with all that a process has: its bell, its streams, its places."""
    serving = uvicorn.Server(uvicorn.Config(create_app(), port=0, lifespan="off", log_level="error", ws_max_size=2**18))
    task = asyncio.create_task(serving.serve())
    while not serving.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{serving.servers[0].sockets[0].getsockname()[1]}"
    finally:
        serving.should_exit = True
        await asyncio.wait_for(task, 20)


async def move(job: UUID, state: str = "RUNNING", done: int = 0, *, rings: bool = False) -> None:
    """What a worker does to a job."""
    update = """
        update jobs set state = {state}, progress_done = {done}, progress_total = 10, started_at = now(),
          lease_until = case when {state} = 'RUNNING' then now() + interval '1 hour' end,
          finished_at = case when {state} in ('DONE', 'FAILED') then now() end where id = {job}"""
    async with tenancy.platform() as here:
        await tenancy.execute(sql(update, state=state, done=done, job=job))
        if rings:
            here.moved.add(job)


def job_id(job: UUID) -> str:
    """A job's id as clients see it."""
    return f"Job_{job.hex}"


@asynccontextmanager
async def stream(url: str, token: str | None, job: str, query: str = PROGRESS, **headers: str) -> AsyncIterator[httpx.Response]:
    """The answer to a subscription as server-sent events, open."""
    given = {"Accept": "text/event-stream", **({"Authorization": f"Bearer {token}"} if token else {}), **headers}
    async with (
        httpx.AsyncClient(timeout=60, verify=TLS) as asking,
        asking.stream("POST", f"{url}/graphql", json={"query": query, "variables": {"id": job}}, headers=given) as answer,
    ):
        yield answer
        if coming := answer.extensions.get("events"):
            await coming.aclose()


def events(answer: httpx.Response) -> AsyncIterator[tuple[str, str, Any]]:
    """Each event's name, id and data, until the stream ends. Kept with the answer: thrown away, it would close the connection."""
    coming = answer.extensions["events"] = _events(answer)
    return coming


async def _events(answer: httpx.Response) -> AsyncIterator[tuple[str, str, Any]]:
    told = {"event": "", "id": "", "data": ""}
    async for line in answer.aiter_lines():
        if line and not line.startswith(":"):
            name, _, value = line.partition(":")
            told[name] = value.strip()
        elif told["event"]:
            yield told["event"], told["id"], orjson.loads(told["data"]) if told["data"] else None
            told = {"event": "", "id": "", "data": ""}
