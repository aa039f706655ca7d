"""Who holds tickets to a performance now."""

from uuid import UUID

from tenants import facts, tenancy
from tenants.sql import sql


async def of(performance: UUID) -> list[UUID]:
    """The customers with more tickets bought than given back, in confirmed orders."""
    rows = await tenancy.fetch(
        sql(
            """
            select o.customer_id from ticket_lines l join orders o on o.tenant_id = {venue} and o.id = l.order_id
            where l.tenant_id = {venue} and l.performance_id = {performance} and {counts}
              and o.customer_id is not null
            group by o.customer_id having sum(l.quantity) > 0
            """,
            performance=performance,
            counts=facts.COUNTS,
        )
    )
    return [row.customer_id for row in rows]
