-- A person has one live grant at a venue. Where there were more, the newest is the one that holds.
update grants g set revoked_at = now() where g.revoked_at is null and exists (
  select from grants newer where newer.tenant_id = g.tenant_id and newer.person_id = g.person_id and newer.revoked_at is null
    and (newer.created_at, newer.id) > (g.created_at, g.id));
create unique index grants_live on grants (tenant_id, person_id) where revoked_at is null;
