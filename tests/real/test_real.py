"""Real, untidy files against a plain reading of them: the New York Philharmonic's programme and CDNOW's purchases.

A slice in the default run; all of it with `make test-real`. The whole is 22,894 performances and 2,500,315.63 sold.
"""

import asyncio
import csv
import gzip
import io
import os
import signal
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from functools import cache
from itertools import islice
from pathlib import Path

import pytest

from gateway.real import HOUSES, _arriving
from tenants import files, tenancy
from tenants.imports import reading, real, records
from tenants.imports.apply import apply
from tenants.imports.plan import plan
from tenants.sql import name, sql
from tests.builders import make_venue

DATA = Path(os.environ.get("FOYER_REAL_DATA", Path(__file__).parents[3] / "shared" / "data"))
WHOLE = os.environ.get("FOYER_REAL_WHOLE") == "1"

pytestmark = pytest.mark.skipif(not (DATA / real.CONCERTS).exists(), reason=f"the real data sets are not in {DATA}")


@cache
def _chosen():
    """The rows this run is about: all, or the oldest concerts, those of the two years that are bought, and some purchases."""
    concerts, works, purchases = (_lines(DATA / file) for file in (real.CONCERTS, real.WORKS, real.PURCHASES))
    if not WHOLE:
        concerts = concerts[:400] + [c for c in concerts if c["date"][:4] in ("2018", "2019")]
        kept = {c["program_guid"] for c in concerts}
        works, purchases = [w for w in works if w["program_guid"] in kept], purchases[:1500]
    return concerts, works, purchases


def _lines(path):
    with gzip.open(path, "rt", newline="") as text:
        return list(csv.DictReader(text))


def _written(rows):
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


@cache
def texts():
    """Each file as it is handed in: kind, text, mapping."""
    concerts, works, purchases = _chosen()
    sold = b"".join(islice(real.purchases(DATA), len(purchases) + 1))
    written = (_written(concerts), _written(works), sold)
    return [(kind, text, mapping) for (kind, _, mapping), text in zip(HOUSES[0].sources(DATA), written, strict=True)]


@cache
def plainly():
    """What must be there in the end, read without any of Foyer's code."""
    concerts, works, purchases = _chosen()
    return {
        "performances": len({(r["program_guid"], r["date"], r["time"]) for r in concerts}),
        "productions": len({r["program_guid"] for r in concerts}),
        "seasons": len({r["season"].strip() for r in concerts}),
        "categories": len({r["event_type"].strip() for r in concerts} - {"", "None"}),
        "halls": len({(r["venue"].strip(), r["location"].strip()) for r in concerts}),
        "promoters": len({r["orchestra"].strip() for r in concerts} - {"", "None"}),
        "tags": len({part.strip() for w in works for part in w["composer"].split(";") if part.strip()}),
        "customers": len({p["customer_id"] for p in purchases}),
        "orders": len(purchases),
        "ticket_lines": len(purchases),
    }, int(sum(Decimal(p["amount_usd"]) for p in purchases) * 100)


async def found(venue):
    async with tenancy.scope(venue.id):
        counts = {
            t: await tenancy.fetch_value(sql("select count(*) from {t} where tenant_id = {venue}", t=name(t)))
            for t in plainly()[0]
        }
        return counts, await tenancy.fetch_value(sql("select sum(amount)::bigint from ticket_lines where tenant_id = {venue}"))


async def begin(venue, kind, text, mapping):
    file = await files.store(venue.id, kind, _arriving(iter([text])))
    async with tenancy.scope(venue.id):
        task = (await records.create(kind, file, mapping, create_missing=True, by_job=False)).id
    await plan(venue.id, task)
    async with tenancy.scope(venue.id):
        await records.start_applying(task, by_job=False)
    return task


async def bring_in(venue, *, killed=False):
    applied = []
    for kind, text, mapping in texts():
        task = await begin(venue, kind, text, mapping)
        if killed:
            await kill_in_the_middle(venue, task)
        await apply(venue.id, task)
        async with tenancy.scope(venue.id):
            applied.append(Counter((await records.find(task)).applied))
    return applied


async def kill_in_the_middle(venue, task):
    """Start applying in a process of its own and kill it, -9, when a third is done."""
    planned = await standing(venue, task)
    program = (
        "import asyncio, sys, uuid\n"
        "from tenants import database\nfrom tenants.imports import reading\nfrom tenants.imports.apply import apply\n"
        "from tenants.settings import settings\n"
        f"reading.batches.__kwdefaults__['size'] = {min(reading.BATCH, planned.rows_total // 15 + 1)}\n"
        "async def main():\n"
        "    async with database.opened(settings()):\n"
        "        await apply(uuid.UUID(sys.argv[1]), uuid.UUID(sys.argv[2]))\n"
        "asyncio.run(main())\n"
    )
    worker = subprocess.Popen([sys.executable, "-c", program, str(venue.id), str(task)])
    async with asyncio.timeout(300):
        while (await standing(venue, task)).rows_applied <= planned.rows_total / 3:
            assert worker.poll() is None
            await asyncio.sleep(0.01)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    killed = await standing(venue, task)
    assert (killed.state, killed.rows_applied < killed.rows_total) == ("APPLYING", True)


async def standing(venue, task):
    async with tenancy.scope(venue.id, readonly=True):
        return await records.find(task)


async def test_everything_is_there_once_and_to_the_cent_and_twice_is_once():
    venue = await make_venue(currency="USD", time_zone="America/New_York")

    first = await bring_in(venue)

    assert await found(venue) == plainly()
    assert [a["conflicts"] + a["invalid"] for a in first] == [0, 0, 0]
    again = await bring_in(venue)
    assert [(a["creates"], a["updates"], a["invalid"]) for a in again] == [(0, 0, 0)] * 3
    assert await found(venue) == plainly()


async def test_killed_in_the_middle_and_resumed_the_result_is_the_same():
    venue = await make_venue(currency="USD", time_zone="America/New_York")

    applied = await bring_in(venue, killed=True)

    assert await found(venue) == plainly()
    assert sum(a["creates"] for a in applied) == plainly()[0]["performances"] + plainly()[0]["ticket_lines"]


async def test_the_whole_is_what_the_files_are_known_to_hold():
    if not WHOLE:
        pytest.skip("only with `make test-real`: this is about the whole files")
    counts, total = plainly()
    assert (counts["performances"], counts["customers"], counts["orders"], total) == (22_894, 23_570, 69_659, 250_031_563)
