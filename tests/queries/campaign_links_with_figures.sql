-- 11 round trips

begin read only; set local statement_timeout = 10000; set local app.tenant = '<venue>';

select t.*, array[(t.name)::text]::text[] as sort_keys
from "campaign_links" t
where (t.tenant_id = $1) and (($2 or t.archived_at is null))
order by t.name asc, t.id asc
limit $3;

select t.*
from "discounts" t
where t.tenant_id = $1 and t."campaign_link_id" = any($2::uuid[]) and true
order by t.id;

select t.*, parent.id as parent_id
from unnest($1::uuid[]) as parent (id)
cross join lateral (select t.*, array[]::text[] as sort_keys
from "personal_links" t
where (t.tenant_id = $2) and (t."campaign_link_id" = parent.id)
order by t.id asc
limit $3) t
order by t.id asc;

select t.*
from venues t
where t.id = $1 and t."id" = any($2::uuid[]) and true
order by t.id;

select c.campaign_link_id, sum(c.clicks)::bigint as clicks
from campaign_clicks c
where c.tenant_id = $1 and c.campaign_link_id = any($2::uuid[])
group by c.campaign_link_id;

select c.campaign_link_id, c.day, c.clicks
from campaign_clicks c
where c.tenant_id = $1 and c.campaign_link_id = any($2::uuid[]) and c.day between coalesce($3::date, '-infinity') and coalesce($4::date, 'infinity')
order by c.day;

select p.campaign_link_id, count(*) as made, count(*) filter (where p.clicks > 0) as clicked
from personal_links p
where p.tenant_id = $1 and p.campaign_link_id = any($2::uuid[])
group by p.campaign_link_id;

select s.campaign_link_id, count(distinct s.order_id) filter (where s.quantity > 0) as orders, sum(s.quantity)::bigint as tickets, sum(s.amount)::bigint as revenue, count(distinct s.personal_link_id) filter (where s.quantity > 0) as personal_links
from ( select l.campaign_link_id, l.personal_link_id, l.order_id, l.quantity - l.given_back as quantity, l.amount + coalesce(back.amount, 0) as amount
from ticket_lines l join orders o on o.tenant_id = $1 and o.id = l.order_id
left join lateral ( select sum(r.amount) as amount
from ticket_lines r
where r.tenant_id = $1 and r.refund_of = l.id and r.state in ('RESERVED', 'VALID', 'COMPLIMENTARY')) back on true
where l.tenant_id = $1 and l.campaign_link_id = any($2::uuid[]) and l.state in ('VALID', 'COMPLIMENTARY') and o.state = 'CONFIRMED' and l.refund_of is null and (true) ) s
group by s.campaign_link_id;

select l.personal_link_id, sum(l.taken)::bigint as tickets
from ticket_lines l
where l.tenant_id = $1 and l.personal_link_id = any($2::uuid[]) and l.campaign_link_id in (select p.campaign_link_id
from personal_links p
where p.tenant_id = $1 and p.id = any($2::uuid[])) and l.order_id not in (select id
from orders
where tenant_id = $1 and state = 'RESERVED' and expires_at <= now()) and (true)
group by l.personal_link_id;

commit;
