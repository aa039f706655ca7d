"""The worker: one process for the jobs at large, and one that runs a single job at a time, for those that may kill it.

The parent holds nothing and only starts again what has died, so a poisonous job costs a second, not the program.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from types import FrameType
from uuid import UUID

import dramatiq

from jobs import perform
from jobs.broker import ACTOR, ALONE, QUEUE, CannotStart, broker, event_loop, load
from tenants.settings import settings

SLACK = 3.0  # seconds beyond the grace for handing back what is left, and closing
log = logging.getLogger("jobs")
_stop_signals: list[int] = []


def main(*modules: str) -> None:
    """Run both processes until SIGTERM or SIGINT, then let them finish. `modules` are imported for further jobs."""
    readable_logs()
    _listen()
    children = {QUEUE: _start(QUEUE, modules), ALONE: _start(ALONE, modules)}
    while not _stop_signals:
        time.sleep(0.1)
        for queue, child in children.items():
            if child.poll() is not None and not _stop_signals:
                log.warning("the process of queue %s ended with code %s; starting another", queue, child.returncode)
                time.sleep(1)
                children[queue] = _start(queue, modules)
    for child in children.values():
        child.terminate()
    deadline = time.monotonic() + settings().job_grace + 2 * SLACK
    for child in children.values():
        try:
            child.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()


def readable_logs() -> None:
    """One line per event, on standard error."""
    logging.basicConfig(level=settings().log_level.upper(), format="%(asctime)s %(levelname)-7s %(name)s  %(message)s")
    logging.getLogger("dramatiq").setLevel(logging.WARNING)  # it tells of every thread that starts
    logging.getLogger("tortoise").setLevel(logging.WARNING)  # its debug lines hold the values of statements
    logging.getLogger("asyncpg").setLevel(logging.ERROR)  # with a traceback for each second the database is away


def _listen() -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        _stop_signals.append(number)

    for wanted in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wanted, stop)


def _start(queue: str, modules: tuple[str, ...]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "jobs.worker", queue, *modules], stdin=subprocess.DEVNULL)


def serve(queue: str, *modules: str) -> None:
    """One process: take messages of a queue until told to stop, or until the parent is gone."""
    readable_logs()
    _listen()
    load(*modules)
    parent, alone = os.getppid(), queue == ALONE

    @dramatiq.actor(actor_name=ACTOR, queue_name=queue, broker=broker())
    async def job(venue: str | None, job_id: str) -> None:
        await perform.perform(UUID(venue) if venue else None, UUID(job_id), alone=alone)

    # Polled every 250 ms when idle: that is how long a ring may go unheard.
    threads = 1 if alone else settings().job_threads
    worker = dramatiq.Worker(broker(), queues={queue}, worker_timeout=250, worker_threads=threads)
    try:
        worker.start()
    except CannotStart as error:
        log.error("%s", error)
        sys.exit(1)
    thread = event_loop()
    while not _stop_signals and thread.is_alive() and os.getppid() == parent:
        time.sleep(0.1)
    patience = threading.Timer(settings().job_grace, thread.loop.call_soon_threadsafe, [perform.hand_back])
    patience.start()
    worker.stop(timeout=int((settings().job_grace + SLACK) * 1000))
    patience.cancel()


if __name__ == "__main__":
    serve(*sys.argv[1:])
