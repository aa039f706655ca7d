"""Whether the ids of an input are of rows that its writer sees."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from tenants.errors import Refusal
from tenants.organisations import visible
from tenants.sql import sql


async def known(record: Any, ids: Sequence[UUID | None], *field: str, inside: str = "") -> list[UUID]:
    """The ids, each once: all of them of rows of this venue that the caller sees. Raises UNKNOWN_REFERENCE, about a place in
    `field`, or about what is `inside` there."""
    given = list(dict.fromkeys(each for each in ids if each))
    seen = visible(record.table(), "t").wrapped()
    found = await record.rows(sql("t.id = any({ids}::uuid[]) and {seen}", ids=given, seen=seen)) if given else []
    if missing := {*given} - {row.id for row in found}:
        place = next(place for place, each in enumerate(ids) if each in missing)
        raise _missing(record, *field, str(place), *([inside] if inside else []))
    return given


async def one(record: Any, row_id: UUID, field: str) -> None:
    """The same of one id, about the `field` that holds it."""
    if not await record.rows(sql("t.id = {id} and {seen}", id=row_id, seen=visible(record.table(), "t").wrapped())):
        raise _missing(record, field)


def _missing(record: Any, *field: str) -> Refusal:
    return Refusal("UNKNOWN_REFERENCE", f"There is no such {record.__name__.lower()} in this venue.", field=field)
