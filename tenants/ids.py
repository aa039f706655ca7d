"""Row ids: UUID version 7, made here because PostgreSQL 15 has no uuidv7() and Python has none before 3.14."""

from secrets import randbits
from time import time_ns
from uuid import UUID


def new_id() -> UUID:
    """A UUIDv7: 48 bits of milliseconds, then chance. Ids of one moment lie together in an index."""
    milliseconds = time_ns() // 1_000_000
    return UUID(int=milliseconds << 80 | 0x7 << 76 | randbits(12) << 64 | 0b10 << 62 | randbits(62))
