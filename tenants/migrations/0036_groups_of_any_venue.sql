-- A venue that statistics do not know is no venue of one row; see 0031.
alter table assignments alter column tenant_id set statistics 0;
alter table assignment_causes alter column tenant_id set statistics 0;
alter table customers alter column tenant_id set statistics 0;
