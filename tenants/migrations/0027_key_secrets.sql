-- A key has one secret that stays, and for a while after it was rotated the one before.
create table key_secrets (
  id uuid primary key,
  tenant_id uuid not null,
  key_id uuid not null,
  prefix text not null unique,
  secret_hash bytea not null,
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  ends_at timestamptz,
  foreign key (tenant_id, key_id) references keys (tenant_id, id)
);
create unique index key_secrets_staying on key_secrets (key_id) where ends_at is null;
create index key_secrets_key on key_secrets (key_id);
insert into key_secrets (id, tenant_id, key_id, prefix, secret_hash, created_at, last_used_at)
  select id, tenant_id, id, prefix, secret_hash, created_at, last_used_at from keys;
alter table keys drop column prefix, drop column secret_hash, drop column last_used_at;
