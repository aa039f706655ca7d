-- 1 round trips

select k.id, k.name, k.kind, k.scopes, k.organisation_ids, v.trusted_documents_only, s.id as secret_id, coalesce(s.last_used_at < now() - interval '1 minute', true) as unnoted, v.id as tenant_id, v.slug, v.name as venue_name, v.currency, v.time_zone, v.languages, v.allowed_origins
from key_secrets s join keys k on k.tenant_id = s.tenant_id and k.id = s.key_id join venues v on v.id = k.tenant_id
where s.prefix = $1 and s.secret_hash = $2 and (s.ends_at is null or s.ends_at > now()) and k.revoked_at is null and (k.expires_at is null or k.expires_at > now());
