"""Connections are lent to one borrower at a time, none is lost, and none that somebody has left in a state is lent again."""

import asyncio
import random
from collections.abc import AsyncIterator

import asyncpg
import pytest

from tenants import connections, credentials
from tenants.connections import Connections
from tenants.settings import settings
from tenants.sql import sql


@pytest.fixture
async def two() -> AsyncIterator[Connections]:
    pool = Connections(2, dsn=settings().database_url)
    yield pool
    await asyncio.wait_for(pool.close(), 5)


async def pid(connection) -> int:
    return await connection.fetchval("select pg_backend_pid()")


async def test_what_is_free_is_lent_again_and_a_second_one_opened_only_when_it_is_not(two):
    first = await two.acquire(timeout=5)
    await two.release(first)
    again = await two.acquire(timeout=5)
    other = await two.acquire(timeout=5)

    assert again is first and other is not first
    assert (two.get_size(), two.get_idle_size(), two.get_max_size()) == (2, 0, 2)
    await two.release(other)
    await two.release(again)
    assert (two.get_size(), two.get_idle_size()) == (2, 2)


async def test_who_comes_when_all_are_lent_waits_in_turn_and_not_for_ever(two):
    lent = [await two.acquire(timeout=5) for _ in range(2)]
    with pytest.raises(TimeoutError):
        await two.acquire(timeout=0.05)

    order = []

    async def use(number: int) -> None:
        connection = await two.acquire(timeout=5)
        order.append(number)
        await asyncio.sleep(0)
        await two.release(connection)

    waiting = [asyncio.create_task(use(number)) for number in range(5)]
    await asyncio.sleep(0)
    waiting[1].cancel()
    for connection in lent:
        await two.release(connection)
    await two.release(await two.acquire(timeout=5))  # who comes later does not overtake them
    order.append("late")
    await asyncio.gather(*waiting, return_exceptions=True)

    assert order == [0, 2, 3, 4, "late"]
    assert (two.get_size(), two.get_idle_size()) == (2, 2)


async def test_whoever_is_cancelled_at_any_moment_keeps_none(two):
    async def use() -> None:
        connection = await two.acquire(timeout=5)
        try:
            await asyncio.sleep(random.random() * 0.002)
        finally:
            await two.release(connection)

    async def interrupted() -> None:
        task = asyncio.create_task(use())
        await asyncio.sleep(random.random() * 0.02)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    await asyncio.gather(*(interrupted() for _ in range(300)))

    assert two.get_size() == two.get_idle_size()
    both = [await two.acquire(timeout=1) for _ in range(2)]
    assert len({await pid(connection) for connection in both}) == 2
    for connection in both:
        await two.release(connection)


async def test_one_that_broke_or_is_in_a_transaction_is_not_lent_again(two):
    broken = await two.acquire(timeout=5)
    broken.terminate()
    await two.release(broken)
    left_open = await two.acquire(timeout=5)
    await left_open.execute("begin; set local app.tenant = '00000000-0000-0000-0000-000000000001'")
    await two.release(left_open)
    ended = await two.acquire(timeout=5)
    its = await pid(ended)
    await two.release(ended)
    killer = await asyncpg.connect(settings().database_url)
    await killer.fetchval("select pg_terminate_backend($1)", its)
    async with asyncio.timeout(5):
        while not ended.is_closed():
            await asyncio.sleep(0.01)
    await killer.close()

    fresh = await two.acquire(timeout=5)
    assert await fresh.fetchval("select coalesce(current_setting('app.tenant', true), '')") == ""
    assert left_open.is_closed() and fresh not in (broken, left_open, ended)
    await two.release(fresh)
    assert (two.get_size(), two.get_idle_size()) == (1, 1)


async def test_one_that_has_lived_long_enough_is_not_lent_again(two, monkeypatch):
    monkeypatch.setattr(connections, "LIFE", 0.05)
    old, older = await two.acquire(timeout=5), await two.acquire(timeout=5)
    monkeypatch.undo()
    await two.release(older)
    await asyncio.sleep(0.06)
    assert not older.is_closed()
    lasting = await two.acquire(timeout=5)
    assert (older.is_closed(), older is lasting, two.get_size(), two.get_idle_size()) == (True, False, 2, 0)

    await two.release(old)
    assert (old.is_closed(), two.get_size(), two.get_idle_size()) == (True, 1, 0)
    await two.release(lasting)
    assert (lasting.is_closed(), two.get_size(), two.get_idle_size()) == (False, 1, 1)


async def test_one_that_is_not_needed_is_closed_when_another_comes_back(two, monkeypatch):
    monkeypatch.setattr(connections, "LIFE", 0.05)
    unneeded = await two.acquire(timeout=5)
    monkeypatch.undo()
    busy = await two.acquire(timeout=5)
    await two.release(unneeded)
    await asyncio.sleep(0.06)
    await two.release(busy)

    assert (unneeded.is_closed(), busy.is_closed(), two.get_size(), two.get_idle_size()) == (True, False, 1, 1)


async def test_a_server_that_does_not_answer_costs_no_place():
    nowhere = Connections(1, dsn="postgresql://nobody@127.0.0.1:9/nothing")
    for _ in range(3):
        with pytest.raises(OSError):
            await nowhere.acquire(timeout=5)
    assert nowhere.get_size() == 0


async def test_closing_waits_for_those_who_have_one():
    pool = Connections(1, dsn=settings().database_url)
    connection = await pool.acquire(timeout=5)
    closing = asyncio.create_task(pool.close())
    await asyncio.sleep(0.05)
    assert not closing.done() and await pid(connection)
    await pool.release(connection)
    await closing
    assert connection.is_closed()


async def test_a_credential_that_is_cut_short_takes_its_connection_with_it(monkeypatch):
    one = Connections(1, dsn=settings().database_url, command_timeout=0.1)
    monkeypatch.setattr("tenants.database._pool", one)
    slow = sql("select pg_sleep(5) from tokens right join (select 1) x on secret_hash = {hash}")
    with pytest.raises(TimeoutError):
        await credentials.read(slow, hash=b"x" * 32)
    assert one.get_size() == 0
    monkeypatch.undo()
    await one.close()
