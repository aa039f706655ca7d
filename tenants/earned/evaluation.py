"""Has everybody have the flags that the rules give them, and no others (D28). Behind facts.one_at_a_time()."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from tenants import assignments, causes, tenancy
from tenants.assignments import Cause
from tenants.earned.matching import by, gains
from tenants.sql import sql

# What differs from what is written. A cause keeps the lines that fulfil its rule now, and the last day of a membership; where the
# flag has a last day of its own, that one as it was counted when the cause arose. A cause ends when its rule is not fulfilled any
# more, if it is to; when the rule itself was ended or `changed`, in any case. (Full joins sort or hash; see tenants/facts.py.)
_DIFFERENCES = """
with {fulfilled},
held as materialized (
  select c.rule_id, s.customer_id, s.assignment_id, c.id as cause_id, c.source, c.expires_on, c.caused_at
  from standing s cross join lateral (
    select * from assignment_causes
    where tenant_id = {venue} and assignment_id = s.assignment_id and rule_id is not null and ended_at is null offset 0) c),
pairs as materialized (
  select r.*, o.customer_id, o.lines, o.until, o.assignment_id, o.cause_id, o.source, o.expires_on,
    coalesce(r.flag_ends_on, (o.caused_at at time zone v.time_zone)::date + r.flag_days, 'infinity') as flag_until
  from (
    select rule_id, customer_id, f.lines, f.until, h.assignment_id, h.cause_id, h.source, h.expires_on, h.caused_at
    from fulfilled f full join held h using (rule_id, customer_id)) o
  join rules r using (rule_id) join venues v on v.id = {venue}),
written as (
  update assignment_causes c set line_ids = k.lines, source = k.now, expires_on = k.last
  from (
    select cause_id, lines, expires_on, case when of_products then 'MEMBERSHIP' else 'RULE' end as now,
      case when of_products then nullif(least(until, greatest(flag_until, coalesce(expires_on, 'infinity'))), 'infinity')
        when source = 'MEMBERSHIP' then nullif(flag_until, 'infinity') else expires_on end as last
    from pairs where cause_id is not null and lines is not null) k
  where c.tenant_id = {venue} and c.id = k.cause_id
    and row(c.line_ids, c.source, c.expires_on) is distinct from row(k.lines, k.now, k.last)
  returning c.assignment_id, k.expires_on is distinct from k.last as longer),
lost as (
  update assignment_causes c set ended_at = clock_timestamp() from pairs p
  where c.tenant_id = {venue} and c.id = p.cause_id and p.lines is null
    and (p.revoke_on_refund or p.archived or p.rule_id = {changed})
  returning c.assignment_id, p.archived or p.rule_id is not distinct from {changed} as ruled)
select r.rule_id, r.flag_id, r.customer_id, r.lines, nullif(r.until, 'infinity') as until,
  case when r.of_products then 'MEMBERSHIP' else 'RULE' end as source, null::uuid as assignment_id, null as reason
from pairs r where r.cause_id is null and {gains}
union all
select null, null, null, null, null, null, assignment_id, case when ruled then 'RULE' else 'REFUNDED' end from lost
union all
select null, null, null, null, null, null, assignment_id, null from written where longer
"""


async def evaluate(customers: list[UUID], *, changed: UUID | None = None) -> None:
    """Give these customers the flags that the venue's rules give them now, and take those that they gave and do not give any
    more. `changed` is a rule that asks for something else since it was last looked at."""
    found = await tenancy.fetch(sql(_DIFFERENCES, fulfilled=by(customers), changed=changed, gains=gains("r")))
    given, touched = defaultdict(list), defaultdict(set)
    for row in found:
        if row.rule_id:
            given[row.rule_id].append(row)
        else:
            touched[row.reason].add(row.assignment_id)
    for rule, rows in given.items():
        await assignments.give("flag", rows[0].flag_id, [row.customer_id for row in rows], _cause(rule, rows))
    for reason, theirs in touched.items():
        await causes.settle(theirs, reason or "REFUNDED")


def _cause(rule: UUID, rows: list[Any]) -> Cause:
    lines = {row.customer_id: row.lines for row in rows}
    return Cause(rows[0].source, rule, lines, {row.customer_id: row.until for row in rows if row.until})
