"""What rules of flags cost: orders written one after the other in a venue with five rules and in one without, in turns.

.venv/bin/pytest tests/bench/test_flag_rules.py -s
"""

import time
from datetime import UTC, datetime
from decimal import Decimal
from statistics import median

from jobs.flags import evaluate_venue
from tenants import tenancy
from tenants.flag_rules.records import FlagRule
from tenants.flags import Flag
from tenants.performances import Performance
from tenants.sql import sql
from tenants.upserts.calls import upsert_orders
from tests.bench.test_facts import order
from tests.builders import make_venue
from tests.tenants.test_upserts import write

CUSTOMERS, HISTORY, ROUNDS, ORDERS = 5_000, 6, 20, 50


async def a_venue(*, ruled):
    venue = await make_venue()
    await write(venue, "performances", *({"external_id": f"p{n}", "production": "x"} for n in range(2)), create_missing=True)
    await write(venue, "customers", *({"external_id": f"c{n}"} for n in range(CUSTOMERS)))
    for part in range(HISTORY):
        await write(venue, "sales", *(
            {
                "external_id": f"h{part}-{n}", "order": f"h{part}-{n}", "customer": f"c{n}", "channel": "ONLINE",
                "ordered_at": datetime(2025, 1, 1 + part, tzinfo=UTC), "performance": "p1", "price": Decimal(450),
            }
            for n in range(CUSTOMERS)
        ))  # fmt: skip
    if ruled:
        async with tenancy.scope(venue.id):
            (one,) = await Performance.rows(sql("t.external_id = 'p0'"))
            for terms in (
                {},
                {"performance_ids": [one.id]},
                {"production_ids": [one.production_id], "measure": "PERFORMANCES", "minimum": 2},
                {"measure": "AMOUNT", "minimum": 500_000, "last_days": 365},
                {"measure": "ORDERS", "minimum": 5},
            ):
                flag = await Flag.create(name="VIP", abbreviation="VIP")
                await FlagRule.create(flag_id=flag.id, revoke_on_refund=True, **terms)
        await evaluate_venue(venue.id)
    return venue


async def seconds(venue, name):
    """For ORDERS orders of two lines each, every one a transaction of its own, as the API writes them."""
    began = time.perf_counter()
    for n in range(ORDERS):
        async with tenancy.scope(venue.id):
            (done,) = await upsert_orders([order(f"{name}-{n}", (n * 97) % CUSTOMERS)], "REJECT_EVERYTHING")
        assert done.status == "CREATED"
    return time.perf_counter() - began


async def test_orders_where_there_are_rules_beside_orders_where_there_are_none(capsys):
    venues = {ruled: await a_venue(ruled=ruled) for ruled in (True, False)}
    took = {True: [], False: []}
    for number in range(ROUNDS):
        for ruled in (number % 2 == 0, number % 2 == 1):
            took[ruled].append(await seconds(venues[ruled], f"{number}"))
    with_, without = median(took[True]), median(took[False])
    began = time.perf_counter()
    await evaluate_venue(venues[True].id)
    night = time.perf_counter() - began
    with capsys.disabled():
        print(f"\nan order of two lines with five rules {with_ / ORDERS * 1000:.2f} ms, without {without / ORDERS * 1000:.2f} ms")
        print(f"  {with_ / without:.2f}x; the night of {CUSTOMERS:,} customers {night:.2f} s")
