-- 3 round trips

begin; set local statement_timeout = 10000; set local app.tenant = '<venue>';

with link as materialized ( select l.id, l.personal_id, v.shop_url
from (select c.id, p.id as personal_id
from personal_links p join campaign_links c on c.tenant_id = p.tenant_id and c.id = p.campaign_link_id
where p.tenant_id = $1 and c.tenant_id = $1 and p.id = $2 and p.revoked_at is null and c.archived_at is null) l join venues v on v.id = $1
where v.shop_url is not null), counted as ( insert into campaign_clicks as k (tenant_id, campaign_link_id, day, clicks) select $1, l.id, (select (now() at time zone v.time_zone)::date
from venues v
where v.id = $1), 1
from link l
where $3 on conflict (tenant_id, campaign_link_id, day) do update set clicks = k.clicks + 1), noted as ( update personal_links p set clicks = p.clicks + 1, clicked_at = now()
from link l
where p.tenant_id = $1 and p.id = l.personal_id and $3) select shop_url
from link;

commit;
