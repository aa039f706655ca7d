"""The minute a sale opens, for the benches: 50 performances of 5 ticket types, and 200 customers who are signed in. Each has
three flags of two benefits, coupled to all performances, a pool with terms for each, and some tickets by these."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any
from uuid import UUID

import asyncpg

from tenants import assignments, customer_tokens, tenancy
from tenants.assignments import Assignment, Cause
from tenants.benefits import Benefit
from tenants.catalogue import Production, TicketType
from tenants.couplings import Coupling
from tenants.discounts import Discount
from tenants.flags import Flag
from tenants.ids import new_id
from tenants.pool_terms import PoolTerms
from tenants.pools import Pool
from tenants.settings import settings
from tenants.sql import sql
from tests.builders import make_customer, make_line, make_order, make_performance, make_price, make_venue

CUSTOMERS, PERFORMANCES, PRODUCTIONS, FLAGS, POOLS, OTHERS = 200, 50, 10, 6, 4, 4_000
NOW = datetime.now(UTC).replace(microsecond=0)
_OTHERS = """
with sold as (select * from unnest({orders}::uuid[], {places}::uuid[]) s (id, place)),
made as (insert into orders (tenant_id, id, channel, currency, ordered_at) select {venue}, id, 'ONLINE', 'NOK', now() from sold)
insert into ticket_lines (tenant_id, id, order_id, performance_id, quantity, price, amount)
select {venue}, gen_random_uuid(), id, place, 1, 45000, 45000 from sold
"""
PUBLIC, RESTRICTED = ("Adult", "Student"), ("Friend", "Subscriber", "Member")


@dataclass
class Sale:
    """What can be asked about: performances with their productions, and customers by their tokens."""

    venue: Any
    performances: dict[UUID, UUID]
    customers: dict[str, UUID]


async def a_sale() -> Sale:
    """Make it, and have PostgreSQL look at what it has been given."""
    venue, random = await make_venue(), Random(7)
    async with tenancy.scope(venue.id, seconds=120):
        types = [
            await TicketType.create(name=name, position=place, restricted=name in RESTRICTED)
            for place, name in enumerate(PUBLIC + RESTRICTED)
        ]
        productions = [(await Production.create(name=f"Work {n}")).id for n in range(PRODUCTIONS)]
        performances = [await _performance(productions[n % PRODUCTIONS], n, types) for n in range(PERFORMANCES)]
        benefits = await _flags(types[2:], performances)
        pools = [await _pool(n, productions, types) for n in range(POOLS)]
        customers = [(await make_customer(f"No. {n}")).id for n in range(CUSTOMERS)]
        for customer in customers:
            await _rights(random, customer, performances, benefits, pools)
        places = [performances[n % PERFORMANCES].id for n in range(OTHERS)]
        for start in range(0, OTHERS, 200):
            some = places[start : start + 200]
            await tenancy.execute(sql(_OTHERS, orders=[new_id() for _ in some], places=some))
        life = timedelta(hours=1)
        tokens = {(await customer_tokens.issue(customer, life))[0]: customer for customer in customers}
    owner = await asyncpg.connect(settings().database_owner_url)
    await owner.execute("vacuum analyze")
    await owner.close()
    return Sale(venue, {p.id: p.production_id for p in performances}, tokens)


async def _performance(production: UUID, number: int, types: list[Any]) -> Any:
    """Two in five are not on sale yet; one in five is nearly sold out."""
    starts = NOW + timedelta(days=2 if number % 5 < 2 else -2)
    sold_out = OTHERS // PERFORMANCES + 1 if number % 5 == 4 else 400
    given = {"starts_at": NOW + timedelta(days=40), "sale_starts_at": starts, "capacity": sold_out, "max_per_customer": 8}
    made = await make_performance(production_id=production, max_per_order=6, **given)
    for place, each in enumerate(types):
        await make_price(made, each, amount=50_000 - 5_000 * place, fee=500)
    return made


async def _flags(types: list[Any], performances: list[Any]) -> dict[UUID, list[Any]]:
    """The benefits by flag: of two ticket types each, used up at different times; for one the sale starts earlier."""
    benefits: dict[UUID, list[Any]] = {}
    for n in range(FLAGS):
        flag = await Flag.create(name=f"Flag {n}", abbreviation=str(n))
        mine = benefits[flag.id] = []
        for place, each in enumerate((types[n % 3], types[(n + 1) % 3])):
            limits = {"most_tickets": 4, "tickets_per": "PERFORMANCE"} if place else {"most_tickets": 2, "tickets_per": "TOTAL"}
            limits["most_performances"] = 3 if place else None
            mine.append(await Benefit.create(flag_id=flag.id, ticket_type_id=each.id, **limits))
        for performance in performances:
            coupling = await Coupling.create(flag_id=flag.id, performance_id=performance.id)
            start = sql(
                "insert into coupling_starts (tenant_id, coupling_id, benefit_id, sale_starts_at) "
                "values ({venue}, {coupling}, {benefit}, {at})",
                coupling=coupling.id, benefit=mine[1].id, at=NOW - timedelta(days=3),
            )  # fmt: skip
            await tenancy.execute(start)
    return benefits


async def _pool(number: int, productions: list[UUID], types: list[Any]) -> UUID:
    """Terms for each production: an earlier start, a quota, an allotment and two discounts."""
    pool = await Pool.create(name=f"Pool {number}", number=number)
    for n, production in enumerate(productions):
        early = NOW + timedelta(days=-1 if n % 2 else 1)
        given = {"sale_starts_at": early, "most": 4 + n % 3, "allotment": 500}
        terms = await PoolTerms.create(pool_id=pool.id, production_id=production, **given)
        await Discount.create(pool_terms_id=terms.id, ticket_type_id=types[0].id, basis_points=1_250)
        await Discount.create(pool_terms_id=terms.id, ticket_type_id=types[1].id, amount=4_000)
    return pool.id


async def _rights(
    random: Random, customer: UUID, performances: list[Any], benefits: dict[UUID, list[Any]], pools: list[UUID]
) -> None:
    """Three flags and a pool; two orders by a benefit, one as one of the pool, one by no right."""
    flags, pool = random.sample(sorted(benefits), 3), random.choice(pools)
    for flag in flags:
        await assignments.give("flag", flag, [customer], Cause("MANUAL"))
    await assignments.give("pool", pool, [customer], Cause("MANUAL"))
    held = {a.flag_id: a.id for a in await Assignment.rows(sql("t.customer_id = {customer}", customer=customer))}
    order = await make_order(_Buyer(customer), random.choice(performances))
    for flag in flags[:2]:
        by = {"benefit_id": random.choice(benefits[flag]).id, "assignment_id": held[flag]}
        await make_line(order, random.choice(performances), quantity=random.choice((1, 2)), **by)
    await make_line(order, random.choice(performances), pool_id=pool)


@dataclass
class _Buyer:
    id: UUID


def asked(sale: Sale, count: int) -> list[tuple[str, UUID]]:
    """So many tokens and performances, no pair twice in a row."""
    random, tokens, performances = Random(11), sorted(sale.customers), sorted(sale.performances)
    pairs = [(random.choice(tokens), random.choice(performances)) for _ in range(count)]
    assert all(one != other for one, other in pairwise(pairs))
    return pairs
