from tenants import jobs, tenancy
from tenants.jobs import Job
from tenants.sql import sql
from tests.builders import make_job, make_venue


async def test_outside_a_job_progress_says_nothing():
    venue = (await make_venue()).id
    async with tenancy.scope(venue):
        await jobs.progress(1, 2)

    assert jobs.resumed_at() == 0


async def test_a_venue_reads_its_own_jobs_only():
    ours, theirs = (await make_venue()).id, (await make_venue()).id
    mine, _ = await make_job(ours), await make_job(theirs)
    async with tenancy.platform():
        platforms = tenancy.later("some.job")

    async with tenancy.scope(ours):
        assert [j.id for j in await Job.rows(sql("true"))] == [mine]
        assert await Job.rows(sql("t.id = {job}", job=platforms)) == []
