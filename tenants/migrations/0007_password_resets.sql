-- Somebody asked for a new password. The secret is made by the job that mails it, and only its hash is kept.
create table password_resets (
  id uuid primary key,
  person_id uuid not null references persons (id),
  secret_hash bytea unique,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  used_at timestamptz
);
create index password_resets_person on password_resets (person_id);
create index password_resets_created on password_resets (created_at);
