-- Which entries of the audit log are about an object: an index on an array would not be leakproof, and the wall would switch it off.
create table audit_objects (
  tenant_id uuid not null, object text not null, entry_id uuid not null,
  primary key (tenant_id, object, entry_id),
  foreign key (tenant_id, entry_id) references audit_entries (tenant_id, id) on delete cascade
);
create index audit_objects_entry on audit_objects (tenant_id, entry_id);
insert into audit_objects (tenant_id, object, entry_id)
  select distinct e.tenant_id, o.object, e.id from audit_entries e cross join unnest(e.objects) as o (object);
select protect('audit_objects');

do $$ declare grantee regrole; begin
  create trigger append_only before update or delete or truncate on audit_objects
    for each statement execute function only_the_owner();
  for grantee in
    select distinct a.grantee from pg_class c, aclexplode(c.relacl) a
    where c.oid = 'audit_objects'::regclass and a.grantee not in (0, c.relowner)
  loop
    execute format('revoke update, delete, truncate on audit_objects from %s', grantee);
  end loop;
end $$;
