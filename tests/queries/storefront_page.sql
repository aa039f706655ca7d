-- 6 round trips

begin read only; set local statement_timeout = 10000; set local app.tenant = '<venue>';

select t.*, array[(least(t.starts_at, 'infinity'))::text]::text[] as sort_keys
from "performances" t
where (t.tenant_id = $1) and ((("t".status <> 'DRAFT'))) and (least(t.starts_at, 'infinity') >= $2 and least(t.starts_at, 'infinity') < 'infinity')
order by least(t.starts_at, 'infinity') asc, t.id asc
limit $3;

select t.*
from "productions" t
where t.tenant_id = $1 and t."id" = any($2::uuid[]) and exists (select
from performances vp
where vp.tenant_id = $1 and vp.production_id = "t".id and ((vp.status <> 'DRAFT')))
order by t.id;

select t.*
from "halls" t
where t.tenant_id = $1 and t."id" = any($2::uuid[]) and exists (select
from performances vp
where vp.tenant_id = $1 and vp."hall_id" = "t".id and ((vp.status <> 'DRAFT')))
order by t.id;

select p.of, min(c.amount + c.fee) as least, max(c.amount + c.fee) as most
from (select p.id as of, p.id
from performances p
where p.tenant_id = $1 and p.id = any($2::uuid[])) p join prices c on c.tenant_id = $1 and c.performance_id = p.id
where (exists (select
from performances vp
where vp.tenant_id = $1 and vp.id = "c".performance_id and ((vp.status <> 'DRAFT')))) and (exists (select
from ticket_types vy
where vy.tenant_id = $1 and vy.id = "c".ticket_type_id and not vy.restricted))
group by p.of;

commit;
