"""What customers are given for what they bought, beside the facts: flags by rule, pools of performances."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from tenants import event_pools, tenancy
from tenants.earned import evaluation
from tenants.sql import sql

# Columns that say whether the venue has any of it at all.
THERE = sql(
    """
    exists (select from flag_rules where tenant_id = {venue}) as flag_rules,
    exists (select from pools where tenant_id = {venue} and performance_id is not null and archived_at is null) as event_pools
    """
)


async def there() -> Any:
    """Whether the venue has any of it: a row of `flag_rules` and `event_pools`, or None."""
    row = await tenancy.fetch_one(sql("select {there}", there=THERE))
    return row if any(row) else None


async def refresh(customers: Collection[UUID], *, known: Any = None, changed: UUID | None = None) -> None:
    """Have these customers in all that they have earned, and out of what they have not. Behind facts.one_at_a_time(), and after
    it a row of THERE, if one is `known`. `changed` is a rule that asks for something else now."""
    known = known or await there()
    if customers and known and known.flag_rules:
        await evaluation.evaluate(sorted(customers), changed=changed)
    if customers and known and known.event_pools:
        await event_pools.refresh(customers)
