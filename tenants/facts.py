"""Facts: what a customer has bought, summed up. They are right at the end of every transaction that writes orders.

What counts is one rule, stated once, in SQL. For the whole venue its results are kept in `customer_facts`; for staff of
organisations, whose figures cover only their own sales (Requirement D54), the same rule is asked anew.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from tenants import tenancy
from tenants.organisations import visible
from tenants.sql import Sql, sql

AT_ONCE = 5_000
FEW = 50  # customers for whom one plan does, made once for a connection
LOCK = 1  # of the advisory locks with two keys, which nothing else takes


@dataclass(frozen=True)
class Facts:
    """A customer's purchases: confirmed orders, of them the lines that admit somebody. `spent` is in minor units with VAT and
    without fees, less what was paid back (D2). An order counts when tickets are left of it, and a performance likewise; an order
    paid back in full is no last purchase. Lead times are days in the venue's zone, 0 when bought on the day or later (D8).

    Tickets are those to performances; what was spent, and what makes an order count, is everything. `*_until` is the last day of
    what is held of a kind (D49), `9999-12-31` where it never ends."""

    spent: int = 0
    order_count: int = 0
    ticket_count: int = 0
    performance_count: int = 0
    online_orders: int = 0
    box_office_orders: int = 0
    phone_orders: int = 0
    partner_orders: int = 0
    most_tickets: int = 0
    first_ordered_at: datetime | None = field(default=None)
    last_ordered_at: datetime | None = field(default=None)
    shortest_lead_days: int | None = field(default=None)
    median_lead_days: int | None = field(default=None)
    longest_lead_days: int | None = field(default=None)
    subscription_count: int = 0
    subscribed_until: date | None = field(default=None)
    membership_count: int = 0
    member_until: date | None = field(default=None)


COLUMNS = tuple(Facts.__dataclass_fields__)
NOTHING = Facts()

# Whether the line `l` of an order `o` counts as bought; _RULE asks it of each apart.
COUNTS = sql("o.state = 'CONFIRMED' and l.state in ('VALID', 'COMPLIMENTARY')")

# Rows are looked up one by one by their keys, which `offset 0` sees to, and nothing is joined that was summed up: the planner,
# who may have no figures about a venue yet, would rather compare each with each. Every customer there is has a row.
_RULE = """
with counted as materialized (
  select k.customer_id, o.id as order_id, o.channel, o.ordered_at, l.*, v.time_zone as zone,
    (select starts_at from performances where tenant_id = {venue} and id = l.performance_id) as starts_at
  from (select distinct unnest({customers}::uuid[]) as customer_id) k
  cross join lateral (
    select id, channel, ordered_at from orders
    where tenant_id = {venue} and customer_id = k.customer_id and state = 'CONFIRMED' offset 0) o
  cross join lateral (
    select l.performance_id, l.product_id, l.quantity, l.amount from ticket_lines l
    where l.tenant_id = {venue} and l.order_id = o.id and l.state in ('VALID', 'COMPLIMENTARY') and {seen} offset 0) l
  join venues v on v.id = {venue}),
bought as (
  select customer_id, channel, ordered_at, sum(amount) as amount, sum(quantity) as things,
    coalesce(sum(quantity) filter (where performance_id is not null), 0) as tickets,
    case when sum(quantity) > 0 then min(greatest(0,
      (starts_at at time zone zone)::date - (ordered_at at time zone zone)::date
    )) filter (where quantity > 0 and starts_at is not null) end as lead
  from counted group by customer_id, order_id, channel, ordered_at),
visited as (
  select customer_id from counted where performance_id is not null
  group by customer_id, performance_id having sum(quantity) > 0),
held as (
  select c.customer_id, p.kind, sum(c.quantity) as number, max(least(
      ((c.ordered_at at time zone c.zone)::date + make_interval(months => p.months))::date,
      p.ends_on, p.season_ends_on, 'infinity'
    )) filter (where c.quantity > 0) as until
  from counted c cross join lateral (
    select id, kind, months, ends_on,
      (select s.ends_on from seasons s where s.tenant_id = {venue} and s.id = season_id) as season_ends_on
    from products where tenant_id = {venue} and id = c.product_id offset 0) p
  where c.product_id is not null
  group by c.customer_id, p.id, p.kind having sum(c.quantity) > 0),
each (customer_id, channel, ordered_at, amount, things, tickets, lead, visited, kind, number, until) as (
  select *, false, null::text, null::bigint, null::date from bought
  union all
  select customer_id, null, null, null, null, null, null, true, null, null, null from visited
  union all
  select customer_id, null, null, null, null, null, null, false, kind, number, until from held
  union all
  select id, null, null, null, null, null, null, false, null, null, null from customers
  where tenant_id = {venue} and id = any({customers}::uuid[]))
select customer_id, coalesce(sum(amount), 0)::bigint as spent, count(*) filter (where things > 0) as order_count,
  coalesce(sum(tickets), 0)::bigint as ticket_count, count(*) filter (where visited) as performance_count,
  count(*) filter (where things > 0 and channel = 'ONLINE') as online_orders,
  count(*) filter (where things > 0 and channel = 'BOX_OFFICE') as box_office_orders,
  count(*) filter (where things > 0 and channel = 'PHONE') as phone_orders,
  count(*) filter (where things > 0 and channel = 'PARTNER') as partner_orders,
  greatest(max(tickets), 0) as most_tickets,
  min(ordered_at) filter (where things > 0) as first_ordered_at,
  max(ordered_at) filter (where things > 0) as last_ordered_at,
  min(lead) as shortest_lead_days, percentile_disc(0.5) within group (order by lead) as median_lead_days,
  max(lead) as longest_lead_days,
  coalesce(sum(number) filter (where kind = 'SUBSCRIPTION'), 0)::bigint as subscription_count,
  max(until) filter (where kind = 'SUBSCRIPTION') as subscribed_until,
  coalesce(sum(number) filter (where kind = 'MEMBERSHIP'), 0)::bigint as membership_count,
  max(until) filter (where kind = 'MEMBERSHIP') as member_until
from each group by customer_id
"""


_COLUMNS = ", ".join(f'"{column}"' for column in COLUMNS)

# One text, made once, for it is asked with every order.
_KEEP = f"""
with kept as (
  insert into customer_facts as f (tenant_id, customer_id, {_COLUMNS})
  select {{venue}}, customer_id, {_COLUMNS} from ({_RULE.replace("{seen}", "true")}) s
  on conflict (tenant_id, customer_id) do update set ({_COLUMNS}) = row({", ".join(f'excluded."{column}"' for column in COLUMNS)})
  where f is distinct from excluded returning true)
select (select count(*) from kept) as changed, {{also}}
"""  # noqa: S608  # names of our own columns, no values


async def of(customers: list[UUID]) -> dict[UUID, Any]:
    """The facts of these customers as the caller may know them; NOTHING for those who bought nothing."""
    if visible("ticket_lines", "l").text == "true":
        kept = sql("select * from customer_facts where tenant_id = {venue} and customer_id = any({ids}::uuid[])", ids=customers)
    else:
        kept = _rule(customers, seen=visible("ticket_lines", "l"))
    found = {row.customer_id: row for row in await tenancy.fetch(kept)}
    return {customer: found.get(customer, NOTHING) for customer in customers}


async def visitors(performances: Collection[UUID]) -> set[UUID]:
    """Whose facts these performances are among."""
    return await _who_bought(sql("l.performance_id = any({ids}::uuid[])", ids=list(performances))) if performances else set()


async def holders(products: Collection[UUID]) -> set[UUID]:
    """Whose facts these subscriptions and memberships are among."""
    return await _who_bought(sql("l.product_id = any({ids}::uuid[])", ids=list(products))) if products else set()


async def subscribers(seasons: Collection[UUID]) -> set[UUID]:
    """Whose facts the products of these seasons are among."""
    of = sql("select p.id from products p where p.tenant_id = {venue} and p.season_id = any({ids}::uuid[])", ids=list(seasons))
    return await _who_bought(sql("l.product_id in ({of})", of=of)) if seasons else set()


async def _who_bought(lines: Sql) -> set[UUID]:
    asked = sql(
        "select distinct o.customer_id from ticket_lines l join orders o on o.tenant_id = {venue} and o.id = l.order_id "
        "where l.tenant_id = {venue} and {lines} and o.customer_id is not null",
        lines=lines,
    )
    return {row.customer_id for row in await tenancy.fetch(asked)}


async def alone() -> None:
    """Before asking whose facts a change of a performance, product or season concerns: wait for all who write orders here,
    and have the next ones wait. Their rows would not be seen yet, nor this change by them."""
    await tenancy.execute(sql("select pg_advisory_xact_lock({key}, hashtext({venue}::uuid::text))", key=LOCK))


# A sale waits for whoever moves a performance, then for whoever gives its order to somebody else, then for whoever writes orders
# of the same customers: always in this order, and what was waited for is read as it is by then.
MOVED = sql("select true as over from pg_advisory_xact_lock_shared({key}, hashtext({venue}::uuid::text))", key=LOCK)
_WAIT = """
with moved as materialized ({moved}),
given as materialized (
  select customer_id from orders
  where (select over from moved) and tenant_id = {venue} and id = any({orders}::uuid[]) order by id for share),
held as materialized (
  select id from customers
  where (select over from moved) and tenant_id = {venue}
    and id = any({customers}::uuid[] || array(select customer_id from given)) order by id for no key update)
select array(select distinct customer_id from given where customer_id is not null) as buyers,
  array(select id from held) as held, {also}
"""


async def one_at_a_time(customers: Collection[UUID], orders: Collection[UUID] = (), *, also: Sql | None = None) -> Any:
    """Wait for whoever else writes orders of these customers, or of the `buyers` of these orders, who are answered: the next
    statement sees what they wrote. `also` are further columns of the answer, which nobody is waited for."""
    asked = sql(_WAIT, moved=MOVED, orders=list(orders), customers=list(customers), also=also or sql("null"))
    row = await tenancy.fetch_one(asked)
    if made_since := set(row.buyers).difference(row.held):
        await one_at_a_time(made_since)
    return row


async def refresh(customers: Collection[UUID]) -> int:
    """Sum up anew what these customers have bought, after their orders were written; answers for how many it had changed."""
    ids, changed = sorted(customers), 0
    for start in range(0, len(ids), AT_ONCE):
        part = ids[start : start + AT_ONCE]
        await one_at_a_time(part)
        changed += (await sum_up(part)).changed
    return changed


async def sum_up(customers: Collection[UUID], *, also: Sql | None = None) -> Any:
    """The same, where others are waited for already; answers a row: for how many it `changed`, and what `also` asks."""
    if len(customers) > FEW:  # a plan made for one while tables were small goes through all lines for each order
        tenancy.ahead("set local plan_cache_mode = force_custom_plan")
    return await tenancy.fetch_one(sql(_KEEP, customers=list(customers), also=also or sql("null")))


async def customers_after(customer: UUID | None) -> list[UUID]:
    """The next AT_ONCE customers of the venue by id, for a walk over all of them."""
    rows = await tenancy.fetch(
        sql(
            "select id from customers where tenant_id = {venue} and id > {after} order by id limit {most}",
            after=customer or UUID(int=0),
            most=AT_ONCE,
        )
    )
    return [row.id for row in rows]


def _rule(customers: list[UUID], *, seen: Sql) -> Sql:
    return sql(_RULE, customers=customers, seen=seen)
