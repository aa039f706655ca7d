"""A shop's half million real lines, with refunds, corrections and gaps, against a plain reading of them.

The first day of it in the default run; all of it with `make test-real`.
"""

import csv
import gzip
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

import pytest

from gateway.real import shop
from tenants import tenancy
from tenants.imports import records, retail
from tenants.imports.apply import apply
from tenants.sql import sql
from tests.builders import make_venue
from tests.real.test_real import DATA, WHOLE, begin, kill_in_the_middle

pytestmark = pytest.mark.skipif(not (DATA / retail.SALES).exists(), reason=f"the real data sets are not in {DATA}")
CENT = Decimal("0.01")
CANCELLED = (9_251, 1_557) if WHOLE else (26, 25)  # see cancelled()


@cache
def rows():
    """The rows this run is about, each once: those that come twice word for word are the same."""
    with gzip.open(DATA / retail.SALES, "rt", newline="") as text:
        chosen = [tuple(row.items()) for row in csv.DictReader(text) if WHOLE or row["InvoiceDate"] < "2010-12-02"]
    return [dict(row) for row in dict.fromkeys(chosen)]


@cache
def files():
    """What is handed in: kind, bytes, mapping. Of the lines only those that this run is about."""
    (_, products, product_mapping), (_, lines, line_mapping) = shop(DATA)
    heading, *rest = lines
    kept = rest if WHOLE else [line for line in rest if b'"2010-12-01' in line]
    return [("performances", b"".join(products), product_mapping), ("sales", heading + b"".join(kept), line_mapping)]


@cache
def plainly():
    """What must be there in the end, read without any of Foyer's code. Two lines that write a debt off have a negative price:
    money went back, so what they are for did too."""
    paid = sum((Decimal(r["UnitPrice"]) * int(r["Quantity"])).quantize(CENT, ROUND_HALF_UP) for r in rows())
    return {
        "lines": len(rows()),
        "orders": len({r["InvoiceNo"] for r in rows()}),
        "customers": len({r["CustomerID"] for r in rows()} - {""}),
        "to nobody known": sum(not r["CustomerID"] for r in rows()),
        "paid": int(paid * 100),
        "sold": sum(int(r["Quantity"]) if Decimal(r["UnitPrice"]) >= 0 else -abs(int(r["Quantity"])) for r in rows()),
        "abroad": len({r["InvoiceNo"] for r in rows() if r["Country"] != "United Kingdom" and r["Country"] in retail.COUNTRIES}),
    }


async def found(venue):
    asked = """
    select count(*) as lines, count(distinct o.id) as orders, count(distinct o.customer_id) as customers,
      count(*) filter (where o.customer_id is null) as "to nobody known", sum(l.amount)::bigint as paid, sum(l.quantity) as sold,
      count(distinct o.id) filter (where o.place_country <> 'GB') as abroad
    from ticket_lines l join orders o on o.tenant_id = {venue} and o.id = l.order_id where l.tenant_id = {venue}
    """
    async with tenancy.scope(venue.id, seconds=60):
        return dict(await tenancy.fetch_one(sql(asked)))


async def bring_in(venue, *, killed=False):
    applied = []
    for kind, text, mapping in files():
        task = await begin(venue, kind, text, mapping)
        if killed:
            await kill_in_the_middle(venue, task)
        await apply(venue.id, task)
        async with tenancy.scope(venue.id):
            applied.append(Counter((await records.find(task)).applied))
    return applied


async def cancelled(venue):
    """Lines that take something back, and how many of them belong to no purchase."""
    asked = """
    select count(*) as lines, count(*) filter (where l.refund_of is null) as alone
    from ticket_lines l join orders o on o.tenant_id = {venue} and o.id = l.order_id
    where l.tenant_id = {venue} and o.external_id like 'C%'
    """
    async with tenancy.scope(venue.id, seconds=60):
        return tuple(await tenancy.fetch_one(sql(asked)))


async def test_every_line_is_there_once_to_the_penny_and_twice_is_once():
    venue = await make_venue(currency="GBP", time_zone="Europe/London")

    first = await bring_in(venue)
    assert (await found(venue), await cancelled(venue)) == (plainly(), CANCELLED)
    assert [a["conflicts"] + a["invalid"] for a in first] == [0, 0]

    again = await bring_in(venue)
    assert [(a["creates"], a["updates"], a["invalid"]) for a in again] == [(0, 0, 0)] * 2
    assert (await found(venue), await cancelled(venue)) == (plainly(), CANCELLED)


async def test_killed_in_the_middle_and_resumed_it_is_the_same():
    venue = await make_venue(currency="GBP", time_zone="Europe/London")
    applied = await bring_in(venue, killed=True)
    assert (await found(venue), await cancelled(venue)) == (plainly(), CANCELLED)
    assert applied[1]["creates"] == plainly()["lines"]


def test_the_whole_is_what_the_file_is_known_to_hold():
    if not WHOLE:
        pytest.skip("only with `make test-real`: this is about the whole file")
    known = plainly()
    assert (known["lines"], known["orders"], known["to nobody known"], known["paid"]) == (536_641, 25_900, 135_037, 972_600_695)
