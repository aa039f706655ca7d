import asyncio
import sys
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from jobs import scheduler
from jobs.schedule import PERIODIC, Periodic
from tenants import tenancy
from tenants.jobs import Schedule
from tenants.sql import sql
from tests.builders import make_venue
from tests.jobs.programs import running, state, until

NAMES = sorted(p.name for p in PERIODIC)
OF_VENUES = [
    "housekeeping.files_of_venue",
    "facts.refresh_venue",
    "flags.evaluate_venue",
]  # what some of them note for each venue


def fire(cron: str, zone: str, after: str, times: int) -> list[str]:
    """The next times, in UTC."""
    moment, due = datetime.fromisoformat(after), []
    for _ in range(times):
        moment = Periodic("some.job", cron, zone).next_after(moment)
        due.append(f"{moment.astimezone(UTC):%d %H:%M}")
    return due


def test_a_daily_job_runs_once_on_the_days_the_clocks_change():
    # 29 March 2026 has no 02:30 in Oslo, 25 October has two.
    assert fire("30 2 * * *", "Europe/Oslo", "2026-03-27T12:00Z", 3) == ["28 01:30", "29 01:30", "30 00:30"]
    assert fire("30 2 * * *", "Europe/Oslo", "2026-10-24T12:00Z", 3) == ["25 00:30", "26 01:30", "27 01:30"]
    assert fire("30 2 * * *", "Europe/Oslo", "2026-10-25T00:30Z", 1) == ["26 01:30"]


def test_an_hourly_job_runs_each_hour_on_the_days_the_clocks_change():
    assert fire("0 * * * *", "Europe/Oslo", "2026-03-29T00:00Z", 3) == ["29 01:00", "29 02:00", "29 03:00"]
    assert fire("0 * * * *", "Europe/Oslo", "2026-10-24T23:00Z", 4) == ["25 00:00", "25 01:00", "25 02:00", "25 03:00"]


def test_weekdays_are_written_by_name():
    assert fire("0 8 * * mon", "Europe/Oslo", "2026-10-23T12:00Z", 2) == ["26 07:00", "02 07:00"]
    with pytest.raises(ValueError, match="weekdays by name"):
        Periodic("some.job", "0 8 * * 1")


async def platform_jobs() -> list[str]:
    async with tenancy.platform():
        return [j.name for j in await tenancy.fetch(sql("select name from jobs where tenant_id is null order by name"))]


async def planted() -> dict[str, datetime]:
    async with tenancy.platform():
        return {s.name: s.next_at for s in await Schedule.all()}


async def make_all_due() -> None:
    async with tenancy.platform():
        await tenancy.execute(sql("update schedule set next_at = now() - interval '3 hours'"))


async def test_planting_twice_keeps_the_times_and_a_changed_job_gets_a_new_one():
    async with tenancy.platform():
        await tenancy.execute(sql("delete from schedule"))
    await scheduler.plant()
    first = await planted()
    assert sorted(first) == NAMES
    assert all(at > datetime.now(UTC) for at in first.values())

    await make_all_due()
    async with tenancy.platform():
        await tenancy.execute(sql("update schedule set cron = '0 0 1 1 *' where name = 'housekeeping.files'"))
    await scheduler.plant()

    second = await planted()
    assert [name for name, at in second.items() if at > datetime.now(UTC)] == ["housekeeping.files"]


async def test_many_ticks_at_once_note_a_due_job_once():
    await scheduler.plant()
    await make_all_due()

    await asyncio.gather(*(scheduler.tick() for _ in range(10)))

    assert await platform_jobs() == NAMES
    assert all(at > datetime.now(UTC) for at in (await planted()).values())


async def test_two_schedulers_note_a_due_job_once(tmp_path):
    await scheduler.plant()
    logs = [tmp_path / "first", tmp_path / "second"]
    with running("scheduler", logs[0]), running("scheduler", logs[1]):

        async def both_run():
            return all("scheduling" in log.read_text() for log in logs)

        await until(both_run)
        await make_all_due()

        async def none_is_due():
            return all(at > datetime.now(UTC) for at in (await planted()).values())

        await until(none_is_due)
        await asyncio.sleep(2 * scheduler.PACE)  # time for the other to do it again, were it so minded

    assert await platform_jobs() == NAMES


async def test_a_periodic_job_nobody_has_done_yet_is_not_noted_again():
    await scheduler.plant()
    for _ in range(3):
        await make_all_due()
        await scheduler.tick()

    assert await platform_jobs() == NAMES


async def test_the_platforms_jobs_are_done_and_note_one_for_each_venue(tmp_path):
    await make_venue(), await make_venue()
    await scheduler.plant()
    await make_all_due()
    async with tenancy.platform():
        venues = [venue.id for venue in await tenancy.fetch(sql("select id from venues"))]
    wanted = {(name, None) for name in NAMES} | {(name, venue) for name in OF_VENUES for venue in venues}
    with running("worker", tmp_path / "worker"), running("scheduler", tmp_path / "scheduler"):

        async def all_done():
            """One that falls due again while we look may be there twice: what is done is compared, not how often."""
            async with tenancy.platform():
                jobs = await tenancy.fetch(sql("select name, tenant_id, state, error_code from jobs"))
            assert not [tuple(job) for job in jobs if job.state not in ("QUEUED", "RUNNING", "DONE")]
            return {(job.name, job.tenant_id) for job in jobs if job.state == "DONE"} == wanted

        await until(all_done, seconds=90)  # some hundred venues, when other tests have run before


async def test_a_valkey_that_swallows_everything_holds_up_nobody(tmp_path, monkeypatch):
    """Whoever notes a job goes on at once, and the scheduler rings for it later."""
    venue = (await make_venue()).id
    hole = await asyncio.start_server(lambda reader, writer: asyncio.sleep(3600), "127.0.0.1", 0)
    port = hole.sockets[0].getsockname()[1]
    script = f"""
import asyncio, time
from uuid import UUID
from jobs import broker
from tenants import database, tenancy
from tenants.settings import settings

async def main():
    async with database.opened(settings()):
        started = time.monotonic()
        for _ in range(3):
            async with tenancy.scope(UUID("{venue}")):
                print(tenancy.later("drill.greet", UUID("{uuid4()}")))
        assert time.monotonic() - started < 1

asyncio.run(main())
"""
    monkeypatch.setenv("FOYER_REDIS_URL", f"redis://127.0.0.1:{port}")
    gateway = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE)
    out, _ = await gateway.communicate()
    monkeypatch.undo()
    hole.close()

    assert gateway.returncode == 0
    jobs = out.decode().split()
    assert [await state(job) for job in jobs] == ["QUEUED"] * 3
    with running("worker", tmp_path / "worker"), running("scheduler", tmp_path / "scheduler"):

        async def done():
            return [await state(job) for job in jobs] == ["DONE"] * 3

        await until(done)
