-- A line bought as one of a pool names the pool, not its terms: terms are replaced as a whole, what was bought stays.
alter table ticket_lines drop column pool_terms_id, add column pool_id uuid,
  add foreign key (tenant_id, pool_id) references pools (tenant_id, id);
create index ticket_lines_pool on ticket_lines (tenant_id, pool_id) where pool_id is not null;
