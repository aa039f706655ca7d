-- A file whose bytes are gone keeps its row as long as an import tells of it.
alter table files add column deleted_at timestamptz;
update files f set deleted_at = now() where f.complete and f.size > 0
  and not exists (select from file_chunks c where c.tenant_id = f.tenant_id and c.file_id = f.id);
