"""What 1,000 subscribers cost who wait: memory and CPU of the gateway, transactions in PostgreSQL.

.venv/bin/pytest tests/bench/test_streams.py -s
"""

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import orjson

from tenants import tenancy
from tenants.sql import sql
from tests.bench.load import cpu
from tests.builders import make_job, make_key, make_venue
from tests.gateway.following import PROGRESS, gateway, job_id

SUBSCRIBERS, KEYS, SECONDS = 1000, 20, 20


async def test_a_thousand_that_wait():
    venue = await make_venue()
    keys = [await make_key(venue, "jobs:read") for _ in range(KEYS)]
    jobs = [await make_job(venue.id) for _ in range(50)]
    async with gateway() as running:
        before = memory(running.process.pid)
        body = [orjson.dumps({"query": PROGRESS, "variables": {"id": job_id(job)}}) for job in jobs]
        waiting = [await follow(running.url, keys[i % KEYS], body[i % len(body)]) for i in range(SUBSCRIBERS)]
        await asyncio.sleep(5)
        used, began, sent = memory(running.process.pid), cpu(running.process.pid), await statements()
        await asyncio.sleep(SECONDS)
        spent, told = cpu(running.process.pid) - began, await statements() - sent
        for _, writer in waiting:
            writer.close()
    each, part, sent_each = (used - before) / SUBSCRIBERS, spent / SECONDS, told / SECONDS
    print(f"\n{SUBSCRIBERS} subscribers: {each:.0f} KiB each, {part:.1%} of a core, {sent_each:.0f} transactions/s")


async def follow(url, key, body):
    """A raw client: it reads the first event and then waits."""
    reader, writer = await asyncio.open_connection(urlsplit(url).hostname, urlsplit(url).port)
    head = f"POST /graphql HTTP/1.1\r\nHost: foyer\r\nAuthorization: Bearer {key}\r\nAccept: text/event-stream\r\n"
    writer.write(f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    await reader.readuntil(b"event: next")
    return reader, writer


def memory(process: int) -> int:
    """KiB."""
    return int(
        next(line for line in Path(f"/proc/{process}/status").read_text().splitlines() if line.startswith("VmRSS")).split()[1]
    )


async def statements() -> int:
    """Transactions of this database so far; PostgreSQL tells them a moment later."""
    async with tenancy.platform(readonly=True):
        return await tenancy.fetch_value(sql("select xact_commit from pg_stat_database where datname = current_database()"))
