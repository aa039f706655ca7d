-- What an import would change in rows that are there already, as texts; kept as long as its problems.
create table import_changes (
  tenant_id uuid not null, import_id uuid not null, row_number bigint not null, position int not null,
  field text not null, before text, after text,
  primary key (tenant_id, import_id, row_number, position),
  foreign key (tenant_id, import_id) references imports (tenant_id, id) on delete cascade
);
select protect('import_changes');
