-- Fields that a venue defines itself, on customers, performances and orders, and their values. A value stands in the one column
-- that its field's type says: numbers with six decimals as whole millionths, choices as the option's key. `text_key` is what a search compares,
-- cut to what fits an index. A table for each kind of object, so that each can refer to it (docs/decisions/0020).
create table custom_fields (
  tenant_id uuid not null, id uuid not null,
  object text not null check (object in ('CUSTOMER', 'PERFORMANCE', 'ORDER')), key text not null check (length(key) <= 200),
  type text not null check (type in ('TEXT', 'INTEGER', 'DECIMAL', 'BOOLEAN', 'DATE', 'DATETIME', 'CHOICE')),
  name text not null, description text, texts jsonb not null default '{}' check (jsonb_typeof(texts) = 'object'),
  options jsonb not null default '[]' check (jsonb_typeof(options) = 'array'),
  in_shop boolean not null default false check (object = 'PERFORMANCE' or not in_shop),
  archived_at timestamptz,
  created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  primary key (tenant_id, id), unique (tenant_id, object, key), foreign key (tenant_id) references venues (id)
);
create index custom_fields_name on custom_fields (tenant_id, name, id);
create index custom_fields_created on custom_fields (tenant_id, created_at, id);

create table customer_values (
  tenant_id uuid not null, object_id uuid not null, field_id uuid not null,
  text text, text_key text collate "C", number bigint, truth boolean, day date, instant timestamptz,
  primary key (tenant_id, object_id, field_id), check (num_nonnulls(text, number, truth, day, instant) = 1),
  foreign key (tenant_id, object_id) references customers (tenant_id, id) on delete cascade,
  foreign key (tenant_id, field_id) references custom_fields (tenant_id, id)
);
create table performance_values (
  tenant_id uuid not null, object_id uuid not null, field_id uuid not null,
  text text, text_key text collate "C", number bigint, truth boolean, day date, instant timestamptz,
  primary key (tenant_id, object_id, field_id), check (num_nonnulls(text, number, truth, day, instant) = 1),
  foreign key (tenant_id, object_id) references performances (tenant_id, id) on delete cascade,
  foreign key (tenant_id, field_id) references custom_fields (tenant_id, id)
);
create table order_values (
  tenant_id uuid not null, object_id uuid not null, field_id uuid not null,
  text text, text_key text collate "C", number bigint, truth boolean, day date, instant timestamptz,
  primary key (tenant_id, object_id, field_id), check (num_nonnulls(text, number, truth, day, instant) = 1),
  foreign key (tenant_id, object_id) references orders (tenant_id, id) on delete cascade,
  foreign key (tenant_id, field_id) references custom_fields (tenant_id, id)
);

-- A value is in one of them only, and of "has any value" each serves its own type.
do $$ declare venue_table text; held text; begin
  perform protect('custom_fields');
  foreach venue_table in array array['customer_values', 'performance_values', 'order_values'] loop
    foreach held in array array['text_key', 'number', 'truth', 'day', 'instant'] loop
      execute format('create index %I on %I (tenant_id, field_id, %I, object_id) where %I is not null',
                     venue_table || '_' || held, venue_table, held, held);
    end loop;
    perform protect(venue_table::regclass);
  end loop;
end $$;
