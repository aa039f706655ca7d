-- 10 round trips

begin read only; set local statement_timeout = 10000; set local app.tenant = '<venue>';

select t.*, array[(least(t.last_name_key, E'\U0010FFFF'))::text, (least(t.first_name_key, E'\U0010FFFF'))::text, (least(t.company_key, E'\U0010FFFF'))::text]::text[] as sort_keys
from "customers" t
where (t.tenant_id = $1) and ((least(t.last_name_key, E'\U0010FFFF') >= $2 and least(t.last_name_key, E'\U0010FFFF') < $3) or (t.first_name_key >= $2 and t.first_name_key < $4) or (t.company_key >= $2 and t.company_key < $5) or ((t.first_name_key >= $6 and t.first_name_key < $7)) and ((least(t.last_name_key, E'\U0010FFFF') >= $8 and least(t.last_name_key, E'\U0010FFFF') < $9)) or ((least(t.last_name_key, E'\U0010FFFF') >= $6 and least(t.last_name_key, E'\U0010FFFF') < $10)) and ((t.first_name_key >= $8 and t.first_name_key < $11)))
order by least(t.last_name_key, E'\U0010FFFF') asc, least(t.first_name_key, E'\U0010FFFF') asc, least(t.company_key, E'\U0010FFFF') asc, t.id asc
limit $12;

select count(*)
from "customers" t
where (t.tenant_id = $1) and ((least(t.last_name_key, E'\U0010FFFF') >= $2 and least(t.last_name_key, E'\U0010FFFF') < $3) or (t.first_name_key >= $2 and t.first_name_key < $4) or (t.company_key >= $2 and t.company_key < $5) or ((t.first_name_key >= $6 and t.first_name_key < $7)) and ((least(t.last_name_key, E'\U0010FFFF') >= $8 and least(t.last_name_key, E'\U0010FFFF') < $9)) or ((least(t.last_name_key, E'\U0010FFFF') >= $6 and least(t.last_name_key, E'\U0010FFFF') < $10)) and ((t.first_name_key >= $8 and t.first_name_key < $11)));

select t.*, parent.id as parent_id
from unnest($1::uuid[]) as parent (id)
cross join lateral (select t.*, array[(t.ordered_at)::text]::text[] as sort_keys
from "orders" t
where (t.tenant_id = $2) and (t."customer_id" = parent.id)
order by t.ordered_at desc, t.id desc
limit $3) t
order by t.ordered_at desc, t.id desc;

select t.*
from "ticket_lines" t
where t.tenant_id = $1 and t."order_id" = any($2::uuid[]) and true
order by t.id;

select parent.id, t.many
from unnest($1::uuid[]) as parent (id)
cross join lateral (select count(*) as many
from "orders" t
where (t.tenant_id = $2) and (t."customer_id" = parent.id)) t;

select t.*
from "ticket_types" t
where t.tenant_id = $1 and t."id" = any($2::uuid[]) and true
order by t.id;

select t.*
from "performances" t
where t.tenant_id = $1 and t."id" = any($2::uuid[]) and true
order by t.id;

select t.*
from "productions" t
where t.tenant_id = $1 and t."id" = any($2::uuid[]) and true
order by t.id;

commit;
