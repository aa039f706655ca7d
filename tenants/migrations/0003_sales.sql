-- Who buys, and what was sold.

-- The last number given out per venue and kind; customers have short numbers that staff can say on the telephone.
create table counters (
  tenant_id uuid not null, name text not null, value bigint not null default 0,
  primary key (tenant_id, name), foreign key (tenant_id) references venues (id)
);

-- The *_key columns are normalised by the core: what a search compares, without accents and in one case.
create table customers (
  tenant_id uuid not null, id uuid not null,
  external_id text, number bigint not null,
  first_name text, last_name text, company text, email text, phone text,
  birth_date date, gender text check (gender in ('WOMAN', 'MAN', 'OTHER')),
  street text, postcode text, city text, country text check (country ~ '^[A-Z]{2}$'),
  language text,
  first_name_key text collate "C", last_name_key text collate "C", company_key text collate "C", email_key text collate "C",
  created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  primary key (tenant_id, id), unique (tenant_id, external_id), unique (tenant_id, number),
  foreign key (tenant_id) references venues (id)
);
-- By last name, first name, company; a null comes last. A search reads the same indexes (tenants/customers.py).
create index customers_name on customers (
  tenant_id,
  least(last_name_key, E'\U0010FFFF'), least(first_name_key, E'\U0010FFFF'), least(company_key, E'\U0010FFFF'),
  id
);
create index customers_first_name on customers (tenant_id, first_name_key) where first_name_key is not null;
create index customers_company on customers (tenant_id, company_key) where company_key is not null;
create index customers_email on customers (tenant_id, email_key) where email_key is not null;
create index customers_postcode on customers (tenant_id, postcode) where postcode is not null;
create index customers_created on customers (tenant_id, created_at, id);

create table orders (
  tenant_id uuid not null, id uuid not null,
  external_id text, customer_id uuid,
  channel text not null check (channel in ('ONLINE', 'BOX_OFFICE', 'PHONE', 'PARTNER')),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  ordered_at timestamptz not null,
  state text not null default 'CONFIRMED' check (state in ('RESERVED', 'CONFIRMED', 'CANCELLED', 'REFUNDED')),
  place_postcode text, place_city text, place_country text check (place_country ~ '^[A-Z]{2}$'),
  created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  primary key (tenant_id, id), unique (tenant_id, external_id), foreign key (tenant_id) references venues (id),
  foreign key (tenant_id, customer_id) references customers (tenant_id, id)
);
create index orders_customer on orders (tenant_id, customer_id, ordered_at, id);
create index orders_time on orders (tenant_id, ordered_at, id);

-- One line = `quantity` tickets alike. `amount` is the line's total with VAT and without fees; `price` is one ticket's.
create table ticket_lines (
  tenant_id uuid not null, id uuid not null,
  external_id text, order_id uuid not null, performance_id uuid not null, ticket_type_id uuid,
  quantity int not null check (quantity <> 0), price_level text,
  price bigint not null, amount bigint not null, fee bigint not null default 0, vat bigint not null default 0,
  state text not null default 'VALID' check (state in ('RESERVED', 'VALID', 'COMPLIMENTARY', 'REFUNDED', 'CANCELLED')),
  created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  primary key (tenant_id, id), unique (tenant_id, external_id),
  foreign key (tenant_id, order_id) references orders (tenant_id, id) on delete cascade,
  foreign key (tenant_id, performance_id) references performances (tenant_id, id),
  foreign key (tenant_id, ticket_type_id) references ticket_types (tenant_id, id)
);
create index ticket_lines_order on ticket_lines (tenant_id, order_id, id);
create index ticket_lines_performance on ticket_lines (tenant_id, performance_id);
create index ticket_lines_ticket_type on ticket_lines (tenant_id, ticket_type_id);

do $$ declare venue_table text; begin
  foreach venue_table in array array['counters', 'customers', 'orders', 'ticket_lines'] loop
    perform protect(venue_table::regclass);
  end loop;
end $$;
