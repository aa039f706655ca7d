-- 10 round trips

begin read only; set local statement_timeout = 10000; set local app.tenant = '<venue>';

select t.*, array[(least(t.last_name_key, E'\U0010FFFF'))::text, (least(t.first_name_key, E'\U0010FFFF'))::text, (least(t.company_key, E'\U0010FFFF'))::text]::text[] as sort_keys
from (select t.*
from "customers" t
where (t.tenant_id = $1) and ((least(t.last_name_key, E'\U0010FFFF') >= $2 and least(t.last_name_key, E'\U0010FFFF') < $3) or (t.last_name_from_2 >= $2 and t.last_name_from_2 < $4) or (t.last_name_from_3 >= $2 and t.last_name_from_3 < $5) or (t.first_name_key >= $2 and t.first_name_key < $6) or (t.first_name_from_2 >= $2 and t.first_name_from_2 < $7) or (t.first_name_from_3 >= $2 and t.first_name_from_3 < $8) or (t.company_key >= $2 and t.company_key < $9) or (t.company_from_2 >= $2 and t.company_from_2 < $10) or (t.company_from_3 >= $2 and t.company_from_3 < $11) or (t.company_from_4 >= $2 and t.company_from_4 < $12) or ((t.first_name_key >= $13 and t.first_name_key < $14) or (t.first_name_from_2 >= $13 and t.first_name_from_2 < $15) or (t.first_name_from_3 >= $13 and t.first_name_from_3 < $16)) and ((least(t.last_name_key, E'\U0010FFFF') >= $17 and least(t.last_name_key, E'\U0010FFFF') < $18) or (t.last_name_from_2 >= $17 and t.last_name_from_2 < $19) or (t.last_name_from_3 >= $17 and t.last_name_from_3 < $20)) or ((least(t.last_name_key, E'\U0010FFFF') >= $13 and least(t.last_name_key, E'\U0010FFFF') < $21) or (t.last_name_from_2 >= $13 and t.last_name_from_2 < $22) or (t.last_name_from_3 >= $13 and t.last_name_from_3 < $23)) and ((t.first_name_key >= $17 and t.first_name_key < $24) or (t.first_name_from_2 >= $17 and t.first_name_from_2 < $25) or (t.first_name_from_3 >= $17 and t.first_name_from_3 < $26))) offset 0) t
order by least(t.last_name_key, E'\U0010FFFF') asc, least(t.first_name_key, E'\U0010FFFF') asc, least(t.company_key, E'\U0010FFFF') asc, t.id asc
limit $27;

select count(*)
from "customers" t
where (t.tenant_id = $1) and ((least(t.last_name_key, E'\U0010FFFF') >= $2 and least(t.last_name_key, E'\U0010FFFF') < $3) or (t.last_name_from_2 >= $2 and t.last_name_from_2 < $4) or (t.last_name_from_3 >= $2 and t.last_name_from_3 < $5) or (t.first_name_key >= $2 and t.first_name_key < $6) or (t.first_name_from_2 >= $2 and t.first_name_from_2 < $7) or (t.first_name_from_3 >= $2 and t.first_name_from_3 < $8) or (t.company_key >= $2 and t.company_key < $9) or (t.company_from_2 >= $2 and t.company_from_2 < $10) or (t.company_from_3 >= $2 and t.company_from_3 < $11) or (t.company_from_4 >= $2 and t.company_from_4 < $12) or ((t.first_name_key >= $13 and t.first_name_key < $14) or (t.first_name_from_2 >= $13 and t.first_name_from_2 < $15) or (t.first_name_from_3 >= $13 and t.first_name_from_3 < $16)) and ((least(t.last_name_key, E'\U0010FFFF') >= $17 and least(t.last_name_key, E'\U0010FFFF') < $18) or (t.last_name_from_2 >= $17 and t.last_name_from_2 < $19) or (t.last_name_from_3 >= $17 and t.last_name_from_3 < $20)) or ((least(t.last_name_key, E'\U0010FFFF') >= $13 and least(t.last_name_key, E'\U0010FFFF') < $21) or (t.last_name_from_2 >= $13 and t.last_name_from_2 < $22) or (t.last_name_from_3 >= $13 and t.last_name_from_3 < $23)) and ((t.first_name_key >= $17 and t.first_name_key < $24) or (t.first_name_from_2 >= $17 and t.first_name_from_2 < $25) or (t.first_name_from_3 >= $17 and t.first_name_from_3 < $26)));

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
