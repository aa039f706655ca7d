"""Giving back what was held: on request, and when its time is over."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from tenants import audit, tenancy
from tenants.eligibility.world import World
from tenants.errors import Refusal
from tenants.purchases.held import found
from tenants.sql import Sql, sql

AT_ONCE = 500

# Whoever is giving something back at this moment is not waited for: its locks on the usages are. These are taken at once and in
# the order of count_lines(), the buyer's first, with those of what is about to be bought, or two would wait for each other.
_GIVE_BACK = """
with lapsed as materialized (
  select o.id from orders o where o.tenant_id = {venue} and o.state = 'RESERVED' and o.expires_at <= now() and {which}
  order by o.id limit {most} for update skip locked),
lines_lapsed as materialized (
  select l.performance_id, l.product_id, l.campaign_link_id from ticket_lines l
  where l.tenant_id = {venue} and l.order_id in (select id from lapsed)),
buyer as materialized (
  select c.id from customers c where c.tenant_id = {venue} and c.id = {customer} and exists (select from lapsed)
  for no key update),
usages_held as materialized (
  select from usages u
  where u.tenant_id = {venue} and exists (select from lapsed) and (select count(*) from buyer) >= 0 and (
    u.performance_id = any({places}::uuid[] || array(select performance_id from lines_lapsed))
    or u.performance_id is null and u.product_id = any({places}::uuid[] || array(select product_id from lines_lapsed))
    or u.campaign_link_id = any({campaigns}::uuid[] || array(select campaign_link_id from lines_lapsed)))
  order by u.performance_id, u.product_id, u.pool_id nulls first, u.campaign_link_id nulls first
  for no key update),
gone as (
  update orders o set state = 'CANCELLED', updated_at = now() from lapsed where o.tenant_id = {venue} and o.id = lapsed.id
  returning o.id),
lines as (
  update ticket_lines l set state = 'CANCELLED', updated_at = now() from gone where l.tenant_id = {venue} and l.order_id = gone.id
  returning l.id)
select (select count(*) from gone) as orders, (select count(*) from lines) as lines, (select count(*) from usages_held) as usages
"""
_TOUCHING = """
(o.customer_id = {customer} or exists (
  select from ticket_lines l where l.tenant_id = {venue} and l.order_id = o.id and (
    l.performance_id = any({places}::uuid[]) or l.product_id = any({places}::uuid[])
    or l.campaign_link_id = any({campaigns}::uuid[]))))
"""


async def release(order_id: UUID) -> Any:
    """Give a reserved order up; answers it. Once given up, it stays so. Raises NOT_FOUND, FORBIDDEN, WRONG_STATE."""
    order = await found(order_id)
    if order.state == "CANCELLED" and order.expires_at:
        return order
    if order.state != "RESERVED" or not order.expires_at:
        raise Refusal("WRONG_STATE", "Only an order that is reserved here can be released.", field=["id"])
    await tenancy.execute(
        sql(
            """
            with gone as (
              update orders set state = 'CANCELLED', updated_at = now()
              where tenant_id = {venue} and id = {order} and state = 'RESERVED' returning id)
            update ticket_lines l set state = 'CANCELLED', updated_at = now() from gone
            where l.tenant_id = {venue} and l.order_id = gone.id
            """,
            order=order_id,
        )
    )
    audit.changed("Order", order_id, {"state": "RESERVED"}, {"state": "CANCELLED"})
    return await found(order_id)


async def give_back(worlds: Collection[World], customer: UUID | None) -> int:
    """Give back what was held for too long and takes from the same as a purchase in these worlds would; answers how many
    orders."""
    around = {"places": [w.id for w in worlds], "campaigns": [c.id for w in worlds for c in w.campaigns]}
    return await _give_back(sql(_TOUCHING, customer=customer, **around), customer=customer, **around)


async def give_back_all() -> int:
    """The same of the whole venue, at most AT_ONCE orders; answers how many."""
    return await _give_back(sql("true"), customer=None, places=[], campaigns=[])


async def _give_back(which: Sql, **around: Any) -> int:
    row = await tenancy.fetch_one(sql(_GIVE_BACK, which=which, most=AT_ONCE, **around))
    return int(row.orders)
