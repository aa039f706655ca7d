-- Customers who are signed in to a venue's shop: ids and hashes only. A token goes with its customer. `key_id` is the secret key
-- that asked for it and takes it along when it is revoked; null for a customer who came with a code.
alter table keys add unique (tenant_id, id);

create table customer_tokens (
  id uuid primary key,
  tenant_id uuid not null references venues (id),
  customer_id uuid not null,
  key_id uuid,
  secret_hash bytea not null unique,
  organisation_ids uuid[] not null default '{}',
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  foreign key (tenant_id, customer_id) references customers (tenant_id, id) on delete cascade,
  foreign key (tenant_id, key_id) references keys (tenant_id, id)
);
create index customer_tokens_customer on customer_tokens (tenant_id, customer_id);

alter table audit_entries drop constraint audit_entries_actor_kind_check, add constraint audit_entries_actor_kind_check
  check (actor_kind in ('PERSON', 'KEY', 'CUSTOMER', 'JOB', 'PLATFORM'));
