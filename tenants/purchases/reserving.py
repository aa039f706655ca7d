"""Reserving: all lines of a purchase are taken together or not at all, and held for a while."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg

from tenants import audit, tenancy
from tenants.eligibility.world import World, world
from tenants.errors import Refusal
from tenants.ids import new_id
from tenants.orders import Order
from tenants.purchases.choice import SENTENCES, Chosen, PurchaseLine, choose, taken
from tenants.purchases.giving_back import give_back
from tenants.settings import settings
from tenants.sql import Sql, join, sql

MOST_LINES = 50
LONGEST_WAIT = 3  # seconds for those who take from the same; whoever waits holds a connection


async def reserve(
    lines: Sequence[PurchaseLine], *, customer: UUID | None, channel: str, currency: str, campaign: UUID | None = None
) -> Any:
    """Hold these tickets for a customer, or for nobody known; answers the order. `campaign` is a link they came by.

    Raises a Refusal of choice.SENTENCES for a limit or a right, and holds nothing then; NOT_FOUND for what the caller does not
    see. Others who take from the same meanwhile are counted by the database (migration 0038), whose word is the last.
    """
    if not 1 <= len(lines) <= MOST_LINES:
        raise Refusal("REQUIRED" if not lines else "TOO_MANY_ROWS", f"Buy 1 to {MOST_LINES} lines at once.", field=["lines"])
    tenancy.ahead(f"set local lock_timeout = '{LONGEST_WAIT}s'")
    worlds = await _worlds(lines, customer, campaign)
    if any(w.lapsed for w in worlds.values()) and await give_back(worlds.values(), customer):
        worlds = await _worlds(lines, customer, campaign)
    chosen = []
    with _told_to_shops():
        for number, line in enumerate(lines):
            _, place = line.place
            with _about(number):
                one = choose(worlds[place], line)
            worlds = taken(worlds, one)
            chosen.append(one)
        order = await _hold(chosen, customer, channel, currency)
        await _hold_to_the_rule(customer, chosen)
    tickets = sum(line.quantity for line in lines)
    audit.changed("Order", order.id, None, {"customer_id": customer, "state": "RESERVED", "quantity": tickets})
    return order


async def _worlds(lines: Sequence[PurchaseLine], customer: UUID | None, campaign: UUID | None) -> dict[UUID, World]:
    """What there is at each place of the purchase."""
    worlds: dict[UUID, World] = {}
    for number, line in enumerate(lines):
        with _about(number):
            kind, place = line.place
            if place not in worlds:
                if (found := await world(kind, place, customer, campaign=campaign)) is None:
                    raise Refusal("NOT_FOUND", f"There is no such {kind.lower()} in this venue.", field=[f"{kind.lower()}Id"])
                worlds[place] = found
    return worlds


_HOLD = """
with lines as (
  insert into ticket_lines (tenant_id, id, order_id, performance_id, product_id, ticket_type_id, quantity, price_level, price,
    amount, fee, state, benefit_id, assignment_id, pool_id, campaign_link_id, personal_link_id)
  values {lines})
insert into orders (tenant_id, id, customer_id, channel, currency, ordered_at, state, expires_at)
values ({venue}, {order}, {customer}, {channel}, {currency}, now(), 'RESERVED', now() + {time})
returning *
"""
_LINE = """
({venue}, {id}, {order}, {performance}, {product}, {ticket_type}, {quantity}, {level}, {price}, {amount}, {fee}, 'RESERVED',
  {benefit}, {assignment}, {pool}, {campaign}, {personal})
"""


async def _hold(chosen: Sequence[Chosen], customer: UUID | None, channel: str, currency: str) -> Any:
    order, time = new_id(), timedelta(seconds=settings().reservation_seconds)
    lines = join(", ", [_line(order, one) for one in chosen])
    try:
        return await tenancy.fetch_one(
            sql(_HOLD, order=order, customer=customer, channel=channel, currency=currency, time=time, lines=lines), Order
        )
    except asyncpg.CheckViolationError as beyond:  # others took it since the world was read
        code = (beyond.constraint_name or "").upper()
        if code not in SENTENCES:
            raise
        raise Refusal(code, SENTENCES[code], field=["lines"]) from None
    except asyncpg.ForeignKeyViolationError as gone:
        if "customer" in (gone.constraint_name or ""):
            raise Refusal("NOT_FOUND", "There is no such customer in this venue.", field=["customerId"]) from None
        raise


def _line(order: UUID, chosen: Chosen) -> Sql:
    line, price = chosen.line, chosen.price
    return sql(
        _LINE,
        id=new_id(),
        order=order,
        performance=line.performance_id,
        product=line.product_id,
        ticket_type=line.ticket_type_id,
        quantity=line.quantity,
        level=price.level or None,
        price=price.amount,
        amount=price.amount * line.quantity,
        fee=price.fee * line.quantity,
        benefit=chosen.benefit,
        assignment=chosen.assignment,
        pool=chosen.pool,
        campaign=chosen.campaign,
        personal=chosen.personal,
    )


_TAKEN = """
select l.place, null::uuid as pool, coalesce((
    select sum(t.taken)
    from orders o join ticket_lines t on t.tenant_id = {venue} and t.order_id = o.id
    where o.tenant_id = {venue} and o.customer_id = {customer} and (t.performance_id = l.place or t.product_id = l.place)
  ), 0) as used
from unnest({places}::uuid[]) as l (place)
union all
select coalesce(u.performance_id, u.product_id), u.pool_id, u.used from usages u
where u.tenant_id = {venue} and u.pool_id = any({pools}::uuid[])
  and coalesce(u.performance_id, u.product_id) = any({pool_places}::uuid[])
"""


async def _hold_to_the_rule(customer: UUID | None, chosen: Sequence[Chosen]) -> None:
    """What only the rule knows: how many a customer may have at a place, and which terms of a pool were used. Whoever reserves
    for the same customer, or from the same allotment, waits since the lines were written: what is read now is all there is."""
    most = _most(customer, chosen)
    if not most:
        return
    places, of_pools = [place for place, pool in most if not pool], [each for each in most if each[1]]
    given = {"places": places, "pools": [pool for _, pool in of_pools], "pool_places": [place for place, _ in of_pools]}
    for row in await tenancy.fetch(sql(_TAKEN, customer=customer, **given)):
        if row.used > most.get((row.place, row.pool), row.used):
            code = "ALLOTMENT_USED_UP" if row.pool else "LIMIT_REACHED"
            raise Refusal(code, SENTENCES[code], field=["lines"])


def _most(customer: UUID | None, chosen: Sequence[Chosen]) -> dict[tuple[UUID, UUID | None], int]:
    """How many there may be at each place, of the customer's and of each pool's, now that all lines are written: what was the
    limit when a line was chosen, and what later lines have taken by another."""
    most: dict[tuple[UUID, UUID | None], int] = {}
    later: Counter[tuple[UUID, UUID | None]] = Counter()
    for one in reversed(chosen):
        _, place = one.line.place
        for key, limit in (((place, None), one.own if customer else None), ((place, one.pool), one.allotment)):
            if limit is not None:
                most[key] = min(most.get(key, limit + later[key]), limit + later[key])
        for key in {(place, None), (place, one.pool)}:
            later[key] += one.line.quantity
    return most


@contextmanager
def _about(number: int) -> Iterator[None]:
    try:
        yield
    except Refusal as refusal:
        raise Refusal(refusal.code, refusal.message, field=["lines", str(number), *refusal.field]) from None


@contextmanager
def _told_to_shops() -> Iterator[None]:
    """Customers learn of no pool (Requirement D43)."""
    try:
        yield
    except Refusal as refusal:
        if tenancy.current().public and refusal.code == "ALLOTMENT_USED_UP":
            sentence = "There are fewer tickets left at this price than that."
            raise Refusal("LIMIT_REACHED", sentence, field=refusal.field) from None
        raise
