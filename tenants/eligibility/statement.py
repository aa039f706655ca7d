"""The statement that reads a world, its columns in the order of World; what differs between performances and products is
filled in."""

from tenants.assignments import day_of, standing
from tenants.sql import sql

# What is held longer than it was to be counts no more, though nobody has given it back yet.
LAPSED = "select id from orders where tenant_id = {venue} and state = 'RESERVED' and expires_at <= now()"
_STANDING = standing("a", day_of(sql("coalesce({at}::timestamptz, now())"))).flat()

# Its parts are arrays of rows, which PostgreSQL writes and asyncpg reads in a third of the time that JSON takes both. What
# is counted is summed up by world.py: for the few rows there are, PostgreSQL takes longer to set a sum up than to write them.
_WORLD = """
with held as materialized (
  select a.id, a.flag_id, a.pool_id, a.expires_on from assignments a
  where a.tenant_id = {venue} and a.customer_id = {customer} and a.attribute_id is null and {standing}),
gone as materialized ({lapsed})
select coalesce({at}::timestamptz, now()) as at, p.status, {over_at} as over_at, p.sale_starts_at, p.sale_ends_at,
  {capacity} as capacity, {max_per_order} as max_per_order, {max_per_customer} as max_per_customer,
  array(select row(i.ticket_type_id, i.price_level, i.amount, i.fee, y.restricted, y.name, y.texts::text, y.position)
    from {prices} i join ticket_types y on y.tenant_id = {venue} and y.id = i.ticket_type_id
    where i.tenant_id = {venue} and i.{column} = {place_id} order by y.position, y.name, y.id) as prices,
  array(select row(b.id, b.flag_id, h.id, h.expires_on, b.ticket_type_id, b.most_performances, b.most_tickets, b.tickets_per,
      c.id is not null, (select s.sale_starts_at from coupling_starts s
        where s.tenant_id = {venue} and s.coupling_id = c.id and s.benefit_id = b.id))
    from held h join flags f on f.tenant_id = {venue} and f.id = h.flag_id and f.archived_at is null
    left join couplings c on c.tenant_id = {venue} and c.flag_id = h.flag_id and c.{column} = {place_id}
    join benefits b on b.tenant_id = {venue} and b.flag_id = h.flag_id and b.archived_at is null) as benefits,
  array(select row(t.id, t.pool_id, t.sale_starts_at, t.most, t.most_per, t.allotment,
      array(select row(d.ticket_type_id, d.basis_points, d.amount, d.price) from discounts d
        where d.tenant_id = {venue} and d.pool_terms_id = t.id))
    from pool_terms t join pools g on g.tenant_id = {venue} and g.id = t.pool_id and g.archived_at is null
    where t.tenant_id = {venue} and t.pool_id = any(array(select pool_id from held)) and ({for_it})) as terms,
  array(select row(c.id, c.starts_at, c.ends_at, c.most, c.most_per_customer, k.id, k.most,
      (select u.used from usages u where u.tenant_id = {venue} and u.campaign_link_id = c.id),
      array(select row(d.ticket_type_id, d.basis_points, d.amount, d.price) from discounts d
        where d.tenant_id = {venue} and d.campaign_link_id = c.id))
    from campaign_links c left join personal_links k on k.tenant_id = {venue} and k.campaign_link_id = c.id
      and k.customer_id = {customer} and k.revoked_at is null
    where c.tenant_id = {venue} and c.archived_at is null and ({offers_it}) and case c.access
      when 'PERSONAL' then k.id is not null
      else c.flag_ids && array(select flag_id from held where flag_id is not null)
        or c.access = 'ANYONE' and (c.id = {campaign} or k.id is not null) end) as campaigns,
  array(select row(l.assignment_id, l.benefit_id, coalesce(l.performance_id, l.product_id), l.taken) from ticket_lines l
    where l.tenant_id = {venue} and l.assignment_id = any(array(select id from held)) and l.taken <> 0
      and l.order_id <> all(array(select id from gone))) as uses,
  array(select row(l.{column} = {place_id}, l.campaign_link_id, l.personal_link_id, l.taken)
    from orders o join ticket_lines l on l.tenant_id = {venue} and l.order_id = o.id
    where o.tenant_id = {venue} and o.customer_id = {customer}
      and not (o.state = 'RESERVED' and coalesce(o.expires_at <= now(), false))
      and (l.{column} = {place_id} or num_nonnulls(l.campaign_link_id, l.personal_link_id) > 0)) as own,
  array(select row(u.pool_id, u.used) from usages u
    where u.tenant_id = {venue} and {counts_it} and u.campaign_link_id is null) as counted,
  exists (select from gone) as lapsed,
  array(select row(l.{column} = {place_id}, l.campaign_link_id, l.pool_id, l.taken)
    from gone join ticket_lines l on l.tenant_id = {venue} and l.order_id = gone.id
    where l.{column} = {place_id} or l.campaign_link_id is not null) as lapsed_lines
from {table} p where p.tenant_id = {venue} and p.id = {place_id} and ({seen})
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
        over_at="p.starts_at + case when p.time_known then interval '0' else interval '1 day' end",
        capacity="p.capacity",
        max_per_order="p.max_per_order",
        max_per_customer="p.max_per_customer",
        counts_it="u.performance_id = {place_id}",
        # In words that an index knows, for a pool may have terms for each of thousands.
        for_it="t.performance_id = {place_id} or t.performance_id is null"
        " and (t.production_id = p.production_id or num_nonnulls(t.production_id, t.product_id) = 0)",
        offers_it="p.id = any(c.performance_ids) or p.production_id = any(c.production_ids)",
    ),
    "PRODUCT": _of(
        table="products",
        prices="product_prices",
        column="product_id",
        over_at="null::timestamptz",
        capacity="null::int",
        max_per_order="null::int",
        max_per_customer="null::int",
        counts_it="u.performance_id is null and u.product_id = {place_id}",
        for_it="t.performance_id is null and (t.product_id = p.id or num_nonnulls(t.production_id, t.product_id) = 0)",
        offers_it="p.id = any(c.product_ids)",
    ),
}
