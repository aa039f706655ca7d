"""Row ids: UUID version 7, made here because PostgreSQL 15 has no uuidv7() and Python has none before 3.14."""

from secrets import randbits
from time import time_ns
from uuid import UUID


def global_id(kind: str, row_id: UUID) -> str:
    """A row's id as clients and the audit log see it: the name of its record, then the id."""
    return f"{kind}_{row_id.hex}"


def new_id() -> UUID:
    """A UUIDv7: 48 bits of milliseconds, 12 of their parts (RFC 9562, 6.2 method 3), then chance. Ids are in order of time."""
    milliseconds, nanoseconds = divmod(time_ns(), 1_000_000)
    part = nanoseconds * 4096 // 1_000_000
    return UUID(int=milliseconds << 80 | 0x7 << 76 | part << 64 | 0b10 << 62 | randbits(62))
