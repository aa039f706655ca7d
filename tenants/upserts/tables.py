"""Set-based statements on one table: which rows are known, insert, update, compare. Rows travel by COPY into a temporary
table of the transaction and from there by one statement, so a thousand rows cost what one costs (1.1 times a raw COPY)."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from tenants import counters, tenancy
from tenants.errors import Refusal, Unavailable
from tenants.ids import new_id
from tenants.organisations import visible
from tenants.sql import Sql, every, join, name, sql

Columns = dict[str, Any]
Rows = Mapping[UUID, Columns]


class Difference(NamedTuple):
    """A column, and what it holds before a write and after it, as texts."""

    column: str
    before: str | None
    after: str | None

    @property
    def is_told(self) -> bool:
        """Whether people know it by this name: it is not what is only kept to be searched, and may be a field of their own."""
        return "." in self.column or not self.column.endswith("_key")


BY_EXTERNAL_ID = {"external_id": "text"}

_types: dict[str, dict[str, str]] = {}


async def known(
    record: Any, key: Mapping[str, str], keys: Sequence[tuple[Any, ...]], *, seen_only: bool = True, also: Sql | None = None
) -> dict[tuple[Any, ...], UUID]:
    """The ids of the rows with these keys, of all or of those the caller sees. `key` says the columns and their SQL types,
    `also` is a further condition over `t`."""
    if not keys:
        return {}
    lists = zip(key.values(), zip(*keys, strict=True), strict=True)
    wanted = join(", ", [sql(f"{{values}}::{kind}[]", values=list(values)) for kind, values in lists])
    rows = await tenancy.fetch(
        sql(
            "select t.id, {columns} from {table} t join unnest({wanted}) as k ({columns_alone}) on {same} "
            "where t.tenant_id = {venue} and {seen} and {also}",
            also=also or sql("true"),
            seen=visible(record.table(), "t") if seen_only else sql("true"),
            columns=join(", ", [sql("t.{c}", c=name(c)) for c in key]),
            columns_alone=join(", ", [name(c) for c in key]),
            table=name(record.table()),
            wanted=wanted,
            same=every([sql("t.{c} = k.{c}", c=name(c)) for c in key]),
        )
    )
    return {tuple(row[c] for c in key): row.id for row in rows}


_DELETED = "Somebody has just deleted what these rows belong to; on the next try they are answered for themselves."


async def insert(record: Any, key: Mapping[str, str], rows: Rows) -> Rows:
    """Insert rows under their ids; answers those that somebody else inserted meanwhile, under the ids they have there.
    Raises Unavailable when the caller may not see one of those, or somebody deletes them or what rows refer to at this moment:
    it was not so when that was looked at."""
    elsewhere: dict[UUID, Columns] = {}
    for columns, part in _alike(await _numbered(record, rows)):
        async with _staged(record, columns, part) as staged:
            try:
                done = await tenancy.execute(
                    sql(
                        "insert into {table} (tenant_id, id, {columns}) select {venue}, s.id, {given} from {staged} s "
                        "on conflict (tenant_id, {key}) do nothing",
                        table=name(record.table()),
                        columns=_list(columns),
                        given=join(", ", [_given(c, new=True) for c in columns]),
                        staged=staged,
                        key=_list(list(key)),
                    )
                )
            except asyncpg.ForeignKeyViolationError:
                raise Unavailable(_DELETED) from None
        if int(done.split()[-1]) != len(part):
            keys = {i: tuple(row[c] for c in key) for i, row in part.items()}
            now = await known(record, key, list(keys.values()), seen_only=False)
            if not now.keys() >= set(keys.values()):
                raise Unavailable(_DELETED)
            taken = {k: i for i, k in keys.items() if now[k] != i}
            if len(await known(record, key, list(taken))) < len(taken):
                raise Unavailable(
                    "Another organisation has just written these rows; on the next try each is answered for itself."
                )
            elsewhere |= {now[k]: rows[i] for k, i in taken.items()}
    return elsewhere


async def update(record: Any, rows: Rows) -> set[UUID]:
    """Give rows new values; answers the ids of those that were different before."""
    changed: set[UUID] = set()
    for columns, part in _alike(rows):
        async with _staged(record, columns, part) as staged:
            found = await _fetch(
                sql(
                    "update {table} t set {set}, updated_at = now() from {staged} s "
                    "where t.tenant_id = {venue} and t.id = s.id and {differs} returning t.id",
                    table=name(record.table()),
                    set=join(", ", [sql("{c} = {given}", c=name(c), given=_given(c)) for c in columns]),
                    staged=staged,
                    differs=_differs(columns),
                )
            )
        changed |= {row.id for row in found}
    return changed


async def _fetch(statement: Sql) -> list[Any]:
    """Raises INVALID_VALUE when a new value does not go with one that the row has and the caller did not send."""
    try:
        return await tenancy.fetch(statement)
    except asyncpg.CheckViolationError:
        sentence = "A value does not go with what its row has already, such as an end before the start: send both."
        raise Refusal("INVALID_VALUE", sentence, field=["rows"]) from None


async def differences(record: Any, rows: Rows) -> dict[UUID, list[Difference]]:
    """What update() would change, by row: column, text before, text after; changes nothing."""
    found: dict[UUID, list[Difference]] = {}
    for columns, part in _alike(rows):
        async with _staged(record, columns, part) as staged:
            told = await tenancy.fetch(
                sql(
                    "select t.id, array[{before}] as before, array[{after}] as after "
                    "from {table} t join {staged} s on t.id = s.id where t.tenant_id = {venue} and {differs}",
                    before=join(", ", [sql("t.{c}::text", c=name(c)) for c in columns]),
                    after=join(", ", [sql("({given})::text", given=_given(c)) for c in columns]),
                    table=name(record.table()),
                    staged=staged,
                    differs=_differs(columns),
                )
            )
        for row in told:
            sides = zip(columns, row.before, row.after, strict=True)
            found[row.id] = [Difference(column, before, after) for column, before, after in sides if before != after]
    return found


async def link(table: str, ours: str, theirs: str, pairs: Sequence[tuple[UUID, UUID]]) -> None:
    """Add pairs to a many-to-many table."""
    if pairs:
        await tenancy.execute(
            sql(
                "insert into {table} (tenant_id, {ours}, {theirs}) "
                "select {venue}, p.ours, p.theirs from unnest({left}::uuid[], {right}::uuid[]) as p (ours, theirs) "
                "on conflict do nothing",
                table=name(table),
                ours=name(ours),
                theirs=name(theirs),
                left=[a for a, _ in pairs],
                right=[b for _, b in pairs],
            )
        )


async def make(record: Any, names: Mapping[str, str]) -> dict[str, UUID]:
    """Make objects of these external ids and names; answers their ids, also where somebody else made one meanwhile."""
    named = "name" in record.columns()
    rows = {new_id(): {"external_id": e, **({"name": n} if named else {})} for e, n in names.items()}
    elsewhere = await insert(record, BY_EXTERNAL_ID, rows)
    return {row["external_id"]: i for i, row in {**rows, **elsewhere}.items()}


async def _numbered(record: Any, rows: Rows) -> Rows:
    """New customers get the venue's next numbers."""
    if "number" not in record.columns() or not rows:
        return rows
    last = await counters.count(record.table(), len(rows))
    return {i: {**row, "number": last - len(rows) + at} for at, (i, row) in enumerate(rows.items(), 1)}


def _alike(rows: Rows) -> list[tuple[list[str], Rows]]:
    """The rows in groups that have the same columns."""
    groups: dict[tuple[str, ...], dict[UUID, Columns]] = defaultdict(dict)
    for row_id, row in rows.items():
        groups[tuple(row)][row_id] = row
    return [(list(columns), part) for columns, part in groups.items() if columns]


@asynccontextmanager
async def _staged(record: Any, columns: list[str], rows: Rows) -> AsyncIterator[Sql]:
    """The rows in a temporary table with an id and these columns."""
    types = await _column_types(record)
    made = ", ".join(["id uuid", *(f'"{c}" {types[c]}' for c in columns)])
    tenancy.ahead(f"create temporary table staged ({made}) on commit drop")
    await tenancy.copy("staged", ["id", *columns], [(i, *row.values()) for i, row in rows.items()])
    yield sql("staged")
    tenancy.ahead("drop table staged")


async def _column_types(record: Any) -> dict[str, str]:
    """The table's column types with their collations, read once from the catalogue."""
    table = record.table()
    if table not in _types:
        rows = await tenancy.fetch(
            sql(
                """
                select a.attname::text as column_name,
                       format_type(a.atttypid, a.atttypmod) || coalesce(' collate ' || quote_ident(c.collname), '') as type
                from pg_attribute a
                left join pg_collation c on c.oid = a.attcollation and c.collname <> 'default'
                where a.attrelid = to_regclass({table}) and a.attnum > 0 and not a.attisdropped
                """,
                table=table,
            )
        )
        _types[table] = {row.column_name: row.type for row in rows}
    return _types[table]


def _list(columns: list[str]) -> Sql:
    return join(", ", [name(c) for c in columns])


def _differs(columns: list[str]) -> Sql:
    return join(" or ", [sql("t.{c} is distinct from {given}", c=name(c), given=_given(c)) for c in columns]).wrapped()


def _given(column: str, *, new: bool = False) -> Sql:
    """What a column is to hold. Texts per language are added to those that are there, and a null takes one away."""
    if column != "texts":
        return sql("s.{c}", c=name(column))
    return sql("jsonb_strip_nulls(s.texts)" if new else "jsonb_strip_nulls(t.texts || s.texts)")
