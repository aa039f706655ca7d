-- Support access: a venue lets a platform admin in for a while. What opens the door is a grant of the same id; here is why.
-- settled_at is null while a request of the platform admin waits for an answer.
create table support_accesses (
  tenant_id uuid not null, id uuid not null,
  person_id uuid not null references persons (id),
  organisation_ids uuid[],
  reason text not null check (reason <> '' and length(reason) <= 500),
  created_at timestamptz not null default now(),
  settled_at timestamptz,
  primary key (tenant_id, id), foreign key (tenant_id) references venues (id)
);
create unique index support_accesses_waiting on support_accesses (tenant_id, person_id) where settled_at is null;
create index support_accesses_created on support_accesses (tenant_id, created_at, id);
select protect('support_accesses');

alter table grants drop constraint grants_role_check,
  add constraint grants_role_check check (role in ('VENUE_ADMIN', 'BOX_OFFICE', 'MARKETING', 'PROMOTER', 'SUPPORT')),
  add constraint grants_support_check check (
    role <> 'SUPPORT' or (ends_at is not null and ends_at - created_at <= interval '7 days'));

-- As what the actor did it, and for support the reason the venue has read.
alter table audit_entries add column actor_role text, add column support_reason text;
create index audit_entries_role on audit_entries (tenant_id, actor_role, created_at, id);
