-- Files a venue hands in, in pieces (gateway and worker share no disk), and what an import makes of one.

create table files (
  tenant_id uuid not null, id uuid not null,
  name text not null, size bigint not null default 0, complete boolean not null default false,
  created_at timestamptz not null default now(),
  primary key (tenant_id, id), foreign key (tenant_id) references venues (id)
);
create table file_chunks (
  tenant_id uuid not null, file_id uuid not null, position int not null, bytes bytea not null,
  primary key (tenant_id, file_id, position),
  foreign key (tenant_id, file_id) references files (tenant_id, id) on delete cascade
);
alter table file_chunks alter column bytes set storage external;

-- `organisation_ids` is what the one who asked may touch (null: the whole venue); `planned` and `applied` count rows by outcome.
create table imports (
  tenant_id uuid not null, id uuid not null,
  kind text not null, file_id uuid not null,
  mapping jsonb not null, create_missing boolean not null default false,
  organisation_ids uuid[],
  state text not null default 'PLANNING' check (state in ('PLANNING', 'PLANNED', 'APPLYING', 'APPLIED', 'FAILED')),
  job_id uuid,
  rows_total bigint not null default 0, rows_applied bigint not null default 0,
  planned jsonb not null default '{}', applied jsonb not null default '{}',
  error_code text, error_message text, forgotten_at timestamptz,
  created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  primary key (tenant_id, id), foreign key (tenant_id) references venues (id),
  foreign key (tenant_id, file_id) references files (tenant_id, id)
);
create index imports_created on imports (tenant_id, created_at, id);
create index imports_file on imports (tenant_id, file_id);

-- What is wrong with which row, said so that whoever made the file can mend it.
create table import_problems (
  tenant_id uuid not null, import_id uuid not null, row_number bigint not null, position int not null,
  column_name text, code text not null, message text not null,
  primary key (tenant_id, import_id, row_number, position),
  foreign key (tenant_id, import_id) references imports (tenant_id, id) on delete cascade
);

do $$ declare venue_table text; begin
  foreach venue_table in array array['files', 'file_chunks', 'imports', 'import_problems'] loop
    perform protect(venue_table::regclass);
  end loop;
end $$;
