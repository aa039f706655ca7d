-- 4 round trips

begin read only; set local statement_timeout = 10000; set local app.tenant = '<venue>';

select t.*, array[(least(t.last_name_key, E'\U0010FFFF'))::text, (least(t.first_name_key, E'\U0010FFFF'))::text, (least(t.company_key, E'\U0010FFFF'))::text]::text[] as sort_keys
from "customers" t
where (t.tenant_id = $1)
order by least(t.last_name_key, E'\U0010FFFF') asc, least(t.first_name_key, E'\U0010FFFF') asc, least(t.company_key, E'\U0010FFFF') asc, t.id asc
limit $2;

select *
from customer_facts
where tenant_id = $1 and customer_id = any($2::uuid[]);

commit;
