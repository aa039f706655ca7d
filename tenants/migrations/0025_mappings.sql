-- Mappings of import files that a house keeps under a name.
create table saved_import_mappings (
  tenant_id uuid not null, id uuid not null,
  name text not null, kind text not null, mapping jsonb not null,
  created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  primary key (tenant_id, id), unique (tenant_id, kind, name), foreign key (tenant_id) references venues (id)
);
create index saved_import_mappings_created on saved_import_mappings (tenant_id, created_at, id);
select protect('saved_import_mappings');
