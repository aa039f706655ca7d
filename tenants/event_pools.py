"""Pools of kind EVENT: whoever holds a ticket to one performance, kept live (D39); an attribute may follow one (D48)."""

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from tenants import facts, tenancy
from tenants.assignments import Cause, give, take
from tenants.sql import sql

_DIFFERENCES = """
with kept as materialized (
  select id, performance_id from pools where tenant_id = {venue} and kind = 'EVENT' and archived_at is null),
holders as (
  select k.id, o.customer_id from kept k join ticket_lines l on l.tenant_id = {venue} and l.performance_id = k.performance_id
  join orders o on o.tenant_id = {venue} and o.id = l.order_id
  where o.customer_id = any({customers}::uuid[]) and {counts}
  group by k.id, o.customer_id having sum(l.quantity) > 0),
members as (
  select k.id, a.customer_id from kept k join assignments a on a.tenant_id = {venue} and a.group_id = k.id
  where a.customer_id = any({customers}::uuid[]) and a.ended_at is null)
select id, customer_id, m.customer_id is null as comes
from holders h full join members m using (id, customer_id) where h.customer_id is null or m.customer_id is null
"""


async def fill(performance: UUID) -> None:
    """Put everybody in the performance's pool who holds a ticket. Behind facts.alone()."""
    await refresh(await facts.visitors([performance]))


async def refresh(customers: Collection[UUID]) -> None:
    """Put these customers in the pools of what they hold tickets to, and take them out of the others. Behind
    facts.one_at_a_time()."""
    comes: dict[UUID, list[UUID]] = defaultdict(list)
    goes: dict[UUID, list[UUID]] = defaultdict(list)
    for row in await tenancy.fetch(sql(_DIFFERENCES, customers=list(customers), counts=facts.COUNTS)):
        (comes if row.comes else goes)[row.id].append(row.customer_id)
    for pool, theirs in comes.items():
        await give("pool", pool, theirs, Cause("EVENT"))
    for pool, theirs in goes.items():
        await take("pool", pool, theirs, "REFUNDED")
