-- A session is a sign-in: short access tokens, and refresh tokens of which only the newest is good. They end together.
create table sessions (
  id uuid primary key,
  person_id uuid not null references persons (id),
  client text not null default '',
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  expires_at timestamptz not null,
  revoked_at timestamptz
);
create index sessions_person on sessions (person_id);
create index sessions_expires on sessions (expires_at);

create table refresh_tokens (
  id uuid primary key,
  session_id uuid not null references sessions (id) on delete cascade,
  secret_hash bytea not null unique,
  created_at timestamptz not null default now(),
  used_at timestamptz
);
create index refresh_tokens_session on refresh_tokens (session_id);

-- Who is signed in stays so until the token ends.
insert into sessions (id, person_id, created_at, last_used_at, expires_at, revoked_at)
  select id, person_id, created_at, last_used_at, expires_at, revoked_at from tokens;
alter table tokens add column session_id uuid references sessions (id) on delete cascade;
update tokens set session_id = id;
alter table tokens alter column session_id set not null, drop column last_used_at, drop column revoked_at, drop column person_id;
create index tokens_session on tokens (session_id);
create index tokens_expires on tokens (expires_at);
