"""Giving back what was held: on request, and when its time is over."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from tenants import audit, tenancy
from tenants.errors import Refusal
from tenants.purchases.held import found
from tenants.sql import Sql, sql

AT_ONCE = 500

# Whoever is giving something back at this moment is not waited for: its locks on the usages are.
_GIVE_BACK = """
with lapsed as (
  select o.id from orders o where o.tenant_id = {venue} and o.state = 'RESERVED' and o.expires_at <= now() and {which}
  order by o.id limit {most} for update skip locked),
gone as (
  update orders o set state = 'CANCELLED', updated_at = now() from lapsed where o.tenant_id = {venue} and o.id = lapsed.id
  returning o.id),
lines as (
  update ticket_lines l set state = 'CANCELLED', updated_at = now() from gone where l.tenant_id = {venue} and l.order_id = gone.id
  returning l.id)
select (select count(*) from gone) as orders, (select count(*) from lines) as lines
"""
_TOUCHING = """
(o.customer_id = {customer} or exists (
  select from ticket_lines l where l.tenant_id = {venue} and l.order_id = o.id and (
    l.performance_id = {place} or l.product_id = {place} or l.campaign_link_id = any({campaigns}::uuid[]))))
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


async def give_back(place: UUID, customer: UUID | None, campaigns: Collection[UUID]) -> int:
    """Give back what was held for too long and takes from the same as a purchase for this performance or product would; answers
    how many orders."""
    touching = sql(_TOUCHING, place=place, customer=customer, campaigns=list(campaigns))
    return await _give_back(touching)


async def give_back_all() -> int:
    """The same of the whole venue, at most AT_ONCE orders; answers how many."""
    return await _give_back(sql("true"))


async def _give_back(which: Sql) -> int:
    row = await tenancy.fetch_one(sql(_GIVE_BACK, which=which, most=AT_ONCE))
    return int(row.orders)
