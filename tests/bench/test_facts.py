"""What facts cost: orders written one after the other with them and without, in turns, and one customer with very many orders.

.venv/bin/pytest tests/bench/test_facts.py -s
"""

import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from statistics import median
from unittest.mock import patch

from tenants import tenancy
from tenants.upserts.calls import upsert_orders
from tenants.upserts.shapes import OrderRow, TicketLineRow
from tests.builders import make_venue
from tests.tenants.test_upserts import write

CUSTOMERS, HISTORY, ROUNDS, ORDERS = 5_000, 6, 20, 50


async def nothing(*_):
    """Instead of summing up."""
    return {}


def order(name, customer):
    lines = [TicketLineRow(external_id=f"{name}-{n}", performance=f"p{n}", quantity=2, price=Decimal(450)) for n in range(2)]
    at = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=customer)
    return OrderRow(external_id=name, customer=f"c{customer}", channel="ONLINE", ordered_at=at, lines=lines)


async def seconds(venue, name, *, summing):
    """For ORDERS orders of two lines each, every one a transaction of its own, as the API writes them."""
    off = [] if summing else [patch("tenants.upserts.facts.before", nothing), patch("tenants.upserts.facts.settle", nothing)]
    for each in off:
        each.start()
    began = time.perf_counter()
    for n in range(ORDERS):
        async with tenancy.scope(venue.id):
            (done,) = await upsert_orders([order(f"{name}-{n}", (n * 97) % CUSTOMERS)], "REJECT_EVERYTHING")
        assert done.status == "CREATED"
    took = time.perf_counter() - began
    for each in off:
        each.stop()
    return took


async def test_orders_with_facts_beside_orders_without(capsys):
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

    took = {True: [], False: []}
    for number in range(ROUNDS):
        for summing in (number % 2 == 0, number % 2 == 1):
            took[summing].append(await seconds(venue, f"{number}-{summing}", summing=summing))
    with_, without = median(took[True]), median(took[False])

    many = 100_000
    for start in range(0, many, 10_000):
        await write(venue, "sales", *(
            {
                "external_id": f"w{n}", "customer": "c0", "channel": "BOX_OFFICE", "performance": "p0", "price": Decimal(450),
                "ordered_at": datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=n),
            }
            for n in range(start, start + 10_000)
        ))  # fmt: skip
    began = time.perf_counter()
    async with tenancy.scope(venue.id):
        await upsert_orders([order("one more", 0)], "REJECT_EVERYTHING")
    walk_in = time.perf_counter() - began
    with capsys.disabled():
        print(f"\nan order of two lines with facts {with_ / ORDERS * 1000:.2f} ms, without {without / ORDERS * 1000:.2f} ms")
        print(f"  {with_ / without:.2f}x; for a customer of {many:,} orders {walk_in * 1000:.0f} ms")
