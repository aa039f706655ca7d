-- Who did what, in a venue and above all venues. Entries are added and read; only the owner may take old ones away.
create table audit_entries (
  tenant_id uuid not null, id uuid not null,
  actor_kind text not null check (actor_kind in ('PERSON', 'KEY', 'JOB', 'PLATFORM')), actor text, actor_name text not null,
  organisation_ids uuid[],
  action text not null, objects text[] not null default '{}',
  changes jsonb not null default '[]', counts jsonb not null default '{}',
  outcome text not null check (outcome in ('DONE', 'REFUSED', 'FAILED')), code text,
  trace_id text not null, network text not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, id), foreign key (tenant_id) references venues (id)
);
create index audit_entries_created on audit_entries (tenant_id, created_at, id);
create index audit_entries_actor on audit_entries (tenant_id, actor, created_at, id);
create index audit_entries_action on audit_entries (tenant_id, action, created_at, id);
select protect('audit_entries');

-- What concerns no venue: tries to sign in as nobody we know, and what the platform's admins do.
create table platform_audit_entries (
  id uuid primary key,
  actor_kind text not null check (actor_kind in ('PERSON', 'KEY', 'JOB', 'PLATFORM', 'ANONYMOUS')), actor text,
  actor_name text not null,
  action text not null, objects text[] not null default '{}',
  changes jsonb not null default '[]', counts jsonb not null default '{}',
  outcome text not null check (outcome in ('DONE', 'REFUSED', 'FAILED')), code text,
  trace_id text not null, network text not null,
  created_at timestamptz not null default clock_timestamp()
);
create index platform_audit_entries_created on platform_audit_entries (created_at);

-- Two locks, for either may be undone by a careless grant or restore: the privileges that default privileges have given to
-- whichever role is the application's, and a trigger that stops everybody but the owner.
create function only_the_owner() returns trigger language plpgsql set search_path = pg_catalog, public as $$
begin
  if current_user <> (select pg_get_userbyid(relowner) from pg_class where oid = tg_relid) then
    raise insufficient_privilege using message = format('%s is append-only', tg_table_name);
  end if;
  return null;
end $$;
revoke all on function only_the_owner() from public;

do $$ declare log regclass; grantee regrole; begin
  foreach log in array array['audit_entries', 'platform_audit_entries']::regclass[] loop
    execute format('create trigger append_only before update or delete or truncate on %s '
                   'for each statement execute function only_the_owner()', log);
    for grantee in
      select distinct a.grantee from pg_class c, aclexplode(c.relacl) a where c.oid = log and a.grantee not in (0, c.relowner)
    loop
      execute format('revoke update, delete, truncate on %s from %s', log, grantee);
    end loop;
  end loop;
end $$;
