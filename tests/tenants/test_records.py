"""The ORM's wall: what Tortoise can be asked to do with another venue's row, with the policies in the way and without them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from tortoise.exceptions import DoesNotExist, FieldError, IntegrityError, ObjectDoesNotExistError, OperationalError
from tortoise.expressions import Q
from tortoise.functions import Count

from tenants import performances, tenancy
from tenants.errors import NoScope, Refusal
from tenants.settings import settings
from tenants.sql import name, sql
from tests.builders import make_venue
from tests.filled import Filled, fill, venue_records
from tests.holdings import checksum
from tests.recording import recorded
from tests.statements import VENUE_TABLES
from tests.walls import without_policies


@pytest.fixture(params=["with the policies", "without the policies"])
async def walls(request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """With them, PostgreSQL hides what the ORM forgets; without them, it is seen whether the ORM forgets anything."""
    if request.param == "with the policies":
        yield
    else:
        async with without_policies():
            yield


@pytest.fixture
async def theirs() -> Filled:
    return await fill(await make_venue(), "theirs")


@pytest.fixture
async def ours() -> Filled:
    return await fill(await make_venue(), "ours")


def written_more_than_once() -> dict[str, Any]:
    """All records but the audit log's, which nobody may change (tests/tenants/test_audit.py)."""
    return {kind: record for kind, record in venue_records().items() if kind != "AuditEntry"}


TEXTS = (
    *("name", "external_id", "price_level", "error_message", "actor_name", "code_hash", "refusal", "app", "reason"),
    *("assigned_by", "caused_by", "started_by"),
)


def a_column(record: Any) -> str:
    """One that may be written with any text, or else with any moment."""
    return next((c for c in TEXTS if c in record.columns()), "created_at")


def a_value(record: Any, word: str) -> Any:
    """Something to write there, another for each word."""
    return word if a_column(record) in TEXTS else datetime(2000 + len(word), 1, 1, tzinfo=UTC)


async def outcome(work: Callable[[Any, Any], Awaitable[Any]], record: Any, row: Any) -> Any:
    """What came of it: a value, or the kind of error."""
    try:
        async with tenancy.savepoint():
            return await work(record, row)
    except (NoScope, KeyError, DoesNotExist, ObjectDoesNotExistError) as error:
        return type(error)
    except Refusal as refusal:
        return refusal.code


NONE: Any = None
# What a row points at instead of another, so that it has to be written with this.
INSTEAD = {
    ("images", "performance_id"): "production_id = null",
    ("ticket_lines", "performance_id"): "product_id = null",
    ("ticket_lines", "product_id"): "performance_id = null",
    ("assignments", "pool_id"): "flag_id = null",
    ("assignments", "attribute_id"): "flag_id = null",
    ("couplings", "product_id"): "performance_id = null",
    ("pool_terms", "production_id"): "performance_id = null",
    ("pool_terms", "product_id"): "performance_id = null",
    ("discounts", "campaign_link_id"): "pool_terms_id = null",
    ("pools", "performance_id"): "kind = 'EVENT'",
}
READS: dict[str, tuple[Callable[[Any, UUID], Any], Any]] = {
    "filter": (lambda r, i: r.filter(id=i), []),
    "filter by pk": (lambda r, i: r.filter(pk=i).first(), NONE),
    "filter by a list": (lambda r, i: r.filter(id__in=[i, uuid4()]), []),
    "one or the other": (lambda r, i: r.filter(Q(id=i) | Q(id=uuid4())), []),
    "not another": (lambda r, i: r.filter(~Q(id=uuid4()), id=i), []),
    "exclude": (lambda r, i: r.exclude(id=uuid4()).filter(id=i), []),
    "all": (lambda r, i: r.all().filter(id=i).order_by("id").limit(5).offset(0), []),
    "get": (lambda r, i: r.get(id=i), DoesNotExist),
    "get or none": (lambda r, i: r.get_or_none(id=i), NONE),
    "exists": (lambda r, i: r.exists(id=i), False),
    "count": (lambda r, i: r.filter(id=i).count(), 0),
    "by key": (lambda r, i: r[i], ObjectDoesNotExistError),
    "in bulk": (lambda r, i: r.in_bulk([i]), {}),
    "in bulk by another column": (lambda r, i: r.in_bulk([i], "id"), {}),
    "values": (lambda r, i: r.filter(id=i).values("id"), []),
    "values list": (lambda r, i: r.filter(id=i).values_list("id", flat=True), []),
    "only": (lambda r, i: r.filter(id=i).only("id"), []),
    "for update": (lambda r, i: r.select_for_update().filter(id=i), []),
    "annotated": (lambda r, i: r.annotate(many=Count("id")).filter(id=i).group_by("id").values("id", "many"), []),
    "asked for by venue": (lambda r, i: r.filter(tenant_id=uuid4(), id=i), NoScope),
    "excluded by venue": (lambda r, i: r.exclude(tenant_id=uuid4()).filter(id=i), NoScope),
    "rows": (lambda r, i: r.rows(sql("t.id = {id}", id=i)), []),
}
WRITES: dict[str, tuple[Callable[[Any, Any], Any], Any]] = {
    "save": (lambda r, row: row.save(), NoScope),
    "save by force": (lambda r, row: row.save(force_update=True), NoScope),
    "save one column": (lambda r, row: row.save(update_fields=[a_column(r)]), NoScope),
    "save as new": (lambda r, row: row.save(force_create=True), NoScope),
    "save under our venue": (lambda r, row: as_ours(row).save(), "NOT_FOUND"),
    "save by force under our venue": (lambda r, row: as_ours(row).save(force_update=True), "NOT_FOUND"),
    "delete": (lambda r, row: row.delete(), "NOT_FOUND"),
    "delete under our venue": (lambda r, row: as_ours(row).delete(), "NOT_FOUND"),
    "refresh": (lambda r, row: row.refresh_from_db(), "NOT_FOUND"),
    "refresh one column": (lambda r, row: row.refresh_from_db(fields=[a_column(r)]), "NOT_FOUND"),
    "update": (lambda r, row: r.filter(id=row.id).update(**{a_column(r): a_value(r, "stolen")}), 0),
    "update all": (lambda r, row: r.all().filter(id=row.id).update(**{a_column(r): a_value(r, "stolen")}), 0),
    "delete by id": (lambda r, row: r.filter(id=row.id).delete(), 0),
    "bulk update": (lambda r, row: r.bulk_update([row], fields=[a_column(r)]), 0),
    "bulk update of the venue": (lambda r, row: r.bulk_update([row], fields=["tenant_id"]), NoScope),
    "bulk create": (lambda r, row: r.bulk_create([row]), NoScope),
    "bulk create over it": (
        lambda r, row: r.bulk_create([row], on_conflict=["tenant_id", "id"], update_fields=[a_column(r)]),
        NoScope,
    ),
    "create": (lambda r, row: r.create(**{**dict(row), "id": uuid4()}), NoScope),
    "get or create": (lambda r, row: r.get_or_create(id=row.id, tenant_id=row.tenant_id), NoScope),
    "update or create": (lambda r, row: r.update_or_create({}, id=row.id, tenant_id=row.tenant_id), NoScope),
    "clone": (lambda r, row: row.clone().save(), NoScope),
    "given away": (lambda r, row: r.filter(id=row.id).update(tenant_id=row.tenant_id), NoScope),
}


def as_ours(row: Any) -> Any:
    """The other venue's row, with the open scope's venue written over its own."""
    row.tenant_id = tenancy.venue_id()
    return row


async def test_no_way_of_asking_finds_another_venues_row(walls: None, ours: Filled, theirs: Filled):
    async with tenancy.scope(ours.venue.id):
        for kind, record in venue_records().items():
            for way, (ask, nothing) in READS.items():
                if way == "for update" and kind not in written_more_than_once():
                    continue
                assert await outcome(ask, record, theirs.rows[kind].id) == nothing, f"{kind}: {way}"
            also = {
                "File": {ours.picture},
                "Order": {ours.held},
                "TicketLine": {ours.subscribed, ours.held_line},
                "TicketType": {ours.restricted},
                "CustomField": ours.own_fields,
            }
            mine = {ours.rows[kind].id} | also.get(kind, set())
            assert set(await record.all().values_list("id", flat=True)) == mine
            assert {r.id for r in await record.rows(sql("true"))} == mine


async def test_no_way_of_writing_touches_another_venues_row(walls: None, ours: Filled, theirs: Filled):
    before = await checksum(theirs.venue.id)
    for kind, record in written_more_than_once().items():
        for way, (write, nothing) in WRITES.items():
            async with tenancy.scope(theirs.venue.id):
                row = await record.get(id=theirs.rows[kind].id)
            setattr(row, a_column(record), a_value(record, "stolen"))
            async with tenancy.scope(ours.venue.id):
                assert await outcome(write, record, row) == nothing, f"{kind}: {way}"
        assert await checksum(theirs.venue.id) == before, kind


async def test_the_same_ways_work_on_our_own_rows(walls: None, ours: Filled):
    """Else the two tests above would show nothing."""
    async with tenancy.scope(ours.venue.id):
        for kind, record in written_more_than_once().items():
            row = await record.get(id=ours.rows[kind].id)
            setattr(row, a_column(record), a_value(record, "ours"))
            await row.save()
            assert getattr(await record.get(id=row.id), a_column(record)) == a_value(record, "ours")
            assert await record.filter(id=row.id).update(**{a_column(record): a_value(record, "changed")}) == 1
            await row.refresh_from_db()
            assert getattr(row, a_column(record)) == a_value(record, "changed")
            setattr(row, a_column(record), a_value(record, "together"))
            assert await record.bulk_update([row], fields=[a_column(record)]) == 1
            found, created = await record.get_or_create(id=row.id)
            assert (getattr(found, a_column(record)), created) == (a_value(record, "together"), False)
        line = await venue_records()["TicketLine"].get(id=ours.rows["TicketLine"].id)
        await line.delete()
        with pytest.raises(Refusal, match="NOT_FOUND"):
            await line.delete()


async def test_without_a_venue_nothing_is_even_sent(ours: Filled):
    for kind, record in venue_records().items():
        row = ours.rows[kind]
        for ask, _ in READS.values():
            with pytest.raises(NoScope):
                await ask(record, row.id)
        for write, _ in WRITES.values():
            with pytest.raises(NoScope):
                await write(record, row)
    with recorded() as sent:
        async with tenancy.platform():
            for kind, record in venue_records().items():
                row = ours.rows[kind]
                for way, (ask, _) in READS.items():
                    assert await outcome(ask, record, row.id) in (NoScope, KeyError), f"{kind}: {way}"
                for way, (write, _) in WRITES.items():
                    assert await outcome(write, record, row) == NoScope, f"{kind}: {way}"
    assert sent == []


async def test_the_orm_can_join_nothing(ours: Filled):
    async with tenancy.scope(ours.venue.id):
        for record in venue_records().values():
            meta = record._meta
            assert (meta.fk_fields, meta.m2m_fields, meta.o2o_fields) == (set(), set(), set())
            assert (meta.backward_fk_fields, meta.backward_o2o_fields) == (set(), set())
            references = [c.removesuffix("_id") for c in record.columns() if c.endswith("_id") and c != "external_id"]
            for other in references:
                for join in (
                    lambda r, o: r.filter(**{f"{o}__id": uuid4()}),
                    lambda r, o: r.all().select_related(o),
                    lambda r, o: r.all().prefetch_related(o),
                    lambda r, o: r.annotate(many=Count(f"{o}__id")),
                    lambda r, o: r.all().values(f"{o}__id"),
                    lambda r, o: r.all().order_by(f"{o}__id"),
                ):
                    with pytest.raises((FieldError, OperationalError), match=other):
                        await join(record, other)


@pytest.mark.parametrize("venue", ["'; drop table halls; --", "8b836876-e4b0-4f89-af65-3b3375e2cce1", b"0" * 16, 7, None, ["a"]])
async def test_a_venue_is_an_id_and_no_text(venue: Any):
    with pytest.raises(TypeError, match="UUID"):
        async with tenancy.scope(venue):
            pass


async def test_a_reference_to_another_venues_row_is_one_to_no_row(walls: None, ours: Filled, theirs: Filled):
    owner = await asyncpg.connect(settings().database_owner_url)
    references = await owner.fetch(
        """
        select c.conrelid::regclass::text as table, a.attname as column, c.confrelid::regclass::text as target
        from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any(c.conkey)
        where c.contype = 'f' and c.conrelid::regclass::text = any($1) and a.attname <> 'tenant_id'
          and c.confrelid::regclass::text = any($1) and has_table_privilege('foyer_app', c.conrelid, 'update')
        """,
        VENUE_TABLES,
    )
    await owner.close()
    rows = {record.table(): theirs.rows[kind].id for kind, record in venue_records().items()}

    async def pointed(table: str, column: str, at: UUID) -> tuple[str, str, str]:
        with pytest.raises(asyncpg.ForeignKeyViolationError) as refused:
            async with tenancy.scope(ours.venue.id):
                alone = f", {INSTEAD[table, column]}" if (table, column) in INSTEAD else ""
                change = f"update {{table}} set {{column}} = {{at}}{alone} where tenant_id = {{venue}}"
                await tenancy.execute(sql(change, table=name(table), column=name(column), at=at))
        error = refused.value
        return error.constraint_name, error.message, str(error.detail).replace(str(at), "<id>")

    assert len(references) > 15
    for table, column, target in references:
        assert await pointed(table, column, rows[target]) == await pointed(table, column, uuid4()), f"{table}.{column}"


async def test_the_orm_is_told_so_too(ours: Filled, theirs: Filled):
    with pytest.raises(IntegrityError):
        async with tenancy.scope(ours.venue.id):
            await performances.Performance.create(production_id=theirs.rows["Production"].id)
    with pytest.raises(IntegrityError):
        async with tenancy.scope(ours.venue.id):
            await performances.Performance.filter(id=ours.rows["Performance"].id).update(hall_id=theirs.rows["Hall"].id)
