"""The wall as PostgreSQL knows it: the rules of tests/tenants/catalogue.py hold, and each of them can fail."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
from tortoise import Tortoise, fields
from tortoise.contrib.postgres.fields import ArrayField

from tenants import tenancy
from tenants.record import PlatformRecord, VenueRecord
from tenants.settings import settings
from tenants.sql import name, sql
from tests.builders import make_venue
from tests.statements import VENUE_TABLES
from tests.tenants.catalogue import PLATFORM, RULES, offenders

# Tables without a record: nothing of theirs is ever one object, so statements are all they need.
WITHOUT_RECORD = {
    "audit_objects": "which entries are about an object, found by its id alone",
    "product_performances": "a link between two records",
    "production_tags": "a link between two records",
    "coupling_starts": "a time beside a link",
    "campaign_clicks": "one number per day, counted up by the statement that follows a link",
    "customer_values": "what customers' own fields hold, read by the page and written by the batch",
    "performance_values": "the same of performances",
    "order_values": "the same of orders",
    "counters": "one number per kind, counted up inside the statement that uses it",
    "customer_facts": "sums, kept and read by the hundred beside their customers",
    "file_chunks": "the pieces of a file, megabytes each",
    "image_renditions": "the files that one picture was made into",
    "idempotency_keys": "answers of the last day, found by the caller's key alone",
    "import_changes": "what rows of a file would change, written by the thousand and read by the page",
    "import_problems": "sentences about rows of a file, written by the thousand and read by the page",
    "usages": "sums that a trigger keeps beside its lines",
    "postcodes": "places by the ten thousand, read and written by the set",
}


@asynccontextmanager
async def superuser() -> AsyncIterator[Any]:
    """A transaction that may do anything and is undone."""
    owner, admin = settings().database_owner_url or "", "postgres@"
    connection = await asyncpg.connect(owner.replace("foyer_owner@", admin))
    try:
        await connection.execute("begin")
        yield connection
    finally:
        await connection.close()


def app_role() -> str:
    return urlsplit(settings().database_url).username or ""


@pytest.mark.parametrize("rule", RULES)
async def test_the_rule_holds(rule: str):
    async with superuser() as connection:
        assert await offenders(connection, rule, app_role()) == []


LATER = "create policy wall on t with check (tenant_id = current_setting('app.tenant')::uuid)"
ALONE = "lock table pg_authid in share row exclusive mode; "  # the other test process alters roles too
TABLE = "create table t (tenant_id uuid not null, id uuid, primary key (tenant_id, id)); "
BREACHES = [
    ("every relation stands behind the wall", TABLE, "t is neither on the platform list nor behind forced row-level security"),
    ("every relation stands behind the wall", f"{TABLE} alter table t enable row level security", "t is neither"),
    ("every relation stands behind the wall", "alter table halls no force row level security", "halls is neither"),
    ("every relation stands behind the wall", "create schema s; create table s.t (id int)", "t is neither"),
    (
        "every relation stands behind the wall",
        "create table t (tenant_id uuid not null) partition by list (tenant_id); create table part partition of t default;"
        "alter table t enable row level security, force row level security",
        "part is neither",
    ),
    ("the platform list names tables", "drop table schedule", "schedule is on the platform list and does not exist"),
    ("no view shows", "create view v as select * from halls", "the view v reads with the rights of its owner"),
    ("no view shows", "create materialized view m as select * from halls", "the view m reads"),
    (
        "a venue's table has the one policy",
        "create policy more on halls using (true)",
        "halls has 2 policies, or one that says something else",
    ),
    ("a venue's table has the one policy", "drop policy wall on halls", "halls has 0 policies"),
    ("a venue's table has the one policy", f"{TABLE}{LATER}", "t has 1 policies, or one that says something else"),
    (
        "a venue's table has the one policy",
        "alter policy wall on halls using (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)",
        "halls has 1 policies, or one that says something else",
    ),
    ("a venue's table has the one policy", "alter policy wall on halls to foyer_app", "halls has 1 policies"),
    ("a venue's table says whose", "create table t (id uuid)", "t has no tenant_id that is uuid, not null"),
    ("a venue's table says whose", "alter table halls alter tenant_id set default gen_random_uuid()", "halls has no tenant_id"),
    ("a venue's table has a primary key", "create table t (tenant_id uuid not null)", "t has no primary key"),
    (
        "every key and index",
        "alter table halls add unique (id, tenant_id)",
        "the index halls_id_tenant_id_key of halls begins with something else than tenant_id",
    ),
    ("every key and index", "create table t (id uuid primary key)", "the index t_pkey of t begins"),
    ("every key and index", "create index i on halls (lower(name), tenant_id)", "the index i of halls begins"),
    (
        "indexes compare with leakproof",
        "create index i on performances using gin (organisation_ids)",
        "the index i compares anyarray with",
    ),
    (
        "indexes compare with leakproof",
        f"create type e as enum ('a'); {TABLE} alter table t add e e; create index i on t (tenant_id, e)",
        "the index i compares anyenum with",
    ),
    (
        "indexed expressions call leakproof",
        "create index i on halls (tenant_id, lower(name))",
        "the index i calls lower, which is not leakproof",
    ),
    (
        "references carry the venue",
        "create unique index on halls (id);alter table performances add constraint r foreign key (hall_id) references halls (id)",
        "r of performances can point at another venue's row",
    ),
    (
        "references carry the venue",
        "create unique index on promoters (id);"
        "alter table grants add constraint r foreign key (promoter_id) references promoters (id) not valid",
        "r of grants can point at another venue's row",
    ),
    ("every id in a table", "alter table orders add seller_id uuid", "orders.seller_id is an id that nothing holds to its venue"),
    ("every id in a table", "alter table halls drop constraint halls_tenant_id_fkey", "halls.tenant_id is an id"),
    ("the list of loose ids", "alter table imports drop job_id", "imports.job_id is on the list of loose ids"),
    ("the application's role", f"{ALONE}alter role foyer_app bypassrls", "foyer_app is above row-level security"),
    ("the application's role", f"{ALONE}alter role foyer_app superuser", "foyer_app is a superuser"),
    ("the application's role", "grant pg_read_all_data to foyer_app", "foyer_app is a member of another role"),
    ("the application owns", "alter table halls owner to foyer_app", "foyer_app owns table halls"),
    ("the application reads", "grant truncate on halls to public", "foyer_app may TRUNCATE on halls"),
    ("the application reads", "grant references on halls to foyer_app", "foyer_app may REFERENCES on halls"),
    ("the application creates", "grant create on schema public to public", "foyer_app may create in public"),
    ("the application creates", "grant usage on schema migrations to foyer_app", "foyer_app may usage in migrations"),
    (
        "functions with their owner's",
        "create function f() returns int language sql security definer as 'select 1'",
        "f() runs with its owner's rights and no search_path of its own",
    ),
    ("words are text", "create type e as enum ('a'); alter table halls add e e[]", "halls.e is of the type e[]"),
    ("words are text", "alter table prices alter amount type numeric", "prices.amount is of the type numeric"),
    ("words are text", "alter table orders add net_amount int", "orders.net_amount is of the type integer"),
    ("words are text", "alter table orders add at timestamp", "orders.at is of the type timestamp without time zone"),
]


@pytest.mark.parametrize(("rule", "change", "sentence"), BREACHES, ids=[f"{rule}-{n}" for n, (rule, *_) in enumerate(BREACHES)])
async def test_the_rule_can_fail(rule: str, change: str, sentence: str):
    (whole,) = [r for r in RULES if r.startswith(rule)]
    async with superuser() as connection:
        await connection.execute(change)
        found = await offenders(connection, whole, app_role())
    assert [f for f in found if f.startswith(sentence)] != [], found


def test_every_rule_has_been_seen_to_fail():
    assert [r for r in RULES if not any(r.startswith(rule) for rule, *_ in BREACHES)] == []


async def test_the_statements_are_read_for_every_venue_table():
    async with superuser() as connection:
        known = await connection.fetch(
            "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by relname"
        )
    assert [r["relname"] for r in known if r["relname"] not in PLATFORM] == VENUE_TABLES


@pytest.mark.parametrize("table", VENUE_TABLES)
async def test_without_a_venue_every_statement_on_the_table_raises(table: str):
    attempts = ["select from {t}", "select count(*) from {t}", "delete from {t}", "update {t} set tenant_id = tenant_id"]
    attempts += ["insert into {t} (tenant_id) values (gen_random_uuid())"]
    app = await asyncpg.connect(settings().database_url)
    try:
        for attempt in attempts:  # a new connection, where nothing was ever set
            with pytest.raises(asyncpg.UndefinedObjectError, match=r"app\.tenant"):
                await app.execute(f"{attempt.format(t=table)} /* attack: no venue */")
        await app.execute(f"begin; set local app.tenant = '{(await make_venue()).id}'; commit")
        for attempt in attempts:  # and one that has served a venue before
            with pytest.raises(asyncpg.InvalidTextRepresentationError, match="uuid"):
                await app.execute(f"{attempt.format(t=table)} /* attack: no venue */")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute(f"truncate {table} /* attack: no right */")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute(f"alter table {table} disable row level security /* attack: no right */")
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await app.execute(f"begin; set local row_security = off; select from {table} /* attack: around the policy */")
    finally:
        await app.close()


async def test_what_the_planner_knows_of_a_venues_rows_is_hidden():
    async with tenancy.platform(readonly=True):
        shown = await tenancy.fetch(
            sql(
                "select tablename::text as name from pg_stats where schemaname = 'public' and tablename = any({t})",
                t=VENUE_TABLES,
            )
        )
        assert shown == []
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await tenancy.fetch(sql("select * from migrations.history"))


def records() -> dict[str, Any]:
    return {str(record._meta.db_table): record for record in Tortoise.apps["models"].values()}


def test_every_table_has_a_record_or_a_reason():
    assert {*records()} | {*WITHOUT_RECORD} == {*VENUE_TABLES, *PLATFORM}
    assert {*records()} & {*WITHOUT_RECORD} == set()
    assert {t for t, record in records().items() if issubclass(record, PlatformRecord)} == {*PLATFORM} - {*WITHOUT_RECORD}
    assert {t for t, record in records().items() if issubclass(record, VenueRecord)} == {*VENUE_TABLES} - {*WITHOUT_RECORD}


@pytest.mark.parametrize("table", sorted({*VENUE_TABLES, *PLATFORM} - {*WITHOUT_RECORD}))
async def test_a_record_says_what_its_table_says(table: str):
    async with superuser() as connection:
        there = await connection.fetch(
            "select attname as name, format_type(atttypid, null) as type, not attnotnull as nullable from pg_attribute "
            "where attrelid = $1::text::regclass and attnum > 0 and not attisdropped and attgenerated = ''",
            table,
        )
        here = {
            column: await told(connection, field) for column, field in records()[table]._meta.fields_map.items() if column != "pk"
        }
    assert here == {row["name"]: (row["type"], row["nullable"]) for row in there}


async def told(connection: Any, field: fields.Field[Any]) -> tuple[str, bool]:
    """The column a field stands for: its type as PostgreSQL writes it, and whether it may be null."""
    kind = str(field.get_for_dialect("postgres", "SQL_TYPE"))
    if isinstance(field, ArrayField):
        kind = f"{field.element_type}[]"
    return await connection.fetchval("select format_type($1::text::regtype, null)", kind), field.null


async def test_a_table_without_a_record_is_reached_through_the_scope_all_the_same():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        for table in {*WITHOUT_RECORD} & {*VENUE_TABLES}:
            assert await tenancy.fetch(sql("select * from {table} where tenant_id = {venue}", table=name(table))) == []
