"""The values by which calls name rows: those of a venue's rows, and others of the same form that name nothing."""

import base64
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import orjson

from tests.filled import Filled
from tests.probes.calls import Slot, about_of, id_of

_numbers = count(1)


def name_of(slot: Slot, filled: Filled) -> Any:
    """The value by which the slot names a venue's row of its kind."""
    if slot.kind not in filled.ids:
        raise LookupError(f"tests/filled.py makes no row of the kind {slot.kind}")
    if slot.how == "id":
        return id_of(slot.way[-1], slot.kind, about_of(slot), filled)
    return getattr(filled.rows[slot.kind], slot.how)


def name_of_nothing(slot: Slot) -> Any:
    """A value of the same form that names no row."""
    if slot.how == "id":
        return f"{slot.kind}_{uuid4().hex}"
    if slot.how == "key":
        return f"nothing_{uuid4().hex}"
    return 2_000_000_000 - next(_numbers) if slot.how == "number" else f"nothing {uuid4().hex}"


def cursor_beside(cursor: str) -> str:
    """The same place in the list, at a row that does not exist: the id is one off, so that nothing lies between."""
    label, keys, row_id = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    beside = UUID(int=UUID(row_id).int ^ 1).hex
    return base64.urlsafe_b64encode(orjson.dumps([label, keys, beside])).decode().rstrip("=")
