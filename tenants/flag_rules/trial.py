"""Trying a rule out before it is written: who would gain the flag, keep it, lose it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tenants import forms, tenancy
from tenants.earned.matching import by_many, gains
from tenants.errors import Refusal
from tenants.flag_rules import terms
from tenants.flag_rules.records import FlagRule
from tenants.flags import Flag
from tenants.ids import new_id
from tenants.organisations import visible
from tenants.record import not_found
from tenants.sql import sql

SAMPLE = 10
AT_ONCE = 50_000
_TYPES = {
    **dict.fromkeys(["id", "flag_id"], "uuid"),
    **dict.fromkeys(["performance_ids", "production_ids", "product_ids"], "uuid[]"),
    **dict.fromkeys(["from_on", "until_on"], "date"),
    "measure": "text", "minimum": "bigint", "last_days": "int", "revoke_on_refund": "bool", "archived_at": "timestamptz",
}  # fmt: skip
_OUTCOMES = """
with {fulfilled},
having_it as (
  select s.customer_id, bool_or(c.rule_id = {rule}) as by_it, bool_or(c.rule_id is distinct from {rule}) as by_others
  from standing s left join assignment_causes c
    on c.tenant_id = {venue} and c.assignment_id = s.assignment_id and c.ended_at is null
  group by s.customer_id),
outcomes as (
  select coalesce(f.customer_id, h.customer_id) as customer_id, case
    when f.customer_id is null then case when h.by_it then case when h.by_others then 'KEEP' else 'REMOVE' end end
    when h.customer_id is not null then 'KEEP' when {gains} then 'ADD' end as outcome
  from fulfilled f full join having_it h on h.customer_id = f.customer_id cross join rules r)
select outcome, count(*) as customers, (array_agg(customer_id order by customer_id))[:{most}] as sample
from outcomes where outcome is not null group by outcome
"""


@dataclass(frozen=True)
class Effect:
    """How many customers it concerns, and the ids of some of them."""

    count: int = 0
    sample: Sequence[UUID] = ()


@dataclass(frozen=True)
class DryRun:
    """Who would get the flag, who has it and would keep it, and who would lose it."""

    would_add: Effect
    would_keep: Effect
    would_remove: Effect


async def dry_run(flag_id: UUID, wanted: terms.FlagRuleInput, rule_id: UUID | None = None) -> DryRun:
    """What the rule would do, or a change of one that there is, and nothing is written. Raises what writing it would."""
    flag = await forms.held(Flag, flag_id, lock=False)
    if flag.archived_at:
        raise Refusal("WRONG_STATE", "The flag was archived: it is given to nobody any more.")
    was = await _rule(flag_id, rule_id) if rule_id else None
    rule = {"id": rule_id or new_id(), "flag_id": flag_id, **await terms.planned(wanted, was), "archived_at": None}
    tenancy.ahead("set local work_mem = '64MB'")  # all that was ever sold is added up
    told = {outcome: Effect() for outcome in ("ADD", "KEEP", "REMOVE")}
    after: UUID | None = UUID(int=0)
    while after:
        last = await _last_of_lot(after)
        those = by_many(_TYPES, rule, after, last or UUID(int=2**128 - 1))
        for row in await tenancy.fetch(sql(_OUTCOMES, fulfilled=those, rule=rule["id"], gains=gains("f"), most=SAMPLE)):
            was = told[row.outcome]
            told[row.outcome] = Effect(was.count + row.customers, [*was.sample, *row.sample][:SAMPLE])
        after = last
    return DryRun(*told.values())


async def _last_of_lot(after: UUID) -> UUID | None:
    """The last of the next AT_ONCE customers, None when there are no more after them: no statement has to look at all of them."""
    rest = "select id from customers where tenant_id = {venue} and id > {after} order by id offset {most} limit 1"
    return await tenancy.fetch_value(sql(rest, after=after, most=AT_ONCE - 1))  # type: ignore[no-any-return]


async def _rule(flag_id: UUID, rule_id: UUID) -> Any:
    condition = "t.id = {id} and t.flag_id = {flag} and t.archived_at is null and {seen}"
    found = await FlagRule.rows(sql(condition, id=rule_id, flag=flag_id, seen=visible("flag_rules", "t").wrapped()))
    if not found:
        raise not_found(FlagRule)
    return found[0]
