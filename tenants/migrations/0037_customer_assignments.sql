-- A customer's flags, pools and attributes, those that have ended too.
create index assignments_customer on assignments (tenant_id, customer_id, id);
