-- A refund (fewer than no tickets) and the purchase it takes back. `settled` lines are those that cancelled out and are therefore
-- REFUNDED; tenants/upserts/refunds.py finds that anew whenever one of them is written.
alter table ticket_lines add column refund_of uuid, add column settled boolean not null default false;
alter table ticket_lines add foreign key (tenant_id, refund_of) references ticket_lines (tenant_id, id) on delete set null (refund_of);
create index ticket_lines_refunds on ticket_lines (tenant_id, performance_id, price) where quantity < 0;
create index ticket_lines_refund_of on ticket_lines (tenant_id, refund_of) where refund_of is not null;
