"""Reading what fields hold: of some objects all of it, or all that one field holds."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from tenants import tenancy
from tenants.custom_fields.records import CustomField
from tenants.custom_fields.values import COLUMNS, TABLES, held
from tenants.organisations import visible
from tenants.record import not_found
from tenants.sql import name, sql


async def _of(kind: str, objects: Sequence[UUID]) -> dict[UUID, list[Any]]:
    rows = await tenancy.fetch(
        sql(
            "select f.*, v.object_id, v.text, v.number, v.truth, v.day, v.instant from {table} v "
            "join custom_fields f on f.tenant_id = v.tenant_id and f.id = v.field_id "
            "where v.tenant_id = {venue} and f.tenant_id = {venue} and v.object_id = any({objects}::uuid[]) "
            "and f.archived_at is null and {seen} order by f.id",
            table=name(TABLES[kind]),
            objects=objects,
            seen=visible("custom_fields", "f"),
        ),
        CustomField,
    )
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[row["object_id"]].append(row)
    return found


OF: dict[str, Callable[[list[UUID]], Any]] = {kind: partial(_of, kind) for kind in TABLES}
"""By kind of object, what objects hold: for each the fields that have a value and are in use, with the value's columns."""


async def whole(field_id: UUID) -> list[tuple[UUID, Any]]:
    """Everything that a field holds, archived or not, as the object's id and the value: for what counts and selects by many
    fields at once. Raises NOT_FOUND."""
    if not (found := await CustomField.rows(sql("t.id = {id}", id=field_id))):
        raise not_found(CustomField)
    field = found[0]
    column = COLUMNS[field.type]
    rows = await tenancy.fetch(
        sql(
            "select v.object_id, v.{column} from {table} v where v.tenant_id = {venue} and v.field_id = {field} "
            "and v.{kept} is not null",
            column=name(column),
            table=name(TABLES[field.object]),
            field=field.id,
            kept=name("text_key" if column == "text" else column),
        )
    )
    return [(row["object_id"], held(field, row)) for row in rows]
