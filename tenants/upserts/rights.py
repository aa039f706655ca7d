"""Lines that name a benefit count against the assignment by which their buyer had it (Requirement D23)."""

from collections.abc import Collection
from uuid import UUID

from tenants import tenancy
from tenants.assignments import day_of
from tenants.sql import sql


async def settle(lines: Collection[UUID]) -> None:
    """Find for each line the buyer's assignment of the benefit's flag: one that stood when the order was made, else the newest. A
    buyer who never had the flag has none; the sale is kept all the same."""
    if not lines:
        return
    await tenancy.execute(
        sql(
            """
            update ticket_lines l set assignment_id = (
              select a.id from benefits b join assignments a on a.tenant_id = {venue} and a.flag_id = b.flag_id
              where b.tenant_id = {venue} and b.id = l.benefit_id and a.customer_id = o.customer_id
              order by (a.assigned_at <= o.ordered_at and coalesce(a.ended_at > o.ordered_at, true)
                        and coalesce(a.expires_on >= {day}, true)) desc, a.assigned_at desc, a.id desc limit 1)
            from orders o
            where l.tenant_id = {venue} and o.tenant_id = {venue} and o.id = l.order_id and l.id = any({lines}::uuid[])
            """,
            day=day_of(sql("o.ordered_at")),
            lines=list(lines),
        )
    )
