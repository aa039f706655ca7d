"""Causes of assignments (D28): what becomes of an assignment when they change or end."""

from collections.abc import Collection
from uuid import UUID

from tenants import audit, tenancy
from tenants.sql import sql


async def settle(assignments: Collection[UUID], reason: str) -> None:
    """After causes of these assignments were changed or ended: each holds as long as the causes that are left, and ends for this
    reason when none is."""
    if not assignments:
        return
    await tenancy.execute(
        sql(
            """
            with left_over as (
              select t.id, count(c.id) as causes, max(coalesce(c.expires_on, 'infinity')) as until
              from unnest({ids}::uuid[]) as t (id)
              left join assignment_causes c on c.tenant_id = {venue} and c.assignment_id = t.id and c.ended_at is null
              group by t.id)
            update assignments a set expires_on = case when l.causes = 0 then a.expires_on else nullif(l.until, 'infinity') end,
              ended_at = case when l.causes = 0 then clock_timestamp() end, ended_by = case when l.causes = 0 then {by} end,
              end_reason = case when l.causes = 0 then {reason} end
            from left_over l where a.tenant_id = {venue} and a.id = l.id and a.ended_at is null
            """,
            ids=list(assignments),
            by=audit.actor(),
            reason=reason,
        )
    )
