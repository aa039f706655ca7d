-- 8 round trips

select k.id, k.name, k.kind, k.scopes, k.organisation_ids, v.trusted_documents_only, s.id as secret_id, coalesce(s.last_used_at < now() - interval '1 minute', true) as unnoted, v.id as tenant_id, v.slug, v.name as venue_name, v.currency, v.time_zone, v.languages, v.allowed_origins
from key_secrets s join keys k on k.tenant_id = s.tenant_id and k.id = s.key_id join venues v on v.id = k.tenant_id
where s.prefix = $1 and s.secret_hash = $2 and (s.ends_at is null or s.ends_at > now()) and k.revoked_at is null and (k.expires_at is null or k.expires_at > now());

begin; set local statement_timeout = 10000; set local app.tenant = '<venue>'; savepoint step1; set local plan_cache_mode = force_generic_plan;

with moved as materialized (select true as over
from pg_advisory_xact_lock_shared($1, hashtext($2::uuid::text))), paid as ( update orders t set state = 'CONFIRMED', payment_reference = $3, external_id = coalesce($4, t.external_id), ordered_at = now(), updated_at = now()
where (select over
from moved) and t.tenant_id = $2 and t.id = $5 and case t.state when 'RESERVED' then t.expires_at > clock_timestamp() end and (true) and not exists (select
from ticket_lines h
where h.tenant_id = $2 and h.order_id = t.id and not (true)) returning t.*), lines as ( update ticket_lines l set state = 'VALID', updated_at = now()
from paid
where l.tenant_id = $2 and l.order_id = paid.id), buyer as materialized ( select c.id
from customers c
where c.tenant_id = $2 and c.id = (select customer_id
from paid) for no key update) select paid.*
from paid
left join buyer on true;

with s as materialized ( with counted as materialized ( select k.customer_id, o.id as order_id, o.channel, o.ordered_at, l.*, v.time_zone as zone, (select starts_at
from performances
where tenant_id = $1 and id = l.performance_id) as starts_at
from (select distinct unnest($2::uuid[]) as customer_id) k
cross join lateral ( select id, channel, ordered_at
from orders
where tenant_id = $1 and customer_id = k.customer_id and state = 'CONFIRMED' offset 0) o
cross join lateral ( select l.performance_id, l.product_id, l.quantity, l.amount
from ticket_lines l
where l.tenant_id = $1 and l.order_id = o.id and l.state in ('VALID', 'COMPLIMENTARY') and true offset 0) l join venues v on v.id = $1), bought as materialized ( select customer_id, channel, ordered_at, sum(amount) as amount, sum(quantity) as things, coalesce(sum(quantity) filter (where performance_id is not null), 0) as tickets, case when sum(quantity) > 0 then min(greatest(0, (starts_at at time zone zone)::date - (ordered_at at time zone zone)::date )) filter (where quantity > 0 and starts_at is not null) end as lead
from counted
group by customer_id, order_id, channel, ordered_at), visited as materialized ( select customer_id, count(*) as performances
from (select customer_id
from counted
where performance_id is not null
group by customer_id, performance_id having sum(quantity) > 0) each
group by customer_id), held as materialized ( select customer_id, sum(number) filter (where kind = 'SUBSCRIPTION') as subscriptions, max(until) filter (where kind = 'SUBSCRIPTION') as subscribed_until, sum(number) filter (where kind = 'MEMBERSHIP') as memberships, max(until) filter (where kind = 'MEMBERSHIP') as member_until
from ( select c.customer_id, p.kind, sum(c.quantity) as number, max(least( ((c.ordered_at at time zone c.zone)::date + make_interval(months => p.months))::date, p.ends_on, p.season_ends_on, 'infinity' )) filter (where c.quantity > 0) as until
from counted c
cross join lateral ( select id, kind, months, ends_on, (select s.ends_on
from seasons s
where s.tenant_id = $1 and s.id = season_id) as season_ends_on
from products
where tenant_id = $1 and id = c.product_id offset 0) p
where c.product_id is not null
group by c.customer_id, p.id, p.kind having sum(c.quantity) > 0) each
group by customer_id) select customer_id, sum(b.amount)::bigint as spent, count(*) filter (where b.things > 0) as order_count, sum(b.tickets)::bigint as ticket_count, coalesce(max(w.performances), 0) as performance_count, count(*) filter (where b.things > 0 and b.channel = 'ONLINE') as online_orders, count(*) filter (where b.things > 0 and b.channel = 'BOX_OFFICE') as box_office_orders, count(*) filter (where b.things > 0 and b.channel = 'PHONE') as phone_orders, count(*) filter (where b.things > 0 and b.channel = 'PARTNER') as partner_orders, greatest(max(b.tickets), 0) as most_tickets, min(b.ordered_at) filter (where b.things > 0) as first_ordered_at, max(b.ordered_at) filter (where b.things > 0) as last_ordered_at, min(b.lead) as shortest_lead_days, percentile_disc(0.5) within group (order by b.lead) as median_lead_days, max(b.lead) as longest_lead_days, coalesce(max(h.subscriptions), 0)::bigint as subscription_count, max(h.subscribed_until) as subscribed_until, coalesce(max(h.memberships), 0)::bigint as membership_count, max(h.member_until) as member_until
from bought b full join visited w using (customer_id) full join held h using (customer_id)
group by customer_id ), kept as (insert into customer_facts as f (tenant_id, customer_id, "spent", "order_count", "ticket_count", "performance_count", "online_orders", "box_office_orders", "phone_orders", "partner_orders", "most_tickets", "first_ordered_at", "last_ordered_at", "shortest_lead_days", "median_lead_days", "longest_lead_days", "subscription_count", "subscribed_until", "membership_count", "member_until") select $1, c.id, coalesce(spent, 0), coalesce(order_count, 0), coalesce(ticket_count, 0), coalesce(performance_count, 0), coalesce(online_orders, 0), coalesce(box_office_orders, 0), coalesce(phone_orders, 0), coalesce(partner_orders, 0), coalesce(most_tickets, 0), first_ordered_at, last_ordered_at, shortest_lead_days, median_lead_days, longest_lead_days, coalesce(subscription_count, 0), subscribed_until, coalesce(membership_count, 0), member_until
from (select id
from customers
where tenant_id = $1 and id = any($2::uuid[])) c full join s on s.customer_id = c.id on conflict (tenant_id, customer_id) do update set ("spent", "order_count", "ticket_count", "performance_count", "online_orders", "box_office_orders", "phone_orders", "partner_orders", "most_tickets", "first_ordered_at", "last_ordered_at", "shortest_lead_days", "median_lead_days", "longest_lead_days", "subscription_count", "subscribed_until", "membership_count", "member_until") = row(excluded."spent", excluded."order_count", excluded."ticket_count", excluded."performance_count", excluded."online_orders", excluded."box_office_orders", excluded."phone_orders", excluded."partner_orders", excluded."most_tickets", excluded."first_ordered_at", excluded."last_ordered_at", excluded."shortest_lead_days", excluded."median_lead_days", excluded."longest_lead_days", excluded."subscription_count", excluded."subscribed_until", excluded."membership_count", excluded."member_until")
where row(f."spent", f."order_count", f."ticket_count", f."performance_count", f."online_orders", f."box_office_orders", f."phone_orders", f."partner_orders", f."most_tickets", f."first_ordered_at", f."last_ordered_at", f."shortest_lead_days", f."median_lead_days", f."longest_lead_days", f."subscription_count", f."subscribed_until", f."membership_count", f."member_until") is distinct
from row(excluded."spent", excluded."order_count", excluded."ticket_count", excluded."performance_count", excluded."online_orders", excluded."box_office_orders", excluded."phone_orders", excluded."partner_orders", excluded."most_tickets", excluded."first_ordered_at", excluded."last_ordered_at", excluded."shortest_lead_days", excluded."median_lead_days", excluded."longest_lead_days", excluded."subscription_count", excluded."subscribed_until", excluded."membership_count", excluded."member_until") returning true) select (select count(*)
from kept) as changed, exists (select
from flag_rules
where tenant_id = $1) as flag_rules, exists (select
from pools
where tenant_id = $1 and performance_id is not null and archived_at is null) as event_pools;

select t.*
from "ticket_lines" t
where t.tenant_id = $1 and t."order_id" = any($2::uuid[]) and true
order by t.id;

select t.*
from "ticket_types" t
where t.tenant_id = $1 and t."id" = any($2::uuid[]) and true
order by t.id;

with last0 as ( insert into audit_entries (tenant_id, organisation_ids, actor_role, support_reason, id, actor_kind, actor, actor_name, action, objects, changes, counts, outcome, code, trace_id, network) values ($1, $2::uuid[], $3, null, $4, $5, $6, $7, $8, $9::text[], $10::jsonb, $11::jsonb, $12, $13, $14, $15)), last1 as (insert into audit_objects (tenant_id, object, entry_id) values ($1, $16, $17)) select;

commit;
