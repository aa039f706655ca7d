"""Committing: a reserved order that was paid becomes one that stands."""

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from tenants import audit, earned, facts, tenancy
from tenants.errors import Refusal
from tenants.purchases.held import found
from tenants.sql import sql

LONGEST = 200  # characters of a reference

# The clock is the database's, and the row is held: it is paid in time, or it is given back, never both.
_COMMIT = """
with paid as (
  update orders set state = 'CONFIRMED', payment_reference = {reference}, external_id = coalesce({external_id}, external_id),
    ordered_at = now(), updated_at = now()
  where tenant_id = {venue} and id = {order} and state = 'RESERVED' and expires_at > clock_timestamp() returning id),
lines as (
  update ticket_lines l set state = 'VALID', updated_at = now() from paid where l.tenant_id = {venue} and l.order_id = paid.id
  returning l.id)
select (select count(*) from paid) as orders, (select count(*) from lines) as lines
"""


async def commit(order_id: UUID, reference: str, *, external_id: str | None = None) -> Any:
    """Have a reserved order stand, paid under this reference; answers it. Again with the same reference changes nothing.

    Raises RESERVATION_EXPIRED after its time, NOT_FOUND, FORBIDDEN, WRONG_STATE, and REQUIRED, TOO_LONG or NOT_UNIQUE.
    """
    _check(reference, external_id)
    order = await found(order_id)
    if order.state == "CONFIRMED" and order.payment_reference == reference:
        return order
    if order.state == "CANCELLED" and order.expires_at and order.updated_at >= order.expires_at:
        raise _expired(order.expires_at)
    if order.state != "RESERVED" or not order.expires_at:
        raise Refusal("WRONG_STATE", "Only an order that is reserved here can be committed, and only once.", field=["id"])
    try:
        done = await tenancy.fetch_one(sql(_COMMIT, order=order_id, reference=reference, external_id=external_id))
    except asyncpg.UniqueViolationError:
        raise Refusal("NOT_UNIQUE", "Another order has this external id.", field=["externalId"]) from None
    if not done.orders:
        raise _expired(order.expires_at)
    if order.customer_id:
        await facts.one_at_a_time([order.customer_id])
        await earned.refresh([order.customer_id], known=await facts.sum_up([order.customer_id], also=earned.THERE))
    audit.changed("Order", order_id, {"state": "RESERVED"}, {"state": "CONFIRMED", "external_id": external_id})
    return await found(order_id)


def _check(reference: str, external_id: str | None) -> None:
    if not reference.strip():
        raise Refusal("REQUIRED", "Say under which reference it was paid.", field=["paymentReference"])
    for name, text in (("paymentReference", reference), ("externalId", external_id or "")):
        if len(text) > LONGEST:
            raise Refusal("TOO_LONG", f"At most {LONGEST} characters.", field=[name])


def _expired(at: datetime) -> Refusal:
    return Refusal(
        "RESERVATION_EXPIRED",
        f"It was held until {at:%Y-%m-%d %H:%M:%S} UTC and was not paid by then: reserve anew, or give the money back.",
        field=["id"],
    )
