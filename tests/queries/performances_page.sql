-- 10 round trips

begin read only; set local statement_timeout = 10000; set local app.tenant = '<venue>';

select t.*, array[(least(t.starts_at, 'infinity'))::text]::text[] as sort_keys
from "performances" t
where (t.tenant_id = $1)
order by least(t.starts_at, 'infinity') asc, t.id asc
limit $2;

select count(*)
from "performances" t
where (t.tenant_id = $1);

select t.*
from "productions" t
where t.tenant_id = $1 and t."id" = any($2::uuid[]) and true
order by t.id;

select t.*
from "halls" t
where t.tenant_id = $1 and t."id" = any($2::uuid[]) and true
order by t.id;

select t.*
from "prices" t
where t.tenant_id = $1 and t."performance_id" = any($2::uuid[]) and true
order by t.id;

select t.*
from "organisations" t
where t.tenant_id = $1 and t."id" = any($2::uuid[]) and true
order by t.id;

select t.*, p.production_id
from production_tags p join tags t on t.tenant_id = p.tenant_id and t.id = p.tag_id
where p.tenant_id = $1 and t.tenant_id = $1 and p.production_id = any($2::uuid[])
order by t.name, t.id;

select t.*
from "ticket_types" t
where t.tenant_id = $1 and t."id" = any($2::uuid[]) and true
order by t.id;

commit;
