"""A customer's card: the flags, pools and attributes that they have today (Requirements F2-F6, F10, A3)."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from tenants import tenancy
from tenants.assignments import TODAY, Assignment, standing
from tenants.organisations import visible
from tenants.sql import sql


async def groups_of(customers: list[UUID]) -> dict[UUID, list[Any]]:
    """The standing assignments of these customers that the caller sees, each customer's by the names of the groups; those to a
    flag with its `display`."""
    rows = await tenancy.fetch(
        sql(
            """
            select t.*, f.display from assignments t
            left join flags f on f.tenant_id = {venue} and f.id = t.flag_id
            left join pools p on p.tenant_id = {venue} and p.id = t.pool_id
            left join attributes a on a.tenant_id = {venue} and a.id = t.attribute_id
            where t.tenant_id = {venue} and t.customer_id = any({customers}::uuid[]) and {standing} and {seen}
            order by coalesce(f.name, p.name, a.name), t.id
            """,
            customers=customers,
            standing=standing("t", TODAY),
            seen=visible("assignments", "t"),
        ),
        Assignment,
    )
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.customer_id].append(row)
    return found
