"""Audit entries that are written when the answer is out. A try to sign in is told to each venue of the person it is at, and if
the answer waited for that, its time would tell a guesser whether there is such a person.
"""

import logging
from collections.abc import Iterator
from contextvars import ContextVar

from tenants import audit
from tenants.audit import Entry

log = logging.getLogger("foyer.gateway")

_waiting: ContextVar[list[Entry] | None] = ContextVar("waiting", default=None)


class written:  # noqa: N801  # it is used like a function
    """Around a request: what settle() is given inside is written at the end."""

    async def __aenter__(self) -> None:
        self._entries: list[Entry] = []
        self._token = _waiting.set(self._entries)

    async def __aexit__(self, *error: object) -> None:
        _waiting.reset(self._token)
        await _write(self._entries)


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
        for entry in entries:
            log.error("audit entry lost (%s): %s", type(error).__name__, " ".join(_told(entry)))


def _told(entry: Entry) -> Iterator[str]:
    """All of it that is no personal data: names, changed values and where the client is stay untold."""
    yield from (entry.action, entry.outcome, *filter(None, [entry.code]), "by", entry.actor or entry.actor_kind)
    yield from (f"venue {each.venue}" for each in entry.at)
    yield from (f"about {each}" for each in entry.about)
    yield from ("trace", entry.trace)
