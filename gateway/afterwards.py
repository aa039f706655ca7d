"""Audit entries that are written when the answer is out. A try to sign in is told to each venue of the person it is at, and if
the answer waited for that, its time would tell a guesser whether there is such a person.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar

from tenants import audit
from tenants.audit import Entry

log = logging.getLogger("foyer.gateway")

_waiting: ContextVar[list[Entry] | None] = ContextVar("waiting", default=None)


@asynccontextmanager
async def written() -> AsyncIterator[None]:
    """Around a request: what settle() is given inside is written at the end."""
    waiting: list[Entry] = []
    token = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(token)
        await _write(waiting)


async def settle(entries: list[Entry]) -> None:
    """Have entries written that must outlive their scope: when the request is over, or outside of one, now."""
    if (waiting := _waiting.get()) is None:
        await _write(entries)
    else:
        waiting += entries


async def _write(entries: list[Entry]) -> None:
    """What cannot be written is logged: the answer tells what became of the siblings."""
    try:
        if entries:
            await audit.settle(entries)
    except Exception as error:
        for e in entries:
            log.error("audit entry lost (%s): %s %s by %s trace %s", type(error).__name__, e.action, e.outcome, e.actor, e.trace)
