-- 1 round trips

select t.id, t.customer_id, t.organisation_ids, v.trusted_documents_only, coalesce(t.last_used_at < now() - interval '1 minute', true) as unnoted, v.id as tenant_id, v.slug, v.name as venue_name, v.currency, v.time_zone, v.languages, v.allowed_origins
from customer_tokens t join venues v on v.id = t.tenant_id
left join keys k on k.tenant_id = t.tenant_id and k.id = t.key_id
where t.secret_hash = $1 and t.revoked_at is null and k.revoked_at is null and t.expires_at > now() and coalesce(t.last_used_at, t.created_at) > now() - $2::interval;
