"""Rows by key, gathered over one request: each kind of row costs one statement, however many ask."""

from collections import defaultdict
from collections.abc import Awaitable
from typing import Any
from uuid import UUID

from strawberry.dataloader import DataLoader

from tenants.organisations import visible
from tenants.sql import name, sql


class Loaders:
    """The loaders of one request, made when first asked for."""

    def __init__(self) -> None:
        self._loaders: dict[tuple[Any, str, bool], DataLoader[Any, Any]] = {}

    def one(self, record: Any, row_id: UUID | None) -> Awaitable[Any]:
        """The row of this id that the caller sees, or None."""
        return self._loader(record, "id", False).load(row_id) if row_id else _none()

    def many(self, record: Any, column: str, value: UUID) -> Awaitable[list[Any]]:
        """The rows whose `column` is `value` that the caller sees, in order of id."""
        return self._loader(record, column, True).load(value)

    def _loader(self, record: Any, column: str, several: bool) -> DataLoader[Any, Any]:
        key = (record, column, several)
        if key not in self._loaders:

            async def load(values: list[UUID]) -> list[Any]:
                found: dict[UUID, list[Any]] = defaultdict(list)
                condition = sql(
                    "t.{column} = any({values}::uuid[]) and {seen}",
                    column=name(column),
                    values=values,
                    seen=visible(record.table(), "t"),
                )
                for row in await record.rows(condition, tail=sql("order by t.id")):
                    found[row[column]].append(row)
                return [found[v] if several else next(iter(found[v]), None) for v in values]

            self._loaders[key] = DataLoader(load)
        return self._loaders[key]


async def _none() -> None:
    return None
