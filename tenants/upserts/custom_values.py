"""What a venue's own fields hold, written by the batch to tables of their own beside the rows."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from tenants import tenancy
from tenants.custom_fields.records import options_of
from tenants.custom_fields.values import COLUMNS, TABLES, held, key_of, stored, written
from tenants.errors import Unavailable
from tenants.sql import join, name, sql
from tenants.upserts.custom import OwnField
from tenants.upserts.rows import Plan, Row, Stage
from tenants.upserts.tables import Difference
from tenants.values import Problem

Given = Mapping[UUID, Mapping[str, Any]]  # by object, its values by name
_HELD = ("text", "text_key", "number", "truth", "day", "instant")


async def check(stage: Stage, plan: Plan, rows: Sequence[Row], known: Mapping[str, OwnField]) -> None:
    """Find fault with rows that choose an archived option anew; an object that has it already may keep it."""
    archived = {called: {o.key for o in options_of(field.own) if o.archived} for called, field in known.items()}
    chosen = {
        row.number: old
        for row in rows
        if not row.problems and (old := {c: value for c, value in plan.own[row.number].items() if value in archived[c]})
    }
    ids = {number: plan.known.get(plan.keys[number]) for number in chosen}
    changed = await differences(stage.own or "", known, {i: chosen[number] for number, i in ids.items() if i})
    for row in rows:
        object_id = ids.get(row.number)
        anew = [change.column for change in changed.get(object_id, [])] if object_id else chosen.get(row.number, ())
        for called in anew:
            sentence = f"`{known[called].own.key}`: the option {row.values[called]} is archived."
            row.problems.append(Problem(called, "INVALID_VALUE", sentence))


async def differences(kind: str, known: Mapping[str, OwnField], given: Given) -> dict[UUID, list[Difference]]:
    """What write() would change, by object."""
    if not given:
        return {}
    had = await tenancy.fetch(
        sql(
            "select v.* from {table} v where v.tenant_id = {venue} and v.object_id = any({objects}::uuid[])",
            table=name(TABLES[kind]),
            objects=list(given),
        )
    )
    fields = {field.own.id: called for called, field in known.items()}
    before = {
        (row.object_id, fields[row.field_id]): held(known[fields[row.field_id]].own, row) for row in had if row.field_id in fields
    }
    found: dict[UUID, list[Difference]] = {}
    for object_id, new in given.items():
        for called, after in new.items():
            was = before.get((object_id, called))
            if was != after:
                sides = (None if side is None else written(side) for side in (was, after))
                found.setdefault(object_id, []).append(Difference(called, *sides))
    return found


async def write(
    record: Any, kind: str, known: Mapping[str, OwnField], given: Given, new: Collection[UUID], *, dry: bool
) -> dict[UUID, list[Difference]]:
    """Give objects these values; answers what was different before, and raises the version of these objects. Those that are `new`
    have no values yet; a dry run only compares. Raises Unavailable when somebody deletes an object at this moment."""
    there = {object_id: values for object_id, values in given.items() if object_id not in new}
    if dry:
        return await differences(kind, known, there)
    await _hold(record, list(there))
    changed = await differences(kind, known, there)
    gone = [(i, known[c.column].own.id) for i, changes in changed.items() for c in changes if c.after is None]
    kept = [(i, called) for i, changes in changed.items() for called, _, after in changes if after is not None]
    kept += [(i, called) for i in given if i in new for called, value in given[i].items() if value is not None]
    if gone:
        await tenancy.execute(
            sql(
                "delete from {table} v using unnest({objects}::uuid[], {fields}::uuid[]) as g (object_id, field_id) "
                "where v.tenant_id = {venue} and v.object_id = g.object_id and v.field_id = g.field_id",
                table=name(TABLES[kind]),
                objects=[i for i, _ in gone],
                fields=[field for _, field in gone],
            )
        )
    if kept:
        await _put(TABLES[kind], [(i, *_row(known[called].own, given[i][called])) for i, called in kept])
    if changed:
        await tenancy.execute(
            sql(
                "update {table} set updated_at = now() where tenant_id = {venue} and id = any({ids}::uuid[])",
                table=name(record.table()),
                ids=list(changed),
            )
        )
    return changed


async def _hold(record: Any, ids: Sequence[UUID]) -> None:
    """One at a time changes what an object holds."""
    if ids:
        await tenancy.execute(
            sql(
                "select from {table} where tenant_id = {venue} and id = any({ids}::uuid[]) order by id for no key update",
                table=name(record.table()),
                ids=list(ids),
            )
        )


async def _put(table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    tenancy.ahead(
        "create temporary table staged_values (object_id uuid, field_id uuid, text text, text_key text, number bigint, "
        "truth boolean, day date, instant timestamptz) on commit drop"
    )
    await tenancy.copy("staged_values", ["object_id", "field_id", *_HELD], rows)
    try:
        await tenancy.execute(
            sql(
                "insert into {table} (tenant_id, object_id, field_id, {columns}) "
                "select {venue}, s.object_id, s.field_id, {columns} from staged_values s "
                "on conflict (tenant_id, object_id, field_id) do update set {again}",
                table=name(table),
                columns=join(", ", [name(column) for column in _HELD]),
                again=join(", ", [sql("{c} = excluded.{c}", c=name(column)) for column in _HELD]),
            )
        )
    except asyncpg.ForeignKeyViolationError:
        raise Unavailable("Somebody has just deleted what these values belong to; on the next try it is answered for.") from None
    tenancy.ahead("drop table staged_values")


def _row(field: Any, value: Any) -> tuple[Any, ...]:
    """The field's id and the columns of _HELD."""
    column = COLUMNS[field.type]
    kept = {column: stored(field, value)}
    if column == "text":
        kept["text_key"] = key_of(field, value)
    return (field.id, *(kept.get(c) for c in _HELD))
