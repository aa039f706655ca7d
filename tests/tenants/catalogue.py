"""The rules of the wall as questions to PostgreSQL's own catalogue. Each answers a sentence for each offender and none when
all is well; tests/tenants/test_catalogue.py asks them.

In all of them: `ours` are the relations in our schemas, `venue` those that are no platform tables.
"""

from typing import Any

# Tables that belong to no venue, and what they hold. Everything else has to stand behind the wall.
PLATFORM = {
    "venues": "who the venues are",
    "persons": "one login per person, across all venues",
    "grants": "which person may enter which venue",
    "sessions": "who has signed in",
    "tokens": "access tokens, as hashes",
    "refresh_tokens": "tokens to be exchanged once, as hashes",
    "password_resets": "wishes for a new password, with the hash of a one-time token",
    "keys": "programs that may enter a venue",
    "key_secrets": "what these programs show, as hashes",
    "customer_tokens": "customers who are signed in to a venue's shop, as ids and hashes",
    "sign_in_attempts": "tries to sign in, by hashed account and address",
    "jobs": "what is to be done, as names and ids: workers claim over all venues",
    "platform_audit_entries": "who did what above all venues, or tried to sign in as nobody we know",
    "postcodes": "where postcodes lie, public data",
    "schedule": "when each periodic job is next due",
}
# Ids without a foreign key: arrays cannot have one, and what the others point at may be gone.
LOOSE = {
    "performances.organisation_ids": "an array; the core checks it when it is written, and one rule reads it (D54)",
    "products.organisation_ids": "an array; as that of performances",
    **{
        f"{group}.organisation_ids": "an array; as that of performances"
        for group in ("flags", "pools", "attributes", "campaign_links")
    },
    **{
        f"{owner}.{kind}_ids": "an array; the core checks it when it is written"
        for owner in ("flag_rules", "campaign_links")
        for kind in ("performance", "production", "product")
    },
    "campaign_links.flag_ids": "an array; the core checks it when it is written",
    "assignments.group_id": "one of the three references beside it",
    "assignment_causes.line_ids": "an array of what was bought, which may be gone",
    "imports.organisation_ids": "an array; what the one who asked might touch",
    "files.organisation_ids": "an array; what the sender might touch",
    "jobs.organisation_ids": "an array; what the one who asked might touch",
    "audit_entries.organisation_ids": "an array; what the actor might touch",
    "support_accesses.organisation_ids": "an array; what the one who said yes might touch",
    "imports.job_id": "jobs are swept; it is read with the venue beside it",
    "idempotency_keys.principal_id": "a person's, a key's or a customer's id; the row is gone after a day or two",
    "grants.organisation_ids": "an array; ids of another venue open nothing",
    "images.job_id": "jobs are swept; nothing reads it but staff",
    "grants.promoter_id": "a promoter's id of the grant's venue; one of another venue opens nothing",
    "keys.organisation_ids": "an array; ids of another venue open nothing",
    "customer_tokens.organisation_ids": "an array; copied from the key it came by",
}
# Degrees are no amounts.
INEXACT = {"venues.latitude", "venues.longitude", "postcodes.latitude", "postcodes.longitude"}

POLICY = "(tenant_id = (current_setting('app.tenant'::text))::uuid)"

_OURS = """
with ours as (
  select c.*, c.oid as id, n.nspname, c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname !~ '^(pg_|information_schema$)' and n.nspname <> 'migrations'
), venue as (select * from ours where relkind in ('r', 'p') and name <> all($1)),
place as (
  select a.attrelid, a.attnum, a.attname as name, a.atttypid as type, a.attnotnull, a.atthasdef,
         format('%s.%s', o.name, a.attname) as path
  from pg_attribute a join ours o on o.id = a.attrelid
  where a.attnum > 0 and not a.attisdropped and o.relkind in ('r', 'p', 'v', 'm', 'f')
)
"""

RULES: dict[str, str] = {
    "every relation stands behind the wall or on the platform list": """
        select format('%s is neither on the platform list nor behind forced row-level security', name)
        from venue where not (relrowsecurity and relforcerowsecurity)""",
    "the platform list names tables that exist": """
        select format('%s is on the platform list and does not exist', p)
        from unnest($1) p where not exists (select from ours where name = p and relkind in ('r', 'p'))""",
    "no view shows what its reader may not see": """
        select format('the view %s reads with the rights of its owner', name) from ours
        where relkind = 'm' or relkind = 'f'
           or (relkind = 'v' and not coalesce(reloptions && '{security_invoker=true,security_invoker=on}', false))""",
    "a venue's table has the one policy and no other": """
        select format('%s has %s policies, or one that says something else', v.name, count(p.oid)) from venue v
        left join pg_policy p on p.polrelid = v.id group by v.name
        having count(p.oid) <> 1 or not bool_and(
          p.polcmd = '*' and p.polpermissive and p.polroles = '{0}'
          and pg_get_expr(p.polqual, p.polrelid) is not distinct from $2
          and coalesce(pg_get_expr(p.polwithcheck, p.polrelid), $2) = $2)""",
    "a venue's table says whose each row is": """
        select format('%s has no tenant_id that is uuid, not null and without a default', v.name) from venue v
        where not exists (select from place where attrelid = v.id and name = 'tenant_id' and type = 'uuid'::regtype
                          and attnotnull and not atthasdef)""",
    "a venue's table has a primary key": """
        select format('%s has no primary key', name) from venue
        where not exists (select from pg_index where indrelid = venue.id and indisprimary)""",
    "every key and index of a venue's table begins with the venue": """
        select format('the index %s of %s begins with something else than tenant_id', i.indexrelid::regclass, v.name)
        from venue v join pg_index i on i.indrelid = v.id
        where i.indkey[0] is distinct from
          (select attnum from pg_attribute where attrelid = v.id and attname = 'tenant_id')""",
    "indexes compare with leakproof operators only": """
        select distinct format('the index %s compares %s with %s, which is not leakproof: the wall switches it off',
                               i.indexrelid::regclass, o.amoplefttype::regtype, p.oid::regprocedure)
        from venue v join pg_index i on i.indrelid = v.id cross join unnest(i.indclass::oid[]) as used (class)
        join pg_opclass c on c.oid = used.class join pg_amop o on o.amopfamily = c.opcfamily and o.amoplefttype = c.opcintype
          and o.amoprighttype = c.opcintype
        join pg_operator op on op.oid = o.amopopr join pg_proc p on p.oid = op.oprcode where not p.proleakproof""",
    "indexed expressions call leakproof functions only": """
        select format('the index %s calls %s, which is not leakproof: the wall switches it off',
                      i.indexrelid::regclass, p.proname)
        from venue v join pg_index i on i.indrelid = v.id
        cross join regexp_matches(i.indexprs::text, ':(?:funcid|opfuncid) ([0-9]+)', 'g') as called (ids)
        join pg_proc p on p.oid = called.ids[1]::oid where not p.proleakproof""",
    "references carry the venue": """
        select format('%s of %s can point at another venue''s row', c.conname, t.name)
        from pg_constraint c join ours t on t.id = c.conrelid
        where c.contype = 'f'
          and exists (select from place where attrelid = c.confrelid and name = 'tenant_id')
          and not exists (
            select from unnest(c.conkey, c.confkey) as pair (here, there)
            join place h on h.attrelid = c.conrelid and h.attnum = here and h.name = 'tenant_id'
            join place w on w.attrelid = c.confrelid and w.attnum = there and w.name = 'tenant_id')""",
    "every id in a table is a reference": """
        select format('%s is an id that nothing holds to its venue', p.path) from place p join ours t on t.id = p.attrelid
        where t.relkind in ('r', 'p') and p.name ~ '_ids?$' and p.name <> 'external_id' and p.path <> all($3)
          and p.type in ('uuid'::regtype, 'uuid[]'::regtype)
          and not exists (select from pg_constraint where contype = 'f' and conrelid = t.id and p.attnum = any(conkey))""",
    "the list of loose ids names columns that exist": """
        select format('%s is on the list of loose ids and does not exist', l) from unnest($3) l
        where not exists (select from place where path = l)""",
    "the application's role is weak": """
        select format('%s is %s', rolname, what) from pg_roles cross join lateral (values
          ('a superuser', rolsuper), ('above row-level security', rolbypassrls), ('allowed to make roles', rolcreaterole),
          ('allowed to make databases', rolcreatedb), ('allowed to replicate', rolreplication),
          ('a member of another role', exists (select from pg_auth_members where member = pg_roles.oid)),
          ('allowed to create schemas', has_database_privilege(rolname, current_database(), 'create'))
        ) as power (what, has) where rolname = $4 and has""",
    "the application owns nothing": """
        select format('%s owns %s', $4, pg_describe_object(classid, objid, objsubid)) from pg_shdepend
        where refobjid = (select oid from pg_roles where rolname = $4) and deptype = 'o'
          and (dbid = 0 or dbid = (select oid from pg_database where datname = current_database()))""",
    "the application reads and writes rows, and nothing else": """
        select format('%s may %s on %s', $4, a.privilege_type, o.name) from ours o, aclexplode(o.relacl) a
        where a.grantee in (0, (select oid from pg_roles where rolname = $4))
          and a.privilege_type not in ('SELECT', 'INSERT', 'UPDATE', 'DELETE')""",
    "the application creates nothing and does not see the migrations": """
        select format('%s may %s in %s', $4, what, nspname)
        from pg_namespace cross join (values ('create'), ('usage')) as p (what)
        where has_schema_privilege($4, oid, what) and nspname !~ '^pg_(toast|temp)'
          and not (what = 'usage' and nspname in ('public', 'pg_catalog', 'information_schema'))""",
    "functions with their owner's rights know where they look": """
        select format('%s runs with its owner''s rights and no search_path of its own', p.oid::regprocedure)
        from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where n.nspname !~ '^(pg_|information_schema$)' and p.prosecdef
          and not exists (select from unnest(p.proconfig) c where c like 'search_path=%')""",
    "words are text with a check, amounts are whole, instants have a zone": """
        select format('%s is of the type %s', p.path, p.type::regtype) from place p
        join pg_type t on t.oid = p.type left join pg_type e on e.oid = t.typelem
        where (t.typtype = 'e' or e.typtype = 'e'
               or p.type in ('numeric'::regtype, 'money'::regtype, 'float4'::regtype, 'timestamp'::regtype)
               or (p.type = 'float8'::regtype and p.path <> all($5))
               or (p.name ~ '(^|_)(amount|price|fee|vat)$' and p.type <> 'bigint'::regtype))""",
}


async def offenders(connection: Any, rule: str, role: str) -> list[str]:
    """A sentence for each thing that breaks the rule."""
    parameters = [list(PLATFORM), POLICY, list(LOOSE), role, list(INEXACT)]
    every = "select $1::text[], $2::text, $3::text[], $4::text, $5::text[]"  # so that a rule may use any of them or none
    rows = await connection.fetch(f"{_OURS}, given as ({every}) {RULES[rule]}", *parameters)
    return sorted({" ".join(row[0].split()) for row in rows})
