-- 7 round trips

begin read only; set local statement_timeout = 10000; set local app.tenant = '<venue>';

select b.id as benefit_id, b.flag_id, a.id as assignment_id, y.id as ticket_type_id, y.name, y.texts, y.position, a.expires_on, b.most_performances, b.most_tickets, b.tickets_per, ("a".ended_at is null and ("a".expires_on is null or "a".expires_on >= (select (coalesce($1::timestamptz, now()) at time zone v.time_zone)::date
from venues v
where v.id = $2)) and f.archived_at is null and b.archived_at is null) as standing
from assignments a join flags f on f.tenant_id = $2 and f.id = a.flag_id join benefits b on b.tenant_id = $2 and b.flag_id = a.flag_id join ticket_types y on y.tenant_id = $2 and y.id = b.ticket_type_id
where a.tenant_id = $2 and a.customer_id = $3 and (true)
order by a.expires_on nulls last, a.id, b.id;

select l.assignment_id, l.benefit_id, l.id as line_id, l.order_id, l.performance_id, l.product_id, o.ordered_at, l.quantity, l.given_back
from ticket_lines l join orders o on o.tenant_id = $1 and o.id = l.order_id
where l.tenant_id = $1 and l.assignment_id = any($2::uuid[]) and l.order_stands and l.refund_of is null and l.state in ('RESERVED', 'VALID', 'COMPLIMENTARY') and o.id not in (select id
from orders
where tenant_id = $1 and state = 'RESERVED' and expires_at <= now())
order by o.ordered_at, l.id;

select b.id as benefit_id, p.id
from benefits b join couplings c on c.tenant_id = $1 and c.flag_id = b.flag_id and c.performance_id is not null join performances p on p.tenant_id = $1 and p.id = c.performance_id
where b.tenant_id = $1 and b.id = any($2::uuid[]) and ((("p".status <> 'DRAFT'))) and p.status in ('ANNOUNCED', 'ON_SALE', 'PAUSED') and coalesce(p.sale_ends_at > coalesce($3::timestamptz, now()), true) and coalesce(p.starts_at + case when p.time_known then interval '0' else interval '1 day' end > coalesce($3::timestamptz, now()), true) and exists (select
from prices i
where i.tenant_id = $1 and i.performance_id = p.id and i.ticket_type_id = b.ticket_type_id) union all select b.id, p.id
from benefits b join couplings c on c.tenant_id = $1 and c.flag_id = b.flag_id and c.product_id is not null join products p on p.tenant_id = $1 and p.id = c.product_id
where b.tenant_id = $1 and b.id = any($2::uuid[]) and (("p".status <> 'DRAFT')) and p.status in ('ANNOUNCED', 'ON_SALE', 'PAUSED') and coalesce(p.sale_ends_at > coalesce($3::timestamptz, now()), true) and exists (select
from product_prices i
where i.tenant_id = $1 and i.product_id = p.id and i.ticket_type_id = b.ticket_type_id);

select t.*
from "performances" t
where t.tenant_id = $1 and t."id" = any($2::uuid[]) and (("t".status <> 'DRAFT'))
order by t.id;

select t.*
from "products" t
where t.tenant_id = $1 and t."id" = any($2::uuid[]) and ("t".status <> 'DRAFT')
order by t.id;

commit;
