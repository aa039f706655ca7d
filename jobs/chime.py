"""Tells those who follow a job that it has got on, over Valkey: which job, and nothing about it. PostgreSQL is the truth.

One message per process and beat names all the jobs that moved meanwhile, so fast jobs cost no more than slow ones. A message
that is lost costs a moment: who follows a job looks by themselves, too (gateway/bell.py).
"""

import logging
import threading
import time
from functools import cache
from uuid import UUID

from jobs.broker import broker
from tenants import tenancy

CHANNEL = "foyer:moved"
BEAT = 0.2  # seconds

log = logging.getLogger("jobs")
_moved: set[UUID] = set()
_some, _lock = threading.Event(), threading.Lock()


def chime(moved: set[UUID]) -> None:
    """What tenancy does after a commit. From a thread of its own, so that a Valkey that is slow or gone holds up nobody."""
    _chimer()
    with _lock:
        _moved.update(moved)
        _some.set()


tenancy.chime = chime


@cache
def _chimer() -> threading.Thread:
    thread = threading.Thread(target=_chime_forever, name="chime", daemon=True)
    thread.start()
    return thread


def _chime_forever() -> None:
    while True:
        _some.wait()
        with _lock:
            _some.clear()
            told = " ".join(job.hex for job in _moved)
            _moved.clear()
        try:
            broker().client.publish(CHANNEL, told)
        except Exception as error:
            log.debug("Valkey does not answer (%s); whoever follows a job looks by themselves.", type(error).__name__)
        time.sleep(BEAT)
