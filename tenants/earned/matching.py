"""Who fulfils which rules and by which lines: the one meaning of a rule, whether an order arrives, night falls or somebody tries
a rule out."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from tenants import facts
from tenants.assignments import TODAY, standing
from tenants.sql import Sql, join, name, sql

# What a rule counts, with whose flag it is: sales that staff of the flag's organisations see (D54).
_RULES = """
select r.id as rule_id, r.flag_id, r.performance_ids, r.production_ids, r.product_ids, r.measure, r.minimum, r.from_on,
  r.until_on, r.last_days, r.revoke_on_refund, r.archived_at is not null as archived, f.organisation_ids,
  f.expires_on as flag_ends_on, f.expires_after_days as flag_days,
  cardinality(r.product_ids) > 0 and cardinality(r.performance_ids || r.production_ids) = 0 as of_products
from {rules} r join flags f on f.tenant_id = {venue} and f.id = r.flag_id
where r.tenant_id = {venue} and f.archived_at is null"""

# A refund belongs to the day of what it takes back. Where a rule counts orders, performances or products, each line is part of
# one, and what was given back altogether is no cause. After a flag was taken by hand or has run out, nobody fulfils its rules
# but by something that was written since (D28).
_FULFILLED = """
rules as materialized ({these}),
bought as {once} materialized (
  select o.customer_id, o.id as order_id, l.id as line_id, l.performance_id, e.production_id, l.product_id, l.quantity, l.amount,
    l.created_at, (case when l.refund_of is null then o.ordered_at else {taken_back} end at time zone v.time_zone)::date as day,
    least(((o.ordered_at at time zone v.time_zone)::date + make_interval(months => p.months))::date, p.ends_on, p.season_ends_on,
      'infinity') as until,
    coalesce(e.organisation_ids, p.organisation_ids) as organisation_ids
  from {sales} join venues v on v.id = {venue} where {counts}),
parts as (
  select r.rule_id, r.flag_id, c.customer_id, sum(c.quantity) as net, sum(c.amount) as amount, {lines} as lines,
    max(c.created_at) filter (where c.quantity > 0) as newest, max(c.until) filter (where c.quantity > 0) as until,
    case when r.measure = 'ORDERS' then c.order_id
      when r.measure = 'PERFORMANCES' or r.of_products then coalesce(c.performance_id, c.product_id) end as part
  from rules r join bought c on
    (cardinality(r.performance_ids || r.production_ids || r.product_ids) = 0 or c.performance_id = any(r.performance_ids)
      or c.production_id = any(r.production_ids) or c.product_id = any(r.product_ids))
    and (r.organisation_ids = '{{}}' or c.organisation_ids = '{{}}' or c.organisation_ids && r.organisation_ids)
    and (r.from_on is null or c.day >= r.from_on) and (r.until_on is null or c.day <= r.until_on)
    and (r.last_days is null or c.day >= {today} - r.last_days)
  where not r.archived
  group by r.rule_id, r.flag_id, c.customer_id, part),
ended as materialized (
  select a.flag_id, a.customer_id, max(least(a.ended_at, (a.expires_on + 1)::timestamp at time zone v.time_zone)) as at
  from assignments a join venues v on v.id = {venue}
  where a.tenant_id = {venue} and {whose} and a.flag_id in (select flag_id from rules)
    and (a.end_reason in ('REMOVED', 'EXPIRED') or a.ended_at is null and a.expires_on < {today})
  group by a.flag_id, a.customer_id),
totals as (
  select rule_id, flag_id, customer_id, sum(net) as things, sum(amount) as amount, count(*) filter (where net > 0) as parts,
    max(newest) filter (where net > 0) as newest, max(until) filter (where net > 0) as until, {all_lines} as lines
  from parts group by rule_id, flag_id, customer_id),
fulfilled as materialized (
  select r.rule_id, t.customer_id, t.lines, case when r.of_products then t.until end as until
  from totals t full join ended e using (flag_id, customer_id) join rules r on r.rule_id = t.rule_id
  where t.parts > 0 and (e.at is null or t.newest > e.at)
    and r.minimum <= case r.measure when 'TICKETS' then t.things when 'AMOUNT' then t.amount else t.parts end),
standing as materialized (
  select a.id as assignment_id, a.flag_id, a.customer_id from assignments a
  where a.tenant_id = {venue} and {whose} and a.flag_id in (select flag_id from rules) and {stands})"""
# The lines `l` of orders `o` with the performance `e` or product `p` they are for. Some customers' are looked up by their keys,
# which `offset 0` sees to: the planner may have no figures about a venue yet.
_OF_SOME = """
(select distinct unnest({customers}::uuid[]) as customer_id) k
cross join lateral (select * from orders where tenant_id = {venue} and customer_id = k.customer_id offset 0) o
cross join lateral (select * from ticket_lines where tenant_id = {venue} and order_id = o.id offset 0) l
left join lateral (
  select production_id, organisation_ids from performances where tenant_id = {venue} and id = l.performance_id offset 0) e on true
left join lateral (
  select organisation_ids, months, ends_on,
    (select s.ends_on from seasons s where s.tenant_id = {venue} and s.id = season_id) as season_ends_on
  from products where tenant_id = {venue} and id = l.product_id offset 0) p on true"""
_OF_MANY = """
orders o join ticket_lines l on l.tenant_id = {venue} and l.order_id = o.id and o.tenant_id = {venue} and {chosen}
  and o.customer_id > {after} and o.customer_id <= {last}
left join performances e on e.tenant_id = {venue} and e.id = l.performance_id
left join (
  select d.id, d.organisation_ids, d.months, d.ends_on, s.ends_on as season_ends_on
  from products d left join seasons s on s.tenant_id = {venue} and s.id = d.season_id where d.tenant_id = {venue}) p
  on p.id = l.product_id"""
_CHOSEN = """
(l.product_id = any({product_ids}::uuid[]) or l.performance_id = any(array(
  select id from performances where tenant_id = {venue}
    and (id = any({performance_ids}::uuid[]) or production_id = any({production_ids}::uuid[])))))"""

_TAKEN_BACK = sql(
    """
    (select b.ordered_at from ticket_lines t join orders b on b.tenant_id = {venue} and b.id = t.order_id
     where t.tenant_id = {venue} and t.id = l.refund_of)
    """
)
_LINES = {
    "lines": sql("string_agg(c.line_id::text, ',' order by c.line_id) filter (where c.quantity > 0)"),
    "all_lines": sql("string_to_array(string_agg(lines, ',' order by part) filter (where net > 0), ',')::uuid[]"),
}
_NO_LINES = {"lines": sql("null"), "all_lines": sql("null::uuid[]")}


def gains(fulfilled: str) -> Sql:
    """Whether who has `fulfilled` the rule `r` gets its flag: not when its last day is over."""
    left = "({f}.until is null or {f}.until >= {today}) and (r.flag_ends_on is null or r.flag_ends_on >= {today})"
    return sql(left, f=name(fulfilled), today=TODAY)


def by(customers: list[UUID]) -> Sql:
    """Common table expressions: the venue's `rules`; which of these customers have `fulfilled` them and by which `lines`, `until`
    which day where only subscriptions and memberships count; who is `standing` with their flags."""
    whose = sql("a.customer_id = any({ids}::uuid[])", ids=customers)
    return _fulfilled(name("flag_rules"), sales=sql(_OF_SOME, customers=customers), whose=whose, once=sql(""), **_LINES)


def by_many(types: Mapping[str, str], rule: Mapping[str, Any], after: UUID, last: UUID) -> Sql:
    """The same for one rule that is not written, a value for each of the columns `types`, and for all customers after one up to
    the `last`; without lines."""
    values = [sql(f"{{{column}}}::{types[column]} as {column}", **{column: value}) for column, value in rule.items()]
    rules = sql("(select {venue}::uuid as tenant_id, {values})", values=join(", ", values))
    chosen = {column: rule[column] for column in ("performance_ids", "production_ids", "product_ids")}
    sales = sql(_OF_MANY, chosen=sql(_CHOSEN, **chosen) if any(chosen.values()) else sql("true"), after=after, last=last)
    whose = sql("a.customer_id > {after} and a.customer_id <= {last}", after=after, last=last)
    return _fulfilled(rules, sales=sales, whose=whose, once=sql("not"), **_NO_LINES)


def _fulfilled(rules: Sql, **parts: Sql) -> Sql:
    return sql(
        _FULFILLED,
        these=sql(_RULES, rules=rules),
        counts=facts.COUNTS,
        taken_back=_TAKEN_BACK,
        stands=standing("a", TODAY),
        today=TODAY,
        **parts,
    )
