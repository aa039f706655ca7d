"""Committing: a reserved order that was paid becomes one that stands."""

from typing import Any
from uuid import UUID

import asyncpg

from tenants import audit, earned, facts, tenancy
from tenants.errors import Refusal
from tenants.orders import Order
from tenants.organisations import visible
from tenants.purchases.held import found, seen_whole
from tenants.sql import sql

LONGEST = 200  # characters of a reference

# The clock is the database's, and the row is held: it is paid in time, or it is given back, never both. It is found by its id,
# for the planner would rather look through all that is held. Others are waited for as by facts.one_at_a_time().
_COMMIT = """
with moved as materialized ({moved}),
paid as (
  update orders t set state = 'CONFIRMED', payment_reference = {reference}, external_id = coalesce({external_id}, t.external_id),
    ordered_at = now(), updated_at = now()
  where (select over from moved) and t.tenant_id = {venue} and t.id = {order}
    and case t.state when 'RESERVED' then t.expires_at > clock_timestamp() end and ({seen}) and {whole}
  returning t.*),
lines as (
  update ticket_lines l set state = 'VALID', updated_at = now() from paid where l.tenant_id = {venue} and l.order_id = paid.id),
buyer as materialized (
  select c.id from customers c where c.tenant_id = {venue} and c.id = (select customer_id from paid) for no key update)
select paid.* from paid left join buyer on true
"""


async def commit(order_id: UUID, reference: str, *, external_id: str | None = None) -> Any:
    """Have a reserved order stand, paid under this reference; answers it. Again with the same reference changes nothing.

    Raises RESERVATION_EXPIRED after its time, NOT_FOUND, FORBIDDEN, WRONG_STATE, and REQUIRED, TOO_LONG or NOT_UNIQUE.
    """
    _check(reference, external_id)
    tenancy.ahead("set local plan_cache_mode = force_generic_plan")  # what sums up takes longer to plan than to run
    given = {"order": order_id, "reference": reference, "external_id": external_id}
    seen = {"seen": visible("orders", "t"), "whole": seen_whole()}
    try:
        order = await tenancy.fetch_one(sql(_COMMIT, moved=facts.MOVED, **given, **seen), Order)
    except asyncpg.UniqueViolationError:
        raise Refusal("NOT_UNIQUE", "Another order has this external id.", field=["externalId"]) from None
    if order is None:
        return await _as_it_was(order_id, reference)
    if order.customer_id:
        await earned.refresh([order.customer_id], known=await facts.sum_up([order.customer_id], also=earned.THERE))
    audit.changed("Order", order_id, {"state": "RESERVED"}, {"state": "CONFIRMED", "external_id": external_id})
    return order


async def _as_it_was(order_id: UUID, reference: str) -> Any:
    """The order, if it was committed under this reference already, whatever became of it since: it was not paid too late. Else
    raises why it cannot be."""
    order = await found(order_id)
    if order.payment_reference == reference:
        return order
    lapsed = order.state == "RESERVED" or (
        order.state == "CANCELLED" and order.updated_at >= (order.expires_at or order.updated_at)
    )
    if order.expires_at and lapsed and order.payment_reference is None:
        raise Refusal(
            "RESERVATION_EXPIRED",
            f"It was held until {order.expires_at:%Y-%m-%d %H:%M:%S} UTC and was not paid by then: reserve anew, or give the "
            "money back.",
            field=["id"],
        )
    raise Refusal("WRONG_STATE", "Only an order that is reserved here can be committed, and only once.", field=["id"])


def _check(reference: str, external_id: str | None) -> None:
    if not reference.strip():
        raise Refusal("REQUIRED", "Say under which reference it was paid.", field=["paymentReference"])
    for name, text in (("paymentReference", reference), ("externalId", external_id or "")):
        if len(text) > LONGEST:
            raise Refusal("TOO_LONG", f"At most {LONGEST} characters.", field=[name])
