-- What a venue plays: organisations, promoters, seasons, categories, tags, halls, productions, performances, ticket types, prices.
-- Every key starts with the venue, every reference carries it, and no reference can leave it.

create table organisations (
  tenant_id uuid not null, id uuid not null,
  external_id text, name text not null, archived_at timestamptz,
  created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  primary key (tenant_id, id), unique (tenant_id, external_id), foreign key (tenant_id) references venues (id)
);
create table promoters (
  tenant_id uuid not null, id uuid not null,
  external_id text, name text not null, email text, phone text,
  created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  primary key (tenant_id, id), unique (tenant_id, external_id), foreign key (tenant_id) references venues (id)
);
create table seasons (
  tenant_id uuid not null, id uuid not null,
  external_id text, name text not null, starts_on date, ends_on date,
  created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  primary key (tenant_id, id), unique (tenant_id, external_id), foreign key (tenant_id) references venues (id),
  check (starts_on <= ends_on)
);
create table categories (
  tenant_id uuid not null, id uuid not null,
  external_id text, name text not null,
  created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  primary key (tenant_id, id), unique (tenant_id, external_id), foreign key (tenant_id) references venues (id)
);
create table tags (
  tenant_id uuid not null, id uuid not null,
  external_id text, name text not null,
  created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  primary key (tenant_id, id), unique (tenant_id, external_id), foreign key (tenant_id) references venues (id)
);
create table halls (
  tenant_id uuid not null, id uuid not null,
  external_id text, name text not null, capacity int check (capacity >= 0),
  created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  primary key (tenant_id, id), unique (tenant_id, external_id), foreign key (tenant_id) references venues (id)
);
create table productions (
  tenant_id uuid not null, id uuid not null,
  external_id text, name text not null, subtitle text, description text,
  created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  primary key (tenant_id, id), unique (tenant_id, external_id), foreign key (tenant_id) references venues (id)
);
create table production_tags (
  tenant_id uuid not null, production_id uuid not null, tag_id uuid not null,
  primary key (tenant_id, production_id, tag_id),
  foreign key (tenant_id, production_id) references productions (tenant_id, id) on delete cascade,
  foreign key (tenant_id, tag_id) references tags (tenant_id, id)
);
create index production_tags_tag on production_tags (tenant_id, tag_id);

-- organisation_ids: the organisations it belongs to, none = the whole venue (D54). An array, not a table: one column, one
-- rule and one condition for every kind of row that has it; the core checks the ids when they are written.
create table performances (
  tenant_id uuid not null, id uuid not null,
  external_id text,
  production_id uuid not null, season_id uuid, category_id uuid, hall_id uuid, promoter_id uuid,
  organisation_ids uuid[] not null default '{}',
  name text,
  starts_at timestamptz, time_known boolean not null default true,
  sale_starts_at timestamptz, sale_ends_at timestamptz,
  status text not null default 'ON_SALE' check (status in ('DRAFT', 'ANNOUNCED', 'ON_SALE', 'PAUSED', 'CANCELLED')),
  capacity int check (capacity >= 0),
  max_per_order int check (max_per_order >= 1),
  max_per_customer int check (max_per_customer >= 1),
  created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  primary key (tenant_id, id), unique (tenant_id, external_id), foreign key (tenant_id) references venues (id),
  foreign key (tenant_id, production_id) references productions (tenant_id, id),
  foreign key (tenant_id, season_id) references seasons (tenant_id, id),
  foreign key (tenant_id, category_id) references categories (tenant_id, id),
  foreign key (tenant_id, hall_id) references halls (tenant_id, id),
  foreign key (tenant_id, promoter_id) references promoters (tenant_id, id),
  check (sale_starts_at <= sale_ends_at)
);
-- Undated last. LEAST skips nulls; COALESCE would not do: PostgreSQL counts it as leaky, so behind the wall it is no index condition.
create index performances_start on performances (tenant_id, least(starts_at, 'infinity'), id);
create index performances_created on performances (tenant_id, created_at, id);
create index performances_production on performances (tenant_id, production_id);
create index performances_season on performances (tenant_id, season_id);
create index performances_category on performances (tenant_id, category_id);
create index performances_hall on performances (tenant_id, hall_id);
create index performances_promoter on performances (tenant_id, promoter_id);

create table ticket_types (
  tenant_id uuid not null, id uuid not null,
  external_id text, name text not null, position int not null default 0,
  created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  primary key (tenant_id, id), unique (tenant_id, external_id), foreign key (tenant_id) references venues (id)
);

-- Money is in minor units of the venue's currency, everywhere.
create table prices (
  tenant_id uuid not null, id uuid not null,
  performance_id uuid not null, ticket_type_id uuid not null, price_level text not null default '',
  amount bigint not null check (amount >= 0), fee bigint not null default 0 check (fee >= 0),
  created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  primary key (tenant_id, id), unique (tenant_id, performance_id, ticket_type_id, price_level),
  foreign key (tenant_id, performance_id) references performances (tenant_id, id) on delete cascade,
  foreign key (tenant_id, ticket_type_id) references ticket_types (tenant_id, id)
);
create index prices_ticket_type on prices (tenant_id, ticket_type_id);

-- What lists are sorted by (tenants/pages.py).
create index organisations_name on organisations (tenant_id, name, id);
create index promoters_name on promoters (tenant_id, name, id);
create index seasons_name on seasons (tenant_id, name, id);
create index seasons_start on seasons (tenant_id, least(starts_on, 'infinity'), id);
create index categories_name on categories (tenant_id, name, id);
create index tags_name on tags (tenant_id, name, id);
create index halls_name on halls (tenant_id, name, id);
create index productions_name on productions (tenant_id, name, id);
create index productions_created on productions (tenant_id, created_at, id);
create index ticket_types_position on ticket_types (tenant_id, position, name, id);
create index ticket_types_name on ticket_types (tenant_id, name, id);

do $$ declare venue_table text; begin
  foreach venue_table in array array['organisations', 'promoters', 'seasons', 'categories', 'tags', 'halls', 'productions',
    'production_tags', 'performances', 'ticket_types', 'prices'] loop
    perform protect(venue_table::regclass);
  end loop;
end $$;
