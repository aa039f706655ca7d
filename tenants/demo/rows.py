"""Rows into a venue's table, many at a time."""

from collections.abc import Sequence
from typing import Any

from tenants import tenancy
from tenants.sql import join, name, sql

ORDER_COLUMNS = (
    "id customer_id place_postcode place_city place_country channel currency ordered_at state created_at updated_at".split()
)
LINE_COLUMNS = (
    "id order_id performance_id product_id ticket_type_id quantity price_level price amount fee vat state refund_of settled "
    "created_at updated_at"
).split()

Row = tuple[Any, ...]


async def insert(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows into a table of the open scope's venue, through a temporary table: a venue's takes no COPY."""
    if not rows:
        return
    target, listed = name(table), join(", ", [name(column) for column in columns])
    incoming = name(f"incoming_{table}")
    await tenancy.execute(
        sql(
            "create temporary table if not exists {incoming} on commit drop as "
            "select {listed} from {target} where tenant_id = {venue} with no data",
            incoming=incoming,
            listed=listed,
            target=target,
        )
    )
    await tenancy.copy(f"incoming_{table}", list(columns), rows)
    await tenancy.execute(
        sql(
            "insert into {target} (tenant_id, {listed}) select {venue}, {listed} from {incoming}",
            target=target,
            listed=listed,
            incoming=incoming,
        )
    )
    await tenancy.execute(sql("truncate {incoming}", incoming=incoming))
