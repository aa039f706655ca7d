"""Sales of other systems that go beyond a limit: they are kept, for they were made, and told (docs/decisions/0027)."""

from collections.abc import Sequence
from uuid import UUID

from tenants import tenancy
from tenants.sql import sql
from tenants.upserts.rows import Row
from tenants.values import Problem

# A column that says whether anything of the venue is sold beyond its limit.
THERE = sql("exists (select from usages where tenant_id = {venue} and over > 0) as overrun")
_SENTENCES = {
    "sold_out": ("performance", "It is written, but more tickets are sold to this performance than there are."),
    "allotment_used_up": ("pool", "It is written, but more is sold than was set aside for the pool."),
    "campaign_used_up": (
        "campaign_link",
        "It is written, but more is sold by the campaign, or to this customer, than it gives.",
    ),
    "benefit_used_up": (
        "benefit",
        "It is written, but the customer has bought more than the benefit gives, or has it not.",
    ),
}
_BEYOND = """
with written as materialized (
  select l.* from ticket_lines l where l.tenant_id = {venue} and l.id = any({lines}::uuid[]) and l.taken > 0)
select w.id as line, case when u.pool_id is not null then 'allotment_used_up'
  when u.campaign_link_id is not null then 'campaign_used_up' else 'sold_out' end as code
from usages u join written w on case
  when u.campaign_link_id is not null then u.campaign_link_id = w.campaign_link_id
  else coalesce(u.performance_id, u.product_id) = coalesce(w.performance_id, w.product_id)
    and (u.pool_id is null or u.pool_id = w.pool_id) end
where u.tenant_id = {venue} and u.over > 0
union
select b.line, b.code from beyond_own_limits(array(
  select l from ticket_lines l where l.tenant_id = {venue} and l.id = any({lines}::uuid[])
    and (l.benefit_id is not null or l.campaign_link_id is not null))) b
order by line, code
"""


async def warn(rows: Sequence[Row], *, overrun: bool) -> None:
    """Say of rows just written by what they go beyond a limit; `overrun` is what THERE said after they were written."""
    lines: dict[UUID, Row] = {row.id: row for row in rows if row.id}
    if overrun or any(row.ids.get("benefit") or row.ids.get("campaign_link") for row in rows):
        for found in await tenancy.fetch(sql(_BEYOND, lines=list(lines))):
            field, sentence = _SENTENCES[found.code]
            lines[found.line].warnings.append(Problem(field, "OVERSOLD", sentence))
