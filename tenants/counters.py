"""Short numbers, counted up per venue: those of customers and of pools."""

from tenants import tenancy
from tenants.sql import sql


async def count(what: str, many: int = 1) -> int:
    """The last of so many new numbers of a table."""
    return await tenancy.fetch_value(  # type: ignore[no-any-return]
        sql(
            "insert into counters (tenant_id, name, value) values ({venue}, {what}, {many}) "
            "on conflict (tenant_id, name) do update set value = counters.value + excluded.value returning value",
            what=what,
            many=many,
        )
    )
