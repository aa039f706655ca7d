-- 7 round trips

begin read only; set local statement_timeout = 10000; set local app.tenant = '<venue>';

select t.*, array[(least(t.last_name_key, E'\U0010FFFF'))::text, (least(t.first_name_key, E'\U0010FFFF'))::text, (least(t.company_key, E'\U0010FFFF'))::text]::text[] as sort_keys
from "customers" t
where (t.tenant_id = $1)
order by least(t.last_name_key, E'\U0010FFFF') asc, least(t.first_name_key, E'\U0010FFFF') asc, least(t.company_key, E'\U0010FFFF') asc, t.id asc
limit $2;

select t.*, f.display
from assignments t
left join flags f on f.tenant_id = $1 and f.id = t.flag_id
left join pools p on p.tenant_id = $1 and p.id = t.pool_id
left join attributes a on a.tenant_id = $1 and a.id = t.attribute_id
where t.tenant_id = $1 and t.customer_id = any($2::uuid[]) and "t".ended_at is null and ("t".expires_on is null or "t".expires_on >= (select (now() at time zone v.time_zone)::date
from venues v
where v.id = $1)) and true
order by coalesce(f.name, p.name, a.name), t.id;

select t.*
from "flags" t
where t.tenant_id = $1 and t."id" = any($2::uuid[]) and true
order by t.id;

select t.*
from "pools" t
where t.tenant_id = $1 and t."id" = any($2::uuid[]) and true
order by t.id;

select t.*
from "attributes" t
where t.tenant_id = $1 and t."id" = any($2::uuid[]) and true
order by t.id;

commit;
