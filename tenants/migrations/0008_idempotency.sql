-- What a mutation answered under a key of its caller's, so that the same request sent again is answered the same and done once.
-- `answers` is json and not jsonb: an answer sent again keeps the order of its fields.
create table idempotency_keys (
  tenant_id uuid not null, principal_id uuid not null, key text not null check (length(key) between 1 and 255),
  fingerprint bytea not null, answers json not null default '{}',
  created_at timestamptz not null default now(),
  primary key (tenant_id, principal_id, key), foreign key (tenant_id) references venues (id)
);
create index idempotency_keys_created on idempotency_keys (tenant_id, created_at);
select protect('idempotency_keys');
