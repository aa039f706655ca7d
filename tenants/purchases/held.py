"""An order that is held, as the one who pays it or gives it up finds it."""

from typing import Any
from uuid import UUID

from tenants.errors import Refusal
from tenants.orders import Order, TicketLine
from tenants.organisations import visible
from tenants.record import not_found
from tenants.sql import sql


async def found(order_id: UUID) -> Any:
    """The order, which nobody else changes until the end of the scope. Raises NOT_FOUND, and FORBIDDEN when it has lines that the
    caller does not see."""
    rows = await Order.rows(
        sql("t.id = {id} and {seen}", id=order_id, seen=visible("orders", "t")), tail=sql("for no key update")
    )
    if not rows:
        raise not_found(Order)
    hidden = sql("t.order_id = {id} and not ({seen})", id=order_id, seen=visible("ticket_lines", "t"))
    if visible("ticket_lines", "t").text != "true" and await TicketLine.rows(hidden):
        raise Refusal("FORBIDDEN", "Some of its tickets belong to an organisation that is not yours.", field=["id"])
    return rows[0]
