"""How long importing ticket lines takes, beside the floor: PostgreSQL's own COPY of the very rows that the import made,
into the same tables with the same keys and indexes. The import sums up the facts of the customers too, the floor does not.
Planning (a second reading that writes nothing) is told apart.

    .venv/bin/pytest tests/bench/test_import.py -s          FOYER_BENCH_ROWS=100000 for a quick look
"""

import io
import os
import subprocess
import sys
import time

import asyncpg

from tenants import files, tenancy
from tenants.imports import records
from tenants.imports.mapping import FieldMapping, Mapping
from tenants.imports.plan import plan
from tenants.sql import sql
from tests.builders import make_venue
from tests.tenants.test_upserts import write

ROWS = int(os.environ.get("FOYER_BENCH_ROWS", "1000000"))
MAPPING = Mapping(
    [
        FieldMapping("externalId", column="line"),
        *(FieldMapping(f, column=f) for f in ("order", "customer", "channel", "performance", "quantity", "amount", "fee")),
        FieldMapping("orderedAt", column="at"),
        FieldMapping("ticketType", column="type"),
    ],
    [],
)
COLUMNS = """
select attname from pg_attribute
where attrelid = $1::text::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum
"""
FACTS = "select count(*), sum(order_count), sum(ticket_count) from customer_facts where tenant_id = {venue}"
APPLY = """
import asyncio, resource, sys, uuid
from tenants import database
from tenants.imports.apply import apply
from tenants.settings import settings
async def main():
    async with database.opened(settings()):
        await apply(uuid.UUID(sys.argv[1]), uuid.UUID(sys.argv[2]))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
asyncio.run(main())
"""


def lines(rows):
    """Four lines an order, one customer in five orders, 200 performances, three ticket types."""
    yield b"line,order,customer,channel,at,performance,type,quantity,amount,fee\n"
    for start in range(0, rows, 1000):
        yield "".join(
            f"{n},{n // 4},c{n // 20},{'ONLINE' if n // 4 % 3 else 'BOX_OFFICE'},"
            f"2026-{n // 4 % 12 + 1:02}-{n // 4 % 28 + 1:02} 12:00,"
            f"p{n // 4 % 200},t{n % 3},{n % 4 + 1},{(n % 4 + 1) * 450}.00,25.00\n"
            for n in range(start, min(start + 1000, rows))
        ).encode()


async def prepared(rows):
    venue = await make_venue()
    await write(venue, "performances", *({"external_id": f"p{n}", "production": "x"} for n in range(200)), create_missing=True)

    async def arriving():
        for part in lines(rows):
            yield part

    file = await files.store(venue.id, "lines.csv", arriving())
    async with tenancy.scope(venue.id):
        task = (await records.create("sales", file, MAPPING, create_missing=True, by_job=False)).id
    began = time.perf_counter()
    await plan(venue.id, task)
    planned = time.perf_counter() - began
    async with tenancy.scope(venue.id):
        await records.start_applying(task, by_job=False)
    return venue, task, planned


def apply_in_a_process_of_its_own(venue, task):
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", APPLY, str(venue.id), str(task)], stdout=subprocess.PIPE, check=True)
    return time.perf_counter() - began, int(done.stdout)


async def copied(venue):
    """Seconds that COPY takes for the rows of this venue, into another, as a role that no policy holds up."""
    owner = await asyncpg.connect(os.environ["FOYER_DATABASE_OWNER_URL"])
    other, seconds = await make_venue(), 0.0
    for table in ("ticket_types", "productions", "performances", "customers", "orders", "ticket_lines"):
        columns = [r["attname"] for r in await owner.fetch(COLUMNS, table)]
        rows = io.BytesIO()
        chosen = ", ".join(f"'{other.id}'::uuid" if c == "tenant_id" else f'"{c}"' for c in columns)
        await owner.copy_from_query(f"select {chosen} from {table} where tenant_id = '{venue.id}'", output=rows, format="binary")
        rows.seek(0)
        began = time.perf_counter()
        await owner.copy_to_table(table, source=rows, columns=columns, format="binary")
        if table in ("customers", "orders", "ticket_lines"):
            seconds += time.perf_counter() - began
    await owner.close()
    return seconds


async def test_importing_ticket_lines_beside_a_raw_copy(capsys):
    small, little, _ = await prepared(ROWS // 10)
    _, small_memory = apply_in_a_process_of_its_own(small, little)

    venue, task, planned = await prepared(ROWS)
    applied, memory = apply_in_a_process_of_its_own(venue, task)
    floor = await copied(venue)

    async with tenancy.scope(venue.id):
        done = await records.find(task)
        summed = await tenancy.fetch_one(sql(FACTS))
    assert done.applied == {"creates": ROWS, "updates": 0, "unchanged": 0, "conflicts": 0, "invalid": 0}
    assert tuple(summed) == (ROWS // 20, ROWS // 4, ROWS * 5 // 2)
    with capsys.disabled():
        print(f"\n{ROWS:,} ticket lines in {ROWS // 4:,} orders of {ROWS // 20:,} customers")
        print(f"  raw COPY  {floor:7.1f} s   1.00")
        print(f"  applying  {applied:7.1f} s   {applied / floor:.2f}   peak memory {memory} MB ({small_memory} MB for a tenth)")
        print(f"  planning  {planned:7.1f} s   {planned / floor:.2f}")
