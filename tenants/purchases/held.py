"""An order that is held, as the one who pays it or gives it up finds it."""

from typing import Any
from uuid import UUID

from tenants import tenancy
from tenants.errors import Refusal
from tenants.orders import Order
from tenants.organisations import visible
from tenants.record import not_found
from tenants.sql import Sql, sql


def seen_whole() -> Sql:
    """The condition under which the caller sees all lines of an order `t`, of which they see one."""
    return sql(
        "not exists (select from ticket_lines h where h.tenant_id = {venue} and h.order_id = t.id and not ({seen}))",
        seen=visible("ticket_lines", "h"),
    )


async def found(order_id: UUID) -> Any:
    """The order, which nobody else changes until the end of the scope. Raises NOT_FOUND, and FORBIDDEN when it has lines that the
    caller does not see."""
    row = await tenancy.fetch_one(
        sql(
            "select t.*, {whole} as whole from orders t where t.tenant_id = {venue} and t.id = {id} and ({seen}) "
            "for no key update of t",
            id=order_id,
            seen=visible("orders", "t"),
            whole=seen_whole(),
        ),
        Order,
    )
    if row is None:
        raise not_found(Order)
    if not row.whole:
        raise Refusal("FORBIDDEN", "Some of its tickets belong to an organisation that is not yours.", field=["id"])
    return row
