-- 8 round trips

begin read only; set local statement_timeout = 10000; set local app.tenant = '<venue>';

select t.*
from "customers" t
where t.tenant_id = $1 and t."id" = any($2::uuid[]) and true
order by t.id;

with p as materialized ( select p.id, p.status, p.sale_starts_at, p.sale_ends_at, p.starts_at + case when p.time_known then interval '0' else interval '1 day' end as over_at, p.production_id as production_id, p.capacity as capacity, p.max_per_order as max_per_order, p.max_per_customer as max_per_customer, coalesce($1::timestamptz, now()) as at
from performances p
where p.tenant_id = $2 and p.id = $3 and (true)), held as materialized ( select a.id, a.flag_id, a.pool_id, a.expires_on
from assignments a
where a.tenant_id = $2 and a.customer_id = $4 and a.attribute_id is null and "a".ended_at is null and ("a".expires_on is null or "a".expires_on >= (select (coalesce($1::timestamptz, now()) at time zone v.time_zone)::date
from venues v
where v.id = $2))), gone as materialized (select id
from orders
where tenant_id = $2 and state = 'RESERVED' and expires_at <= now()), lapsed as materialized ( select l.performance_id, l.product_id, l.pool_id, l.campaign_link_id, l.taken
from gone join ticket_lines l on l.tenant_id = $2 and l.order_id = gone.id), counted as materialized ( select u.pool_id, u.used
from usages u
where u.tenant_id = $2 and u.performance_id = $3 and u.campaign_link_id is null), own as materialized ( select l.performance_id, l.product_id, l.campaign_link_id, l.personal_link_id, l.taken
from orders o join ticket_lines l on l.tenant_id = $2 and l.order_id = o.id
where o.tenant_id = $2 and o.customer_id = $4 and o.id not in (select id
from gone)), terms_held as materialized ( select t.id, t.pool_id, t.sale_starts_at, t.most, t.most_per, t.allotment
from p
cross join held h join pools g on g.tenant_id = $2 and g.id = h.pool_id and g.archived_at is null join pool_terms t on t.tenant_id = $2 and t.pool_id = h.pool_id
where num_nonnulls(t.performance_id, t.production_id, t.product_id) = 0 or t.performance_id = p.id or t.production_id = p.production_id), campaigns_open as materialized ( select c.id, c.starts_at, c.ends_at, c.most, c.most_per_customer, k.id as personal_id, k.most as personal_most
from p join campaign_links c on c.tenant_id = $2 and c.archived_at is null and (p.id = any(c.performance_ids) or p.production_id = any(c.production_ids))
left join personal_links k on k.tenant_id = $2 and k.campaign_link_id = c.id and k.customer_id = $4 and k.revoked_at is null
where case c.access when 'PERSONAL' then k.id is not null else c.flag_ids && array(select flag_id
from held
where flag_id is not null) or c.access = 'ANYONE' and (c.id = $5 or k.id is not null) end) select p.at, p.status, p.over_at, p.sale_starts_at, p.sale_ends_at, p.capacity, p.max_per_order, p.max_per_customer, case when p.capacity is null then 0 else coalesce((select used
from counted
where pool_id is null), 0) - coalesce((select sum(taken)
from lapsed
where performance_id = $3), 0) end as sold, coalesce((select sum(taken)
from own
where performance_id = $3), 0) as bought, exists (select
from lapsed) as lapsed, array(select row(i.ticket_type_id, i.price_level, i.amount, i.fee, y.restricted, y.name, y.texts::text, y.position)
from prices i join ticket_types y on y.tenant_id = $2 and y.id = i.ticket_type_id
where i.tenant_id = $2 and i.performance_id = $3
order by y.position, y.name, y.id) as prices, array(select row(b.id, b.flag_id, h.id, h.expires_on, b.ticket_type_id, b.most_performances, b.most_tickets, b.tickets_per, c.id is not null, s.sale_starts_at)
from held h join flags f on f.tenant_id = $2 and f.id = h.flag_id and f.archived_at is null join benefits b on b.tenant_id = $2 and b.flag_id = h.flag_id and b.archived_at is null
left join couplings c on c.tenant_id = $2 and c.flag_id = b.flag_id and c.performance_id = $3
left join coupling_starts s on s.tenant_id = $2 and s.coupling_id = c.id and s.benefit_id = b.id) as benefits, array(select row(l.assignment_id, l.benefit_id, coalesce(l.performance_id, l.product_id), sum(l.taken))
from held h join ticket_lines l on l.tenant_id = $2 and l.assignment_id = h.id
where l.taken <> 0 and l.order_id not in (select id
from gone)
group by l.assignment_id, l.benefit_id, coalesce(l.performance_id, l.product_id)) as uses, array(select row(t.id, t.pool_id, t.sale_starts_at, t.most, t.most_per, t.allotment, case when t.allotment is null then 0 else coalesce((select used
from counted
where pool_id = t.pool_id), 0) - coalesce((select sum(taken)
from lapsed
where pool_id = t.pool_id and performance_id = $3), 0) end)
from terms_held t) as terms, array(select row(c.id, c.starts_at, c.ends_at, c.most, case when c.most is null then 0 else coalesce((select u.used
from usages u
where u.tenant_id = $2 and u.campaign_link_id = c.id), 0) - coalesce((select sum(taken)
from lapsed
where campaign_link_id = c.id), 0) end, c.most_per_customer, coalesce((select sum(taken)
from own
where campaign_link_id = c.id), 0), c.personal_id, c.personal_most, coalesce((select sum(taken)
from own
where personal_link_id = c.personal_id), 0))
from campaigns_open c) as campaigns, array(select row(d.pool_terms_id, d.ticket_type_id, d.basis_points, d.amount, d.price)
from terms_held t join discounts d on d.tenant_id = $2 and d.pool_terms_id = t.id union all select row(d.campaign_link_id, d.ticket_type_id, d.basis_points, d.amount, d.price)
from campaigns_open c join discounts d on d.tenant_id = $2 and d.campaign_link_id = c.id) as discounts
from p;

select t.*
from "performances" t
where t.tenant_id = $1 and t."id" = any($2::uuid[]) and true
order by t.id;

select t.*
from "ticket_types" t
where t.tenant_id = $1 and t."id" = any($2::uuid[]) and true
order by t.id;

select t.*
from "flags" t
where t.tenant_id = $1 and t."id" = any($2::uuid[]) and true
order by t.id;

select t.*
from "benefits" t
where t.tenant_id = $1 and t."id" = any($2::uuid[]) and true
order by t.id;

commit;
