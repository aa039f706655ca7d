-- What is sold beside performances: subscriptions (a season's series) and memberships. One table, because what is said of the one
-- may be said of the other (docs/decisions/0018). It belongs to organisations as performances do (D54).
create table products (
  tenant_id uuid not null, id uuid not null,
  external_id text, kind text not null check (kind in ('SUBSCRIPTION', 'MEMBERSHIP')),
  name text not null, description text, texts jsonb not null default '{}',
  season_id uuid, organisation_ids uuid[] not null default '{}',
  choose int check (choose >= 1),
  ends_on date, months int check (months between 1 and 1200),
  status text not null default 'ON_SALE' check (status in ('DRAFT', 'ANNOUNCED', 'ON_SALE', 'PAUSED', 'ENDED')),
  sale_starts_at timestamptz, sale_ends_at timestamptz,
  created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  primary key (tenant_id, id), unique (tenant_id, external_id), foreign key (tenant_id) references venues (id),
  foreign key (tenant_id, season_id) references seasons (tenant_id, id)
);
create index products_name on products (tenant_id, name, id);
create index products_created on products (tenant_id, created_at, id);
create index products_season on products (tenant_id, season_id);

create table product_performances (
  tenant_id uuid not null, product_id uuid not null, performance_id uuid not null,
  primary key (tenant_id, product_id, performance_id),
  foreign key (tenant_id, product_id) references products (tenant_id, id) on delete cascade,
  foreign key (tenant_id, performance_id) references performances (tenant_id, id) on delete cascade
);
create index product_performances_performance on product_performances (tenant_id, performance_id);

create table product_prices (
  tenant_id uuid not null, id uuid not null,
  product_id uuid not null, ticket_type_id uuid not null, price_level text not null default '',
  amount bigint not null check (amount >= 0), fee bigint not null default 0 check (fee >= 0),
  created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  primary key (tenant_id, id), unique (tenant_id, product_id, ticket_type_id, price_level),
  foreign key (tenant_id, product_id) references products (tenant_id, id) on delete cascade,
  foreign key (tenant_id, ticket_type_id) references ticket_types (tenant_id, id)
);
create index product_prices_ticket_type on product_prices (tenant_id, ticket_type_id);

-- A line sells the one or the other.
alter table ticket_lines add column product_id uuid, alter column performance_id drop not null,
  add check (num_nonnulls(performance_id, product_id) = 1),
  add foreign key (tenant_id, product_id) references products (tenant_id, id);
create index ticket_lines_product on ticket_lines (tenant_id, product_id) where product_id is not null;

-- Until when, and not whether: a day that comes changes no row.
alter table customer_facts
  add column subscription_count bigint not null default 0, add column subscribed_until date,
  add column membership_count bigint not null default 0, add column member_until date;

do $$ declare venue_table text; begin
  foreach venue_table in array array['products', 'product_performances', 'product_prices'] loop
    perform protect(venue_table::regclass);
  end loop;
end $$;
