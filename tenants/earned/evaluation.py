"""Has everybody have the flags that the rules give them, and no others (D28). Behind facts.one_at_a_time()."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from tenants import assignments, causes, tenancy
from tenants.assignments import Cause
from tenants.earned.matching import GAINS, by
from tenants.sql import sql

# What differs from what is written. A cause keeps the lines that fulfil its rule now, and the last day of a membership; where the
# flag has a last day of its own, that one as it was counted when the cause arose. A cause ends when its rule is not fulfilled any
# more, if it is to; when the rule itself was ended or `changed`, in any case.
_DIFFERENCES = """
with {fulfilled},
held as materialized (
  select r.rule_id, s.customer_id, s.assignment_id, c.id as cause_id, c.line_ids, c.source, c.expires_on,
    coalesce(r.flag_ends_on, (c.caused_at at time zone v.time_zone)::date + r.flag_days, 'infinity') as flag_until,
    r.archived or r.rule_id = {changed} as ends, r.revoke_on_refund
  from standing s join assignment_causes c on c.tenant_id = {venue} and c.assignment_id = s.assignment_id
  join rules r on r.rule_id = c.rule_id join venues v on v.id = {venue}
  where c.ended_at is null),
kept as materialized (
  select h.cause_id, h.assignment_id, f.lines, case when r.of_products then 'MEMBERSHIP' else 'RULE' end as source,
    case when r.of_products then nullif(least(f.until, greatest(h.flag_until, coalesce(h.expires_on, 'infinity'))), 'infinity')
      when h.source = 'MEMBERSHIP' then nullif(h.flag_until, 'infinity') else h.expires_on end as expires_on
  from held h join fulfilled f using (rule_id, customer_id) join rules r using (rule_id)),
written as (
  update assignment_causes c set line_ids = k.lines, source = k.source, expires_on = k.expires_on
  from kept k where c.tenant_id = {venue} and c.id = k.cause_id
    and row(c.line_ids, c.source, c.expires_on) is distinct from row(k.lines, k.source, k.expires_on)
  returning c.assignment_id),
lost as (
  update assignment_causes c set ended_at = clock_timestamp()
  from held h left join fulfilled f using (rule_id, customer_id)
  where c.tenant_id = {venue} and c.id = h.cause_id and f.rule_id is null and (h.ends or h.revoke_on_refund)
  returning c.assignment_id, h.ends)
select f.rule_id, f.flag_id, f.customer_id, f.lines, nullif(f.until, 'infinity') as until,
  case when r.of_products then 'MEMBERSHIP' else 'RULE' end as source, null::uuid as assignment_id, null as reason
from fulfilled f join rules r using (rule_id) left join held h using (rule_id, customer_id)
where h.rule_id is null and {gains}
union all
select null, null, null, null, null, null, assignment_id, case when ends then 'RULE' else 'REFUNDED' end from lost
union all
select null, null, null, null, null, null, assignment_id, null from written
"""


async def evaluate(customers: list[UUID], *, changed: UUID | None = None) -> None:
    """Give these customers the flags that the venue's rules give them now, and take those that they gave and do not give any
    more. `changed` is a rule that asks for something else since it was last looked at."""
    found = await tenancy.fetch(sql(_DIFFERENCES, fulfilled=by(customers), changed=changed, gains=GAINS.wrapped()))
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
