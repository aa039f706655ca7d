"""Writing one object from an input that somebody filled in: its values checked as an import's are, its organisations held to
those of the writer, the change told to the audit log."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from tenants import audit, organisations, tenancy
from tenants.errors import Refusal
from tenants.ids import new_id
from tenants.organisations import visible, within
from tenants.record import not_found
from tenants.shape import MISSING
from tenants.sql import join, name, sql
from tenants.values import Problem, fields_of


async def columns_of(wanted: Any, *, new: bool = False) -> dict[str, Any]:
    """The columns that an input gives, each value in its one form: texts stripped, an empty one null. Raises REQUIRED, TOO_LONG,
    INVALID_VALUE with the field as the API names it."""
    zone = ZoneInfo(await tenancy.fetch_value(sql("select time_zone from venues where id = {venue}")))
    shape: Any = type(wanted)
    columns = {}
    for field in fields_of(shape).values():
        value = getattr(wanted, field.name)
        if isinstance(value, str):
            value = value.strip() or None
        if value is None and field.many:
            value = []
        empty = value is None and not field.nullable
        if empty or (field.needed and (value is None or (new and value is MISSING))):
            raise Refusal("REQUIRED", "This may not be empty.", field=[camel(field.name)])
        if value is MISSING:
            continue
        try:
            columns[field.name] = field.check(value, zone)
        except Problem as problem:
            raise Refusal(problem.code, problem.message, field=[camel(field.name)]) from None
    return columns


async def create(record: Any, columns: Mapping[str, Any]) -> Any:
    """A new row with its defaults. Raises NOT_UNIQUE, REQUIRED (staff of an organisation name theirs), UNKNOWN_REFERENCE."""
    if "organisation_ids" in record.columns():
        await _theirs(columns.get("organisation_ids") or [])
    given = {"id": new_id(), **columns}
    made = await _one(
        record,
        sql(
            "insert into {table} (tenant_id, {columns}) values ({venue}, {values}) returning *",
            table=name(record.table()),
            columns=join(", ", [name(column) for column in given]),
            values=join(", ", [_value(column, value) for column, value in given.items()]),
        ),
    )
    audit.changed(record.__name__, made.id, None, columns)
    return made


async def update(record: Any, row_id: UUID, columns: Mapping[str, Any]) -> Any:
    """Change a row the caller may change and answer it. Raises NOT_FOUND, FORBIDDEN, NOT_UNIQUE, UNKNOWN_REFERENCE."""
    was = await held(record, row_id)
    if "organisation_ids" in columns:
        await _theirs(columns["organisation_ids"] or [])
    if not columns:
        return was
    changes = [sql("{column} = {value}", column=name(column), value=_value(column, value)) for column, value in columns.items()]
    now = await _one(
        record,
        sql(
            "update {table} set {changes}, updated_at = now() where tenant_id = {venue} and id = {id} returning *",
            table=name(record.table()),
            changes=join(", ", changes),
            id=row_id,
        ),
    )
    audit.changed(record.__name__, row_id, {column: was[column] for column in columns}, columns)
    return now


async def held(record: Any, row_id: UUID, *, lock: bool = True) -> Any:
    """The row, locked for a change by a caller whom it belongs to alone. Raises NOT_FOUND, FORBIDDEN."""
    seen = sql("t.id = {id} and {seen}", id=row_id, seen=visible(record.table(), "t").wrapped())
    found = await record.rows(seen, tail=sql("for no key update") if lock else None)
    if not found:
        raise not_found(record)
    own = sql("t.id = {id} and {own}", id=row_id, own=within(sql("t")).wrapped())
    if "organisation_ids" in record.columns() and not await record.rows(own):
        raise Refusal("FORBIDDEN", "It belongs to others too: only who belongs to all of them may change it.", field=["id"])
    return found[0]


async def archive(record: Any, row_id: UUID) -> Any:
    """Take it out of use; what was done with it stays to be read. Twice is once. Raises NOT_FOUND, FORBIDDEN."""
    was = await held(record, row_id)
    if was.archived_at:
        return was
    audit.changed(record.__name__, row_id, {"archived": False}, {"archived": True})
    return await _one(
        record,
        sql(
            "update {table} set archived_at = now(), updated_at = now() where tenant_id = {venue} and id = {id} returning *",
            table=name(record.table()),
            id=row_id,
        ),
    )


async def _theirs(organisation_ids: list[UUID]) -> None:
    if tenancy.current().organisations is not None and not organisation_ids:
        sentence = "Name its organisations: you do not belong to the whole venue."
        raise Refusal("REQUIRED", sentence, field=["organisationIds"])
    await organisations.check(organisation_ids)


def _value(column: str, value: Any) -> Any:
    """A value under its column's name: the same one in columns of two types would be taken for one of both."""
    return sql(f"{{{column}}}", **{column: value})


async def _one(record: Any, statement: Any) -> Any:
    try:
        async with tenancy.savepoint():
            return await tenancy.fetch_one(statement, record)
    except asyncpg.UniqueViolationError as taken:
        constraint = taken.constraint_name or ""
        column = next((c for c in ("external_id", "performance_id") if c.removesuffix("_id") in constraint), "name")
        raise Refusal("NOT_UNIQUE", "Another one of this venue has this already.", field=[camel(column)]) from None


def camel(column: str) -> str:
    """A column as the API names it."""
    first, *rest = column.split("_")
    return first + "".join(word.capitalize() for word in rest)
