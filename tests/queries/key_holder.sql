-- 1 round trips

select k.id, k.name, k.kind, k.scopes, k.organisation_ids, v.trusted_documents_only, coalesce(k.last_used_at < now() - interval '1 minute', true) as unnoted, v.id as tenant_id, v.slug, v.name as venue_name, v.currency, v.time_zone, v.languages, v.allowed_origins
from keys k join venues v on v.id = k.tenant_id
where k.prefix = $1 and k.secret_hash = $2 and k.revoked_at is null and (k.expires_at is null or k.expires_at > now());
