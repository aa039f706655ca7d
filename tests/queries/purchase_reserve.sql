-- 9 round trips

select t.id, t.customer_id, t.organisation_ids, v.trusted_documents_only, coalesce(t.last_used_at < now() - interval '1 minute', true) as unnoted, v.id as tenant_id, v.slug, v.name as venue_name, v.currency, v.time_zone, v.languages, v.allowed_origins
from customer_tokens t join venues v on v.id = t.tenant_id
left join keys k on k.tenant_id = t.tenant_id and k.id = t.key_id
where t.secret_hash = $1 and t.revoked_at is null and k.revoked_at is null and t.expires_at > now() and coalesce(t.last_used_at, t.created_at) > now() - $2::interval;

begin; set local statement_timeout = 10000; set local app.tenant = '<venue>'; savepoint step1; set local lock_timeout = '3s';

with held as materialized ( select a.id, a.flag_id, a.pool_id, a.expires_on
from assignments a
where a.tenant_id = $1 and a.customer_id = $2 and a.attribute_id is null and "a".ended_at is null and ("a".expires_on is null or "a".expires_on >= (select (coalesce($3::timestamptz, now()) at time zone v.time_zone)::date
from venues v
where v.id = $1))), gone as materialized (select id
from orders
where tenant_id = $1 and state = 'RESERVED' and expires_at <= now()) select coalesce($3::timestamptz, now()) as at, p.status, p.starts_at + case when p.time_known then interval '0' else interval '1 day' end as over_at, p.sale_starts_at, p.sale_ends_at, p.capacity as capacity, p.max_per_order as max_per_order, p.max_per_customer as max_per_customer, array(select row(i.ticket_type_id, i.price_level, i.amount, i.fee, y.restricted, y.name, y.texts::text, y.position)
from prices i join ticket_types y on y.tenant_id = $1 and y.id = i.ticket_type_id
where i.tenant_id = $1 and i.performance_id = $4
order by y.position, y.name, y.id) as prices, array(select row(b.id, b.flag_id, h.id, h.expires_on, b.ticket_type_id, b.most_performances, b.most_tickets, b.tickets_per, c.id is not null, (select s.sale_starts_at
from coupling_starts s
where s.tenant_id = $1 and s.coupling_id = c.id and s.benefit_id = b.id))
from held h join flags f on f.tenant_id = $1 and f.id = h.flag_id and f.archived_at is null
left join couplings c on c.tenant_id = $1 and c.flag_id = h.flag_id and c.performance_id = $4 join benefits b on b.tenant_id = $1 and b.flag_id = h.flag_id and b.archived_at is null) as benefits, array(select row(t.id, t.pool_id, t.sale_starts_at, t.most, t.most_per, t.allotment, array(select row(d.ticket_type_id, d.basis_points, d.amount, d.price)
from discounts d
where d.tenant_id = $1 and d.pool_terms_id = t.id))
from pool_terms t join pools g on g.tenant_id = $1 and g.id = t.pool_id and g.archived_at is null
where t.tenant_id = $1 and t.pool_id = any(array(select pool_id
from held)) and (t.performance_id = $4 or t.performance_id is null and (t.production_id = p.production_id or num_nonnulls(t.production_id, t.product_id) = 0))) as terms, array(select row(c.id, c.starts_at, c.ends_at, c.most, c.most_per_customer, k.id, k.most, (select u.used
from usages u
where u.tenant_id = $1 and u.campaign_link_id = c.id), array(select row(d.ticket_type_id, d.basis_points, d.amount, d.price)
from discounts d
where d.tenant_id = $1 and d.campaign_link_id = c.id))
from campaign_links c
left join personal_links k on k.tenant_id = $1 and k.campaign_link_id = c.id and k.customer_id = $2 and k.revoked_at is null
where c.tenant_id = $1 and c.archived_at is null and (p.id = any(c.performance_ids) or p.production_id = any(c.production_ids)) and case c.access when 'PERSONAL' then k.id is not null else c.flag_ids && array(select flag_id
from held
where flag_id is not null) or c.access = 'ANYONE' and (c.id = $5 or k.id is not null) end) as campaigns, array(select row(l.assignment_id, l.benefit_id, coalesce(l.performance_id, l.product_id), l.taken)
from ticket_lines l
where l.tenant_id = $1 and l.assignment_id = any(array(select id
from held)) and l.taken <> 0 and l.order_id <> all(array(select id
from gone))) as uses, array(select row(l.performance_id = $4, l.campaign_link_id, l.personal_link_id, l.taken)
from orders o join ticket_lines l on l.tenant_id = $1 and l.order_id = o.id
where o.tenant_id = $1 and o.customer_id = $2 and not (o.state = 'RESERVED' and coalesce(o.expires_at <= now(), false)) and (l.performance_id = $4 or num_nonnulls(l.campaign_link_id, l.personal_link_id) > 0)) as own, array(select row(u.pool_id, u.used)
from usages u
where u.tenant_id = $1 and u.performance_id = $4 and u.campaign_link_id is null) as counted, exists (select
from gone) as lapsed, array(select row(l.performance_id = $4, l.campaign_link_id, l.pool_id, l.taken)
from gone join ticket_lines l on l.tenant_id = $1 and l.order_id = gone.id
where l.performance_id = $4 or l.campaign_link_id is not null) as lapsed_lines
from performances p
where p.tenant_id = $1 and p.id = $4 and ((("p".status <> 'DRAFT')));

with lines as ( insert into ticket_lines (tenant_id, id, order_id, performance_id, product_id, ticket_type_id, quantity, price_level, price, amount, fee, state, benefit_id, assignment_id, pool_id, campaign_link_id, personal_link_id) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'RESERVED', $12, $13, $14, $15, $16) ) insert into orders (tenant_id, id, customer_id, channel, currency, ordered_at, state, expires_at) values ($1, $3, $17, $18, $19, now(), 'RESERVED', now() + $20) returning *;

select l.place, null::uuid as pool, coalesce(( select sum(t.taken)
from orders o join ticket_lines t on t.tenant_id = $1 and t.order_id = o.id
where o.tenant_id = $1 and o.customer_id = $2 and (t.performance_id = l.place or t.product_id = l.place) ), 0) as used
from unnest($3::uuid[]) as l (place) union all select coalesce(u.performance_id, u.product_id), u.pool_id, u.used
from usages u
where u.tenant_id = $1 and u.pool_id = any($4::uuid[]) and coalesce(u.performance_id, u.product_id) = any($5::uuid[]);

select t.*
from "ticket_lines" t
where t.tenant_id = $1 and t."order_id" = any($2::uuid[]) and (exists (select
from orders vo
where vo.tenant_id = $1 and vo.id = "t".order_id and vo.customer_id = $3)) and ((exists (select
from performances vp
where vp.tenant_id = $1 and vp.id = "t".performance_id and (true)) or exists (select
from products vs
where vs.tenant_id = $1 and vs.id = "t".product_id and (true))))
order by t.id;

select t.*
from "ticket_types" t
where t.tenant_id = $1 and t."id" = any($2::uuid[]) and (not "t".restricted or exists (select
from ticket_lines vl join orders vo on vo.tenant_id = $1 and vo.id = vl.order_id
where vl.tenant_id = $1 and vl.ticket_type_id = "t".id and vo.customer_id = $3))
order by t.id;

with last0 as ( insert into audit_entries (tenant_id, organisation_ids, actor_role, support_reason, id, actor_kind, actor, actor_name, action, objects, changes, counts, outcome, code, trace_id, network) values ($1, $2::uuid[], $3, null, $4, $5, $6, $7, $8, $9::text[], $10::jsonb, $11::jsonb, $12, $13, $14, $15)), last1 as (insert into audit_objects (tenant_id, object, entry_id) values ($1, $16, $17)) select;

commit;
