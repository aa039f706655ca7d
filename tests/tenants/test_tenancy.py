import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg
import pytest

from tenants import database, tenancy
from tenants.connections import Connections
from tenants.errors import NoScope, Unavailable
from tenants.settings import settings
from tenants.sql import Sql, sql
from tenants.venues import Venue
from tests.builders import make_venue
from tests.recording import recorded


def hall(name: str) -> Sql:
    return sql("insert into halls (tenant_id, id, name) values ({venue}, {id}, {name})", id=uuid4(), name=name)


@asynccontextmanager
async def hasty(monkeypatch: pytest.MonkeyPatch, seconds: float) -> AsyncIterator[None]:
    """One connection is all there is, and its statements are waited for so long."""
    one = Connections(1, dsn=settings().database_url, command_timeout=seconds, record_class=database.Row)
    with monkeypatch.context() as here:
        here.setattr(database, "_pool", one)
        yield
    await one.close()


async def make_hall(name: str) -> None:
    await tenancy.execute(hall(name))


async def halls() -> list[str]:
    return [r.name for r in await tenancy.fetch(sql("select name from halls where tenant_id = {venue} order by name"))]


async def test_a_scope_sees_its_own_venue_only():
    ours, theirs = await make_venue(), await make_venue()
    async with tenancy.scope(ours.id):
        await make_hall("Store sal")

    async with tenancy.scope(theirs.id):
        assert await halls() == []
        everything = await tenancy.fetch(sql("select * from halls /* attack: no tenant_id */"))
        assert [r for r in everything if r.tenant_id != theirs.id] == []

    async with tenancy.scope(ours.id):
        assert await halls() == ["Store sal"]


async def test_nothing_runs_without_a_scope():
    with pytest.raises(NoScope):
        await tenancy.fetch(sql("select 1"))
    with pytest.raises(NoScope):
        await Venue.all()


async def test_an_error_takes_everything_back_with_it():
    venue = await make_venue()
    with pytest.raises(ZeroDivisionError):
        async with tenancy.scope(venue.id):
            await make_hall("Lille sal")
            tenancy.later("nothing.real", uuid4())
            raise ZeroDivisionError

    async with tenancy.scope(venue.id):
        assert await halls() == []
        assert await tenancy.fetch_value(sql("select count(*) from jobs where tenant_id = {venue}")) == 0


async def test_a_savepoint_undoes_its_own_part_and_its_notes():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        await make_hall("A")
        kept = tenancy.later("kept.job", uuid4())
        with pytest.raises(ZeroDivisionError):
            async with tenancy.savepoint():
                await make_hall("B")
                tenancy.later("lost.job", uuid4())
                raise ZeroDivisionError
        await make_hall("C")

    async with tenancy.scope(venue.id):
        assert await halls() == ["A", "C"]
        jobs = await tenancy.fetch(sql("select id, name from jobs where tenant_id = {venue}"))
        assert [(j.id, j.name) for j in jobs] == [(kept, "kept.job")]


async def test_what_has_no_answer_goes_out_with_what_is_said_next():
    venue = await make_venue()
    with recorded() as sent:
        async with tenancy.scope(venue.id):
            async with tenancy.savepoint():
                await make_hall("A")
                async with tenancy.savepoint():
                    await make_hall("B")
            with pytest.raises(ZeroDivisionError):
                async with tenancy.savepoint():
                    async with tenancy.savepoint():
                        await make_hall("C")
                    raise ZeroDivisionError
            with pytest.raises(ZeroDivisionError):
                async with tenancy.savepoint():
                    raise ZeroDivisionError
            async with tenancy.savepoint():
                await make_hall("D")
    words = [statement.query.partition("insert into")[0] for statement in sent]

    limits = f"set local statement_timeout = 10000; set local app.tenant = '{venue.id}'"
    assert words == [
        *(f"begin; {limits}; savepoint step1", "", "savepoint step2", ""),
        *("release savepoint step1; savepoint step3; savepoint step4", ""),
        "rollback to savepoint step3; release savepoint step3",
        *("savepoint step6", "", "commit"),
    ]
    async with tenancy.scope(venue.id):
        assert await halls() == ["A", "B", "D"]


async def test_what_is_written_at_the_end_is_one_statement_and_stands_or_falls_with_its_savepoint():
    venue = await make_venue()
    with recorded() as sent:
        async with tenancy.scope(venue.id):
            async with tenancy.savepoint():
                tenancy.at_the_end(hall("A"))
            with pytest.raises(ZeroDivisionError):
                async with tenancy.savepoint():
                    tenancy.at_the_end(hall("B"))
                    raise ZeroDivisionError
            tenancy.at_the_end(hall("C"))
            await make_hall("D")
            assert await halls() == ["D"]
    with pytest.raises(asyncpg.NotNullViolationError):
        async with tenancy.scope(venue.id):
            await make_hall("E")
            tenancy.at_the_end(sql("update halls set name = null where tenant_id = {venue}"))

    assert [s.query for s in sent if "last0" in s.query] == [sent[-2].query]
    async with tenancy.scope(venue.id):
        assert await halls() == ["A", "C", "D"]


async def test_a_scope_in_which_nothing_is_said_sends_nothing():
    venue = await make_venue()
    with recorded() as sent:
        async with tenancy.scope(venue.id), tenancy.savepoint():
            pass

    assert sent == []


async def test_a_transaction_that_a_statement_has_broken_is_not_taken_for_written():
    venue = await make_venue()
    with pytest.raises(Unavailable):
        async with tenancy.scope(venue.id):
            await make_hall("A")
            with pytest.raises(asyncpg.DivisionByZeroError):
                await tenancy.fetch(sql("select 1 / 0"))

    async with tenancy.scope(venue.id, readonly=True):
        assert await halls() == []
        with pytest.raises(asyncpg.DivisionByZeroError):
            await tenancy.fetch(sql("select 1 / 0"))


async def test_what_ended_a_scope_is_told_though_a_task_still_speaks_in_it(monkeypatch):
    venue = await make_venue()
    async with hasty(monkeypatch, 5):
        with pytest.raises(LookupError):
            async with tenancy.scope(venue.id):
                await tenancy.execute(hall("A"))
                left = asyncio.create_task(tenancy.fetch(sql("select {venue}::uuid, pg_sleep(5)")))
                while not tenancy.current().lock.locked():
                    await asyncio.sleep(0)
                raise LookupError
        with pytest.raises(asyncpg.PostgresConnectionError):
            await left
        async with tenancy.scope(venue.id):
            assert await tenancy.fetch(sql("select name from halls where tenant_id = {venue}")) == []


async def test_where_a_savepoint_could_not_be_set_nothing_more_is_said_or_written(monkeypatch: pytest.MonkeyPatch):
    venue = await make_venue()
    async with hasty(monkeypatch, 0.3):
        with pytest.raises(Unavailable):
            async with tenancy.scope(venue.id):
                await make_hall("A")
                tenancy.ahead("do $$ begin perform pg_sleep(1); end $$")
                with pytest.raises(TimeoutError):
                    async with tenancy.savepoint():
                        await make_hall("B")
                with pytest.raises(NoScope):
                    await make_hall("C")
                tenancy.later("some.job")
                tenancy.at_the_end(sql("select 1"))
        async with tenancy.scope(venue.id):
            assert await halls() == []


async def test_a_task_that_outlives_its_scope_is_stopped_and_disturbs_nobody():
    ours, theirs = await make_venue(), await make_venue()
    go = asyncio.Event()

    async def late():
        await go.wait()
        return await halls()

    async with tenancy.scope(ours.id):
        await make_hall("Store sal")
        left_over = asyncio.create_task(late())
        await asyncio.sleep(0)

    async with tenancy.scope(theirs.id):
        go.set()
        await asyncio.sleep(0.05)
        with pytest.raises(NoScope):
            await left_over
        assert await halls() == []


async def test_scopes_do_not_nest():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        with pytest.raises(NoScope):
            async with tenancy.platform():
                pass


async def test_a_scope_whose_statements_may_take_long_waits_for_them(monkeypatch: pytest.MonkeyPatch):
    venue = await make_venue()
    long = sql("select {venue}::uuid, pg_sleep(0.8)")

    async with hasty(monkeypatch, 0.5):
        with pytest.raises(TimeoutError):
            async with tenancy.scope(venue.id):
                await tenancy.fetch(long)
        async with tenancy.scope(venue.id, seconds=5):
            assert await tenancy.fetch_value(long) is not None


async def test_cancelled_scopes_leave_no_connection_and_no_venue_behind():
    venues = [await make_venue() for _ in range(5)]

    async def visit(venue):
        async with tenancy.scope(venue.id):
            await tenancy.fetch(sql("select pg_sleep(0.002), 1 from venues where id = {venue}"))

    async def interrupted(venue):
        task = asyncio.create_task(visit(venue))
        await asyncio.sleep(random.random() * 0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    await asyncio.gather(*(interrupted(random.choice(venues)) for _ in range(300)))

    assert database._pool.get_size() - database._pool.get_idle_size() == 0
    with pytest.raises(Exception, match=r"app\.tenant|uuid"):
        async with tenancy.platform():
            await tenancy.fetch(sql("select * from halls /* attack: no tenant_id */"))
