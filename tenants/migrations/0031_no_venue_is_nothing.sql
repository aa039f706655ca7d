-- Statistics list the venues that were there when they were taken; of any other the planner believes that it has one row, and then
-- takes any index that begins with tenant_id, or none, for as good as the right one: a new venue's first import compared each
-- with each. Without them a venue is believed to have a two-hundredth of the table, so the index that says more is always better.
alter table orders alter column tenant_id set statistics 0;
alter table ticket_lines alter column tenant_id set statistics 0;
alter table performances alter column tenant_id set statistics 0;
alter table products alter column tenant_id set statistics 0;
