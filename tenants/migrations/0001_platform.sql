-- The platform's own tables: who the venues are, who may enter, what is to be done. They hold no row of a venue's business.
revoke create on schema public from public;

-- Put a venue's table behind the wall: forced row-level security and the one policy there is. With no venue set the cast raises.
create function protect(venue_table regclass) returns void language plpgsql set search_path = pg_catalog, public as $$
begin
  execute format('alter table %s enable row level security', venue_table);
  execute format('alter table %s force row level security', venue_table);
  execute format('create policy wall on %s using (tenant_id = current_setting(''app.tenant'')::uuid) '
                 'with check (tenant_id = current_setting(''app.tenant'')::uuid)', venue_table);
end $$;
revoke all on function protect(regclass) from public;

create table venues (
  id uuid primary key,
  slug text not null unique check (slug ~ '^[a-z0-9][a-z0-9-]{1,39}$'),
  name text not null check (name <> '' and length(name) <= 200),
  time_zone text not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  languages text[] not null check (cardinality(languages) between 1 and 20),
  latitude double precision check (latitude between -90 and 90),
  longitude double precision check (longitude between -180 and 180),
  allowed_origins text[] not null default '{}',
  shop_url text,
  contact_name text,
  contact_email text,
  contact_phone text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check ((latitude is null) = (longitude is null))
);

create table persons (
  id uuid primary key,
  email text not null,
  email_key text not null unique,
  name text not null,
  language text not null default 'en',
  password_hash text,
  home_tenant_id uuid references venues (id),
  platform_admin boolean not null default false,
  disabled_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table grants (
  id uuid primary key,
  tenant_id uuid not null references venues (id),
  person_id uuid not null references persons (id),
  role text not null check (role in ('VENUE_ADMIN', 'BOX_OFFICE', 'MARKETING', 'PROMOTER')),
  organisation_ids uuid[] not null default '{}',
  promoter_id uuid,
  ends_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz not null default now(),
  check ((role = 'PROMOTER') = (promoter_id is not null))
);
create index grants_person on grants (person_id, tenant_id);
create index grants_venue on grants (tenant_id);

create table tokens (
  id uuid primary key,
  person_id uuid not null references persons (id),
  secret_hash bytea not null unique,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  last_used_at timestamptz,
  revoked_at timestamptz
);
create index tokens_person on tokens (person_id);

create table keys (
  id uuid primary key,
  tenant_id uuid not null references venues (id),
  name text not null,
  kind text not null check (kind in ('SECRET', 'PUBLISHABLE')),
  prefix text not null unique,
  secret_hash bytea not null,
  scopes text[] not null default '{}',
  organisation_ids uuid[] not null default '{}',
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz
);
create index keys_venue on keys (tenant_id);

-- Tries to sign in, by hashed account and hashed address; rows older than the window are swept.
create table sign_in_attempts (
  id uuid primary key,
  bucket bytea not null,
  attempted_at timestamptz not null default clock_timestamp()
);
create index sign_in_attempts_bucket on sign_in_attempts (bucket, attempted_at);

-- The truth about every job; a message in Valkey is only the bell that says one is due. jobs_running does not hold
-- lease_until, so that a lease is renewed without touching an index.
create table jobs (
  id uuid primary key,
  tenant_id uuid references venues (id),
  name text not null,
  arguments jsonb not null default '[]',
  state text not null default 'QUEUED' check (state in ('QUEUED', 'RUNNING', 'DONE', 'FAILED', 'QUARANTINED')),
  attempts int not null default 0,
  fence bigint not null default 0,
  due_at timestamptz not null default now(),
  lease_until timestamptz,
  rung_at timestamptz,
  progress_done bigint not null default 0,
  progress_total bigint,
  error_code text,
  error_message text,
  trace_id text,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  check ((state = 'RUNNING') = (lease_until is not null)),
  check ((state in ('DONE', 'FAILED', 'QUARANTINED')) = (finished_at is not null))
);
create index jobs_due on jobs (due_at) where state = 'QUEUED';
create index jobs_running on jobs (id) where state = 'RUNNING';
create index jobs_finished on jobs (finished_at) where finished_at is not null;
create index jobs_venue on jobs (tenant_id, created_at, id);

-- When each periodic job is next due. What they are and how often they run stands in jobs/schedule.py.
create table schedule (
  id uuid primary key,
  name text not null unique,
  cron text not null,
  time_zone text not null,
  next_at timestamptz not null,
  last_at timestamptz
);
