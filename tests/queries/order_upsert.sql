-- 15 round trips

begin; set local statement_timeout = 10000; set local app.tenant = '<venue>';

select time_zone, currency, languages
from venues
where id = $1;

select t.*
from "custom_fields" t
where t.tenant_id = $1 and t.archived_at is null
order by t.id;

select t.id, t."external_id"
from "performances" t join unnest($1::text[]) as k ("external_id") on (t."external_id" = k."external_id")
where t.tenant_id = $2 and true and true;

select t.id, t."external_id"
from "customers" t join unnest($1::text[]) as k ("external_id") on (t."external_id" = k."external_id")
where t.tenant_id = $2 and true and true;

select t.id, t."external_id"
from "orders" t join unnest($1::text[]) as k ("external_id") on (t."external_id" = k."external_id")
where t.tenant_id = $2 and true and true;

select t.id, t."external_id"
from "ticket_lines" t join unnest($1::text[]) as k ("external_id") on (t."external_id" = k."external_id")
where t.tenant_id = $2 and true and true;

create temporary table staged (id uuid, "external_id" text, "channel" text, "ordered_at" timestamp with time zone, "customer_id" uuid, "currency" text) on commit drop;

insert into "orders" (tenant_id, id, "external_id", "channel", "ordered_at", "customer_id", "currency") select $1, s.id, s."external_id", s."channel", s."ordered_at", s."customer_id", s."currency"
from staged s on conflict (tenant_id, "external_id") do nothing;

drop table staged; create temporary table staged (id uuid, "external_id" text, "performance_id" uuid, "product_id" uuid, "quantity" integer, "amount" bigint, "price" bigint, "order_id" uuid) on commit drop;

insert into "ticket_lines" (tenant_id, id, "external_id", "performance_id", "product_id", "quantity", "amount", "price", "order_id") select $1, s.id, s."external_id", s."performance_id", s."product_id", s."quantity", s."amount", s."price", s."order_id"
from staged s on conflict (tenant_id, "external_id") do nothing;

drop table staged;

with moved as materialized (select true as over
from pg_advisory_xact_lock_shared($1, hashtext($2::uuid::text))), given as materialized ( select customer_id
from orders
where (select over
from moved) and tenant_id = $2 and id = any($3::uuid[])
order by id for share), held as materialized ( select id
from customers
where (select over
from moved) and tenant_id = $2 and id = any($4::uuid[] || array(select customer_id
from given))
order by id for no key update) select array(select distinct customer_id
from given
where customer_id is not null) as buyers, array(select id
from held) as held, exists (select
from ticket_lines
where tenant_id = $2 and quantity < 0 and performance_id is not null) as performance_id, exists (select
from ticket_lines
where tenant_id = $2 and quantity < 0 and performance_id is null) as product_id , exists (select
from usages
where tenant_id = $2 and over > 0) as overrun;

with kept as ( insert into customer_facts as f (tenant_id, customer_id, "spent", "order_count", "ticket_count", "performance_count", "online_orders", "box_office_orders", "phone_orders", "partner_orders", "most_tickets", "first_ordered_at", "last_ordered_at", "shortest_lead_days", "median_lead_days", "longest_lead_days", "subscription_count", "subscribed_until", "membership_count", "member_until") select $1, customer_id, "spent", "order_count", "ticket_count", "performance_count", "online_orders", "box_office_orders", "phone_orders", "partner_orders", "most_tickets", "first_ordered_at", "last_ordered_at", "shortest_lead_days", "median_lead_days", "longest_lead_days", "subscription_count", "subscribed_until", "membership_count", "member_until"
from ( with counted as materialized ( select k.customer_id, o.id as order_id, o.channel, o.ordered_at, l.*, v.time_zone as zone, (select starts_at
from performances
where tenant_id = $1 and id = l.performance_id) as starts_at
from (select distinct unnest($2::uuid[]) as customer_id) k
cross join lateral ( select id, channel, ordered_at
from orders
where tenant_id = $1 and customer_id = k.customer_id and state = 'CONFIRMED' offset 0) o
cross join lateral ( select l.performance_id, l.product_id, l.quantity, l.amount
from ticket_lines l
where l.tenant_id = $1 and l.order_id = o.id and l.state in ('VALID', 'COMPLIMENTARY') and true offset 0) l join venues v on v.id = $1), bought as ( select customer_id, channel, ordered_at, sum(amount) as amount, sum(quantity) as things, coalesce(sum(quantity) filter (where performance_id is not null), 0) as tickets, case when sum(quantity) > 0 then min(greatest(0, (starts_at at time zone zone)::date - (ordered_at at time zone zone)::date )) filter (where quantity > 0 and starts_at is not null) end as lead
from counted
group by customer_id, order_id, channel, ordered_at), visited as ( select customer_id
from counted
where performance_id is not null
group by customer_id, performance_id having sum(quantity) > 0), held as ( select c.customer_id, p.kind, sum(c.quantity) as number, max(least( ((c.ordered_at at time zone c.zone)::date + make_interval(months => p.months))::date, p.ends_on, p.season_ends_on, 'infinity' )) filter (where c.quantity > 0) as until
from counted c
cross join lateral ( select id, kind, months, ends_on, (select s.ends_on
from seasons s
where s.tenant_id = $1 and s.id = season_id) as season_ends_on
from products
where tenant_id = $1 and id = c.product_id offset 0) p
where c.product_id is not null
group by c.customer_id, p.id, p.kind having sum(c.quantity) > 0), each (customer_id, channel, ordered_at, amount, things, tickets, lead, visited, kind, number, until) as ( select *, false, null::text, null::bigint, null::date
from bought union all select customer_id, null, null, null, null, null, null, true, null, null, null
from visited union all select customer_id, null, null, null, null, null, null, false, kind, number, until
from held union all select id, null, null, null, null, null, null, false, null, null, null
from customers
where tenant_id = $1 and id = any($2::uuid[])) select customer_id, coalesce(sum(amount), 0)::bigint as spent, count(*) filter (where things > 0) as order_count, coalesce(sum(tickets), 0)::bigint as ticket_count, count(*) filter (where visited) as performance_count, count(*) filter (where things > 0 and channel = 'ONLINE') as online_orders, count(*) filter (where things > 0 and channel = 'BOX_OFFICE') as box_office_orders, count(*) filter (where things > 0 and channel = 'PHONE') as phone_orders, count(*) filter (where things > 0 and channel = 'PARTNER') as partner_orders, greatest(max(tickets), 0) as most_tickets, min(ordered_at) filter (where things > 0) as first_ordered_at, max(ordered_at) filter (where things > 0) as last_ordered_at, min(lead) as shortest_lead_days, percentile_disc(0.5) within group (order by lead) as median_lead_days, max(lead) as longest_lead_days, coalesce(sum(number) filter (where kind = 'SUBSCRIPTION'), 0)::bigint as subscription_count, max(until) filter (where kind = 'SUBSCRIPTION') as subscribed_until, coalesce(sum(number) filter (where kind = 'MEMBERSHIP'), 0)::bigint as membership_count, max(until) filter (where kind = 'MEMBERSHIP') as member_until
from each
group by customer_id ) s on conflict (tenant_id, customer_id) do update set ("spent", "order_count", "ticket_count", "performance_count", "online_orders", "box_office_orders", "phone_orders", "partner_orders", "most_tickets", "first_ordered_at", "last_ordered_at", "shortest_lead_days", "median_lead_days", "longest_lead_days", "subscription_count", "subscribed_until", "membership_count", "member_until") = row(excluded."spent", excluded."order_count", excluded."ticket_count", excluded."performance_count", excluded."online_orders", excluded."box_office_orders", excluded."phone_orders", excluded."partner_orders", excluded."most_tickets", excluded."first_ordered_at", excluded."last_ordered_at", excluded."shortest_lead_days", excluded."median_lead_days", excluded."longest_lead_days", excluded."subscription_count", excluded."subscribed_until", excluded."membership_count", excluded."member_until")
where f is distinct
from excluded returning true) select (select count(*)
from kept) as changed, exists (select
from flag_rules
where tenant_id = $1) as flag_rules, exists (select
from pools
where tenant_id = $1 and performance_id is not null and archived_at is null) as event_pools;

commit;
