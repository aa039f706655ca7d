"""Jobs under attack: real workers and schedulers are killed, paused and robbed of their messages."""

import asyncio
import os
import re
import signal
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from jobs.broker import broker
from tests.builders import make_job, make_venue
from tests.jobs.drills import STEPS
from tests.jobs.programs import row, running, state, traces, until

ALL_STEPS = [f"step {n}" for n in range(STEPS)]


async def test_a_killed_workers_job_is_taken_up_and_done_exactly_once(tmp_path):
    venue = (await make_venue()).id
    job = await make_job(venue, "drill.count")
    with running("worker", tmp_path / "worker"), running("scheduler", tmp_path / "scheduler"):

        async def half_way():
            return (await row(job)).progress_done >= 5

        await until(half_way)
        victim = (await traces(venue))[0][1]
        os.kill(victim, signal.SIGKILL)

        async def started_again():
            return (await row(job)).attempts == 2

        await until(started_again, 2 + 5)  # the lease, and 15 s with the default of 10: see tests/bench/test_jobs.py

        async def done():
            return await state(job) == "DONE"

        await until(done)

    left = await traces(venue)
    assert [name for name, _ in left] == ALL_STEPS
    assert len({process for _, process in left}) == 2
    finished = await row(job)
    assert (finished.attempts, finished.progress_done, finished.progress_total) == (2, STEPS, STEPS)


async def test_an_emptied_valkey_loses_no_job(tmp_path):
    venue = (await make_venue()).id
    jobs = [await make_job(venue, "drill.greet", uuid4()) for _ in range(100)]
    with running("scheduler", tmp_path / "scheduler"):

        async def all_rung():
            return all([(await row(job)).rung_at for job in jobs])

        await until(all_rung)
        broker().client.flushdb()
        with running("worker", tmp_path / "worker"):

            async def half_done():
                return len(await traces(venue)) >= 50

            await until(half_done)
            broker().client.flushdb()

            async def all_done():
                return all([await state(job) == "DONE" for job in jobs])

            await until(all_done)

    assert [name for name, _ in await traces(venue)] == ["hello"] * 100


async def test_poison_is_put_aside_and_its_neighbours_are_done(tmp_path):
    venue, poisoned = (await make_venue()).id, (await make_venue()).id
    neighbours = [await make_job(venue, "drill.count") for _ in range(2)]
    poison = await make_job(poisoned, "drill.kill")
    with running("worker", tmp_path / "worker", lease=1), running("scheduler", tmp_path / "scheduler", lease=1):

        async def settled():
            return [await state(job) for job in (poison, *neighbours)] == ["QUARANTINED", "DONE", "DONE"]

        await until(settled, 40)

    assert [name for name, _ in await traces(poisoned)] == ["poison"] * 5
    aside = await row(poison)
    assert (aside.attempts, aside.error_code, aside.lease_until) == (5, "INTERNAL_SERVER_ERROR", None)
    assert sorted(name for name, _ in await traces(venue)) == sorted(ALL_STEPS * 2)
    assert f"trace {aside.trace_id}" in (tmp_path / "scheduler").read_text()


async def test_a_worker_that_slept_past_its_lease_writes_nothing(tmp_path):
    venue = (await make_venue()).id
    job = await make_job(venue, "drill.careless")
    with running("worker", tmp_path / "first"), running("scheduler", tmp_path / "scheduler"):

        async def begun():
            return len(await traces(venue)) >= 3

        await until(begun)
        sleeper = (await traces(venue))[0][1]
        os.kill(sleeper, signal.SIGSTOP)
        with running("worker", tmp_path / "second"):

            async def taken_over():
                return len({process for _, process in await traces(venue)}) == 2

            await until(taken_over)
            # Not before: a commit may have been on its way when the worker fell asleep, and was good.
            written = [t for t in await traces(venue) if t[1] == sleeper]
            os.kill(sleeper, signal.SIGCONT)

            async def noticed():
                return "lost to another worker" in (tmp_path / "first").read_text()

            await until(noticed)

            async def done():
                return await state(job) == "DONE"

            await until(done)

    left = await traces(venue)
    assert [t for t in left if t[1] == sleeper] == written
    assert [name for name, process in left if process != sleeper] == [f"careless {n}" for n in range(STEPS)]


async def test_a_worker_told_to_stop_finishes_what_it_does_and_leaves_the_rest(tmp_path):
    venue = (await make_venue()).id
    first = [await make_job(venue, "drill.count") for _ in range(4)]
    with running("worker", tmp_path / "worker") as worker:

        async def begun():
            return all([await state(job) == "RUNNING" for job in first])

        await until(begun)
        rest = [await make_job(venue, "drill.count") for _ in range(4)]
        worker.send_signal(signal.SIGTERM)
        code = await asyncio.to_thread(worker.wait, 10)

    assert code == 0
    assert [await state(job) for job in first] == ["DONE"] * 4
    assert [((await row(job)).state, (await row(job)).attempts) for job in rest] == [("QUEUED", 0)] * 4


async def test_what_takes_longer_than_the_grace_is_given_back_uncounted(tmp_path):
    venue = (await make_venue()).id
    job = await make_job(venue, "drill.count")
    with running("worker", tmp_path / "worker", grace=0.3) as worker:

        async def begun():
            return (await row(job)).progress_done >= 2

        await until(begun)
        worker.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(worker.wait, 10) == 0

    given_back = await row(job)
    assert (given_back.state, given_back.attempts, given_back.lease_until) == ("QUEUED", 0, None)
    assert given_back.progress_done == len(await traces(venue)) < STEPS


async def test_the_processes_end_in_order_when_their_parent_is_killed(tmp_path):
    venue = (await make_venue()).id
    job = await make_job(venue, "drill.count")
    with running("worker", tmp_path / "worker") as worker:

        async def begun():
            return (await row(job)).progress_done >= 2

        await until(begun)
        worker.kill()

        child = (await traces(venue))[0][1]

        async def gone():
            with suppress(ProcessLookupError):
                os.kill(child, 0)
                return "State:\tZ" in Path(f"/proc/{child}/status").read_text()  # dead, and nobody has asked how
            return True

        worker.wait()
        await until(gone)

    assert await state(job) == "DONE"
    assert [name for name, _ in await traces(venue)] == ALL_STEPS


async def test_what_the_log_and_the_row_say_of_each_ending(tmp_path):
    venue, secret = (await make_venue()).id, uuid4()
    greeted, refused = await make_job(venue, "drill.greet", secret), await make_job(venue, "drill.refuse")
    broken, slow = await make_job(venue, "drill.break"), await make_job(venue, "drill.slow")
    jobs = (greeted, refused, broken, slow)
    with running("worker", tmp_path / "worker"):

        async def settled():
            return all([(await row(job)).attempts == 1 and await state(job) != "RUNNING" for job in jobs])

        await until(settled)
        log = tmp_path / "worker"

        async def written():
            return log.read_text().count(" after ") == 4

        await until(written)

    said = log.read_text()
    for name, job, ending in (
        ("drill.greet", greeted, "done"),
        ("drill.refuse", refused, r"refused \(WRONG_STATE\)"),
        ("drill.break", broken, "broken, now QUEUED"),
        ("drill.slow", slow, "broken, now QUEUED"),
    ):
        assert len(re.findall(rf"{name}  venue {venue}  job {job}  start 1$", said, re.M)) == 1
        assert len(re.findall(rf"{name}  venue {venue}  job {job}  {ending} after \d+\.\d\d s$", said, re.M)) == 1
    assert str(secret) not in said
    assert [name for name, _ in await traces(venue)] == ["hello"]
    row_of = await row(refused)
    assert (row_of.state, row_of.error_code, row_of.error_message) == ("FAILED", "WRONG_STATE", "The drill does not want to.")
    row_of = await row(broken)
    assert (row_of.state, row_of.error_code) == ("QUEUED", "INTERNAL_SERVER_ERROR")
    assert row_of.error_message == f"Something broke on our side; quote trace id {row_of.trace_id}."
    assert f"trace {row_of.trace_id}" in said and "the secret detail" in said
