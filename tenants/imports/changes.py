"""What an import would change in rows that are there already: the field, what it holds before, what it would hold after."""

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from tenants import tenancy
from tenants.money import amount_of
from tenants.pages import LARGEST_PAGE
from tenants.sql import join, name, sql
from tenants.upserts.rows import House, Kind, Row
from tenants.upserts.tables import Difference
from tenants.values import fields_of

NEEDS = {  # all else: catalogue:read
    "customers": "customers:read",
    "sales": "sales:read",
    "organisations": "venue:read",
    **dict.fromkeys(("flag_assignments", "pool_members", "attribute_assignments"), "flags:read"),
}
_MONEY = frozenset(("amount", "price", "fee", "vat"))
_DERIVED = frozenset(("time_known", "currency"))


async def record(import_id: UUID, kind: Kind, rows: Sequence[Row], house: House) -> None:
    """Keep what these rows would change."""
    each_apart = [(row, each) for row in rows for change in row.changes for each in _apart(change)]
    changed = [(row, each) for row, each in each_apart if each.is_told and each.column not in _DERIVED]
    names = await _names(kind, [change for _, change in changed])
    told = [
        (row.number, at, *_told(change, names, house)) for row, changes in _by_row(changed) for at, change in enumerate(changes)
    ]
    for start in range(0, len(told), 500):
        values = [
            sql("({venue}, {i}, {row}, {at}, {field}, {before}, {after})", i=import_id, row=n, at=at, field=f, before=b, after=a)
            for n, at, f, b, a in told[start : start + 500]
        ]
        await tenancy.execute(
            sql(
                "insert into import_changes (tenant_id, import_id, row_number, position, field, before, after) "
                "values {values} on conflict do nothing",
                values=join(", ", values),
            )
        )


async def page(import_id: UUID, after: int) -> list[Any]:
    """What the next LARGEST_PAGE rows after a number would change: row_number, field, before, after."""
    return await tenancy.fetch(
        sql(
            "select row_number, field, before, after from import_changes where tenant_id = {venue} and import_id = {i} "
            "and row_number in (select distinct row_number from import_changes where tenant_id = {venue} and import_id = {i} "
            "and row_number > {after} order by row_number limit {most}) order by row_number, position",
            i=import_id,
            after=after,
            most=LARGEST_PAGE,
        )
    )


async def clear(import_id: UUID) -> None:
    """Forget what an earlier, interrupted plan found."""
    await tenancy.execute(sql("delete from import_changes where tenant_id = {venue} and import_id = {i}", i=import_id))


def _apart(change: Difference) -> list[Difference]:
    """Texts in other languages, which are one column, as the fields they are."""
    if change.column != "texts":
        return [change]
    before, after = (json.loads(side or "{}") for side in (change.before, change.after))
    told = [Difference(field, before.get(field), after.get(field)) for field in sorted(before | after)]
    return [each for each in told if each.before != each.after]


def _by_row(changed: list[tuple[Row, Difference]]) -> list[tuple[Row, list[Difference]]]:
    found: dict[int, tuple[Row, list[Difference]]] = {}
    for row, change in changed:
        found.setdefault(row.number, (row, []))[1].append(change)
    return list(found.values())


async def _names(kind: Kind, changes: Sequence[Difference]) -> dict[str, str]:
    """The external ids of the objects that columns refer to, by their ids."""
    ids: dict[Any, set[UUID]] = defaultdict(set)
    fields = fields_of(kind.shape)
    for change in changes:
        if (field := fields.get(_field(change.column))) and field.ref is not None:
            ids[field.ref] |= {UUID(i) for side in (change.before, change.after) for i in _ids(side)}
    found: dict[str, str] = {}
    for record, wanted in ids.items():
        asked = sql(
            "select id, external_id from {table} where tenant_id = {venue} and id = any({ids}::uuid[])",
            table=name(record.table()),
            ids=list(wanted),
        )
        found |= {str(row.id): row.external_id or str(row.id) for row in await tenancy.fetch(asked)}
    return found


def _told(change: Difference, names: dict[str, str], house: House) -> tuple[str, str | None, str | None]:
    field, column = _field(change.column), change.column

    def shown(side: str | None) -> str | None:
        if side is None:
            return None
        if column in _MONEY:
            return str(amount_of(int(side), house.currency))
        return "; ".join(names.get(i, i) for i in _ids(side)) if field != column else side

    return field, shown(change.before), shown(change.after)


def _field(column: str) -> str:
    if column == "external_id" or "." in column:
        return column
    return f"{column.removesuffix('_ids')}s" if column.endswith("_ids") else column.removesuffix("_id")


def _ids(side: str | None) -> list[str]:
    return [i for i in (side or "").strip("{}").split(",") if i]
