"""The statement that reads a world, its columns in the order of World; what differs between performances and products is
filled in."""

from tenants.assignments import day_of, standing
from tenants.sql import sql

# What is held longer than it was to be counts no more, though nobody has given it back yet.
LAPSED = "select id from orders where tenant_id = {venue} and state = 'RESERVED' and expires_at <= now()"
_STANDING = standing("a", day_of(sql("coalesce({at}::timestamptz, now())"))).flat()

# Its parts are arrays of rows, which PostgreSQL writes and asyncpg reads in a third of the time that JSON takes both.
_WORLD = """
with p as materialized (
  select p.id, p.status, p.sale_starts_at, p.sale_ends_at, {over_at} as over_at, {production} as production_id,
    {capacity} as capacity, {max_per_order} as max_per_order, {max_per_customer} as max_per_customer,
    coalesce({at}::timestamptz, now()) as at
  from {table} p where p.tenant_id = {venue} and p.id = {place_id} and ({seen})),
held as materialized (
  select a.id, a.flag_id, a.pool_id, a.expires_on from assignments a
  where a.tenant_id = {venue} and a.customer_id = {customer} and a.attribute_id is null and {standing}),
gone as materialized ({lapsed}),
lapsed as materialized (
  select l.performance_id, l.product_id, l.pool_id, l.campaign_link_id, l.taken
  from gone join ticket_lines l on l.tenant_id = {venue} and l.order_id = gone.id),
counted as materialized (
  select u.pool_id, u.used from usages u where u.tenant_id = {venue} and {counts_it} and u.campaign_link_id is null),
own as materialized (
  select l.performance_id, l.product_id, l.campaign_link_id, l.personal_link_id, l.taken
  from orders o join ticket_lines l on l.tenant_id = {venue} and l.order_id = o.id
  where o.tenant_id = {venue} and o.customer_id = {customer} and o.id not in (select id from gone)),
terms_held as materialized (
  select t.id, t.pool_id, t.sale_starts_at, t.most, t.most_per, t.allotment
  from p cross join held h join pools g on g.tenant_id = {venue} and g.id = h.pool_id and g.archived_at is null
  join pool_terms t on t.tenant_id = {venue} and t.pool_id = h.pool_id
  where num_nonnulls(t.performance_id, t.production_id, t.product_id) = 0 or {for_it}),
campaigns_open as materialized (
  select c.id, c.starts_at, c.ends_at, c.most, c.most_per_customer, k.id as personal_id, k.most as personal_most
  from p join campaign_links c on c.tenant_id = {venue} and c.archived_at is null and ({offers_it})
  left join personal_links k on k.tenant_id = {venue} and k.campaign_link_id = c.id and k.customer_id = {customer}
    and k.revoked_at is null
  where case c.access when 'PERSONAL' then k.id is not null
    else c.flag_ids && array(select flag_id from held where flag_id is not null)
      or c.access = 'ANYONE' and (c.id = {campaign} or k.id is not null) end)
select p.at, p.status, p.over_at, p.sale_starts_at, p.sale_ends_at, p.capacity, p.max_per_order, p.max_per_customer,
  case when p.capacity is null then 0 else coalesce((select used from counted where pool_id is null), 0)
    - coalesce((select sum(taken) from lapsed where {column} = {place_id}), 0) end as sold,
  coalesce((select sum(taken) from own where {column} = {place_id}), 0) as bought,
  exists (select from lapsed) as lapsed,
  array(select row(i.ticket_type_id, i.price_level, i.amount, i.fee, y.restricted, y.name, y.texts::text, y.position)
    from {prices} i join ticket_types y on y.tenant_id = {venue} and y.id = i.ticket_type_id
    where i.tenant_id = {venue} and i.{column} = {place_id} order by y.position, y.name, y.id) as prices,
  array(select row(b.id, b.flag_id, h.id, h.expires_on, b.ticket_type_id, b.most_performances, b.most_tickets, b.tickets_per,
      c.id is not null, s.sale_starts_at)
    from held h join flags f on f.tenant_id = {venue} and f.id = h.flag_id and f.archived_at is null
    join benefits b on b.tenant_id = {venue} and b.flag_id = h.flag_id and b.archived_at is null
    left join couplings c on c.tenant_id = {venue} and c.flag_id = b.flag_id and c.{column} = {place_id}
    left join coupling_starts s on s.tenant_id = {venue} and s.coupling_id = c.id and s.benefit_id = b.id) as benefits,
  array(select row(l.assignment_id, l.benefit_id, coalesce(l.performance_id, l.product_id), sum(l.taken))
    from held h join ticket_lines l on l.tenant_id = {venue} and l.assignment_id = h.id
    where l.taken <> 0 and l.order_id not in (select id from gone)
    group by l.assignment_id, l.benefit_id, coalesce(l.performance_id, l.product_id)) as uses,
  array(select row(t.id, t.pool_id, t.sale_starts_at, t.most, t.most_per, t.allotment, case when t.allotment is null then 0 else
      coalesce((select used from counted where pool_id = t.pool_id), 0)
      - coalesce((select sum(taken) from lapsed where pool_id = t.pool_id and {column} = {place_id}), 0) end)
    from terms_held t) as terms,
  array(select row(c.id, c.starts_at, c.ends_at, c.most, case when c.most is null then 0 else
      coalesce((select u.used from usages u where u.tenant_id = {venue} and u.campaign_link_id = c.id), 0)
      - coalesce((select sum(taken) from lapsed where campaign_link_id = c.id), 0) end,
      c.most_per_customer, coalesce((select sum(taken) from own where campaign_link_id = c.id), 0),
      c.personal_id, c.personal_most, coalesce((select sum(taken) from own where personal_link_id = c.personal_id), 0))
    from campaigns_open c) as campaigns,
  array(select row(d.pool_terms_id, d.ticket_type_id, d.basis_points, d.amount, d.price)
    from terms_held t join discounts d on d.tenant_id = {venue} and d.pool_terms_id = t.id
    union all
    select row(d.campaign_link_id, d.ticket_type_id, d.basis_points, d.amount, d.price)
    from campaigns_open c join discounts d on d.tenant_id = {venue} and d.campaign_link_id = c.id) as discounts
from p
"""


def _of(**parts: str) -> str:
    text = _WORLD
    for name, part in {**parts, "lapsed": LAPSED, "standing": _STANDING}.items():
        text = text.replace(f"{{{name}}}", part)
    return text


WORLD = {
    "PERFORMANCE": _of(
        table="performances",
        prices="prices",
        column="performance_id",
        production="p.production_id",
        over_at="p.starts_at + case when p.time_known then interval '0' else interval '1 day' end",
        capacity="p.capacity",
        max_per_order="p.max_per_order",
        max_per_customer="p.max_per_customer",
        counts_it="u.performance_id = {place_id}",
        for_it="t.performance_id = p.id or t.production_id = p.production_id",
        offers_it="p.id = any(c.performance_ids) or p.production_id = any(c.production_ids)",
    ),
    "PRODUCT": _of(
        table="products",
        prices="product_prices",
        column="product_id",
        production="null::uuid",
        over_at="null::timestamptz",
        capacity="null::int",
        max_per_order="null::int",
        max_per_customer="null::int",
        counts_it="u.performance_id is null and u.product_id = {place_id}",
        for_it="t.product_id = p.id",
        offers_it="p.id = any(c.product_ids)",
    ),
}
