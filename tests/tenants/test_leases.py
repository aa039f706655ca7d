import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from tenants import jobs, leases, tenancy
from tenants.catalogue import Hall
from tenants.jobs import MOST_STARTS, Claim, Job, LostLease
from tenants.leases import ALONE_FROM
from tenants.settings import settings
from tenants.sql import sql
from tests.builders import make_job, make_venue

NAMES = ["some.job"]


async def claim(job: UUID, venue: UUID | None, *, alone: bool = False) -> Claim | None:
    async with tenancy.platform():
        return await leases.claim(job, venue, NAMES, alone=alone)


async def settle(how, *arguments):
    async with tenancy.platform():
        return await how(*arguments)


async def read(venue: UUID, job: UUID):
    async with tenancy.scope(venue):
        return (await Job.rows(sql("t.id = {job}", job=job)))[0]


async def pretend(job: UUID, **columns: timedelta) -> None:
    """Move a job's times, counted from now."""
    async with tenancy.platform():
        await Job.filter(id=job).update(**{column: datetime.now(UTC) + by for column, by in columns.items()})


async def lose_lease(job: UUID) -> None:
    await pretend(job, lease_until=timedelta(seconds=-1))


async def test_a_job_is_claimed_once_and_counted_before_it_is_done():
    venue, thing = (await make_venue()).id, uuid4()
    job = await make_job(venue, "some.job", thing)

    mine = await claim(job, venue)

    assert mine == Claim(job, venue, "some.job", (str(thing),), attempt=1, fence=1, progress=0)
    assert await claim(job, venue) is None
    row = await read(venue, job)
    assert (row.state, row.attempts, row.fence) == ("RUNNING", 1, 1)
    assert abs((row.lease_until - row.started_at).total_seconds() - settings().job_lease) < 0.1

    await settle(leases.finish, mine)
    row = await read(venue, job)
    assert (row.state, row.lease_until, row.error_code, row.finished_at >= row.started_at) == ("DONE", None, None, True)
    assert await claim(job, venue) is None


async def test_a_job_is_not_claimed_for_another_venue_nor_by_a_program_that_does_not_know_it():
    venue, other = (await make_venue()).id, (await make_venue()).id
    job = await make_job(venue)

    assert await claim(job, other) is None
    assert await claim(job, None) is None
    async with tenancy.platform():
        assert await leases.claim(job, venue, ["another.job"], alone=False) is None

    row = await read(venue, job)
    assert (row.state, row.attempts) == ("QUEUED", 0)


async def test_who_lost_the_lease_can_write_nothing_any_more():
    venue = (await make_venue()).id
    job = await make_job(venue)
    sleeper = await claim(job, venue)
    await lose_lease(job)
    successor = await claim(job, venue)

    assert (successor.attempt, successor.fence) == (2, 2)
    with pytest.raises(LostLease):
        await settle(leases.renew, sleeper)
    with pytest.raises(LostLease):
        await settle(leases.finish, sleeper)
    with pytest.raises(LostLease):
        await settle(leases.give_back, sleeper)
    with pytest.raises(LostLease), jobs.at_work(sleeper):
        async with tenancy.scope(venue):
            await make_hall()
            await jobs.progress(1, 2)
    with pytest.raises(LostLease), jobs.at_work(sleeper):  # the fence is asked for even when the job says nothing
        async with tenancy.scope(venue):
            await make_hall()

    with jobs.at_work(successor):
        async with tenancy.scope(venue):
            assert await halls() == 0
            await make_hall()
    row = await read(venue, job)
    assert (row.state, row.fence, row.progress_done) == ("RUNNING", 2, 0)


async def test_who_stands_still_just_before_the_commit_holds_up_nobody_for_long(monkeypatch):
    monkeypatch.setattr(jobs, "STANDSTILL", 0.3)
    venue = (await make_venue()).id
    job = await make_job(venue, "some.job")
    mine = await claim(job, venue)
    await lose_lease(job)
    checked, woken = asyncio.Event(), asyncio.Event()

    async def sleeper() -> None:
        with jobs.at_work(mine):
            async with tenancy.scope(venue):
                await Hall.create(name="written by the sleeper")
                await jobs._still_ours(mine)
                checked.set()
                await woken.wait()

    asleep = asyncio.create_task(sleeper())
    await checked.wait()
    theirs = await claim(job, venue)  # waits for the row until the sleeper's connection is taken away
    woken.set()
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)):
        await asleep

    assert theirs and theirs.fence == 2
    async with tenancy.scope(venue):
        assert await Hall.all().count() == 0


async def test_a_lease_that_ended_unnoticed_is_still_ours():
    venue = (await make_venue()).id
    job = await make_job(venue)
    mine = await claim(job, venue)
    await lose_lease(job)

    await settle(leases.renew, mine)

    assert await claim(job, venue) is None


async def test_progress_is_kept_with_its_effect_and_found_again():
    venue = (await make_venue()).id
    job = await make_job(venue)
    first = await claim(job, venue)
    with jobs.at_work(first):
        assert jobs.resumed_at() == 0
        async with tenancy.scope(venue):
            await jobs.progress(3, 10)
        with pytest.raises(ZeroDivisionError):
            async with tenancy.scope(venue):
                await jobs.progress(4)
                raise ZeroDivisionError

    await lose_lease(job)
    second = await claim(job, venue)

    with jobs.at_work(second):
        assert jobs.resumed_at() == 3
    row = await read(venue, job)
    assert (row.progress_done, row.progress_total) == (3, 10)


async def test_a_refusal_ends_a_job():
    venue = (await make_venue()).id
    job = await make_job(venue)

    await settle(leases.fail, await claim(job, venue), "WRONG_STATE", "The import has been applied already.")

    row = await read(venue, job)
    assert (row.state, row.error_code, row.error_message) == ("FAILED", "WRONG_STATE", "The import has been applied already.")
    assert row.finished_at is not None
    assert await claim(job, venue) is None


async def test_a_broken_job_is_tried_again_later_then_put_aside():
    venue = (await make_venue()).id
    job = await make_job(venue)
    pauses = []
    for attempt in range(1, MOST_STARTS):
        mine = await claim(job, venue, alone=attempt >= ALONE_FROM)
        assert await settle(leases.retry, mine, "INTERNAL_SERVER_ERROR", "It broke.", "abc") == "QUEUED"
        assert await claim(job, venue, alone=attempt + 1 >= ALONE_FROM) is None  # not due yet
        row = await read(venue, job)
        pauses.append((row.due_at - row.started_at).total_seconds())
        await pretend(job, due_at=timedelta(seconds=-1))

    last = await claim(job, venue, alone=True)
    assert await settle(leases.retry, last, "INTERNAL_SERVER_ERROR", "It broke.", "abc") == "QUARANTINED"

    for pause, middle in zip(pauses, (5, 20, 80, 320), strict=True):
        assert middle * 0.5 <= pause <= middle * 1.5 + 1
    row = await read(venue, job)
    assert (row.state, row.attempts, row.error_code, row.error_message) == (
        "QUARANTINED",
        MOST_STARTS,
        "INTERNAL_SERVER_ERROR",
        "It broke.",
    )
    assert row.finished_at is not None
    assert await claim(job, venue, alone=True) is None


async def test_from_the_third_start_on_a_job_runs_alone():
    venue = (await make_venue()).id
    job = await make_job(venue)
    for _ in range(ALONE_FROM - 1):
        assert await claim(job, venue)
        await lose_lease(job)

    assert await claim(job, venue) is None
    assert (await claim(job, venue, alone=True)).attempt == ALONE_FROM


async def test_a_job_whose_worker_fell_silent_five_times_is_put_aside():
    venue = (await make_venue()).id
    job, neighbour = await make_job(venue), await make_job(venue)
    for attempt in range(1, MOST_STARTS + 1):
        assert await claim(job, venue, alone=attempt >= ALONE_FROM)
        await lose_lease(job)
    await claim(neighbour, venue)
    await lose_lease(neighbour)

    async with tenancy.platform():
        aside = [j for j in await leases.put_aside() if j.tenant_id == venue]

    assert [(j.id, j.name) for j in aside] == [(job, "some.job")]
    row = await read(venue, job)
    assert (row.state, row.error_code, row.trace_id) == ("QUARANTINED", "INTERNAL_SERVER_ERROR", aside[0].trace_id)
    assert row.trace_id in row.error_message
    assert (await read(venue, neighbour)).state == "RUNNING"


async def test_a_job_given_back_is_due_at_once_and_not_counted():
    venue = (await make_venue()).id
    job = await make_job(venue)

    await settle(leases.give_back, await claim(job, venue))

    row = await read(venue, job)
    assert (row.state, row.attempts, row.fence) == ("QUEUED", 0, 1)
    assert (await claim(job, venue)).fence == 2


async def test_the_bell_is_rung_for_what_is_due_and_not_twice_within_a_lease():
    venue = (await make_venue()).id
    due, later, running, silent = [await make_job(venue) for _ in range(4)]
    await pretend(later, due_at=timedelta(minutes=1))
    await claim(running, venue)
    await claim(silent, venue)
    await lose_lease(silent)

    async def rung() -> set[UUID]:
        async with tenancy.platform():
            return {j.id for j in await leases.to_ring(NAMES, 1000, alone=False) if j.tenant_id == venue}

    assert await rung() == {due, silent}
    assert await rung() == set()
    await pretend(due, rung_at=timedelta(seconds=-settings().job_lease - 1))
    assert await rung() == {due}


async def make_hall() -> None:
    await tenancy.execute(sql("insert into halls (tenant_id, id, name) values ({venue}, {id}, 'Store sal')", id=uuid4()))


async def halls() -> int:
    return await tenancy.fetch_value(sql("select count(*) from halls where tenant_id = {venue}"))
