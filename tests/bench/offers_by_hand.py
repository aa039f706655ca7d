"""The floor of the storefront's `offers`: one statement that answers in JSON, for a house that has no campaign links, products,
price levels or holds that have lapsed. The same token, the same wall, the same answer."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tenants.settings import settings

CALLER = """
select t.tenant_id, t.customer_id from customer_tokens t left join keys k on k.tenant_id = t.tenant_id and k.id = t.key_id
where t.secret_hash = $1 and t.revoked_at is null and k.revoked_at is null and t.expires_at > now()
"""
# $1 the venue, $2 the performance, $3 the customer.
OFFERS = """
with place as materialized (
  select p.*, p.capacity - coalesce((
      select u.used from usages u where u.tenant_id = $1 and u.performance_id = $2 and u.product_id is null and u.pool_id is null
        and u.campaign_link_id is null), 0) as free,
    coalesce((
      select sum(l.taken) from orders o join ticket_lines l on l.tenant_id = $1 and l.order_id = o.id
      where o.tenant_id = $1 and o.customer_id = $3 and l.performance_id = $2), 0) as bought,
    case when p.status <> 'ON_SALE' then 'NOT_ON_SALE'
      when least(p.sale_ends_at, p.starts_at + case when p.time_known then interval '0' else interval '1 day' end) <= now()
        then 'ENDED' end as stopped
  from performances p where p.tenant_id = $1 and p.id = $2 and p.status <> 'DRAFT'),
held as materialized (
  select a.id, a.flag_id, a.pool_id, a.expires_on from assignments a
  where a.tenant_id = $1 and a.customer_id = $3 and a.attribute_id is null and a.ended_at is null
    and (a.expires_on is null or a.expires_on >= (select (now() at time zone v.time_zone)::date from venues v where v.id = $1))),
terms as materialized (
  select t.id, t.most, t.most_per, t.sale_starts_at, case when t.allotment is not null then greatest(0, t.allotment - coalesce((
      select u.used from usages u where u.tenant_id = $1 and u.pool_id = t.pool_id and u.performance_id = $2), 0)) end as free
  from place p cross join held h join pools g on g.tenant_id = $1 and g.id = h.pool_id and g.archived_at is null
  join pool_terms t on t.tenant_id = $1 and t.pool_id = h.pool_id
  where num_nonnulls(t.performance_id, t.production_id, t.product_id) = 0 or t.performance_id = p.id
    or t.production_id = p.production_id),
uses as materialized (
  select l.assignment_id, l.benefit_id, l.performance_id, sum(l.taken) as tickets
  from held h join ticket_lines l on l.tenant_id = $1 and l.assignment_id = h.id group by 1, 2, 3),
bound as materialized (
  select p.free as capacity, least(
    coalesce((select max(most) from terms where most_per = 'CUSTOMER' and free is distinct from 0), p.max_per_customer)
      - p.bought,
    coalesce((select max(most) from terms where most_per = 'ORDER' and free is distinct from 0), p.max_per_order)) as customer
  from place p),
routes as materialized (
  select null::uuid as ticket_type_id, coalesce(sale_starts_at, '-infinity') as starts_at, null::bigint as free,
    null::uuid as benefit_id, null::date as expires_on from place
  union all select null, sale_starts_at, free, null, null from terms where sale_starts_at is not null
  union all
  select b.ticket_type_id, coalesce(s.sale_starts_at, p.sale_starts_at, '-infinity'),
    case when b.most_performances <= u.places and coalesce(u.here, 0) <= 0 then 0
      else greatest(0, b.most_tickets - coalesce(case b.tickets_per when 'TOTAL' then u.tickets else u.here end, 0)) end,
    b.id, h.expires_on
  from place p cross join held h join flags f on f.tenant_id = $1 and f.id = h.flag_id and f.archived_at is null
  join benefits b on b.tenant_id = $1 and b.flag_id = h.flag_id and b.archived_at is null
  join couplings c on c.tenant_id = $1 and c.flag_id = h.flag_id and c.performance_id = $2
  left join coupling_starts s on s.tenant_id = $1 and s.coupling_id = c.id and s.benefit_id = b.id
  left join lateral (
    select sum(tickets) as tickets, sum(tickets) filter (where performance_id = $2) as here,
      count(*) filter (where tickets > 0) as places
    from uses where assignment_id = h.id and benefit_id = b.id) u on true)
select coalesce(json_agg(json_build_object(
  'ticketType', json_build_object('id', 'TicketType_' || replace(y.id::text, '-', ''), 'name', y.name),
  'sellable', s.sellable,
  'startsAt', case when isfinite(w.first) then to_char(w.first at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') end,
  'maxQuantity', case when p.stopped is null and w.open then s.most else 0 end,
  'reasons', case when s.sellable then '[]' else to_json(array_remove(array[p.stopped,
    case when w.used_up then 'BENEFIT_USED_UP' end, case when w.first is not null and not w.open then 'NOT_STARTED' end,
    case when b.capacity <= 0 then 'SOLD_OUT' when b.customer <= 0 then 'LIMIT_REACHED' end], null)) end,
  'benefits', w.benefits,
  'prices', json_build_array(json_build_object(
    'priceLevel', null,
    'price', json_build_object('amount', to_char(coalesce(d.amount, i.amount) / 100.0, 'FM999999990.00'), 'currencyCode', 'NOK'),
    'before', json_build_object('amount', to_char(i.amount / 100.0, 'FM999999990.00')),
    'fee', json_build_object('amount', to_char(i.fee / 100.0, 'FM999999990.00')),
    'maxQuantity', least(s.most, d.free)))
  ) order by y.position, y.name, y.id), '[]')
from place p cross join bound b
join prices i on i.tenant_id = $1 and i.performance_id = $2
join ticket_types y on y.tenant_id = $1 and y.id = i.ticket_type_id
cross join lateral (
  select count(*) as routes, min(starts_at) filter (where free is distinct from 0) as first,
    coalesce(bool_or(free is distinct from 0 and starts_at <= now()), false) as open,
    bool_or(benefit_id is not null and free = 0) as used_up,
    coalesce(json_agg(json_build_object('benefitId', 'Benefit_' || replace(benefit_id::text, '-', ''), 'left', free)
      order by expires_on nulls last, benefit_id) filter (where benefit_id is not null), '[]') as benefits
  from routes where ticket_type_id = y.id or ticket_type_id is null and not y.restricted) w
cross join lateral (
  select m.most, p.stopped is null and w.open and m.most <> 0 as sellable from (
    select greatest(0, least(b.capacity, b.customer,
      case when count(*) = 0 then 0 when count(*) = count(free) then max(free) end)) as most
    from routes where (ticket_type_id = y.id or ticket_type_id is null and not y.restricted) and free is distinct from 0
      and starts_at <= case when w.open then now() else w.first end) m) s
left join lateral (
  select reckoned.amount, t.free from terms t join discounts d on d.tenant_id = $1 and d.pool_terms_id = t.id
    and (d.ticket_type_id = y.id or d.ticket_type_id is null)
  cross join lateral (select case when d.price is not null then d.price
    when d.amount is not null then greatest(0, i.amount - d.amount)
    else (i.amount * (10000 - d.basis_points) + 5000) / 10000 end as amount) reckoned
  where t.free is distinct from 0 and reckoned.amount < i.amount order by reckoned.amount, t.id limit 1) d on true
where w.routes > 0
"""


async def _nothing(connection: object) -> None:
    pass


def create_app() -> Starlette:
    """The handler as an application."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        most = settings().database_pool
        async with asyncpg.create_pool(settings().database_url, min_size=1, max_size=most, reset=_nothing) as app.state.pool:
            yield

    async def offers(request: Request) -> Response:
        performance = UUID(orjson.loads(await request.body())["variables"]["id"].removeprefix("Performance_"))
        secret = request.headers["authorization"].removeprefix("Bearer ")
        async with request.app.state.pool.acquire() as connection:
            venue, customer = await connection.fetchrow(CALLER, hashlib.sha256(secret.encode()).digest())
            await connection.execute(f"begin read only; set local app.tenant = '{venue}'")
            found = await connection.fetchval(OFFERS, venue, performance, customer)
            await connection.execute("commit")
        return Response(b'{"data":{"offers":' + found.encode() + b"}}", media_type="application/json")

    return Starlette(routes=[Route("/offers", offers, methods=["POST"])], lifespan=lifespan)
