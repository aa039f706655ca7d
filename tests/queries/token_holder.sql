-- 1 round trips

select p.id, p.name, p.email, p.language, p.platform_admin, t.session_id, t.expires_at, coalesce(s.last_used_at < now() - interval '1 minute', true) as unnoted, g.id as grant_id, g.role, g.organisation_ids, g.promoter_id, g.ends_at as grant_ends_at, v.id as tenant_id, v.slug, v.name as venue_name, v.currency, v.time_zone, v.languages, v.allowed_origins
from tokens t join sessions s on s.id = t.session_id join persons p on p.id = s.person_id and p.disabled_at is null
left join grants g on g.person_id = p.id and g.revoked_at is null and (g.ends_at is null or g.ends_at > now()) and (g.role <> 'SUPPORT' or p.platform_admin)
left join venues v on v.id = g.tenant_id
where t.secret_hash = $1 and t.expires_at > now() and s.revoked_at is null and s.expires_at > now() and coalesce(s.last_used_at, s.created_at) > now() - $2::interval
order by v.slug;
